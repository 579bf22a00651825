/// Why a key, a signature or a sealed value is refused: what was done, on what, why, and the remedy.
///
/// No message has a byte of a secret or of a private key in it.
public struct TrustError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Kind: Hashable, Sendable {
        /// Bytes are not the encoding of a key.
        case badKey
        /// Bytes are not the encoding of a sealed value, a signature or a digest.
        case badForm
        /// A value is not sealed to this machine's key.
        case notForThisMachine
        /// A value was sealed under another name.
        case otherName
        /// A value was sealed as another version.
        case otherVersion
        /// The bytes do not prove to be what they say: damaged, or changed by someone.
        case damaged
        /// A certificate is of an authority that is not accepted.
        case otherAuthority
        /// A certificate is for another role.
        case wrongRole
        /// A certificate was valid and is no more.
        case expired
        /// A certificate is not valid yet.
        case notYetValid
        /// A key was revoked.
        case revoked
        /// Something exceeds its limit.
        case tooLarge
    }

    /// Which kind of refusal it is.
    public let kind: Kind
    /// What was being done: "open", "seal", "read" …
    public let operation: String
    /// To what.
    public let subject: String
    /// Why it was refused.
    public let cause: String
    /// What to do.
    public let remedy: String

    /// The refusal of `operation` on `subject`.
    public init(
        _ kind: Kind, operation: String, subject: String, cause: String, remedy: String
    ) {
        self.kind = kind
        self.operation = operation
        self.subject = subject
        self.cause = cause
        self.remedy = remedy
    }

    public var description: String { "cannot \(operation) \(subject): \(cause); \(remedy)" }
}
