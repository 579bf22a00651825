/// Builds points in time from the fields of a map, over what another value gives.
struct TemporalFields {
    let map: CypherMap
    let now: Now

    /// The whole number of a field.
    private func integer(_ key: String) throws(CypherError) -> Int64? {
        guard let value = map[key], !value.isNull else { return nil }
        guard case .integer(let number) = value else {
            throw .runtime(
                .typeError, .invalidArgumentType,
                "`\(key)` is an integer, not \(value.typeName) \(value.shortText)")
        }
        return number
    }

    private func integer(
        _ key: String, in range: ClosedRange<Int64>
    ) throws(CypherError) -> Int64? {
        guard let number = try integer(key) else { return nil }
        guard range.contains(number) else {
            throw .runtime(
                .argumentError, .numberOutOfRange,
                "`\(key)` lies between \(range.lowerBound) and \(range.upperBound); it is "
                    + "\(number)")
        }
        return number
    }

    private func has(_ keys: String...) -> Bool {
        keys.contains { !(map[$0]?.isNull ?? true) }
    }

    private func source(_ keys: String...) throws(CypherError) -> TemporalParts? {
        for key in keys {
            guard let value = map[key], !value.isNull else { continue }
            guard let parts = try TemporalParts(value, now.zones) else {
                throw .runtime(
                    .typeError, .invalidArgumentType,
                    "`\(key)` is a temporal value, not \(value.typeName) \(value.shortText)")
            }
            return parts
        }
        return nil
    }

    private func zone() throws(CypherError) -> Zone? {
        guard let value = map["timezone"], !value.isNull else { return nil }
        guard case .string(let text) = value else {
            throw .runtime(
                .typeError, .invalidArgumentType,
                "`timezone` is a string such as '+01:00', not \(value.typeName)")
        }
        return try now.zones.zone(text)
    }

    /// All that the fields say: `needsDay` and `needsTime` by the type that is built.
    func parts(needsDay: Bool, needsTime: Bool) throws(CypherError) -> TemporalParts {
        if let instant = try epoch() { return instant }
        let today = now.moment(in: nil).days ?? 0
        let dateSource = needsDay ? try source("date", "datetime") : nil
        let timeSource = needsTime ? try source("time", "datetime") : nil
        var parts = TemporalParts()
        if needsDay { parts.days = try days(dateSource?.days) }
        if needsTime { parts.nanoseconds = try nanoseconds(timeSource?.nanoseconds) }
        parts.zone = timeSource?.zone
        // What only repeats its source keeps its instant, also in an hour that comes twice.
        if let source = timeSource, source.days == parts.days,
            source.nanoseconds == parts.nanoseconds
        {
            parts.instant = source.instant
        }
        guard let zone = try zone() else { return parts }
        return parts.moved(to: zone, today: today)
    }

    /// Seconds from 1970 to the year 999,999,999.
    static let epochMost: Int64 = 31_556_889_864_403_199

    static func outsideEpoch(_ seconds: Int64) -> CypherError {
        .runtime(
            .argumentError, .numberOutOfRange,
            "\(seconds) seconds with such nanoseconds are no moment; seconds lie within "
                + "\(epochMost) of 1970 and nanoseconds within a second")
    }

    /// `epochSeconds` or `epochMillis`.
    private func epoch() throws(CypherError) -> TemporalParts? {
        var seconds: Int64
        var nanoseconds = try integer("nanosecond", in: 0...999_999_999) ?? 0
        if let whole = try integer("epochSeconds") {
            guard abs(whole / 2) <= Self.epochMost / 2 else { throw Self.outsideEpoch(whole) }
            seconds = whole
        } else if let millis = try integer("epochMillis") {
            seconds = Calendar.floor(millis, 1000)
            nanoseconds += Calendar.modulo(millis, 1000) * 1_000_000
        } else {
            return nil
        }
        let parts = TemporalParts(instant: seconds, nanoseconds: nanoseconds)
        guard let zone = try zone() else { return parts }
        return parts.moved(to: zone, today: 0)
    }

    private func days(_ base: Int64?) throws(CypherError) -> Int64 {
        let years: ClosedRange<Int64> = -999_999_999...999_999_999
        let day = base.map(Calendar.day)
        let given = try integer("year", in: years)
        guard let year = given ?? day?.year else {
            throw .runtime(
                .argumentError, .invalidArgumentValue,
                "A date needs `year`, or another date to start from")
        }
        if has("week", "dayOfWeek") {
            return try week(given, base)
        }
        let first = Calendar.days(year, 1, 1)
        if let ordinal = try integer("ordinalDay", in: 1...(Calendar.isLeap(year) ? 366 : 365)) {
            return first + ordinal - 1
        }
        if has("quarter", "dayOfQuarter") {
            return try quarter(year, base)
        }
        let month = try integer("month", in: 1...12) ?? day?.month ?? 1
        let length = Calendar.length(ofMonth: month, year)
        let number = try integer("day", in: 1...length) ?? min(day?.day ?? 1, length)
        return Calendar.days(year, month, number)
    }

    private func week(_ year: Int64?, _ base: Int64?) throws(CypherError) -> Int64 {
        let known = base.map(Calendar.week)
        let year = year ?? known?.year ?? 1970
        let most = Calendar.weeks(ofYear: year)
        let week = try integer("week", in: 1...most) ?? min(known?.week ?? 1, most)
        let weekday = try integer("dayOfWeek", in: 1...7) ?? base.map(Calendar.weekday) ?? 1
        return Calendar.days(weekYear: year, week: week, weekday: weekday)
    }

    private func quarter(_ year: Int64, _ base: Int64?) throws(CypherError) -> Int64 {
        let known = base.map { ((Calendar.day($0).month - 1) / 3 + 1, Calendar.dayOfQuarter($0)) }
        let quarter = try integer("quarter", in: 1...4) ?? known?.0 ?? 1
        let first = Calendar.days(year, quarter * 3 - 2, 1)
        let next =
            quarter == 4 ? Calendar.days(year + 1, 1, 1) : Calendar.days(year, quarter * 3 + 1, 1)
        let day = try integer("dayOfQuarter", in: 1...(next - first)) ?? known?.1 ?? 1
        return first + min(day, next - first) - 1
    }

    private func nanoseconds(_ base: Int64?) throws(CypherError) -> Int64 {
        let known = base ?? 0
        let seconds = known / 1_000_000_000
        let hour = try integer("hour", in: 0...23) ?? seconds / 3600
        let minute = try integer("minute", in: 0...59) ?? seconds / 60 % 60
        let second = try integer("second", in: 0...59) ?? seconds % 60
        let whole = ((hour * 60 + minute) * 60 + second) * 1_000_000_000
        return whole + (try fraction() ?? known % 1_000_000_000)
    }

    /// The fields below a second; a greater one bounds the smaller.
    private func fraction() throws(CypherError) -> Int64? {
        let millis = try integer("millisecond", in: 0...999)
        let micros = try integer("microsecond", in: 0...(millis == nil ? 999_999 : 999))
        let most: Int64 = micros != nil ? 999 : millis != nil ? 999_999 : 999_999_999
        let nanos = try integer("nanosecond", in: 0...most)
        if millis == nil && micros == nil && nanos == nil { return nil }
        return (millis ?? 0) * 1_000_000 + (micros ?? 0) * 1000 + (nanos ?? 0)
    }
}

extension TemporalParts {
    /// An instant told in UTC.
    init(instant: Int64, nanoseconds: Int64) {
        let days = Calendar.floor(instant, 86_400)
        self.init(
            days: days,
            nanoseconds: (instant - days * 86_400) * 1_000_000_000 + nanoseconds, zone: .utc,
            instant: instant)
    }
}

extension Calendar {
    /// From 1 on the first day of a quarter.
    static func dayOfQuarter(_ days: Int64) -> Int64 {
        let day = day(days)
        return days - self.days(day.year, (day.month - 1) / 3 * 3 + 1, 1) + 1
    }
}
