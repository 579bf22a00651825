extension CypherValue {
    /// The order of two temporal values of one type; 0 for others.
    static func temporalOrder(_ left: CypherValue, _ right: CypherValue) -> Int {
        switch (left, right) {
        case (.date(let left), .date(let right)): return order(left.days, right.days)
        case (.localTime(let left), .localTime(let right)):
            return order(left.nanoseconds, right.nanoseconds)
        case (.time(let left), .time(let right)):
            // By the instant of a day in UTC, then by the clock.
            let first = order(left.universal, right.universal)
            return first != 0 ? first : order(right.offset, left.offset)
        case (.localDateTime(let left), .localDateTime(let right)):
            let first = order(left.seconds, right.seconds)
            return first != 0 ? first : order(left.nanoseconds, right.nanoseconds)
        case (.dateTime(let left), .dateTime(let right)):
            let first = order(left.seconds, right.seconds)
            if first != 0 { return first }
            let second = order(left.nanoseconds, right.nanoseconds)
            return second != 0 ? second : order(left.offset, right.offset)
        case (.duration(let left), .duration(let right)):
            let first = order(left.averageSeconds, right.averageSeconds)
            if first != 0 { return first }
            let second = order(left.nanoseconds, right.nanoseconds)
            return second != 0 ? second : order(left.months, right.months)
        default: return 0
        }
    }
}

extension CypherTime {
    /// Nanoseconds since midnight in UTC; may lie before or after the day.
    var universal: Int64 { nanoseconds - Int64(offset) * 1_000_000_000 }
}

extension CypherDuration {
    static let zero = CypherDuration(months: 0, days: 0, seconds: 0, nanoseconds: 0)

    /// Seconds in a month of the Gregorian calendar on average: 365.2425 days by 12.
    static let secondsPerMonth: Int64 = 2_629_746

    /// How long it is on average, for ORDER BY only.
    var averageSeconds: Double {
        Double(months) * Double(Self.secondsPerMonth) + Double(days) * 86_400 + Double(seconds)
    }
}
