public import Cypher
internal import Resources

/// How much the standing queries of a node hold, and how often they run.
public struct StandingSizes: Sendable {
    /// Sizes of backlogs; of subscriptions to statements of class B and C too.
    public var feed = FeedSizes()
    /// Rows that one query of class B or C keeps.
    public var rows = Limits.standingRows.value
    /// Snapshots that wait to be worked on.
    public var snapshots = Limits.standingSnapshots.value
    /// Changes that wait to be worked on.
    public var changes = Limits.standingChanges.value
    /// Milliseconds between two evaluations of a query of class C.
    public var interval = Limits.standingInterval.value
    /// By how much a query of class C rests longer than it ran.
    public var rest = Limits.standingRest.value
    /// The bounds of one evaluation.
    public var query = QueryOptions()

    /// The sizes of `Limits`.
    public init() {}
}
