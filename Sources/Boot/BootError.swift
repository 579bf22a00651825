/// Why a machine could not be booted further: what was done, to what, and why.
public struct BootError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done: "find", "mount", "verify" …
    public let operation: String
    /// To what.
    public let subject: String
    /// Why it failed.
    public let cause: String

    /// The failure of `operation` on `subject`.
    public init(_ operation: String, _ subject: String, _ cause: String) {
        self.operation = operation
        self.subject = subject
        self.cause = cause
    }

    /// One line for people.
    public var description: String { "cannot \(operation) \(subject): \(cause)" }
}
