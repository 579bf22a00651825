internal import Dispatch
internal import Host
internal import Node
internal import Resources
internal import Synchronization

/// A closed loop with several proposals in flight: each answer sends the next, on the thread that
/// answers, as a program without threads of its own would.
final class Flight: Sendable {
    private let writer: SequencerThread<LinuxDisk, RocksStore>
    private let make: @Sendable (inout SplitMix) -> Proposal
    private let state: Mutex<State>
    private let ended = DispatchSemaphore(value: 0)

    private struct State {
        var random: SplitMix
        /// Proposals to be sent yet, when the number is given.
        var left: Int
        var end: Ticks
        var open = 0
        var durations: [UInt64] = []
    }

    /// A load of what `make` gives, until `end`, and no more than `count` proposals.
    init(
        on writer: SequencerThread<LinuxDisk, RocksStore>, count: Int = .max, end: Ticks,
        make: @escaping @Sendable (inout SplitMix) -> Proposal
    ) {
        self.writer = writer
        self.make = make
        state = Mutex(State(random: SplitMix(LinuxEntropy().next()), left: count, end: end))
    }

    /// Sends with `width` in flight and gives how long each took.
    func run(width: Int) -> [UInt64] {
        state.withLock { $0.open = width }
        for _ in 0..<width { send() }
        ended.wait()
        return state.withLock { $0.durations }
    }

    private func send() {
        let proposal = state.withLock { state -> Proposal? in
            guard state.left > 0, LinuxClock().ticks < state.end else { return nil }
            state.left -= 1
            return make(&state.random)
        }
        guard let proposal else {
            let open = state.withLock { state in
                state.open -= 1
                return state.open
            }
            if open == 0 { ended.signal() }
            return
        }
        let sent = LinuxClock().ticks
        writer.propose(proposal) { [self] outcome in
            if case .failure(let refusal) = outcome { stop("a proposal failed: \(refusal)") }
            let took = LinuxClock().ticks.nanoseconds(since: sent)
            state.withLock { $0.durations.append(took) }
            send()
        }
    }
}
