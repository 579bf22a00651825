internal import Host
internal import Trust

/// Why the store refuses: what it did, on what, why, and what to do.
public struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Kind: Hashable, Sendable {
        /// Something is not there.
        case notFound
        /// A manifest, an archive or an app's folder is not what it has to be.
        case badForm
        /// A path or a link leads outside, or cannot be kept apart from another.
        case badPath
        /// A limit is exceeded.
        case tooLarge
        /// Bytes have another digest, or a signature is not the signer's.
        case damaged
        /// Nobody vouches for the bundle, or somebody the operator has not accepted.
        case untrusted
        /// The version is taken by other content.
        case taken
        /// Another changes the store.
        case busy
        /// Who asked gave up.
        case cancelled
        /// The machine refused.
        case failed
    }

    /// Which kind of refusal it is.
    public let kind: Kind
    /// What was being done: "add", "install" …
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

    init(_ error: DiskError) {
        self.init(
            error.errno == DiskError.notFound ? .notFound : .failed,
            operation: error.operation.rawValue, subject: error.path, cause: error.description,
            remedy: error.isNoSpace ? "free some space and try again" : "try again")
    }

    init(_ error: ProcessError) {
        self.init(
            error.kind == .notFound ? .notFound : .failed, operation: error.operation,
            subject: error.subject, cause: error.cause,
            remedy: error.kind == .exhausted ? "free some space and try again" : "try again")
    }

    init(_ error: TrustError) {
        self.init(
            error.kind == .damaged ? .damaged : .badForm, operation: error.operation,
            subject: error.subject, cause: error.cause, remedy: error.remedy)
    }

    public var description: String { "cannot \(operation) \(subject): \(cause); \(remedy)" }
}

/// Runs calls of the disk and speaks of their failure as the store's.
func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(BundleError) -> Result {
    do throws(DiskError) { return try body() } catch { throw BundleError(error) }
}

/// Runs calls on files and folders and speaks of their failure as the store's.
func onFiles<Result>(_ body: () throws(ProcessError) -> Result) throws(BundleError) -> Result {
    do throws(ProcessError) { return try body() } catch { throw BundleError(error) }
}
