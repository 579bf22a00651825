public import Resources

/// An unfinished write that recovery moved out of the log.
public struct LogCut: Equatable, Sendable {
    /// The first position that was not complete.
    public let position: Position
    /// The segment and offset it was cut from.
    public let file: String
    /// Where it began.
    public let offset: Int
    /// How many bytes were moved.
    public let bytes: Int
    /// The file that keeps them.
    public let quarantine: String
    /// Why they were not accepted.
    public let reason: String
}
