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
}

extension CypherValue {
    static func scale(
        _ duration: CypherDuration, by factor: Double
    ) throws(CypherError) -> CypherValue {
        var sum = DurationSum()
        let parts = [
            Double(duration.months), Double(duration.days), Double(duration.seconds),
            Double(duration.nanoseconds),
        ]
        for (index, part) in parts.enumerated() {
            guard let number = Decimal(part * factor) else { throw CypherDuration.tooLong() }
            switch index {
            case 0: sum.add(number, months: 1)
            case 1: sum.add(number, days: 1)
            case 2: sum.add(number, seconds: 1)
            default: sum.add(number, nanoseconds: 1)
            }
        }
        return .duration(try sum.duration())
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
            return .dateTime(try moment.moved(by: duration, in: .offset(moment.offset)))
        default: return nil
        }
    }

    static func moved(
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
    fileprivate static func moved(
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

extension CypherDateTime {
    /// Moved by a duration: months and days on the local clock, seconds in time that passes.
    func moved(by duration: CypherDuration, in zone: Zone) throws(CypherError) -> CypherDateTime {
        let local = seconds + Int64(offset)
        let days = Calendar.floor(local, 86_400)
        let clock = local - days * 86_400
        let day = try CypherValue.moved(days, duration)
        let start = day == days ? seconds : zone.resolve(local: day * 86_400 + clock).seconds
        let moved = try CypherValue.moved(
            CypherLocalDateTime(seconds: start, nanoseconds: nanoseconds),
            CypherDuration(
                months: 0, days: 0, seconds: duration.seconds,
                nanoseconds: duration.nanoseconds))
        return CypherDateTime(
            seconds: moved.seconds, nanoseconds: moved.nanoseconds,
            offset: zone.offset(at: moved.seconds), zone: self.zone)
    }
}
