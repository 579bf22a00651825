/// Who decides what enters the fleet log, and what the log shall rest on.
public enum FleetLogTypes {
    /// All of them.
    public static let all = [pen, replication, MountedLog.type, Refounded.type]

    /// The pen: its holder proposes, all others send their commands there. Safety does not rest on
    /// it, the compare of each append keeps the log right whoever writes.
    public static let pen = TypeDefinition(
        name: CoreTypes.known("pen"),
        summary: "Who decides what enters the fleet log; others send their commands there.",
        role: .system, writer: "pen",
        fields: [
            .init("holder", .text, "The machine that has it.", indexed: true, required: true),
            .init("epoch", .int, "How often it changed hands.", required: true),
            .init("since", .int, "The position behind which it was taken.", required: true),
        ],
        columns: ["holder", "epoch", "since"])

    /// What the fleet log shall rest on, and how far that is so.
    public static let replication = TypeDefinition(
        name: CoreTypes.known("replication"),
        summary: "What the fleet log rests on: the files of one machine or a cluster.",
        role: .desired, writer: "people",
        fields: [
            .init(
                "mode", .text, "What it shall rest on.", required: true,
                oneOf: ["file", "etcd"]),
            .init(
                "members", .list,
                "The machines that vote; with mode `file` the one whose files it is."),
            .init(
                "learner", .text,
                "The machine that keeps a member which follows and does not vote; with two only."),
            .init(
                "founding", .int, "How often it went from files to a cluster; names the cluster."),
            .init("state", .text, "How far the log is on its way."),
            .init("chain", .int, "The version of its chain of loglets."),
            .init("reason", .text, "Why it is not yet so."),
        ],
        columns: ["mode", "members", "learner", "state", "chain", "reason"])

    /// The name of the one pen and the one replication of a fleet.
    public static let only = resourceName("fleet")

    private static func resourceName(_ name: StaticString) -> ResourceName {
        do throws(NameError) { return try ResourceName("\(name)") } catch {
            preconditionFailure("\(name) is no name: \(error.reason)")
        }
    }
}
