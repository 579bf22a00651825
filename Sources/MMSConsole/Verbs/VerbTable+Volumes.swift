/// The verbs of volumes (RFD 0021).
extension VerbTable {
    static let volumes = [
        Verb(
            .volumeList, "volume list", "Lists the volumes, where they are, and their snapshots.",
            parameters: [namespace, output],
            route: .init("GET", "/v1/volumes", reply: "The volumes with their snapshots."),
            examples: ["volume list"]),
        Verb(
            .volumeSnapshot, "volume snapshot",
            "Keeps the state of a volume under a name, on its machine.",
            positionals: [.init(name: "VOLUME"), .init(name: "NAME")],
            parameters: [namespace, reason, noWait, timeout, name],
            route: .init(
                "POST", "/v1/volumes/{name}/snapshots", reply: "Position, identity, machine."),
            examples: ["volume snapshot guestbook-data-0 before-update"]),
        Verb(
            .volumeClone, "volume clone",
            "Makes a volume of a snapshot; the first app that names it has it.",
            positionals: [.init(name: "SNAPSHOT"), .init(name: "NAME")],
            parameters: [namespace, reason, noWait, timeout, name],
            route: .init(
                "POST", "/v1/snapshots/{name}/clone", reply: "Position, identity, machine."),
            examples: ["volume clone before-update copy-data-0"]),
    ]

    private static let name = Verb.Parameter(
        name: "name", value: "NAME", summary: "The name of what is made.", scope: .api)
    private static let namespace = Verb.Parameter(
        name: "namespace", short: "n", value: "NS", summary: "The namespace of the volume.")
    private static let reason = Verb.Parameter(
        name: "reason", short: "m", value: "TEXT", summary: "Why, for the log.")
    private static let noWait = Verb.Parameter(
        name: "no-wait", value: nil, summary: "Returns once the log has it.", scope: .cli)
    private static let timeout = Verb.Parameter(
        name: "timeout", value: "AGE", summary: "How long to wait, as 90s; 120s unless told.",
        scope: .cli)
}
