internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Trust
internal import ZeroProcs

/// What the machine log has of updates: resources of type `reproduction` on the slot, of type
/// `generation`, and the policies of people.
struct UpdateBook {
    private let node: LinuxNode
    private let clock = LinuxClock()

    init(_ node: LinuxNode) { self.node = node }

    /// An update of this machine.
    struct Entry {
        let resource: Resource
        let controller: Controller
    }

    /// The newest update of this machine; nil when there was none.
    func newest() throws(ReproductionError) -> Entry? {
        guard let resource = try updates().last else { return nil }
        return Entry(resource: resource, controller: try Controller(data: resource.data))
    }

    /// The update that has not ended.
    func underWay() throws(ReproductionError) -> Entry? {
        guard let newest = try newest(), !newest.controller.state.isEnd else { return nil }
        return newest
    }

    /// Updates in the order in which they were begun.
    private func updates() throws(ReproductionError) -> [Resource] {
        try resources(of: ReproductionTypes.reproduction, below: node.identity.namespace)
            .filter { $0.data["kind"]?.text == ReproductionTarget.slot.rawValue }
            .sorted { $0.created.position < $1.created.position }
    }

    /// Writes the state of an update; what follows it is done after it is durable. Gives the
    /// resource's identity.
    @discardableResult
    func write(
        _ controller: Controller, as id: Identifier?, _ extra: ValueMap = [:]
    ) throws(ReproductionError) -> Identifier {
        var data = controller.data
        for (field, value) in extra.entries { data[field] = value }
        if controller.state.isEnd { data["ended"] = .int(clock.now.milliseconds) }
        if id == nil { data["began"] = .int(clock.now.milliseconds) }
        // A field of a state before this one is not one of this.
        for field in ["try", "reason"] where id != nil && data[field] == nil { data[field] = .null }
        return try write(
            ReproductionTypes.reproduction.name, id, "update-\(controller.plan.sequence)", data,
            controller.state.word)
    }

    /// Writes what a system is to this machine; nothing when the log has it already.
    func write(_ record: GenerationRecord) throws(ReproductionError) {
        let known = try resources(
            of: ReproductionTypes.generation, below: node.identity.namespace
        ).first { $0.data["digest"]?.text == record.digest.description }
        let data = record.data(since: clock.now)
        if let known, known.data["state"] == data["state"],
            known.data["slot"]?.text == record.slot?.rawValue
        {
            return
        }
        _ = try write(
            ReproductionTypes.generation.name, known?.id, record.name, data, record.state.rawValue)
    }

    /// All systems that this machine knows.
    func generations() throws(ReproductionError) -> [ValueMap] {
        try resources(of: ReproductionTypes.generation, below: node.identity.namespace).map(\.data)
    }

    /// What people want of updates here: policies at the root and of this machine.
    func policy() throws(ReproductionError) -> UpdatePolicy {
        let all = try resources(of: ReproductionTypes.updatepolicy, below: .root)
        let own = all.filter { (policy: Resource) in
            !policy.namespace.path.hasPrefix("/machines/")
                || node.identity.namespace.contains(policy.namespace)
        }
        return try UpdatePolicy(own.map { $0.data })
    }

    /// When the latest release that was taken had been signed.
    func floor() throws(ReproductionError) -> WallTime {
        let issued = try updates().compactMap { $0.data["issued"]?.int }
        return WallTime(milliseconds: issued.max() ?? 0)
    }

    /// The tasks of this machine whose instances are sound now, without those of some apps.
    func healthyTasks(but apps: Set<String>) throws(ReproductionError) -> [String] {
        try instances().filter { $0.isSound && !apps.contains($0.app) }.map(\.task).sorted()
    }

    /// Tasks of a list that are not sound now, with what they are instead. What other machines run
    /// by now, as after a drain, does not count.
    func unsound(of tasks: [String]) throws(ReproductionError) -> [String] {
        if tasks.isEmpty { return [] }
        let found = try instances()
        let elsewhere = try tasksElsewhere()
        return tasks.filter { !elsewhere.contains($0) }.compactMap { task in
            let lives = found.filter { $0.task == task }
            if lives.contains(where: \.isSound) { return nil }
            return "\(task) is \(lives.first?.word ?? "not there")"
        }
    }

    private func tasksElsewhere() throws(ReproductionError) -> Set<String> {
        let reader: CommittedReader<RocksStore>
        do throws(GraphError) { reader = try node.circle.graph.reader() } catch {
            throw Self.unread(error.refusal)
        }
        do throws(Refusal) {
            return try RestartQueue(of: node.fleet.name).elsewhere(on: reader)
        } catch { throw Self.unread(error) }
    }

    private static func unread(_ refusal: Refusal) -> ReproductionError {
        ReproductionError(
            .failed, operation: "read where tasks are on", subject: refusal.subject,
            cause: refusal.reason, remedy: "see pisces status")
    }

    private struct Instance {
        let task: String
        let app: String
        let isSound: Bool
        let word: String
    }

    private func instances() throws(ReproductionError) -> [Instance] {
        try resources(of: AppTypes.instance, below: node.identity.namespace).map { resource in
            let state = resource.data["state"]?.text ?? ""
            let health = resource.data["health"]?.text ?? "unknown"
            let exit = resource.data["exit"]?.text
            let isSound =
                (state == "running" && health != "failing")
                || (state == "ended" && exit == "exit 0")
            let word = [state, health == "failing" ? "failing" : nil, exit].compactMap { $0 }
            return Instance(
                task: resource.data["task"]?.text ?? "", app: resource.tags["app"] ?? "",
                isSound: isSound, word: word.joined(separator: ", "))
        }
    }

    private func resources(
        of type: TypeDefinition, below namespace: Namespace
    ) throws(ReproductionError) -> [Resource] {
        do throws(GraphError) {
            return try node.circle.graph.reader().resources(of: type.name, below: namespace)
        } catch {
            throw ReproductionError(
                .failed, operation: "read \(type.name) of", subject: error.subject,
                cause: error.cause, remedy: "see pisces status")
        }
    }

    private func write(
        _ type: TypeName, _ id: Identifier?, _ name: String, _ data: ValueMap, _ reason: String
    ) throws(ReproductionError) -> Identifier {
        let own = id ?? LinuxEntropy().identifier(at: clock.now)
        let command: Command
        if id == nil {
            let suffix = type == ReproductionTypes.reproduction.name ? "-\(own)" : ""
            command = .create(
                Draft(
                    id: own, type: type, namespace: node.identity.namespace,
                    name: try resourceName(name + suffix),
                    data: ValueMap(
                        data.entries.filter { $0.value != .null }.map { ($0.key, $0.value) })))
        } else {
            command = .update(Update(id: own, data: data))
        }
        let outcome = node.circle.machine.propose(
            Proposal(
                caller: .system("controller"), batch: Batch([command], reason: reason),
                time: clock.now))
        if case .failure(let refusal) = outcome {
            throw ReproductionError(
                .failed, operation: "log", subject: "\(type)/\(name)", cause: refusal.message,
                remedy: "see pisces status")
        }
        return own
    }

    private func resourceName(_ text: String) throws(ReproductionError) -> ResourceName {
        do throws(NameError) { return try ResourceName(text) } catch {
            throw ReproductionError(
                .badForm, operation: "name", subject: text, cause: error.reason, remedy: "report it"
            )
        }
    }
}
