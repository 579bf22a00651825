/// What machines report of apps, each in its own log.
extension AppTypes {
    /// What runs for a task on its machine, through all its lives.
    public static let instance = TypeDefinition(
        name: CoreTypes.known("instance"),
        summary: "What runs for a task: each start is a new life.", role: .observed,
        writer: "executor",
        fields: [
            .init("task", .text, "The task it runs.", indexed: true, required: true),
            .init("life", .text, "The present start: a key of the process driver.", required: true),
            .init("taskRevision", .int, "The revision of the task that this life runs."),
            .init(
                "inputs", .int, "The highest revision of the configs and secrets it was given."),
            .init(
                "state", .text, "What it does.", indexed: true, required: true,
                oneOf: ["starting", "running", "stopping", "ended"]),
            .init("pid", .int, "Its process while it runs.", indexed: true),
            .init("since", .int, "When it started.", unit: "ms since 1970"),
            .init("restarts", .int, "How often it was started again."),
            .init("exit", .text, "How the life before ended: `exit 1` or `signal 9`."),
            .init("reason", .text, "Why the last step was taken."),
            .init("ready", .bool, "It serves: services may send to it.", indexed: true),
            .init(
                "health", .text, "What its health check says.",
                oneOf: ["unknown", "passing", "failing"]),
            .init("healthReason", .text, "What the last check found."),
            .init("address", .text, "Where it can be reached."),
            .init("ports", .map, "Its ports by name."),
        ],
        relations: [.init(of, to: [task.name], "The task it runs.", single: true)],
        columns: ["state", "ready", "pid", "restarts", "exit"],
        // A job that ended well waits for its next time.
        health: "(state = 'running' and health != 'failing') "
            + "or (state = 'ended' and exit = 'exit 0')")

    /// A volume on its machine.
    public static let volumestate = TypeDefinition(
        name: CoreTypes.known("volumestate"), summary: "A volume as it is on its machine.",
        role: .observed, writer: "executor",
        fields: [
            .init("volume", .text, "The volume.", indexed: true, required: true),
            .init(
                "driver", .text, "What keeps the data.", required: true,
                oneOf: App.Volume.Driver.allCases.map(\.rawValue)),
            .init("path", .text, "The folder it is at."),
            .init("size", .int, "How much it holds at the most.", unit: "bytes"),
            .init("task", .text, "The task it is attached to.", indexed: true),
            .init("attachedAt", .int, "The position of the log it was attached at."),
            .init("fence", .int, "The highest position it was ever attached at."),
            .init("error", .text, "Why a clone could not be made."),
        ],
        relations: [.init(of, to: [volume.name], "The volume.", single: true)],
        columns: ["volume", "driver", "size", "task", "path", "error"])

    /// A snapshot on its machine.
    public static let snapshotstate = TypeDefinition(
        name: CoreTypes.known("snapshotstate"),
        summary: "A snapshot as it is on the machine of its volume.", role: .observed,
        writer: "executor",
        fields: [
            .init("snapshot", .text, "The snapshot.", indexed: true, required: true),
            .init("volume", .text, "The volume.", indexed: true, required: true),
            .init(
                "state", .text, "How far it is.", indexed: true, required: true,
                oneOf: ["taking", "ready", "failed"]),
            .init("error", .text, "Why it failed."),
            .init("taken", .int, "When it was taken.", unit: "ms since 1970"),
            .init("size", .int, "How much the volume could hold then.", unit: "bytes"),
            .init("copied", .int, "What it takes on the disk.", unit: "bytes"),
            .init(
                "shared", .int, "What it shares with the volume until that changes.", unit: "bytes"),
            .init("entries", .int, "Its files and folders; 1 for an image."),
            .init("origin", .bytes, "The identity of the volume."),
        ],
        relations: [.init(of, to: [snapshot.name], "The snapshot.", single: true)],
        columns: ["snapshot", "volume", "state", "size", "copied"], health: "state != 'failed'")

    /// What became of an invocation.
    public static let outcome = TypeDefinition(
        name: CoreTypes.known("outcome"), summary: "What became of a call of an operation.",
        role: .observed, writer: "executor",
        fields: [
            .init(
                "state", .text, "How far it is.", indexed: true, required: true,
                oneOf: ["running", "done", "failed"]),
            .init("result", .any, "What it returned, of the kind the app declares."),
            .init("exit", .text, "How the program ended: `exit 1` or `signal 9`."),
            .init("output", .text, "The end of what it said."),
            .init("began", .int, "When it began.", unit: "ms since 1970"),
            .init("ended", .int, "When it ended.", unit: "ms since 1970"),
        ],
        relations: [.init(of, to: [invocation.name], "The call.", single: true)],
        columns: ["state", "result", "exit", "began", "ended"], health: "state != 'failed'")
}
