internal import Drivers
internal import Host
internal import MMSGraph
internal import Resources
internal import ZeroProcs

/// What this machine should check and serve, as of one state of the graph.
struct ServingScene {
    /// The health checks of the instances that run here.
    private(set) var checks: [Check] = []
    /// The services with their backends, of all machines.
    private(set) var services: [Service] = []

    /// A service on its way to a balancer.
    struct Service {
        var entry: BalancerTable.Service
        var driver: App.Service.Driver
        /// Its name in the DNS, and the name of its port.
        var host: String
        var port: String
        var balance: String
    }

    init(_ reader: CommittedReader<some OrderedStore>, machine: Namespace) throws(GraphError) {
        let tasks = try reader.all("task")
        let assignments = try reader.all("assignment")
        let instances = try reader.all("instance")
        let routes = Routes(
            groups: try reader.all("taskgroup"), tasks: tasks, assignments: assignments,
            instances: try MachineStandings(reader).current(instances))
        let machines = MachineAddresses(try reader.all("node"), own: machine)
        for service in try reader.all("service").sorted(by: { $0.address < $1.address }) {
            if let service = Service(service, routes.backends(of: service), machines) {
                services.append(service)
            }
        }
        let byID = Dictionary(tasks.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
        for instance in instances where instance.namespace == machine {
            guard let task = instance.links["OF"]?.first.flatMap({ byID[$0] }),
                let check = Check(task, instance)
            else { continue }
            checks.append(check)
        }
    }
}

/// Where other machines are reached.
struct MachineAddresses {
    private let own: String
    private(set) var hosts: [String: String] = [:]

    /// The addresses that resources of type `node` say: through the tunnel where both ends have one.
    init(_ nodes: [Resource], own: Namespace) {
        self.own = own.machineName
        let tunnels = Dictionary(
            nodes.compactMap { node in
                node.data["tunnelAddress"]?.text.map { (node.name.text, $0) }
            }, uniquingKeysWith: { one, _ in one })
        for node in nodes {
            let addresses = (node.data["addresses"]?.list ?? []).lazy.compactMap(\.text)
            let direct = addresses.compactMap { BusAddress($0)?.host }.first
            let tunnel = tunnels[self.own] == nil ? nil : tunnels[node.name.text]
            hosts[node.name.text] = tunnel ?? direct
        }
    }

    /// Where a task is reached from here; nil when only its own machine reaches it.
    func host(of backend: Routes.Backend) -> String? {
        guard let address = IPAddress(backend.address) else { return backend.address }
        if backend.machine == own { return address.isAny ? Self.loopback : backend.address }
        if address.isLoopback { return nil }
        return address.isAny ? hosts[backend.machine] : backend.address
    }

    static let loopback = "127.0.0.1"
}

extension ServingScene.Service {
    fileprivate init?(
        _ service: Resource, _ backends: [Routes.Backend], _ machines: MachineAddresses
    ) {
        guard let listen = service.data["listen"]?.text.flatMap({ SocketAddress($0) }) else {
            return nil
        }
        entry = BalancerTable.Service(name: service.address, listen: listen)
        entry.mode = service.data["protocol"]?.text == "tcp" ? .tcp : .http
        entry.policy =
            switch service.data["balance"]?.text {
            case "least-connections": .leastConnections
            case "hash": .hash(.clientAddress)
            default: .roundRobin
            }
        entry.backends = backends.compactMap { backend in
            guard let port = UInt16(exactly: backend.port), let host = machines.host(of: backend),
                let address = SocketAddress(host: host, port: port)
            else { return nil }
            return BalancerTable.Backend(name: backend.task.text, address: address)
        }
        driver =
            service.data["driver"]?.text.flatMap(App.Service.Driver.init(rawValue:)) ?? .builtin
        host = service.data["host"]?.text ?? service.name.text
        port = service.data["port"]?.text ?? "http"
        balance = service.data["balance"]?.text ?? "round-robin"
    }
}

extension Check {
    /// The check of a task's present life; nil when it has none, or does not run.
    fileprivate init?(_ task: Resource, _ instance: Resource) {
        guard instance.data["state"]?.text == "running",
            let life = instance.data["life"]?.text.flatMap({ Identifier($0) }),
            let health = App.Task(name: task.name.text, data: task.data)?.health
        else { return nil }
        let listens = instance.data["address"]?.text ?? MachineAddresses.loopback
        let host = IPAddress(listens)?.isAny ?? false ? MachineAddresses.loopback : listens
        func address(_ port: String) -> SocketAddress? {
            instance.ports[port].flatMap { UInt16(exactly: $0) }.flatMap {
                SocketAddress(host: host, port: $0)
            }
        }
        let probe: Probe
        switch health.probe {
        case .http(let path, let port):
            guard let address = address(port) else { return nil }
            probe = .http(address, path: path)
        case .tcp(let port):
            guard let address = address(port) else { return nil }
            probe = .tcp(address)
        case .command(let command): probe = .command(command)
        }
        let terms = Terms(
            every: UInt64(clamping: health.every), timeout: UInt64(clamping: health.timeout),
            failures: health.failures, passes: health.passes, grace: UInt64(clamping: health.grace))
        self.init(id: life, probe: probe, terms: terms)
    }
}
