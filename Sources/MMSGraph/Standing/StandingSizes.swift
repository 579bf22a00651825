package import Cypher
internal import Resources

/// How much the standing queries of a node hold, and how often they run.
package struct StandingSizes: Sendable {
    /// Sizes of backlogs; of subscriptions to statements of class B and C too.
    package var feed = FeedSizes()
    /// Rows that one query of class B or C keeps.
    package var rows = Limits.standingRows.value
    /// Snapshots that wait to be worked on.
    package var snapshots = Limits.standingSnapshots.value
    /// Changes that wait to be worked on.
    package var changes = Limits.standingChanges.value
    /// Milliseconds between two evaluations of a query of class C.
    package var interval = Limits.standingInterval.value
    /// By how much a query of class C rests longer than it ran.
    package var rest = Limits.standingRest.value
    /// The bounds of one evaluation.
    package var query = QueryOptions()

    /// The sizes of `Limits`.
    package init() {}
}
