/// A day of the proleptic Gregorian calendar.
public struct CypherDate: Sendable, Hashable {
    /// Days since 1970-01-01.
    package let days: Int64

    package init(days: Int64) { self.days = days }
}

/// A time of day without an offset.
public struct CypherLocalTime: Sendable, Hashable {
    /// Nanoseconds since midnight.
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
}

/// A time of day at an offset from UTC.
public struct CypherTime: Sendable, Hashable {
    /// Nanoseconds since midnight on the local clock.
    package let nanoseconds: Int64
    /// Seconds east of UTC.
    package let offset: Int32

    package init(nanoseconds: Int64, offset: Int32) {
        self.nanoseconds = nanoseconds
        self.offset = offset
    }
}

/// A date and a time of day without an offset.
public struct CypherLocalDateTime: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00 on the local clock.
    package let seconds: Int64
    /// Nanoseconds of the second, 0 to 999,999,999.
    package let nanoseconds: Int32

    package init(seconds: Int64, nanoseconds: Int32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}

/// An instant with the offset, and perhaps the named zone, in which it is told.
public struct CypherDateTime: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00Z.
    package let seconds: Int64
    /// Nanoseconds of the second, 0 to 999,999,999.
    package let nanoseconds: Int32
    /// Seconds east of UTC at that instant.
    package let offset: Int32
    /// The zone's name, such as `Europe/Stockholm`; nil when there is only an offset.
    package let zone: String?

    package init(seconds: Int64, nanoseconds: Int32, offset: Int32, zone: String?) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
        self.offset = offset
        self.zone = zone
    }
}

/// An amount of time in four parts that do not convert into each other.
public struct CypherDuration: Sendable, Hashable {
    package let months: Int64
    package let days: Int64
    package let seconds: Int64
    /// Nanoseconds of the second, 0 to 999,999,999, also when `seconds` is negative.
    package let nanoseconds: Int32

    package init(months: Int64, days: Int64, seconds: Int64, nanoseconds: Int32) {
        self.months = months
        self.days = days
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}
