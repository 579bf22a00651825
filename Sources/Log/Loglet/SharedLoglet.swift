public import Resources

/// A loglet that several machines append to: what orders the log of a fleet.
///
/// Calls block; each has a deadline of its own.
public protocol SharedLoglet: Loglet {
    /// Makes `drafts` the entries right behind `tail`, whose chain hash is `hash`, as one group.
    ///
    /// Throws ``LogError/behind(tail:)`` when others wrote first and ``LogError/sealed(tail:)``
    /// when the loglet has ended: nothing was written then. After ``LogError/unanswered(cause:)``
    /// only following the tail tells whether the group is in.
    func append(
        _ drafts: [EntryDraft], behind tail: Position, hash: ChainHash
    ) throws(LogError) -> [LogEntry]

    /// Waits at most `milliseconds` for entries behind `position`; none when none came. Throws
    /// ``LogError/trimmed(first:)`` when those right behind it are gone, and
    /// ``LogError/sealed(tail:)`` when `position` is the tail and will stay it: read the chain.
    func follow(behind position: Position, milliseconds: Int) throws(LogError) -> [LogEntry]
}

/// Where a log's chain of loglets is kept; it changes only by compare-and-set.
public protocol ChainRegister: Sendable {
    /// The chain; nil before the first one is set.
    func read() throws(LogError) -> Chain?

    /// Sets the chain if the register has version `expected` (0: has none), else throws
    /// ``LogError/chainChanged(expected:found:)``.
    func compareAndSet(expected: UInt64, _ chain: Chain) throws(LogError)
}
