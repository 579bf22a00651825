/// How a question ended, for counting.
enum NameOutcome: Hashable, Sendable {
    case answered, noData, noName, truncated, malformed, notImplemented, refused, failed

    init(_ code: DNSCode) {
        switch code {
        case .noError: self = .answered
        case .formatError, .badVersion: self = .malformed
        case .serverFailure: self = .failed
        case .nameError: self = .noName
        case .notImplemented: self = .notImplemented
        case .refused: self = .refused
        }
    }
}

/// What a name server has done since it started.
public struct NameStatistics: Hashable, Sendable {
    /// Messages that came in datagrams, and over streams.
    public internal(set) var datagrams = 0
    public internal(set) var streamMessages = 0
    /// Questions that got records.
    public internal(set) var answered = 0
    /// Questions about names that have nothing of that type, and about names that are not.
    public internal(set) var noData = 0
    public internal(set) var noName = 0
    /// Answers that did not fit a datagram; the asker comes back by a stream.
    public internal(set) var truncated = 0
    /// Messages refused as malformed, of an unknown kind, or as none of our business.
    public internal(set) var malformed = 0
    public internal(set) var notImplemented = 0
    public internal(set) var refused = 0
    /// Messages that may not be answered: too short, or answers themselves.
    public internal(set) var dropped = 0
    /// Questions handed to other servers, and answered by them.
    public internal(set) var forwarded = 0
    public internal(set) var forwardAnswered = 0
    /// Questions that failed: nothing is published yet, or no other server answered.
    public internal(set) var failed = 0
    /// Answers of other servers that were not to what was asked.
    public internal(set) var mismatched = 0
    /// Streams that were closed because there were too many, or because nothing came.
    public internal(set) var streamsRefused = 0
    public internal(set) var streamsIdle = 0

    /// Nothing yet.
    public init() {}

    mutating func count(_ outcome: NameOutcome) {
        switch outcome {
        case .answered: answered += 1
        case .noData: noData += 1
        case .noName: noName += 1
        case .truncated: truncated += 1
        case .malformed: malformed += 1
        case .notImplemented: notImplemented += 1
        case .refused: refused += 1
        case .failed: failed += 1
        }
    }
}
