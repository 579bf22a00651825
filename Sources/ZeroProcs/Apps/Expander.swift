public import Resources

/// Turns apps into the components, services and volumes they name. A pure function of the apps
/// and what there is of the three.
///
/// What an app no longer names is deleted, but for volumes: those are made and grown only,
/// because they hold data. An app that cannot be read keeps all it has, and says why.
public struct Expander: Sendable {
    /// The expander.
    public init() {}

    /// What there is.
    public struct Existing: Sendable {
        /// The resources of type `component`.
        public var components: [Resource]
        /// The resources of type `service`.
        public var services: [Resource]
        /// The resources of type `volume`.
        public var volumes: [Resource]
        /// The resources of type `task`: a volume per replica follows them.
        public var tasks: [Resource]

        /// What there is of the four types.
        public init(
            components: [Resource] = [], services: [Resource] = [], volumes: [Resource] = [],
            tasks: [Resource] = []
        ) {
            self.components = components
            self.services = services
            self.volumes = volumes
            self.tasks = tasks
        }
    }

    /// One batch for each app whose parts are not what it asks for.
    public func plan(
        apps: [Resource], existing: Existing, identify: () -> Identifier
    ) -> HandlerPlan {
        var plan = HandlerPlan()
        var names = NameTable(existing)
        // The older app keeps a name that two ask for.
        for resource in apps.sorted(by: { $0.id < $1.id }) {
            let app: App
            do throws(AppError) {
                app = try App(name: resource.name.text, data: resource.data)
            } catch {
                plan.fail(resource, "\(error)")
                continue
            }
            var expansion = AppExpansion(resource, app, names: names)
            expansion.expand(identify)
            names = expansion.names
            plan.waiting += expansion.waiting.map { "\(resource.address): \($0)" }
            plan.add(resource, expansion.commands, "what \(resource.address) names")
        }
        return plan
    }
}

/// Who has which name and address.
struct NameTable {
    /// A name in a type and namespace.
    struct Key: Hashable {
        let type: String
        let namespace: Namespace
        let name: ResourceName
    }

    /// What there is, by name.
    private(set) var standing: [Key: Resource] = [:]
    /// Names that an app has asked for in this plan, by the app.
    private var claims: [Key: Identifier] = [:]
    /// Who listens, by `address:port`.
    private var listeners: [App.Service.Listen: Key] = [:]
    /// Own addresses of services.
    private var addresses: Set<String> = []
    /// Replicas that have tasks, by namespace, app and component.
    private var replicas: [TaskKey: Set<Int>] = [:]
    private let byOwner: [Identifier: [Resource]]

    init(_ existing: Expander.Existing) {
        byOwner = Dictionary(
            grouping: existing.components + existing.services, by: { $0.owner ?? $0.id })
        for resource in existing.components + existing.services + existing.volumes {
            standing[Self.key(resource)] = resource
        }
        for service in existing.services {
            if let text = service.data["listen"]?.text,
                let listen = ServiceAddress.listen(text)
            {
                take(listen, Self.key(service))
            }
        }
        for task in existing.tasks {
            guard let key = TaskKey(task), let index = task.data["replica"]?.int else { continue }
            replicas[key, default: []].insert(Int(clamping: index))
        }
    }

    static func key(_ resource: Resource) -> Key {
        Key(type: resource.type.text, namespace: resource.namespace, name: resource.name)
    }

    /// The app that asked for a name before, when it is another one or asked twice.
    mutating func claim(_ key: Key, for app: Identifier) -> Identifier? {
        if let holder = claims[key] { return holder }
        claims[key] = app
        return nil
    }

    func isClaimed(_ resource: Resource) -> Bool { claims[Self.key(resource)] != nil }

    /// The components and services of an app, in order of type and name.
    func parts(of app: Identifier) -> [Resource] {
        (byOwner[app] ?? []).sorted { ($0.type, $0.name) < ($1.type, $1.name) }
    }

    mutating func take(_ listen: App.Service.Listen, _ key: Key) {
        listeners[listen] = key
        if listen.address.hasPrefix(ServiceAddress.network) { addresses.insert(listen.address) }
    }

    /// The service that listens there, when it is another one.
    func listener(_ listen: App.Service.Listen, otherThan key: Key) -> Key? {
        listeners[listen].flatMap { $0 == key ? nil : $0 }
    }

    func isTaken(_ address: String) -> Bool { addresses.contains(address) }

    /// The indexes of a component's tasks.
    func replicas(of key: TaskKey) -> Set<Int> { replicas[key] ?? [] }
}

/// Which component of which app a task, group or component belongs to.
struct TaskKey: Hashable {
    let namespace: Namespace
    let app: String
    let component: String

    init(namespace: Namespace, app: String, component: String) {
        self.namespace = namespace
        self.app = app
        self.component = component
    }

    init?(_ resource: Resource) {
        guard let app = resource.data["app"]?.text, let part = resource.data["component"]?.text
        else { return nil }
        self.init(namespace: resource.namespace, app: app, component: part)
    }
}
