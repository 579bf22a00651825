internal import Host
internal import Resources

/// What a unit is doing, as its manager says or its control group shows.
struct UnitState: Hashable, Sendable {
    var loaded: String?
    var active: String
    var sub: String?
    var description: String?
    /// The unit's object of the manager.
    var object: String?
    var job: String?
    var pid: Int32?
    var cgroup: String?

    /// Of a unit with a file that its manager does not list: it lets go of what neither runs nor is
    /// needed, so a service that was stopped is there one moment and not the next.
    static let unloaded = UnitState(active: "inactive", sub: "dead")
}

/// The manager of units, over D-Bus: `org.freedesktop.systemd1`.
final class SystemdBus {
    /// Where a manager is reached.
    struct Address: Hashable, Sendable {
        var socket: String
        /// True for a bus, false for the manager's own socket.
        var isBus: Bool
    }

    /// The manager of the system: on the bus, or for root on its own socket.
    static let system = [
        Address(socket: "/run/dbus/system_bus_socket", isBus: true),
        Address(socket: "/run/systemd/private", isBus: false),
    ]

    static let name = "org.freedesktop.systemd1"
    private static let path = "/org/freedesktop/systemd1"
    private static let interface = name + ".Manager"

    /// A client for each address, in order; at most one is open.
    private let clients: [DBusClient]
    /// Why none is open.
    private(set) var refusal = "no manager of units was asked yet"

    init(_ addresses: [Address], _ kernel: any Kernel) {
        clients = addresses.compactMap { address in
            // A socket that cannot even be made is one that is not there.
            guard let connection = try? kernel.connection(unixSocket: address.socket) else {
                return nil
            }
            return DBusClient(
                connection, service: address.isBus ? Self.name : nil, concerns: Self.concerns)
        }
    }

    var feeds: [any KernelFeed] { clients.map(\.connection) }

    var isOpen: Bool { clients.contains { $0.isOpen } }

    /// Signals of units, of their files and of a manager that reads them anew.
    private static func concerns(_ signal: DBusMessage) -> Bool {
        signal.path?.hasPrefix(path) == true
    }

    /// Takes what came on its own on the feed of that index.
    func accept(_ feed: Int, _ bytes: RawSpan) -> Hint {
        guard clients.indices.contains(feed) else { return .nothing }
        do throws(DBusError) {
            return try clients[feed].accept(bytes) ? .changed : .nothing
        } catch {
            return .lost(cause: error.cause)
        }
    }

    /// What asking for all units gave.
    enum Answer: Hashable, Sendable {
        case states([String: UnitState])
        /// No manager answers.
        case nobody
        /// They changed under each reading, or the connection broke: what it said is lost.
        case torn(cause: String)
    }

    /// The states of all loaded units.
    func states(_ kernel: any Kernel) -> Answer {
        let wasOpen = isOpen
        guard let client = connect(kernel) else { return .nobody }
        do throws(DBusError) {
            for _ in 0..<Limits.managerAttempts.value {
                let list = try client.call(Self.path, Self.interface, "ListUnits")
                let before = client.signals
                var states = Self.states(list.first)
                try addProperties(&states, client)
                // A signal behind the list may be of what was read before it.
                if client.signals == before { return .states(states) }
            }
            return .torn(cause: "units changed under each reading")
        } catch {
            refusal = error.cause
            client.close()
            return wasOpen ? .torn(cause: error.cause) : .nobody
        }
    }

    /// Finds a manager and asks for its signals.
    @discardableResult
    func connect(_ kernel: any Kernel) -> DBusClient? {
        if let client = clients.first(where: { $0.isOpen }) { return client }
        let user = kernel.status("/proc/self", following: true)?.user ?? 0
        for client in clients {
            do throws(DBusError) {
                try client.open(user: user)
                _ = try client.call(Self.path, Self.interface, "Subscribe")
                return client
            } catch {
                refusal = error.cause
                client.close()
            }
        }
        return nil
    }

    /// Reads `a(ssssssouso)`.
    private static func states(_ list: Value?) -> [String: UnitState] {
        var states: [String: UnitState] = [:]
        for row in list?.list ?? [] {
            guard let row = row.list, row.count == 10, let name = row[0].text,
                let active = row[3].text, states.count < Limits.units.value
            else { continue }
            states[name] = UnitState(
                loaded: row[2].text, active: active, sub: row[4].text, description: row[1].text,
                object: row[6].text, job: row[8].text.flatMap { $0.isEmpty ? nil : $0 })
        }
        return states
    }

    /// Main process and control group of what runs.
    private func addProperties(
        _ states: inout [String: UnitState], _ client: DBusClient
    ) throws(DBusError) {
        let interfaces = [
            "service": "Service", "scope": "Scope", "slice": "Slice", "socket": "Socket",
            "mount": "Mount",
        ]
        var wanted: [(path: String, interface: String, name: String)] = []
        var owners: [(unit: String, isPid: Bool)] = []
        for (name, state) in states.sorted(by: { $0.key < $1.key }) {
            guard state.active != "inactive", state.active != "failed", let object = state.object,
                let kind = UnitFiles.kind(name), let last = interfaces[kind]
            else { continue }
            let interface = "\(Self.name).\(last)"
            wanted.append((object, interface, "ControlGroup"))
            owners.append((name, false))
            if kind == "service" {
                wanted.append((object, interface, "MainPID"))
                owners.append((name, true))
            }
        }
        for (owner, value) in zip(owners, try client.properties(wanted)) {
            if owner.isPid {
                let pid = value?.int.flatMap { Int32(exactly: $0) }
                states[owner.unit]?.pid = pid == 0 ? nil : pid
            } else {
                states[owner.unit]?.cgroup = value?.text.flatMap { $0.isEmpty ? nil : $0 }
            }
        }
    }
}
