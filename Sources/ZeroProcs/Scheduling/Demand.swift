public import Resources

/// What a task asks of the machine it is placed on.
public struct Demand: Hashable, Sendable {
    /// The task.
    public var id: Identifier
    /// Its name.
    public var name: ResourceName
    /// Its namespace.
    public var namespace: Namespace
    /// The component it is a replica of: what spreads, is near or apart.
    public var component: Component
    /// Its number among the replicas.
    public var replica: Int
    /// Millionths of a core.
    public var cpu: Int64 = 0
    /// Bytes of memory.
    public var memory: Int64 = 0
    /// Bytes of the machine's disk.
    public var storage: Int64 = 0
    /// What it runs on: `oci` or `host`.
    public var device = "host"
    /// Ports by name; 0 takes any.
    public var ports = SortedMap<Int>()
    /// Names of the volumes it mounts.
    public var volumes: [String] = []
    /// Those of them that begin anew, empty, because the machines with their data are lost.
    var anew: Set<String> = []
    /// Where it may run and would like to.
    public var place = App.Placement()
    /// The revision of the task.
    public var revision = Position.zero

    /// A component of an app of a namespace.
    public struct Component: Hashable, Sendable {
        /// Where the app lives.
        public var namespace: Namespace
        /// The app.
        public var app: String
        /// The component.
        public var name: String

        /// The component `name` of `app` in `namespace`.
        public init(namespace: Namespace, app: String, name: String) {
            self.namespace = namespace
            self.app = app
            self.name = name
        }
    }

    /// A task that needs nothing yet.
    public init(
        id: Identifier, name: ResourceName, namespace: Namespace, app: String, component: String,
        replica: Int
    ) {
        self.id = id
        self.name = name
        self.namespace = namespace
        self.component = Component(namespace: namespace, app: app, name: component)
        self.replica = replica
    }

    /// What a resource of type `task` asks. A need that stands in no field is taken from its cost.
    public init(_ task: Resource) {
        let (data, cost) = (task.data, task.draft.cost)
        self.init(
            id: task.id, name: task.name, namespace: task.namespace,
            app: data["app"]?.text ?? "", component: data["component"]?.text ?? task.name.text,
            replica: Int(clamping: data["replica"]?.int ?? 0))
        cpu = millionths(data["cpu"]?.number ?? cost.cpu)
        memory = bytes(data["memory"]?.number ?? cost.memory)
        storage = bytes(data["storage"]?.number ?? cost.storage)
        device = data["device"]?.text ?? "host"
        for (port, number) in data["ports"]?.map?.entries ?? [] {
            ports[port] = number.int.map { Int(clamping: $0) } ?? 0
        }
        volumes = Set((data["volumes"]?.map?.entries ?? []).compactMap(\.value.text)).sorted()
        if let map = data["place"]?.map { place = App.Placement(placing: map) }
        revision = task.revision
    }

    /// Another component of the same app.
    func sibling(_ name: String) -> Component {
        Component(namespace: component.namespace, app: component.app, name: name)
    }

    /// The order in which tasks are placed: it depends on nothing but names.
    static func precedes(_ left: Demand, _ right: Demand) -> Bool {
        (left.namespace, left.component.app, left.component.name)
            == (right.namespace, right.component.app, right.component.name)
            ? (left.replica, left.name) < (right.replica, right.name)
            : (left.namespace, left.component.app, left.component.name)
                < (right.namespace, right.component.app, right.component.name)
    }
}

extension App.Placement {
    /// The rules as a task carries them. Who wrote the app was told of what is not understood;
    /// here it counts for nothing.
    init(placing map: ValueMap) {
        self.init()
        spread = map["spread"]?.text
        for (key, value) in map["require"]?.map?.entries ?? [] { require[key] = value.text }
        for (key, value) in map["prefer"]?.map?.entries ?? [] { prefer[key] = value.text }
        near = (map["near"]?.list ?? []).compactMap(\.text)
        apart = (map["apart"]?.list ?? []).compactMap(\.text)
    }
}
