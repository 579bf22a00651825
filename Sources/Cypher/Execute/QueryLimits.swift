package import Resources

/// What one query may use before it is stopped, and the clock by which its time is told.
package struct QueryLimits: Sendable {
    /// Rows that leave.
    package var rows: Int
    /// Bytes held by sorts, groups, lists.
    package var memory: Int
    /// Hops of one walk of variable length without a bound of its own.
    package var hops: Int
    /// Milliseconds from the first row asked to the last.
    package var milliseconds: Int
    /// Tells time; nil: time is not limited.
    package var clock: (@Sendable () -> Ticks)?
    /// What `date()` and its like answer; the same during one query.
    package var now: WallTime
    /// The seed of `rand()`.
    package var seed: UInt64
    package var strategy: Strategy

    /// The limits of `Limits.swift`.
    package init(
        clock: (@Sendable () -> Ticks)? = nil, now: WallTime = WallTime(milliseconds: 0),
        seed: UInt64 = 0
    ) {
        rows = Limits.queryRows.value
        memory = Limits.queryMemory.value
        hops = Limits.queryHops.value
        milliseconds = Limits.queryTime.value
        self.clock = clock
        self.now = now
        self.seed = seed
        strategy = .optimised
    }
}
