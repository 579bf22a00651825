public import Host
public import Log
public import MMSGraph
public import Resources
internal import ZeroProcs

/// The only way to change anything: command → filters → log → graph → handlers, over the logs
/// mounted on the namespace tree. Generic over disk and store, so that the World runs it too.
public final class Circle<D: Disk, S: OrderedStore>: Sendable {
    /// The graph all logs are applied to.
    public let graph: Graph<S>
    /// The writer of the fleet log, mounted at `/`.
    public let fleet: SequencerThread<D, S>
    /// The writer of this machine's log, mounted at `/machines/<name>`.
    public let machine: SequencerThread<D, S>
    /// The logs mounted on namespaces below `/`; nil where none can be.
    public let mounted: MountedLogs<D, S>?
    /// What was damaged and made again when the circle was opened.
    public let repairs: [String]
    /// Entries that were applied again when the circle was opened.
    public let replayed: UInt64

    /// The circle over two logs, those that are mounted on namespaces, and the graph they are
    /// applied to.
    public init(
        graph: Graph<S>, fleet: SequencerThread<D, S>, machine: SequencerThread<D, S>,
        mounted: MountedLogs<D, S>? = nil, repairs: [String] = [], replayed: UInt64 = 0
    ) {
        self.repairs = repairs
        self.replayed = replayed
        self.graph = graph
        self.fleet = fleet
        self.machine = machine
        self.mounted = mounted
    }

    /// The writers of all logs.
    public var writers: [SequencerThread<D, S>] {
        [fleet, machine] + (mounted?.logs.map(\.writer) ?? [])
    }

    /// The log of which an entry of a namespace is, also one from before it had a log of its own;
    /// nil for a log that is not here.
    public func log(of namespace: Namespace, at position: Position) -> CommandLog<D>? {
        if machine.sequencer.mount.contains(namespace) { return machine.sequencer.log }
        guard let mount = graph.mounts.log(of: namespace) else { return nil }
        let home = position <= graph.state(of: mount).origin ? Namespace.root : mount
        return writers.first { $0.sequencer.mount == home }?.sequencer.log
    }

    /// Proposes a batch to the log it belongs to, and waits for the outcome. Goes on to the new
    /// log where the namespace was moved meanwhile. Not for event loops.
    public func propose(_ proposal: Proposal) -> Outcome {
        var turns = Limits.mountTurns.value
        while true {
            turns -= 1
            let outcome = proposeOnce(proposal)
            guard turns > 0, case .failure(let refusal) = outcome else { return outcome }
            if refusal.filter == MountedLogs<D, S>.filter {
                awaitMounts()
            } else if refusal.code != .wrongLog || refusal.filter != "apply" {
                return outcome
            }
        }
    }

    private func proposeOnce(_ proposal: Proposal) -> Outcome {
        do throws(Refusal) { return try writer(for: proposal.batch).propose(proposal) } catch {
            return .failure(error)
        }
    }

    /// Waits a moment until all logs that are mounted are open here. Not for event loops.
    public func awaitMounts() { mounted?.settle(graph) }

    /// The writer of the log that a batch belongs to. A batch goes to one log and is atomic there.
    /// Who knows where the resources of its commands live says so in `places`, in their order.
    public func writer(
        for batch: Batch, in places: [Namespace?] = []
    ) throws(Refusal) -> SequencerThread<D, S> {
        var found: Namespace?
        var created: [Identifier: Namespace] = [:]
        for (index, command) in batch.commands.enumerated() {
            let namespace: Namespace
            switch command {
            case .create(let draft):
                namespace = draft.namespace
                created[draft.id] = namespace
            case .update, .delete:
                if let known = created[command.id] {
                    namespace = known
                } else if index < places.count, let known = places[index] {
                    namespace = known
                } else {
                    namespace = try committed(command.id, index)
                }
            }
            let mount = mount(of: namespace)
            if let found, found != mount {
                var refusal = Refusal(
                    .wrongLog, filter: "admission", subject: "batch",
                    reason: "its commands are for two logs, \(found) and \(mount); a batch is "
                        + "atomic in one",
                    remedy:
                        "send what is below \(max(found, mount)) in a batch of its own")
                refusal.command = index
                throw refusal
            }
            found = mount
        }
        return try writer(of: found ?? .root)
    }

    /// The mount point of the log that takes commands of a namespace. What is of other machines
    /// goes to the log at `/`, which refuses it.
    private func mount(of namespace: Namespace) -> Namespace {
        if machine.sequencer.mount.contains(namespace) { return machine.sequencer.mount }
        let home = graph.mounts.log(of: namespace) ?? .root
        return home.isOfMachine ? .root : home
    }

    /// The writer of the log mounted there.
    public func writer(of mount: Namespace) throws(Refusal) -> SequencerThread<D, S> {
        switch mount {
        case .root: return fleet
        case machine.sequencer.mount: return machine
        default: break
        }
        if let mounted { return try mounted.writer(of: mount) }
        throw Refusal(
            .unavailable, filter: "admission", subject: "log \(mount)",
            reason: "is not open here", remedy: "ask a machine that has it")
    }

    /// Commands in one part for each log they are for, in order. What is not known goes to the log
    /// at `/`, which refuses it.
    func parts(_ commands: [Command]) -> [[Command]] {
        guard mounted?.logs.isEmpty == false else { return [commands] }
        var parts: [(log: Namespace, commands: [Command])] = []
        var created: [Identifier: Namespace] = [:]
        for command in commands {
            var home = created[command.id] ?? .root
            if case .create(let draft) = command {
                home = mount(of: draft.namespace)
                created[draft.id] = home
            } else if created[command.id] == nil,
                let found = try? committed(command.id, 0)
            {
                home = mount(of: found)
            }
            if let index = parts.firstIndex(where: { $0.log == home }) {
                parts[index].commands.append(command)
            } else {
                parts.append((home, [command]))
            }
        }
        return parts.map(\.commands)
    }

    private func committed(_ id: Identifier, _ index: Int) throws(Refusal) -> Namespace {
        do throws(GraphError) {
            if let resource = try graph.resource(id) { return resource.namespace }
        } catch {
            throw Refusal(
                .unavailable, filter: "graph", subject: error.subject,
                reason: "\(error.operation) failed: \(error.cause)")
        }
        var refusal = Refusal(
            .notFound, filter: "apply", subject: "\(id)", reason: "there is no such resource")
        refusal.command = index
        throw refusal
    }
}
