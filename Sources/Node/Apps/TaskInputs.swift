internal import MMSGraph
internal import Resources
internal import ZeroProcs

/// The revisions of configs and secrets, for who must know whether a task was given the latest.
struct TaskInputs {
    private var revisions: [Key: Position] = [:]

    private struct Key: Hashable {
        var field: String
        var namespace: Namespace
        var name: String
    }

    /// Those of a state.
    init(_ reader: CommittedReader<some OrderedStore>) throws(GraphError) {
        for (field, resources) in [
            ("configs", try reader.all("config")), ("secrets", try reader.all("secret")),
        ] {
            for resource in resources {
                let key = Key(field: field, namespace: resource.namespace, name: resource.name.text)
                revisions[key] = resource.revision
            }
        }
    }

    /// The configs and secrets that some tasks use.
    struct Used {
        private var keys: Set<Key> = []

        init(by tasks: [Resource]) {
            for task in tasks { keys.formUnion(TaskInputs.keys(of: task)) }
        }

        /// True for a config or secret of theirs, and for whatever is none.
        func concern(_ resource: Resource) -> Bool {
            switch resource.type.text {
            case "config", "secret":
                let field = "\(resource.type)s"
                return keys.contains(
                    Key(field: field, namespace: resource.namespace, name: resource.name.text))
            default: return true
            }
        }
    }

    private static func keys(of task: Resource) -> [Key] {
        ["configs", "secrets"].flatMap { field in
            (task.data[field]?.map?.entries ?? []).map { _, name in
                Key(field: field, namespace: task.namespace, name: name.text ?? "")
            }
        }
    }

    /// The highest revision among those a task uses; zero when it uses none.
    func latest(of task: Resource) -> Position {
        Self.keys(of: task).compactMap { revisions[$0] }.max() ?? .zero
    }
}

/// When a job is started next.
struct JobClock {
    /// The time; nil when it never comes again.
    let due: WallTime?

    /// The clock of a task; nil when it is no job.
    init?<D, S, P>(_ task: Executor.Assigned, _ scene: ExecutorLoop<D, S, P>.Scene) {
        let instance = scene.resource(of: task)
        let last = instance?.data["since"]?.int.map(WallTime.init(milliseconds:))
        let created = scene.tasks[task.task]?.task.created.time ?? WallTime(milliseconds: 0)
        if let every = task.data["every"]?.int {
            due = last.map { $0.advanced(byMilliseconds: every) } ?? created
        } else if let cron = task.data["cron"]?.text.flatMap({ try? CronSchedule($0) }) {
            due = cron.next(after: last ?? created)
        } else {
            return nil
        }
    }
}
