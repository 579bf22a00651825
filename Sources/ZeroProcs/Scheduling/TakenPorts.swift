public import MMSGraph
public import Resources

/// The ports of the automatic range on which something listens that is no task: a foreign program,
/// or a balancer. As the sensors of the machines say it, so a listener that began a moment ago is
/// not among them.
public struct TakenPorts: Hashable, Sendable {
    /// By the name of the machine.
    private var ports: [String: Set<Int>] = [:]

    /// The sockets that hold a port for others to reach: TCP listeners, and UDP sockets without a
    /// partner. For those who ask for no more than these.
    public static let predicate = Predicate.and([
        .isOneOf(.field(["state"]), states.map { .text($0) }),
        .compare(.field(["localPort"]), .greaterOrEqual, .int(Int64(range.lowerBound))),
        .compare(.field(["localPort"]), .lessOrEqual, .int(Int64(range.upperBound))),
    ])

    private static let states = ["listen", "unconnected"]
    private static let range = AutomaticPorts.range

    /// Those of resources of type `socket`, without what `assignments` gave to tasks: a task
    /// listens on its own ports.
    public init(sockets: [Resource], assignments: [Resource]) {
        for socket in sockets {
            guard let state = socket.data["state"]?.text, Self.states.contains(state),
                let port = socket.data["localPort"]?.int.map({ Int(clamping: $0) }),
                Self.range.contains(port),
                let machine = socket.namespace.path.split(separator: "/").last
            else { continue }
            ports[String(machine), default: []].insert(port)
        }
        for assignment in assignments {
            guard let machine = assignment.data["machine"]?.text else { continue }
            for (_, port) in assignment.data["ports"]?.map?.entries ?? [] {
                if let port = port.int { ports[machine]?.remove(Int(clamping: port)) }
            }
        }
    }

    /// Those of one machine.
    public subscript(machine: ResourceName) -> Set<Int> { ports[machine.text] ?? [] }

    /// What machines offer, without these ports.
    public func marked(_ offers: [Offer]) -> [Offer] {
        offers.map { offer in
            var offer = offer
            offer.taken = self[offer.name]
            return offer
        }
    }
}
