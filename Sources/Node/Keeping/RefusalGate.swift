internal import Resources

/// Lets refusals through to the journal one by one while they are few, and counts them by who and
/// why while they are many: a flood of them costs neither the disk nor the log anything.
struct RefusalGate {
    private var tokens = Limits.refusalBurst.value
    private var filled: Ticks
    private var missed: [Kind: Int] = [:]
    private var others = 0
    private var since: WallTime?

    /// What refusals have in common that are told as one.
    private struct Kind: Hashable {
        let author: String
        let filter: String
        let code: String
    }

    init(at ticks: Ticks) { filled = ticks }

    /// True when a line may be written now.
    mutating func opens(at ticks: Ticks) -> Bool {
        let pause = UInt64(Limits.refusalPause.value) * 1_000_000
        let due = ticks.nanoseconds(since: filled) / pause
        if due > 0 {
            tokens = min(Limits.refusalBurst.value, tokens + Int(clamping: due))
            filled = Ticks(nanoseconds: filled.nanoseconds &+ due &* pause)
        }
        guard tokens > 0 else { return false }
        tokens -= 1
        return true
    }

    /// Counts a refusal that has no line of its own.
    mutating func count(_ refusal: Refusal, by author: Identity, at time: WallTime) {
        if since == nil { since = time }
        let kind = Kind(author: author.text, filter: refusal.filter, code: refusal.code.rawValue)
        if missed[kind] != nil || missed.count < Limits.refusalKinds.value {
            missed[kind, default: 0] += 1
        } else {
            others += 1
        }
    }

    /// True when refusals were counted that no line tells of.
    var hasMissed: Bool { since != nil }

    /// The line that tells of all that were counted; they are told once ``forget()`` is called.
    func summary(at time: WallTime) -> ValueMap? {
        guard let since else { return nil }
        let kinds = missed.sorted {
            ($1.value, $0.key.author, $0.key.filter, $0.key.code)
                < ($0.value, $1.key.author, $1.key.filter, $1.key.code)
        }
        return [
            "at": .text(time.text), "since": .text(since.text),
            "coalesced": .int(Int64(others + missed.values.reduce(0, +))),
            "others": .int(Int64(others)),
            "by": .list(
                kinds.map { kind, count in
                    [
                        "author": .text(kind.author), "filter": .text(kind.filter),
                        "code": .text(kind.code), "count": .int(Int64(count)),
                    ]
                }),
        ]
    }

    mutating func forget() {
        (missed, others, since) = ([:], 0, nil)
    }
}
