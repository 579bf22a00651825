/// What `duration.between` and its like count in.
enum DurationUnit {
    case whole, months, days, seconds
}

extension Functions {
    static func between(
        _ arguments: [CypherValue], _ unit: DurationUnit, _ now: Now
    ) throws(CypherError) -> CypherValue {
        if arguments.contains(where: \.isNull) { return .null }
        var points: [TemporalParts] = []
        for argument in arguments {
            guard let parts = try TemporalParts(argument, now.zones) else {
                throw wrong(.durationBetween, argument)
            }
            points.append(parts)
        }
        let span = DurationSpan(points[0], points[1])
        switch unit {
        case .months:
            return .duration(
                CypherDuration(months: span.months, days: 0, seconds: 0, nanoseconds: 0))
        case .days:
            return .duration(
                CypherDuration(months: 0, days: span.days(from: 0), seconds: 0, nanoseconds: 0))
        case .seconds: return .duration(try span.rest(months: 0, days: 0))
        case .whole:
            let months = span.months
            return .duration(try span.rest(months: months, days: span.days(from: months)))
        }
    }
}

/// Two points brought to one zone: what one lacks it takes from the other.
private struct DurationSpan {
    private let hasDays: Bool
    private let startDay: Int64
    private let startClock: Int64
    private let endDay: Int64
    private let endClock: Int64
    private let zone: Zone?
    private let endInstant: Int64?

    init(_ start: TemporalParts, _ end: TemporalParts) {
        hasDays = start.days != nil && end.days != nil
        var (first, last) = (start, end)
        // A time is of the day of the other; two times are of one day.
        first.days = start.days ?? end.days ?? 0
        last.days = end.days ?? start.days ?? 0
        first.nanoseconds = start.nanoseconds ?? 0
        last.nanoseconds = end.nanoseconds ?? 0
        first.zone = start.zone ?? end.zone
        last.zone = end.zone ?? start.zone
        if let zone = first.zone {
            last = last.moved(to: zone, today: 0)
            endInstant = last.instant
            if let instant = start.instant { first.instant = instant }
        } else {
            endInstant = nil
        }
        zone = first.zone
        startDay = first.days ?? 0
        startClock = first.nanoseconds ?? 0
        endDay = last.days ?? 0
        endClock = last.nanoseconds ?? 0
        startInstant = first.instant
    }

    private let startInstant: Int64?

    /// The last day, less the part of a day that is not full.
    private func fullDay(from day: Int64) -> Int64 {
        if endDay > day && endClock < startClock { return endDay - 1 }
        if endDay < day && endClock > startClock { return endDay + 1 }
        return endDay
    }

    /// Full months from the start to the end.
    var months: Int64 {
        guard hasDays else { return 0 }
        let start = Calendar.day(startDay)
        let end = Calendar.day(fullDay(from: startDay))
        let first = (start.year * 12 + start.month - 1) * 32 + start.day
        let last = (end.year * 12 + end.month - 1) * 32 + end.day
        return (last - first) / 32
    }

    /// Full days after so many months.
    func days(from months: Int64) -> Int64 {
        guard hasDays else { return 0 }
        let start = Calendar.adding(months: months, to: startDay)
        return fullDay(from: start) - start
    }

    /// The whole: months, days, and the seconds after them in time that passes.
    func rest(months: Int64, days: Int64) throws(CypherError) -> CypherDuration {
        let day = Calendar.adding(months: months, to: startDay) + days
        let second: Int64 = 1_000_000_000
        let local = (
            start: day * 86_400 + startClock / second, end: endDay * 86_400 + endClock / second
        )
        var seconds = local.end - local.start
        if let zone {
            let isStart = day == startDay
            let start =
                (isStart ? startInstant : nil) ?? zone.resolve(local: local.start).seconds
            let end = endInstant ?? zone.resolve(local: local.end).seconds
            seconds = end - start
        }
        guard
            let found = CypherDuration(
                months: months, days: days, seconds: seconds,
                looseNanoseconds: endClock % second - startClock % second)
        else { throw CypherDuration.tooLong() }
        return found
    }
}
