internal import Resources

extension Kind {
    static let firewallTable = known { () throws(NameError) in try TypeName("firewall-table") }
    static let firewallChain = known { () throws(NameError) in try TypeName("firewall-chain") }
    static let firewallRule = known { () throws(NameError) in try TypeName("firewall-rule") }
    static let legacyTable = known { () throws(NameError) in try TypeName("iptables-table") }
    static let legacyChain = known { () throws(NameError) in try TypeName("iptables-chain") }
    static let legacyRule = known { () throws(NameError) in try TypeName("iptables-rule") }
    static let firewallSet = known { () throws(NameError) in try TypeName("firewall-set") }
}

extension SocketTypes {
    private typealias Field = TypeDefinition.Field

    private static let family = Field(
        "family", .text, "ip, ip6, inet, arp, bridge or netdev.", indexed: true, required: true)
    private static let table = Field("table", .text, "The table.", indexed: true, required: true)

    /// A table.
    static let firewallTable = TypeDefinition(
        name: Kind.firewallTable, summary: "A table of the firewall.", role: .observed,
        writer: "sensor firewall",
        fields: [
            family, table,
            .init("dormant", .bool, "Its chains are not in use."),
        ],
        columns: ["family", "table"])

    /// A chain.
    static let firewallChain = TypeDefinition(
        name: Kind.firewallChain, summary: "A chain of rules.", role: .observed,
        writer: "sensor firewall",
        fields: [
            family, table,
            .init("chain", .text, "Its name.", indexed: true, required: true),
            .init("kind", .text, "filter, nat or route; none for what is only jumped to."),
            .init("hook", .text, "Where packets meet it.", indexed: true),
            .init("priority", .int, "The lower comes first."),
            .init("policy", .text, "What befalls packets no rule decided on.", indexed: true),
            .init("devices", .list, "Interfaces it is bound to."),
            .init("rules", .list, "The handles of its rules, in order."),
            .init("digest", .text, "Of its rules in order."),
        ],
        relations: [relation("IN", to: [Kind.firewallTable], "Its table.", single: true)],
        columns: ["family", "table", "chain", "hook", "priority", "policy"])

    /// A rule.
    static let firewallRule = TypeDefinition(
        name: Kind.firewallRule, summary: "A rule of the firewall.", role: .observed,
        writer: "sensor firewall",
        fields: [
            family, table,
            .init("chain", .text, "The chain it is in.", indexed: true, required: true),
            .init("handle", .int, "Its number in the table.", indexed: true),
            .init("rule", .text, "What it does, in words close to those of nft."),
            .init("verdict", .text, "What befalls packets that match.", indexed: true),
            .init("comment", .text, "What its author noted."),
            .init("digest", .text, "Of all it does."),
        ],
        relations: [relation("IN", to: [Kind.firewallChain], "Its chain.", single: true)],
        columns: ["family", "table", "chain", "handle", "rule"])

    /// A set.
    static let firewallSet = TypeDefinition(
        name: Kind.firewallSet, summary: "A named set or map of the firewall.", role: .observed,
        writer: "sensor firewall",
        fields: [
            family, table,
            .init("set", .text, "Its name.", indexed: true, required: true),
            .init("keyType", .text, "What is in it."),
            .init("flags", .list, "constant, interval, map, timeout, dynamic, object."),
            .init("size", .int, "The most elements it takes."),
            .init("timeout", .int, "How long an element stays.", unit: "ms"),
            .init("elements", .int, "Elements in it; left out where packets fill it."),
            .init("digest", .text, "Of its elements."),
        ],
        relations: [relation("IN", to: [Kind.firewallTable], "Its table.", single: true)],
        columns: ["family", "table", "set", "keyType", "elements"])
}
