/// Why something between machines did not work: what was done, to what, why, and the remedy.
public struct BusError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Kind: Hashable, Sendable {
        /// The other side could not be reached; it did not get the request.
        case unreachable
        /// No answer came in time: the request may or may not have been carried out.
        case unanswered
        /// The other side is not who it must be, or may not ask this.
        case forbidden
        /// The certificate that was shown has ended; its key still gets another one.
        case expired
        /// Bytes are not what the protocol says.
        case malformed
        /// Something exceeds its limit.
        case tooLarge
        /// The other side understood and refused.
        case refused
    }

    /// Which kind of failure it is.
    public let kind: Kind
    /// What was being done: "dial", "append", "join" …
    public let operation: String
    /// To what.
    public let subject: String
    /// Why it failed.
    public let cause: String
    /// What to do.
    public let remedy: String

    /// The failure of `operation` on `subject`.
    public init(
        _ kind: Kind, operation: String, subject: String, cause: String, remedy: String
    ) {
        self.kind = kind
        self.operation = operation
        self.subject = subject
        self.cause = cause
        self.remedy = remedy
    }

    /// One line for people.
    public var description: String { "cannot \(operation) \(subject): \(cause); \(remedy)" }
}
