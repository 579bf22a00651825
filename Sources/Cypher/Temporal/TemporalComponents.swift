extension CypherValue {
    /// `value.year` and its like of a temporal value.
    func component(_ key: String) throws(CypherError) -> CypherValue {
        var found: CypherValue?
        switch self {
        case .date(let date): found = Self.component(key, ofDay: date.days)
        case .localTime(let time): found = Self.component(key, ofClock: time.nanoseconds)
        case .time(let time):
            found =
                Self.component(key, ofClock: time.nanoseconds)
                ?? Self.component(key, ofOffset: time.offset, zone: nil)
        case .localDateTime(let moment):
            found = Self.component(key, ofLocal: moment.seconds, moment.nanoseconds)
        case .dateTime(let moment):
            let local = moment.seconds + Int64(moment.offset)
            found =
                Self.component(key, ofLocal: local, moment.nanoseconds)
                ?? Self.component(key, ofOffset: moment.offset, zone: moment.zone)
                ?? Self.component(key, ofInstant: moment.seconds, moment.nanoseconds)
        case .duration(let duration): found = Self.component(key, of: duration)
        default: break
        }
        guard let found else {
            throw .runtime(
                .argumentError, .invalidArgumentValue, "A \(typeName) has no `\(key)`")
        }
        return found
    }

    private static func component(_ key: String, ofDay days: Int64) -> CypherValue? {
        let day = Calendar.day(days)
        let number: Int64
        switch key {
        case "year": number = day.year
        case "quarter": number = (day.month - 1) / 3 + 1
        case "month": number = day.month
        case "week": number = Calendar.week(days).week
        case "weekYear": number = Calendar.week(days).year
        case "day": number = day.day
        case "ordinalDay": number = days - Calendar.days(day.year, 1, 1) + 1
        case "weekDay", "dayOfWeek": number = Calendar.weekday(days)
        case "dayOfQuarter": number = Calendar.dayOfQuarter(days)
        default: return nil
        }
        return .integer(number)
    }

    private static func component(_ key: String, ofClock nanoseconds: Int64) -> CypherValue? {
        let seconds = nanoseconds / 1_000_000_000
        let fraction = nanoseconds % 1_000_000_000
        let number: Int64
        switch key {
        case "hour": number = seconds / 3600
        case "minute": number = seconds / 60 % 60
        case "second": number = seconds % 60
        case "millisecond": number = fraction / 1_000_000
        case "microsecond": number = fraction / 1000
        case "nanosecond": number = fraction
        default: return nil
        }
        return .integer(number)
    }

    private static func component(
        _ key: String, ofLocal seconds: Int64, _ nanoseconds: Int32
    ) -> CypherValue? {
        let days = Calendar.floor(seconds, 86_400)
        let clock = (seconds - days * 86_400) * 1_000_000_000 + Int64(nanoseconds)
        return component(key, ofDay: days) ?? component(key, ofClock: clock)
    }

    private static func component(
        _ key: String, ofOffset offset: Int32, zone: String?
    ) -> CypherValue? {
        switch key {
        case "timezone": .string(zone ?? TemporalText.offset(offset))
        case "offset": .string(TemporalText.offset(offset))
        case "offsetMinutes": .integer(Int64(offset / 60))
        case "offsetSeconds": .integer(Int64(offset))
        default: nil
        }
    }

    private static func component(
        _ key: String, ofInstant seconds: Int64, _ nanoseconds: Int32
    ) -> CypherValue? {
        switch key {
        case "epochSeconds": .integer(seconds)
        case "epochMillis": millis(seconds, nanoseconds)
        default: nil
        }
    }

    /// nil when they are outside 64 bits.
    private static func millis(_ seconds: Int64, _ nanoseconds: Int32) -> CypherValue? {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? nil : .integer(product &+ Int64(nanoseconds) / 1_000_000)
    }

    private static func component(_ key: String, of duration: CypherDuration) -> CypherValue? {
        let (months, days, seconds) = (duration.months, duration.days, duration.seconds)
        let nanoseconds = Int64(duration.nanoseconds)
        let number: Int64
        switch key {
        case "years": number = months / 12
        case "quarters": number = months / 3
        case "months": number = months
        case "weeks": number = days / 7
        case "days": number = days
        case "hours": number = seconds / 3600
        case "minutes": number = seconds / 60
        case "seconds": number = seconds
        case "milliseconds": number = seconds &* 1000 &+ nanoseconds / 1_000_000
        case "microseconds": number = seconds &* 1_000_000 &+ nanoseconds / 1000
        case "nanoseconds": number = seconds &* 1_000_000_000 &+ nanoseconds
        case "quartersOfYear": number = months / 3 % 4
        case "monthsOfQuarter": number = months % 3
        case "monthsOfYear": number = months % 12
        case "daysOfWeek": number = days % 7
        case "minutesOfHour": number = seconds / 60 % 60
        case "secondsOfMinute": number = seconds % 60
        case "millisecondsOfSecond": number = nanoseconds / 1_000_000
        case "microsecondsOfSecond": number = nanoseconds / 1000
        case "nanosecondsOfSecond": number = nanoseconds
        default: return nil
        }
        return .integer(number)
    }
}
