/// Wall time in milliseconds since 1970-01-01T00:00:00Z. For people, credentials and retention only.
public struct WallTime: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch.
    public let milliseconds: Int64

    /// A wall time of so many milliseconds since the Unix epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// This time moved by so many milliseconds; saturates at the ends.
    public func advanced(byMilliseconds delta: Int64) -> WallTime {
        let (sum, overflow) = milliseconds.addingReportingOverflow(delta)
        return WallTime(milliseconds: overflow ? (delta < 0 ? .min : .max) : sum)
    }
}

/// Monotonic time in nanoseconds since an arbitrary start; never goes back while a host runs.
public struct Ticks: Hashable, Comparable, Sendable {
    /// When the clock began.
    public static let zero = Ticks(nanoseconds: 0)

    /// Nanoseconds since the host's own start of counting.
    public let nanoseconds: UInt64

    /// A monotonic time of so many nanoseconds.
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static func < (left: Ticks, right: Ticks) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// This time moved forward by so many milliseconds.
    public func advanced(byMilliseconds delta: UInt64) -> Ticks {
        Ticks(nanoseconds: nanoseconds &+ delta &* 1_000_000)
    }

    /// Nanoseconds since an earlier time; 0 when `earlier` is later.
    public func nanoseconds(since earlier: Ticks) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
    }
}
