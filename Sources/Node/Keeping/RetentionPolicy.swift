public import Log
public import Resources

/// How much history a log keeps: what is older than `milliseconds` or beyond `bytes` may go, a
/// whole file of the log at a time.
public struct Budget: Hashable, Sendable {
    /// The age an entry is kept for at least, while the bytes allow it.
    public var milliseconds: Int64
    /// The most bytes of entries on disk, the file being written not counted.
    public var bytes: Int

    /// A budget of `milliseconds` and `bytes`.
    public init(milliseconds: Int64, bytes: Int) {
        self.milliseconds = milliseconds
        self.bytes = bytes
    }

    /// What a log keeps when nobody says otherwise.
    public static let standard = Budget(
        milliseconds: Int64(Limits.retentionAge.value), bytes: Limits.retentionBytes.value)
}

/// What is known of a log when its budget is looked at.
public struct LogHolding: Sendable {
    /// Where the log is mounted.
    public var mount: Namespace
    /// Its budget.
    public var budget: Budget
    /// Its files, oldest first.
    public var extents: [LogExtent]
    /// Its last entry.
    public var tail: Position
    /// The last entry that is older than the budget's age.
    public var aged: Position
    /// The last entry that both checkpoints cover: a trim must not pass it.
    public var bound: Position
    /// The position of the newest checkpoint, and its age; zero and the age of the first entry
    /// when there is none.
    public var checkpoint: (position: Position, milliseconds: Int64)

    /// What is known of the log mounted at `mount`.
    public init(
        mount: Namespace, budget: Budget, extents: [LogExtent], tail: Position, aged: Position,
        bound: Position, checkpoint: (position: Position, milliseconds: Int64)
    ) {
        self.mount = mount
        self.budget = budget
        self.extents = extents
        self.tail = tail
        self.aged = aged
        self.bound = bound
        self.checkpoint = checkpoint
    }

    /// The first entry to keep, at the start of a file, and why those before it may go.
    var horizon: (position: Position, reason: String)? {
        var bytes = extents.dropLast().reduce(0) { $0 + $1.bytes }
        var found: (Position, String)?
        for (old, next) in zip(extents, extents.dropFirst()) {
            if bytes > budget.bytes {
                found = (next.first, "beyond \(budget.bytes) bytes")
            } else if next.first <= aged.next {
                found = (next.first, "older than \(budget.milliseconds / 1000) s")
            } else {
                break
            }
            bytes -= old.bytes
        }
        return found
    }

    /// True when the log was begun behind a state of another machine, and no checkpoint since.
    var isUncovered: Bool {
        guard let first = extents.first?.first else { return false }
        return checkpoint.position.next < first && tail >= first
    }

    /// The start of the last file at or before a position; nil when that is the oldest file.
    func start(atOrBefore position: Position) -> Position? {
        extents.dropFirst().last { $0.first <= position }?.first
    }
}

/// What the keeping of logs asks for next, with the reason.
public enum KeepingStep: Hashable, Sendable {
    /// Write the graph's state down.
    case checkpoint(reason: String)
    /// Let go of the entries of a log before a position, and of the history they made.
    case trim(log: Namespace, before: Position, reason: String)
}

/// Decides when states are written down and what logs let go of. Pure: what it knows is given.
public enum RetentionPolicy {
    /// The steps that are due, in order. A trim goes as far as two checkpoints cover, and asks for
    /// another one when that is not far enough.
    public static func steps(for holdings: [LogHolding]) -> [KeepingStep] {
        var trims: [KeepingStep] = []
        var reason: String?
        for holding in holdings {
            let waiting = holding.tail.rawValue - holding.checkpoint.position.rawValue
            if waiting == 0 { continue }
            if holding.isUncovered {
                reason = reason ?? "log \(holding.mount) began behind the last"
            } else if waiting >= UInt64(Limits.checkpointEntries.value) {
                reason = reason ?? "\(waiting) entries of \(holding.mount) since the last"
            } else if holding.checkpoint.milliseconds >= Int64(Limits.checkpointAge.value) {
                let seconds = holding.checkpoint.milliseconds / 1000
                reason = reason ?? "the last one of \(holding.mount) is \(seconds) s old"
            }
        }
        for holding in holdings {
            guard let horizon = holding.horizon else { continue }
            if let before = holding.start(atOrBefore: min(horizon.position, holding.bound.next)) {
                trims.append(.trim(log: holding.mount, before: before, reason: horizon.reason))
            }
            if horizon.position > holding.bound.next, holding.checkpoint.position < holding.tail {
                reason = reason ?? "log \(holding.mount) has entries \(horizon.reason)"
            }
        }
        return trims + (reason.map { [.checkpoint(reason: $0)] } ?? [])
    }
}
