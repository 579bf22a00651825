internal import Host
public import Resources

/// The types of this room: what people ask for (`app`, `task`, `assignment`), what is there
/// (`instance`), and what was done (`step`).
public enum DriverTypes {
    /// All of them.
    public static let all = [app, task, assignment, instance, step]

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
        writer: "handler:apps",
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
            .init("instance", .text, "The instance that is to run; a new one is a restart"),
            .init("reason", .text, "Why this machine"),
        ],
        relations: [
            .init(relation("OF"), to: [task.name], "The task", single: true),
            .init(relation("ON"), to: [typeName("machine")], "The machine", single: true),
        ], columns: ["task", "machine", "instance", "reason"])

    /// A run of a task, as the process driver sees it.
    public static let instance = TypeDefinition(
        name: typeName("instance"), summary: "One run of a task: started once, never again",
        role: .observed, writer: "driver:process",
        fields: [
            .init("task", .text, "The task it runs", indexed: true),
            .init(
                "state", .text, "What it does", indexed: true, required: true,
                oneOf: ["running", "ended", "unknown"]),
            deviceField,
            .init("pid", .int, "Its process while it runs", indexed: true),
            .init("identity", .text, "Boot, number and start time of its process"),
            .init("since", .int, "When it started", unit: "ms since 1970"),
            .init("exit", .text, "How it ended: `exit 1` or `signal 9`"),
            .init("ended", .int, "When it ended", unit: "ms since 1970"),
            .init("failures", .int, "Ends in a row without a healthy run", standard: 0),
            .init("restart", .int, "When a new instance takes its place", unit: "ms since 1970"),
        ],
        relations: [
            .init(
                relation("OF"), to: [assignment.name], "The assignment it serves", single: true),
            .init(relation("RUNS"), to: [typeName("process")], "Its process", single: true),
        ], columns: ["task", "state", "pid", "since", "exit", "failures"],
        health: "state = running")

    /// A thing an executor did, written before it was taken.
    public static let step = TypeDefinition(
        name: typeName("step"), summary: "A step of a driver, written before it was taken",
        role: .system, writer: "executor",
        fields: [
            .init("driver", .text, "The driver", required: true),
            .init(
                "action", .text, "What is done", required: true,
                oneOf: ["start", "stop", "remove"]),
            .init("instance", .text, "To which instance", indexed: true, required: true),
            .init("reason", .text, "Why", required: true),
            .init(
                "outcome", .text, "What became of it", indexed: true, standard: "intended",
                oneOf: ["intended", "done", "failed"]),
            .init("error", .text, "What failed, on what, why, and what to do"),
        ], ephemeral: 86_400_000, columns: ["action", "instance", "reason", "outcome", "error"],
        health: "outcome != failed")

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

extension InstanceState {
    /// The fields of the resource of type `instance` that the driver knows.
    public func data(of instance: Instance) -> ValueMap {
        var map: ValueMap = [
            "task": .text(instance.name), "device": .text(instance.device.rawValue),
            "state": .text(word),
        ]
        switch self {
        case .running(let process, let since):
            map["pid"] = .int(Int64(process.pid))
            map["identity"] = .text(process.description)
            map["since"] = .int(since.milliseconds)
        case .ended(let exit, let time):
            map["exit"] = exit.map { .text($0.description) }
            map["ended"] = time.map { .int($0.milliseconds) }
        case .unknown: break
        }
        return map
    }
}

extension Step {
    /// The fields of the resource of type `step`, before it is taken.
    public var data: ValueMap {
        let word =
            switch action {
            case .start: "start"
            case .stop: "stop"
            case .remove: "remove"
            }
        return [
            "driver": "process", "action": .text(word), "instance": .text("\(instance)"),
            "reason": .text(reason), "outcome": "intended",
        ]
    }
}
