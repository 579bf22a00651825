internal import Resources

extension SocketTypes {
    private typealias Field = TypeDefinition.Field

    private static let family = Field("family", .text, "ip or ip6.", indexed: true, required: true)
    private static let table = Field("table", .text, "The table.", indexed: true, required: true)

    /// A table of iptables-legacy.
    static let legacyTable = TypeDefinition(
        name: Kind.legacyTable, summary: "A table of iptables-legacy.", role: .observed,
        writer: "sensor firewall", fields: [family, table], columns: ["family", "table"])

    /// A chain of iptables-legacy.
    static let legacyChain = TypeDefinition(
        name: Kind.legacyChain, summary: "A chain of iptables-legacy.", role: .observed,
        writer: "sensor firewall",
        fields: [
            family, table,
            .init("chain", .text, "Its name.", indexed: true, required: true),
            .init(
                "policy", .text,
                "What befalls packets no rule decided on; none for what is only jumped to.",
                indexed: true),
            .init("rules", .list, "Its rules in order, by what they are named behind the chain."),
        ],
        relations: [relation("IN", to: [Kind.legacyTable], "Its table.", single: true)],
        columns: ["family", "table", "chain", "policy"])

    /// A rule of iptables-legacy.
    static let legacyRule = TypeDefinition(
        name: Kind.legacyRule, summary: "A rule of iptables-legacy.", role: .observed,
        writer: "sensor firewall",
        fields: [
            family, table,
            .init("chain", .text, "The chain it is in.", indexed: true, required: true),
            .init("rule", .text, "What it does, in the words of iptables -S."),
            .init("target", .text, "A verdict, a target, or a chain.", indexed: true),
            .init("protocol", .text, "The protocol of packets it is of."),
            .init("source", .text, "Where they come from; with ! from anywhere else."),
            .init("destination", .text, "Where they go to."),
            .init("input", .text, "The interface they come in by."),
            .init("output", .text, "The interface they go out by."),
            .init("matches", .list, "What else is asked, by name."),
            .init("comment", .text, "What its author noted."),
            .init("digest", .text, "Of all it does."),
        ],
        relations: [
            relation("IN", to: [Kind.legacyChain], "Its chain.", single: true),
            relation("JUMPS", to: [Kind.legacyChain], "The chain it jumps to.", single: true),
        ],
        columns: ["family", "table", "chain", "rule"])
}
