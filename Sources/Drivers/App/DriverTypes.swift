internal import Host
public import Resources

/// The types of this room: what people ask for (`app`, `task`, `assignment`), what is there
/// (`instance`).
public enum DriverTypes {
    /// All of them.
    public static let all = [app, task, assignment, instance]

    /// An application, written by people.
    public static let app = TypeDefinition(
        name: typeName("app"), summary: "An application: components, each of so many replicas",
        role: .desired, writer: "people",
        fields: [
            .init("version", .text, "The version its author gave it", required: true),
            .init("directory", .text, "The folder its programs are in, shown as /app"),
            .init(
                "components", .map, "By name: run, count, needs, ports, env", required: true),
        ], columns: ["version", "components"])

    /// One replica, written by the handler that expands apps.
    public static let task = TypeDefinition(
        name: typeName("task"), summary: "One replica of a component of an app", role: .desired,
        writer: "expander",
        fields: [
            .init("app", .text, "The app it belongs to", indexed: true, required: true),
            .init("component", .text, "The component it is a replica of", required: true),
            .init("replica", .int, "Its number, from 0", required: true),
            deviceField,
            .init("command", .list, "The program and its arguments", required: true),
            .init("env", .map, "The whole environment"),
            .init("ports", .map, "Ports by name"),
            .init("directory", .text, "The app's folder"),
            .init("cpu", .float, "What it needs and is held to", unit: "cores"),
            .init("memory", .int, "What it needs and is held to", unit: "bytes"),
        ],
        relations: [.init(relation("OF"), to: [app.name], "The app it belongs to", single: true)],
        columns: ["app", "component", "replica", "device", "ports"])

    /// A task on a machine, written by the scheduler.
    public static let assignment = TypeDefinition(
        name: typeName("assignment"), summary: "A task given to a machine", role: .desired,
        writer: "scheduler",
        fields: [
            .init("task", .text, "The task", indexed: true, required: true),
            .init("machine", .text, "The machine", indexed: true, required: true),
        ],
        relations: [
            .init(relation("OF"), to: [task.name], "The task", single: true),
            .init(relation("ON"), to: [typeName("machine")], "The machine", single: true),
        ], columns: ["task", "machine"])

    /// What runs for a task on its machine, through all its lives.
    public static let instance = TypeDefinition(
        name: typeName("instance"), summary: "What runs for a task: each start is a new life",
        role: .observed, writer: "executor",
        fields: [
            .init("task", .text, "The task it runs", indexed: true, required: true),
            .init("life", .text, "The present start: a key of the process driver", required: true),
            .init("taskRevision", .int, "The revision of the task that this life runs"),
            .init(
                "state", .text, "What it does", indexed: true, required: true,
                oneOf: ["starting", "running", "stopping", "ended"]),
            .init("pid", .int, "Its process while it runs", indexed: true),
            .init("since", .int, "When it started", unit: "ms since 1970"),
            .init("restarts", .int, "How often it was started again"),
            .init("exit", .text, "How the life before ended: `exit 1` or `signal 9`"),
            .init("reason", .text, "Why the last step was taken"),
        ],
        relations: [
            .init(relation("OF"), to: [task.name], "The task it runs", single: true)
        ], columns: ["state", "pid", "restarts", "exit"], health: "state = 'running'")

    private static let deviceField = TypeDefinition.Field(
        "device", .text, "What it runs on", required: true,
        oneOf: Instance.Device.allCases.map(\.rawValue))

    private static func typeName(_ text: StaticString) -> TypeName {
        guard let name = try? TypeName("\(text)") else { preconditionFailure("\(text) is no type") }
        return name
    }

    private static func relation(_ text: StaticString) -> Relation {
        guard let name = try? Relation("\(text)") else {
            preconditionFailure("\(text) is no relation")
        }
        return name
    }
}
