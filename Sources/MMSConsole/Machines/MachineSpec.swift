internal import Drivers
internal import Host
internal import Reproduction
internal import Resources

/// A machine that another one is to make, as a resource of type `machinespec` says.
struct MachineSpec: Hashable {
    let name: ResourceName
    /// The data of the resource.
    let data: ValueMap

    init(_ name: ResourceName, _ data: ValueMap) {
        self.name = name
        self.data = data
    }

    /// The machine that makes it.
    var maker: String { data["on"]?.text ?? "" }
    var driver: String { data["driver"]?.text ?? "" }
    var erases: Bool { data["erase"]?.bool ?? false }
    var access: HostAccess {
        HostAccess(key: data["key"]?.text, knownHosts: data["knownHosts"]?.text)
    }

    var role: NodeRole { data["role"]?.text.flatMap { NodeRole(rawValue: $0) } ?? .client }

    func address() throws(ReproductionError) -> HostAddress {
        try HostAddress(data["address"]?.text ?? "")
    }

    /// The node it becomes; refused when anything of it cannot be used.
    func node(
        _ clock: any Clock, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(ReproductionError) -> HostNode {
        try HostNode(
            name, at: try address(), access: access, state: data["state"]?.text,
            bus: data["bus"]?.text ?? "", listen: data["listen"]?.text, clock: clock,
            isCancelled: isCancelled)
    }

    /// True when the other is about the same node: what is made for one serves the other.
    func isSame(as other: MachineSpec) -> Bool {
        [
            "driver", "address", "state", "bus", "image", "memory", "processors", "listen",
            "wire",
        ].allSatisfy { data[$0] == other.data[$0] }
    }

    /// The guest it becomes; refused when anything of it cannot be given.
    func guest() throws(DriverError) -> Guest {
        let wire = try data["wire"]?.text.map { (text) throws(DriverError) in
            try GuestWire(host: text, bus: data["bus"]?.text ?? "")
        }
        return try Guest(
            name, memory: data["memory"]?.int.map { Int(clamping: $0) },
            processors: data["processors"]?.int.map { Int(clamping: $0) },
            console: data["listen"]?.text, wire: wire)
    }

    /// What the disk of a guest is made of, in one line.
    var source: String { data["image"]?.text ?? "the running system" }
}
