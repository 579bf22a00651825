internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization

extension FleetNode {
    /// What brings the copy of a log here over a gap; see ``StateTransfer``.
    func makeTransfer(
        of writer: FleetWriter<LinuxDisk, RocksStore>,
        attend: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool
    ) -> StateTransfer<LinuxDisk, RocksStore> {
        let shared = writer.shared
        return StateTransfer(
            writer.sequencer, peers: links, sources: { [weak self] in self?.sources ?? [] },
            confirm: { shared.confirm($0) }, attend: attend,
            pause: { LinuxSystem.pause(milliseconds: UInt32(clamping: $0)) })
    }

    /// All other nodes that may have the state of the fleet log, voters first.
    private var sources: [StateTransfer<LinuxDisk, RocksStore>.Source] {
        others.map { other in
            let known = view?[other.text]?.role
            let listed = roll?.nodes.first { $0.name == other.text }?.role
            return .init(name: other, votes: (known ?? listed) == .voter)
        }
    }

    /// Takes what others wrote; where that is gone, their state first. While no thread runs.
    func arrive(_ writer: FleetWriter<LinuxDisk, RocksStore>) throws(NodeError) {
        do throws(LogError) {
            try writer.catchUp()
            return
        } catch {
            guard case .trimmed(let first) = error else {
                throw NodeError("follow", "the fleet log", error.description)
            }
            try makeTransfer(of: writer) { work in
                work()
                return true
            }.run(to: first)
        }
        do throws(LogError) { try writer.catchUp() } catch {
            throw NodeError("follow", "the fleet log", error.description)
        }
    }

    /// Lets what orders the logs go of entries that a majority of the voters has in its own files;
    /// where this node decides.
    func trimTails(_ view: FleetView) throws {
        for writer in [circle.fleet] + (circle.mounted?.logs.map(\.writer) ?? []) {
            try trimTail(of: writer, view)
        }
    }

    private func trimTail(
        of writer: SequencerThread<LinuxDisk, RocksStore>, _ view: FleetView
    ) throws {
        guard orders(writer), let shared = writer.fleet?.shared, shared.place == .shared else {
            return
        }
        let log = shared.copy
        let wanted = HotTail.wanted(tail: log.tail, extents: log.extents)
        let known = state.withLock { $0.tails[log.mount] } ?? Trimmed()
        let age = UInt64(Limits.keepingInterval.value) * 1_000_000
        guard wanted > known.first, clock.ticks.nanoseconds(since: known.at) >= age else { return }
        state.withLock { $0.tails[log.mount, default: known].at = clock.ticks }
        let held = HeldCopies(log: log, peers: links).held(by: otherVoters(view))
        let first = HotTail.first(tail: log.tail, extents: log.extents, held: held)
        guard first > known.first else { return }
        do throws(LogError) { try shared.trim(before: first) } catch {
            throw NodeError("trim", "what orders the log \(log.mount)", error.description)
        }
        state.withLock { $0.tails[log.mount, default: known].first = first }
    }

    private func otherVoters(_ view: FleetView) -> [ResourceName] {
        view.members.filter { $0.role == .voter && $0.name != name }.map(\.name)
    }

    /// Finds out whether more than half of the voters have all of the fleet log, where this node
    /// decides. What is found holds as long as the chain and the voters are the same.
    func keepReplication(_ view: FleetView) {
        guard let shared, shared.place == .shared, decides, let chain = shared.chain else {
            return state.withLock { $0.replication = nil }
        }
        let (known, tail) = state.withLock { ($0.replication, $0.tails[.root] ?? Trimmed()) }
        var found = Replicated(chain: chain.version, voters: otherVoters(view), isComplete: false)
        if let known, known.isComplete, known.chain == found.chain, known.voters == found.voters {
            return
        }
        let held = HeldCopies(log: shared.copy, peers: links).held(by: found.voters)
        found.isComplete = Replication.isComplete(chain, trimmed: tail.first, held: held)
        state.withLock { [found] in $0.replication = found }
    }

    /// Whether more than half of those voters have all of the fleet log, as that chain orders it.
    struct Replicated {
        var chain: UInt64
        var voters: [ResourceName]
        var isComplete: Bool
    }

    /// The first entry that what orders the log was left with, and when voters were asked last.
    struct Trimmed {
        var first = Position.zero
        var at = Ticks.zero
    }
}
