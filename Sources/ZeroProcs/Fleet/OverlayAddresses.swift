public import Resources

/// Which machine has which address in the network of tunnels: a pure function of the log's state,
/// asked again after each command.
public struct OverlayAddresses: Sendable {
    /// What gives and takes addresses, so that it is true.
    public private(set) var commands: [Command] = []
    /// Machines for which the network has no address left.
    public private(set) var without: [ResourceName] = []

    /// Machines that belong and have a key keep the address they have, or get the lowest one that is
    /// free; all others have none. Without a network nobody has one.
    public init(_ overlay: Overlay?, nodes: [Resource]) {
        let nodes = nodes.sorted { $0.name < $1.name }
        var taken: Set<Int> = []
        var late: [Resource] = []
        for node in nodes {
            let present = node.data["tunnelAddress"]?.text
            guard let overlay, AuthoritySharing.belongs(node), node.data["tunnel"]?.bytes != nil
            else {
                if present != nil { give(nil, to: node) }
                continue
            }
            let number = present.flatMap { overlay.network.number(of: $0) }
            if let number, taken.insert(number).inserted { continue }
            late.append(node)
        }
        var next = 1
        for node in late {
            while taken.contains(next) { next += 1 }
            guard let overlay, next <= overlay.network.count else {
                if node.data["tunnelAddress"] != nil { give(nil, to: node) }
                without.append(node.name)
                continue
            }
            taken.insert(next)
            give(overlay.network.address(next), to: node)
        }
    }

    private mutating func give(_ address: String?, to node: Resource) {
        commands.append(
            .update(
                Update(
                    id: node.id, expect: node.revision,
                    data: ["tunnelAddress": address.map(Value.text) ?? .null])))
    }
}
