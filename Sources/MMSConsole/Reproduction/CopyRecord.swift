internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization
internal import ZeroProcs

/// The resource of type `reproduction` of one copy: each state is in the machine log before what
/// it announces is done.
final class CopyRecord: Sendable {
    private let node: LinuxNode
    private let name: ResourceName
    private let clock = LinuxClock()
    private let state = Mutex(State())

    private struct State {
        var word: String?
        var id: Identifier?
    }

    /// A record of that name, which no other has.
    init(node: LinuxNode, name: ResourceName) {
        self.node = node
        self.name = name
    }

    /// Writes the state when it is another than the one before. Nothing is done without it.
    func take(_ progress: Reproducer.Progress) throws(ReproductionError) {
        let controller = progress.controller
        let (isNew, id) = state.withLock { state in
            defer { state.word = controller.state.word }
            return (state.word != controller.state.word, state.id)
        }
        guard isNew else { return }
        var data = controller.data
        data["bytes"] = .int(progress.copy.copied)
        if id == nil { data["began"] = .int(clock.now.milliseconds) }
        if controller.state.isEnd { data["ended"] = .int(clock.now.milliseconds) }
        try write(data, id, controller.state.word)
    }

    /// Writes that it ended, and why.
    func fail(_ error: ReproductionError) {
        guard let id = state.withLock({ $0.id }) else { return }
        let data: ValueMap = [
            "state": "aborted", "reason": .text("\(error)"),
            "ended": .int(clock.now.milliseconds),
        ]
        // The log itself may be what failed: then the record says how far it was.
        try? write(data, id, "\(error)")
    }

    private func write(
        _ data: ValueMap, _ id: Identifier?, _ reason: String
    ) throws(ReproductionError) {
        let command: Command
        let own = id ?? LinuxEntropy().identifier(at: clock.now)
        if id == nil {
            command = .create(
                Draft(
                    id: own, type: ReproductionTypes.reproduction.name,
                    namespace: node.identity.namespace, name: name, data: data))
        } else {
            command = .update(Update(id: own, data: data))
        }
        let outcome = node.circle.machine.propose(
            Proposal(
                caller: .system("controller"), batch: Batch([command], reason: reason),
                time: clock.now))
        switch outcome {
        case .success: state.withLock { $0.id = own }
        case .failure(let refusal):
            throw ReproductionError(
                .failed, operation: "log", subject: "reproduction/\(name)",
                cause: refusal.message, remedy: "see pisces status")
        }
    }
}
