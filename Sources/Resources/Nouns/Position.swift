/// A place in one log: dense, starting at 1. Position is time: order never depends on wall clocks.
public struct Position: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The ordinal of the entry; 0 means "before the first entry".
    public let rawValue: UInt64

    /// Before the first entry of a log.
    public static let zero = Position(0)

    /// The position with the given ordinal.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The next position. Behind the last one there can be, which only a lie names, is none: it
    /// gives itself.
    public var next: Position { Position(rawValue == .max ? .max : rawValue + 1) }

    /// The ordinal in decimal, as people write it after `@`.
    public var description: String { String(rawValue) }

    public static func < (left: Position, right: Position) -> Bool {
        left.rawValue < right.rawValue
    }
}
