internal import NIOCore
internal import Resources

/// What waits between the event loop and the query threads of one connection, and whose turn it
/// is. A pure machine: the lane locks it, steps, and does what it says.
struct Inbox: Sendable {
    /// What the event loop delivers.
    enum Item: Sendable {
        case message(ByteBuffer)
        /// The bytes were no message: say so, and close.
        case broken(BoltError)
    }

    /// What a query thread should do next.
    enum Step: Sendable {
        case take(Item, startReading: Bool)
        /// Go on with the rows under way.
        case stream
        /// Leave; a delivery calls again.
        case rest
        /// Let go of everything.
        case end
    }

    private enum Turn {
        /// No thread works here. → working
        case resting
        /// A thread works here, or is called. → resting, waiting
        case working
        /// Rows are left, but the client has not read what was sent. → working
        case waiting
        /// All was let go of.
        case over
    }

    private var turn = Turn.resting
    private var items = CircularBuffer<Item>()
    /// Bytes sent and not yet taken by the kernel.
    private var outstanding = 0
    private var isGone = false
    private var isStarved = false

    /// A thread works or is called, rather than waits for the client.
    var isWorking: Bool { if case .working = turn { true } else { false } }

    /// Keeps an item; true when a thread must be called.
    mutating func deliver(_ item: Item) -> Bool {
        guard !isGone else { return false }
        items.append(item)
        return call()
    }

    /// True when the loop may read on; otherwise a step says when.
    mutating func mayRead() -> Bool {
        isStarved = items.count >= Limits.boltPending.value
        return !isStarved
    }

    /// The connection is gone; true when a thread must be called to let go.
    mutating func leave() -> Bool {
        isGone = true
        items.removeAll()
        guard case .waiting = turn else { return call() }
        turn = .working
        return true
    }

    /// What a thread does next; `isStreaming` when rows are under way.
    mutating func step(isStreaming: Bool) -> Step {
        if isGone {
            turn = .over
            return .end
        }
        guard outstanding < Limits.boltOutput.value else {
            turn = .waiting
            return .rest
        }
        if isStreaming { return .stream }
        guard let item = items.popFirst() else {
            turn = .resting
            return .rest
        }
        let startReading = isStarved && items.count < Limits.boltPending.value / 2
        if startReading { isStarved = false }
        return .take(item, startReading: startReading)
    }

    /// Puts back what was taken: it is dealt with by another.
    mutating func giveBack(_ item: Item) {
        guard !isGone else { return }
        items.prepend(item)
    }

    /// Bytes went to the loop.
    mutating func sent(_ bytes: Int) { outstanding += bytes }

    /// The kernel took bytes; true when a thread must be called.
    mutating func taken(_ bytes: Int) -> Bool {
        outstanding -= bytes
        guard case .waiting = turn, outstanding <= Limits.boltOutput.value / 2 else { return false }
        turn = .working
        return true
    }

    private mutating func call() -> Bool {
        guard case .resting = turn else { return false }
        turn = .working
        return true
    }
}
