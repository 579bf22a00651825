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

    /// The highest revision among those a task uses; zero when it uses none.
    func latest(of task: Resource) -> Position {
        var latest = Position.zero
        for field in ["configs", "secrets"] {
            for (_, name) in task.data[field]?.map?.entries ?? [] {
                let key = Key(field: field, namespace: task.namespace, name: name.text ?? "")
                latest = max(latest, revisions[key] ?? .zero)
            }
        }
        return latest
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
