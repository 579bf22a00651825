public import Resources

/// Decides whether a system that was just booted is good, should be given up, or needs more time
/// (design/05, update, step 7).
public struct HealthGate: Hashable, Sendable {
    /// What is asked of a system before it is blessed.
    public enum Check: String, Sendable, CaseIterable {
        /// All logs were replayed.
        case logReplayed
        /// The graph says what the logs say.
        case graphConsistent
        /// Every driver that was up before is up.
        case driversUp
        /// A peer answered; nothing is asked of a machine alone.
        case peersSeen
        /// Every app that was healthy before is healthy.
        case appsHealthy
    }

    /// What one look at the system said.
    public enum Finding: Hashable, Sendable {
        /// It holds.
        case good
        /// Not yet.
        case waiting(String)
        /// It will not.
        case bad(String)
    }

    /// What becomes of the system.
    public enum Verdict: Hashable, Sendable {
        /// Strip the counter from its entry.
        case bless
        /// Look again at this time at the latest.
        case wait(until: Ticks, why: String)
        /// Restart: the loader counts the try, and falls back when there is none left.
        case giveUp(String)
    }

    private let deadline: Ticks
    private let soakMilliseconds: UInt64
    private var goodSince: Ticks?

    /// A gate that opens when all has been good for so long, and closes at the deadline.
    public init(booted: Ticks, patienceMilliseconds: UInt64, soakMilliseconds: UInt64) {
        deadline = booted.advanced(byMilliseconds: patienceMilliseconds)
        self.soakMilliseconds = soakMilliseconds
    }

    /// Judges one look. A check without a finding has not been made yet.
    public mutating func judge(_ findings: [Check: Finding], now: Ticks) -> Verdict {
        var waiting: [String] = []
        for check in Check.allCases {
            switch findings[check] {
            case .good: continue
            case .bad(let why): return .giveUp("\(check.rawValue): \(why)")
            case .waiting(let why): waiting.append("\(check.rawValue): \(why)")
            case nil: waiting.append("\(check.rawValue): not looked at yet")
            }
        }
        if let first = waiting.first {
            // A soak that was interrupted begins anew.
            goodSince = nil
            if now >= deadline { return .giveUp("out of patience, \(first)") }
            return .wait(until: deadline, why: waiting.joined(separator: ", "))
        }
        let since = goodSince ?? now
        goodSince = since
        let end = since.advanced(byMilliseconds: soakMilliseconds)
        return now >= end ? .bless : .wait(until: end, why: "all is good, soaking")
    }
}
