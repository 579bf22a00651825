internal import Host

/// Why a driver could not do a step: what it did, on what, why, and what to do.
public struct DriverError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Kind: Hashable, Sendable {
        /// The program is not there.
        case programNotFound
        /// The device is not available on this machine.
        case deviceMissing
        /// The instance asks for what the device cannot give.
        case unsupported
        /// The driver does not know that instance.
        case unknownInstance
        /// The instance runs, and must be stopped first.
        case stillRunning
        /// A volume that a task has.
        case attached
        /// An attach that a newer one has overtaken.
        case fenced
        /// No more of something: memory, processes, disk.
        case exhausted
        /// What was given is not what it must be: damaged, forged, forbidden.
        case invalid
        /// The machine has no such image.
        case unknownImage
        /// The machine refused.
        case failed
    }

    /// Which kind of failure it is.
    public var kind: Kind
    /// What was being done: "start", "stop" …
    public var operation: String
    /// To what.
    public var subject: String
    /// Why it failed.
    public var cause: String
    /// What to do, when there is something.
    public var remedy: String?

    /// The failure of `operation` on `subject`.
    public init(
        _ kind: Kind, operation: String, subject: String, cause: String, remedy: String? = nil
    ) {
        self.kind = kind
        self.operation = operation
        self.subject = subject
        self.cause = cause
        self.remedy = remedy
    }

    init(_ error: ProcessError) {
        let kind: Kind =
            switch error.kind {
            case .notFound: .programNotFound
            case .exhausted: .exhausted
            case .unknownKey: .unknownInstance
            case .notAllowed, .alreadyStarted, .failed: .failed
            }
        self.init(
            kind, operation: error.operation, subject: error.subject, cause: error.cause)
    }

    init(_ error: SocketError) {
        self.init(
            error.isTaken ? .exhausted : .failed, operation: error.operation,
            subject: error.subject, cause: error.cause,
            remedy: error.isTaken ? "end what listens there, or take another port" : nil)
    }

    public var description: String {
        "\(operation) \(subject): \(cause)" + (remedy.map { "; \($0)" } ?? "")
    }
}

/// Runs a call of the host and speaks of its failure as the driver's.
func translating<Result>(
    _ body: () throws(ProcessError) -> Result
) throws(DriverError) -> Result {
    do throws(ProcessError) { return try body() } catch { throw DriverError(error) }
}
