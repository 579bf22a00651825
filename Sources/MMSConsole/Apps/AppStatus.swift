internal import Drivers
internal import Host
internal import MMSGraph
internal import Resources
internal import ZeroProcs

/// What an app does and what it still waits for, read from the resources it became.
struct AppStatus {
    /// The app.
    let app: Resource
    /// Its components in order of their names.
    let parts: [Part]
    /// Its services.
    let services: [ValueMap]
    /// What is not yet as it should be, in words; empty when all is.
    let waits: [String]

    /// One component with its replicas.
    struct Part {
        /// The resource of type `component`.
        let component: Resource
        /// Its task groups, the oldest first.
        let groups: [Resource]
        /// Its replicas in order of their numbers.
        let replicas: [Replica]

        /// Its name in the app file.
        var name: String { component.data["component"]?.text ?? component.name.text }
        /// How many replicas should run.
        var wanted: Int64 { component.data["count"]?.int ?? 1 }
        /// True for a job, which need not run just now.
        var isJob: Bool { component.spec["every"] != nil || component.spec["cron"] != nil }
        /// Groups that come, and those that go and have tasks yet. The one with the highest number
        /// is kept without any, so that no number is given twice.
        var changing: [Resource] {
            groups.filter { group in
                switch group.data["state"]?.text {
                case "current", "failed": false
                case "retiring":
                    replicas.contains { $0.task.data["group"]?.text == group.name.text }
                default: true
                }
            }
        }
        /// The group that failed with what the component asks for now.
        var failed: Resource? {
            groups.last { group in
                group.data["state"]?.text == "failed"
                    && group.data["template"] == component.data["template"]
            }
        }
    }

    /// One task with what became of it.
    struct Replica {
        let task: Resource
        let assignment: Resource?
        let instance: Resource?

        /// True when its instance runs what the task says now, and passes its checks.
        var isReady: Bool {
            guard let instance, instance.data["state"]?.text == "running" else { return false }
            return instance.data["ready"]?.bool == true && isCurrent
        }

        /// True for a job that runs, or ended well when it last ran.
        var isWellAsJob: Bool {
            instance?.data["state"]?.text == "running" || instance?.data["exit"]?.text == "exit 0"
        }

        private var isCurrent: Bool {
            let revision = instance?.data["taskRevision"]?.int ?? 0
            return revision == Int64(clamping: task.revision.rawValue)
        }

        /// What is not as it should be; nil when nothing is.
        func wait(isJob: Bool, refusals: [String]) -> String? {
            let name = task.name.text
            guard assignment != nil else {
                let reason = refusals.first { $0.hasPrefix(name + ":") }
                return reason.map { "a place for \($0)" } ?? "a place for \(name)"
            }
            guard let instance else { return "the start of \(name)" }
            if isJob || isReady { return nil }
            let state = instance.data["state"]?.text ?? "unknown"
            if !isCurrent { return "\(name) to change over, it is \(state)" }
            let health = instance.data["healthReason"]?.text ?? instance.data["exit"]?.text
            let detail = health.map { ": \($0)" } ?? ""
            return state == "running"
                ? "\(name) to be ready\(detail)" : "\(name), it is \(state)\(detail)"
        }

        var value: ValueMap {
            let observed = instance?.data ?? [:]
            var map: ValueMap = [
                "task": .text(task.name.text), "ready": .bool(isReady),
                "state": observed["state"] ?? .text(assignment == nil ? "unplaced" : "placed"),
            ]
            map["machine"] = assignment?.data["machine"]
            map["ports"] = assignment?.data["ports"] ?? task.data["ports"]
            for key in ["pid", "since", "restarts", "health", "healthReason", "exit", "reason"] {
                map[key] = observed[key]
            }
            map["version"] = task.data["version"]
            return map
        }
    }

    /// The state of `app` as of `reader`. `refusals` are what the handlers could not do;
    /// `statistics` what services did here; `hasExpanded` is false until the handlers have seen the
    /// app as it is.
    init(
        of app: Resource, in reader: CommittedReader<RocksStore>, refusals: [String],
        statistics: SortedMap<ServiceStatistics>, hasExpanded: Bool
    ) throws(Refusal) {
        self.app = app
        let resources = AppResources(of: app, reader)
        let components = try resources.all("component")
        let groups = try resources.all("taskgroup")
        let tasks = try resources.all("task")
        let assigned = try resources.byTask("assignment", scope: .namespace(app.namespace))
        let instances = try resources.byTask("instance", scope: .subtree(.root))
        parts = components.map { component in
            let mine = { (one: Resource) in one.data["component"] == component.data["component"] }
            return Part(
                component: component,
                groups: groups.filter(mine).sorted { $0.created.position < $1.created.position },
                replicas: tasks.filter(mine).map { task in
                    Replica(
                        task: task, assignment: assigned[task.id], instance: instances[task.id])
                }.sorted {
                    ($0.task.data["replica"]?.int ?? 0) < ($1.task.data["replica"]?.int ?? 0)
                })
        }
        services = try resources.all("service").map { service in
            var map = service.data
            map["name"] = .text(service.name.text)
            map["did"] = statistics[service.address].map { Value.map($0.counts.value) }
            return map
        }
        waits = Self.waits(app, parts, refusals, hasExpanded)
    }

    private static func waits(
        _ app: Resource, _ parts: [Part], _ refusals: [String], _ hasExpanded: Bool
    ) -> [String] {
        guard hasExpanded else { return ["the handlers to see \(app.address)"] }
        let names = [app.address + ":", HandlerEvent(app).subject + ":"]
        var waits = refusals.filter { text in names.contains { text.hasPrefix($0) } }
        let wanted = app.data["components"]?.map?.keys ?? []
        for name in wanted where !parts.contains(where: { $0.name == name }) {
            waits.append("component \(name)")
        }
        for part in parts where part.failed == nil {
            let changing = part.changing
            for group in changing {
                waits.append("\(group.name) to be done, it is \(group.data["state"]?.text ?? "?")")
            }
            if !part.isJob, Int64(part.replicas.count) != part.wanted, changing.isEmpty {
                waits.append("\(part.wanted) of \(part.name), there are \(part.replicas.count)")
            }
            waits += part.replicas.compactMap { $0.wait(isJob: part.isJob, refusals: refusals) }
        }
        return waits
    }

    /// Why the app does not run as it was told, when that is final.
    var failures: [String] {
        parts.compactMap { part in
            part.failed.map { group in
                "\(part.name): \(group.data["reason"]?.text ?? "the new version failed"); "
                    + "the version before runs on"
            }
        }
    }

    /// In the form of the API.
    var value: ValueMap {
        [
            "app": .text(app.name.text), "namespace": .text(app.namespace.path),
            "version": app.data["version"] ?? .null,
            "revision": .int(Int64(clamping: app.revision.rawValue)),
            "converged": .bool(waits.isEmpty && failures.isEmpty),
            "waits": .list(waits.map(Value.text)),
            "failures": .list(failures.map(Value.text)),
            "components": .list(parts.map { .map($0.value) }),
            "services": .list(services.map(Value.map)),
        ]
    }
}

extension AppStatus.Part {
    fileprivate var value: ValueMap {
        [
            "component": .text(name), "wanted": .int(wanted),
            "ready": .int(
                Int64(replicas.count { isJob ? $0.isWellAsJob : $0.isReady })),
            "version": groups.last { $0.data["state"]?.text != "failed" }?.data["version"] ?? .null,
            "state": .text(failed == nil ? groups.last?.data["state"]?.text ?? "new" : "reverted"),
            "replicas": .list(replicas.map { .map($0.value) }),
        ]
    }
}

extension BalancerCounts {
    /// What people ask of a service.
    fileprivate var value: ValueMap {
        func int(_ number: UInt64) -> Value { .int(Int64(clamping: number)) }
        var map: ValueMap = [
            "requests": int(requests), "connections": int(connections),
            "active": .int(Int64(active)), "bytesIn": int(bytesIn), "bytesOut": int(bytesOut),
            "retries": int(retries), "failed": int(answers[5] + errors.values.reduce(0, +)),
        ]
        map["p50Microseconds"] = latency(below: 0.5).map(int)
        map["p99Microseconds"] = latency(below: 0.99).map(int)
        return map
    }
}

extension Resource {
    /// The canonical description of a `component` or a `taskgroup`.
    fileprivate var spec: ValueMap { data["spec"]?.map ?? [:] }
}

/// The resources that belong to one app.
private struct AppResources {
    let app: Resource
    let reader: CommittedReader<RocksStore>

    init(of app: Resource, _ reader: CommittedReader<RocksStore>) {
        self.app = app
        self.reader = reader
    }

    /// Those of a type that name the app, in order of their names.
    func all(_ type: StaticString) throws(Refusal) -> [Resource] {
        var selection = Selection(CoreTypes.known(type), scope: .namespace(app.namespace))
        selection.predicate = .compare(.field(["app"]), .equal, .text(app.name.text))
        var found: [Resource] = []
        try reader.forEach(selection) { resource in
            found.append(resource)
            return true
        }
        return found.sorted { $0.name < $1.name }
    }

    /// Those of a type by the task they are of.
    func byTask(
        _ type: StaticString, scope: Selection.Scope
    ) throws(Refusal) -> [Identifier: Resource] {
        var found: [Identifier: Resource] = [:]
        try reader.forEach(Selection(CoreTypes.known(type), scope: scope)) { resource in
            if let task = resource.links["OF"]?.first { found[task] = resource }
            return true
        }
        return found
    }
}
