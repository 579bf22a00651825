public import Resources

/// A part of a log: a dense range of positions with one way to write it and one way to end it.
public protocol Loglet: Sendable {
    /// Appends entries as one atomic group behind the tail. Refused once sealed.
    func append(_ drafts: [EntryDraft]) throws(LogError) -> ClosedRange<Position>
    /// The last position, and whether it will stay the last.
    func checkTail() throws(LogError) -> (tail: Position, sealed: Bool)
    /// Entries from `position` on, about `maximumBytes` of them but at least one; none at the tail.
    func read(from position: Position, maximumBytes: Int) throws(LogError) -> [LogEntry]
    /// Lets go of entries before `position`; what shares a segment with later ones may stay.
    func trim(before position: Position) throws(LogError)
    /// Ends the loglet for ever and gives its last position. Sealing again gives the same.
    func seal() throws(LogError) -> Position
}
