/// Why the system could not be described, copied or built: what was done, to what, why, and the
/// remedy. No message has a byte of a secret in it.
public struct ReproductionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Kind: Hashable, Sendable {
        /// Bytes are not the form they must have.
        case badForm
        /// A blob that a description names is not there.
        case missing
        /// Bytes are not those that their digest names.
        case damaged
        /// Something exceeds its limit, or does not fit its target.
        case tooLarge
        /// The target or the description may not be used.
        case refused
        /// Too few of the keys that count vouch for it.
        case untrusted
        /// It is older than what is here.
        case outdated
        /// Its time is over, or has not begun.
        case expired
        /// No space is left, on a device or in a quota.
        case noSpace
        /// A quota of births is used up, or births are switched off.
        case notAllowed
        /// A secret of the parent is in what was built.
        case secretFound
        /// Another works on the same.
        case busy
        /// Who asked gave up.
        case cancelled
        /// The disk or another node failed.
        case failed
    }

    /// Which kind of failure it is.
    public let kind: Kind
    /// What was being done: "read", "construct", "copy" …
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
