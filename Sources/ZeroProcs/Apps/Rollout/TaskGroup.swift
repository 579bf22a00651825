internal import Resources

/// Tasks of one component that run the same template: a resource of type `taskgroup`, or one that
/// is about to be.
struct TaskGroup {
    /// What it is to its component.
    enum State: String {
        /// What the component runs, and goes back to. Follows: retiring.
        case current
        /// Is becoming current. Follows: current, failed, retiring.
        case rolling
        /// Its tasks go to another group or end. Follows: rolling, when the app asks for it again.
        case retiring
        /// Could not become current; not tried again while the app asks for it. Follows: retiring.
        case failed
    }

    /// The resource; nil before it is created.
    let resource: Resource?
    let id: Identifier
    let name: ResourceName
    /// From 1; the group of the highest number keeps it, so that no number is given twice.
    let number: Int
    let template: [UInt8]
    let directory: String?
    var version: String
    var spec: ComponentSpec
    /// The indexes it should run.
    var replicas: Set<Int>
    var state: State
    var since: WallTime
    /// Why it is in this state.
    var reason: String

    /// The group of a resource; nil when a field is missing or another's.
    init?(_ resource: Resource) {
        guard let state = resource.data["state"]?.text.flatMap(State.init(rawValue:)),
            let template = resource.data["template"]?.bytes,
            let number = resource.name.text.split(separator: "-").last.flatMap({ Int($0) })
        else { return nil }
        let data = resource.data
        self.resource = resource
        (id, name) = (resource.id, resource.name)
        self.number = number
        self.template = template
        directory = data["directory"]?.text
        version = data["version"]?.text ?? ""
        spec = ComponentSpec(map: data["spec"]?.map ?? [:])
        replicas = Set((data["replicas"]?.list ?? []).compactMap(\.int).map { Int(clamping: $0) })
        self.state = state
        since = WallTime(milliseconds: data["since"]?.int ?? 0)
        reason = data["reason"]?.text ?? ""
    }

    /// A new group of what the component asks for.
    init(of component: RolloutComponent, number: Int, name: ResourceName, id: Identifier) {
        resource = nil
        (self.id, self.name, self.number) = (id, name, number)
        template = component.template
        directory = component.directory
        version = component.version
        spec = component.spec
        replicas = []
        state = .rolling
        since = component.now
        reason = "version \(component.version) is asked for"
    }

    /// True while it stands beside the group it will replace, and takes no requests.
    var isBeside: Bool { state == .rolling && spec.isBlueGreen }

    /// Puts it into another state.
    mutating func enter(_ state: State, at now: WallTime, because reason: String) {
        self.state = state
        self.reason = reason
        since = now
    }

    /// The fields of the resource.
    func data(of component: RolloutComponent) -> ValueMap {
        var data: ValueMap = [
            "app": .text(component.key.app), "component": .text(component.key.component),
            "version": .text(version), "template": .bytes(template), "spec": .map(spec.map),
            "replicas": .list(replicas.sorted().map { .int(Int64($0)) }),
            "state": .text(state.rawValue), "since": .int(since.milliseconds),
            "reason": .text(reason),
        ]
        data["directory"] = directory.map { .text($0) }
        return data
    }
}

/// A component as the rollout sees it.
struct RolloutComponent {
    let resource: Resource
    let key: TaskKey
    let template: [UInt8]
    let version: String
    let spec: ComponentSpec
    let directory: String?
    /// How many replicas should run.
    let count: Int
    /// The moment of the look.
    let now: WallTime

    /// The component of a resource; nil when a field is missing.
    init?(_ resource: Resource, now: WallTime) {
        guard let key = TaskKey(resource), let template = resource.data["template"]?.bytes,
            let spec = resource.data["spec"]?.map
        else { return nil }
        self.resource = resource
        self.key = key
        self.template = template
        self.now = now
        self.spec = ComponentSpec(map: spec)
        version = resource.data["version"]?.text ?? ""
        directory = resource.data["directory"]?.text
        let asked = Int(clamping: resource.data["count"]?.int ?? 1)
        count = self.spec.isJob ? 1 : min(max(0, asked), Limits.replicas.value)
    }

    /// The app it is of.
    var app: Identifier? { resource.links["OF"]?.first ?? resource.owner }
}
