public import Host
internal import Log
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
    /// What was damaged and made again when the circle was opened.
    public let repairs: [String]
    /// Entries that were applied again when the circle was opened.
    public let replayed: UInt64

    /// The circle over two logs and the graph they are applied to.
    public init(
        graph: Graph<S>, fleet: SequencerThread<D, S>, machine: SequencerThread<D, S>,
        repairs: [String] = [], replayed: UInt64 = 0
    ) {
        self.repairs = repairs
        self.replayed = replayed
        self.graph = graph
        self.fleet = fleet
        self.machine = machine
    }

    /// The writers of all logs.
    public var writers: [SequencerThread<D, S>] { [fleet, machine] }

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
            let mount =
                machine.sequencer.mount.contains(namespace)
                ? machine.sequencer.mount : fleet.sequencer.mount
            if let found, found != mount {
                var refusal = Refusal(
                    .wrongLog, filter: "admission", subject: "batch",
                    reason: "its commands are for two logs, \(found) and \(mount)",
                    remedy: "send one batch per log")
                refusal.command = index
                throw refusal
            }
            found = mount
        }
        return found == machine.sequencer.mount ? machine : fleet
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
