internal import Resources

extension Kind {
    static let neighbour = known { () throws(NameError) in try TypeName("neighbour") }
    static let rule = known { () throws(NameError) in try TypeName("rule") }
}

extension SocketTypes {
    /// A neighbour.
    static let neighbour = TypeDefinition(
        name: Kind.neighbour,
        summary: "A machine on the same link: its IP address and its link-layer address.",
        role: .observed, writer: "sensor neighbours",
        fields: [
            .init("address", .text, "Its IP address.", indexed: true, required: true),
            .init("interface", .text, "The interface it is behind.", indexed: true),
            .init("hardwareAddress", .text, "Its link-layer address.", indexed: true),
            .init("family", .text, "ipv4 or ipv6."),
            .init(
                "state", .text, "Set by hand, learnt, or not found.", indexed: true,
                oneOf: NeighbourRecord.State.allCases.map(\.rawValue)),
            .init("router", .bool, "It is a router."),
        ],
        relations: [
            relation("ON", to: [Kind.interface], "The interface it is behind.", single: true)
        ],
        ephemeral: window, columns: ["address", "hardwareAddress", "interface", "state"])

    /// A rule of routing.
    static let rule = TypeDefinition(
        name: Kind.rule, summary: "A rule that says which routing table is asked.",
        role: .observed, writer: "sensor neighbours",
        fields: [
            .init("family", .text, "ipv4 or ipv6.", indexed: true, required: true),
            .init("priority", .int, "The lower is asked first.", indexed: true),
            .init("rule", .text, "All of it, as ip rule writes it."),
            .init("action", .text, "lookup, goto, blackhole …", indexed: true),
            .init("table", .text, "The table it asks.", indexed: true),
            .init("source", .text, "Source addresses it is for."),
            .init("destination", .text, "Destinations it is for."),
            .init("mark", .text, "The mark it is for, with its mask."),
            .init("input", .text, "The interface packets come from."),
            .init("output", .text, "The interface a socket is bound to."),
            .init("users", .text, "The users it is for, from and to."),
            .init("origin", .int, "The number of what made it (rt_protos)."),
        ],
        columns: ["family", "priority", "rule"])
}
