extension CypherDuration {
    /// A duration whose parts are brought into range; nil when one is outside 64 bits.
    init?(
        months: Int64, days: Int64, seconds: Int64, looseNanoseconds nanoseconds: Int64
    ) {
        let carried = Calendar.floor(nanoseconds, 1_000_000_000)
        let (sum, overflow) = seconds.addingReportingOverflow(carried)
        if overflow { return nil }
        self.init(
            months: months, days: days, seconds: sum,
            nanoseconds: Int32(nanoseconds - carried * 1_000_000_000))
    }

    func adding(_ other: CypherDuration) throws(CypherError) -> CypherDuration {
        let (months, first) = months.addingReportingOverflow(other.months)
        let (days, second) = days.addingReportingOverflow(other.days)
        let (seconds, third) = seconds.addingReportingOverflow(other.seconds)
        let nanoseconds = Int64(nanoseconds) + Int64(other.nanoseconds)
        guard !first, !second, !third,
            let sum = CypherDuration(
                months: months, days: days, seconds: seconds, looseNanoseconds: nanoseconds)
        else { throw Self.tooLong() }
        return sum
    }

    func negated() throws(CypherError) -> CypherDuration {
        guard months != .min, days != .min, seconds != .min,
            let result = CypherDuration(
                months: -months, days: -days, seconds: -seconds,
                looseNanoseconds: -Int64(nanoseconds))
        else { throw Self.tooLong() }
        return result
    }

    static func tooLong() -> CypherError {
        .runtime(
            .arithmeticError, .integerOverflow,
            "A part of the duration is outside the integers of 64 bits")
    }

    /// From parts that may be fractions: what is left of a greater unit goes to the smaller.
    init(
        fractionalMonths months: Double, days: Double, seconds: Double, nanoseconds: Double
    ) throws(CypherError) {
        let wholeMonths = months.rounded(.towardZero)
        // A month that is cut is an average one; 30.436875 days.
        let restOfMonth = (months - wholeMonths) * Double(Self.secondsPerMonth) / 86_400
        let allDays = days + restOfMonth
        let wholeDays = allDays.rounded(.towardZero)
        let allSeconds = seconds + (allDays - wholeDays) * 86_400
        let wholeSeconds = allSeconds.rounded(.towardZero)
        let rest = ((allSeconds - wholeSeconds) * 1e9 + nanoseconds).rounded(.towardZero)
        guard let monthCount = Int64(exactly: wholeMonths),
            let dayCount = Int64(exactly: wholeDays),
            let secondCount = Int64(exactly: wholeSeconds), let nanoCount = Int64(exactly: rest),
            let made = CypherDuration(
                months: monthCount, days: dayCount, seconds: secondCount,
                looseNanoseconds: nanoCount)
        else { throw Self.tooLong() }
        self = made
    }
}

extension CypherValue {
    static func scale(
        _ duration: CypherDuration, by factor: Double
    ) throws(CypherError) -> CypherValue {
        if factor == -1 { return .duration(try duration.negated()) }
        return .duration(
            try CypherDuration(
                fractionalMonths: Double(duration.months) * factor,
                days: Double(duration.days) * factor,
                seconds: Double(duration.seconds) * factor,
                nanoseconds: Double(duration.nanoseconds) * factor))
    }

    /// The sum when a temporal value takes part; nil otherwise.
    static func temporalSum(
        _ left: CypherValue, _ right: CypherValue
    ) throws(CypherError) -> CypherValue? {
        switch (left, right) {
        case (.duration(let left), .duration(let right)): .duration(try left.adding(right))
        case (.duration(let duration), _): try right.moved(by: duration)
        case (_, .duration(let duration)): try left.moved(by: duration)
        default: nil
        }
    }

    static func temporalDifference(
        _ left: CypherValue, _ right: CypherValue
    ) throws(CypherError) -> CypherValue? {
        guard case .duration(let duration) = right else { return nil }
        let negated = try duration.negated()
        if case .duration(let first) = left { return .duration(try first.adding(negated)) }
        return try left.moved(by: negated)
    }

    /// A point in time moved by a duration: months, then days, then seconds.
    private func moved(by duration: CypherDuration) throws(CypherError) -> CypherValue? {
        let clock = try Self.nanoseconds(of: duration)
        let day: Int64 = 86_400_000_000_000
        switch self {
        case .date(let date):
            // Whole days in the seconds count too; the rest of a day does not.
            let days = try Self.moved(date.days, duration)
            return .date(CypherDate(days: days + duration.seconds / 86_400))
        case .localTime(let time):
            return .localTime(
                CypherLocalTime(
                    nanoseconds: Calendar.modulo(time.nanoseconds + clock % day, day)))
        case .time(let time):
            return .time(
                CypherTime(
                    nanoseconds: Calendar.modulo(time.nanoseconds + clock % day, day),
                    offset: time.offset))
        case .localDateTime(let moment):
            return .localDateTime(try Self.moved(moment, duration))
        case .dateTime(let moment):
            let local = CypherLocalDateTime(
                seconds: moment.seconds + Int64(moment.offset), nanoseconds: moment.nanoseconds)
            let moved = try Self.moved(local, duration)
            return .dateTime(
                CypherDateTime(
                    seconds: moved.seconds - Int64(moment.offset),
                    nanoseconds: moved.nanoseconds, offset: moment.offset, zone: moment.zone))
        default: return nil
        }
    }

    private static func moved(
        _ moment: CypherLocalDateTime, _ duration: CypherDuration
    ) throws(CypherError) -> CypherLocalDateTime {
        let days = Calendar.floor(moment.seconds, 86_400)
        let rest = moment.seconds - days * 86_400
        let (seconds, overflow) = (try moved(days, duration) * 86_400 + rest)
            .addingReportingOverflow(duration.seconds)
        let nanoseconds = Int64(moment.nanoseconds) + Int64(duration.nanoseconds)
        if overflow { throw CypherDuration.tooLong() }
        return CypherLocalDateTime(
            seconds: seconds + nanoseconds / 1_000_000_000,
            nanoseconds: Int32(nanoseconds % 1_000_000_000))
    }

    /// Days moved by the months and days of a duration; years stay within nine digits.
    private static func moved(
        _ days: Int64, _ duration: CypherDuration
    ) throws(CypherError) -> Int64 {
        let most: Int64 = 12_000_000_000
        guard abs(duration.months.clamped(to: most + 1)) <= most,
            abs(duration.days.clamped(to: most * 31 + 1)) <= most * 31
        else { throw CypherDuration.tooLong() }
        let moved = Calendar.adding(months: duration.months, to: days) + duration.days
        guard abs(moved) <= 365_250_000_000 else { throw CypherDuration.tooLong() }
        return moved
    }

    private static func nanoseconds(
        of duration: CypherDuration
    ) throws(CypherError) -> Int64 {
        // Only used modulo a day.
        duration.seconds % 86_400 * 1_000_000_000 + Int64(duration.nanoseconds)
    }
}

extension Int64 {
    fileprivate func clamped(to most: Int64) -> Int64 { Swift.max(-most, Swift.min(self, most)) }
}
