public import Resources

/// What one query may use before it is stopped, and what it is told of the world.
public struct QueryOptions: Sendable {
    /// Rows that leave.
    package var rows: Int
    /// Bytes held by sorts, groups, lists.
    package var memory: Int
    /// Hops of one walk of variable length without a bound of its own.
    package var hops: Int
    /// Milliseconds from the first row asked to the last.
    package var milliseconds: Int
    /// Nodes that a graph may look at before it throws `turnLimit`; nil: as many as it takes.
    package var nodes: Int?
    /// Tells time; nil: time is not limited.
    package var clock: (@Sendable () -> Ticks)?
    /// What `date()` and its like answer; the same during one query.
    package var now: WallTime
    /// The bytes of a time zone's file (RFC 8536) by its name; nil: there is none.
    package var zone: (@Sendable (String) -> [UInt8]?)?
    /// The seed of `rand()`.
    package var seed: UInt64
    package var strategy: Strategy
    /// The graph is of this query alone: it may be told to forget the nodes it has met.
    package var ownsGraph = false
    /// Looks at the machine for a procedure; nil: this graph is of no machine.
    package var look: (@Sendable (Lookup, CypherValue?) throws(CypherError) -> [[CypherValue]])?

    /// The limits of `Limits`.
    public init(
        clock: (@Sendable () -> Ticks)? = nil, now: WallTime = WallTime(milliseconds: 0),
        zone: (@Sendable (String) -> [UInt8]?)? = nil, seed: UInt64 = 0
    ) {
        rows = Limits.queryRows.value
        memory = Limits.queryMemory.value
        hops = Limits.queryHops.value
        milliseconds = Limits.queryTime.value
        self.clock = clock
        self.now = now
        self.zone = zone
        self.seed = seed
        strategy = .optimised
    }
}

/// What a procedure looks at when it is asked, besides the graph.
public enum Lookup: String, Sendable, CaseIterable {
    /// Load, memory, time used by processors: name, value, unit.
    case live
    /// What a process uses right now, by its number: name, value, unit.
    case process
    /// The memory of a process by its number.
    case maps
    /// A file by its path: the name and value of each of its fields.
    case file
    /// The SHA-256 of a file by its path.
    case digest
    /// The paths of a package by its name.
    case packageFiles
}
