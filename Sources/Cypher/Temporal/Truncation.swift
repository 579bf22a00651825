/// `date.truncate(unit, value, fields)` and its like.
extension Functions {
    static func truncated(
        _ function: Function, _ kind: TemporalKind, _ arguments: [CypherValue], _ now: Now
    ) throws(CypherError) -> CypherValue {
        if arguments.contains(where: \.isNull) { return .null }
        guard case .string(let name)? = arguments.first,
            let unit = TruncationUnit(rawValue: name.lowercased())
        else {
            throw .runtime(
                .argumentError, .invalidArgumentValue,
                "`\(function.rawValue)` takes a unit such as 'month' or 'hour' first")
        }
        var parts = now.moment(in: nil)
        if arguments.count > 1 {
            guard let given = try TemporalParts(arguments[1], now.zones) else {
                throw wrong(function, arguments[1])
            }
            parts = given
        }
        guard !kind.hasDay || parts.days != nil, kind != .date || unit >= .day,
            !unit.needsDay || kind.hasDay || unit == .day, unit >= .day || parts.hasTime
        else {
            throw .runtime(
                .argumentError, .invalidArgumentValue,
                "A \(arguments.count > 1 ? arguments[1].typeName : kind.rawValue) cannot be "
                    + "truncated to '\(name)' as a \(kind.rawValue)")
        }
        parts.instant = nil
        parts.days = parts.days.map { unit.truncate($0) }
        parts.nanoseconds = unit.truncate(nanoseconds: parts.nanoseconds ?? 0)
        guard arguments.count > 2 else { return kind.value(parts, now) }
        guard case .map(let fields) = arguments[2] else { throw wrong(function, arguments[2]) }
        return try over(parts, unit, fields, kind, now)
    }

    /// Sets fields over what was truncated. Here a zone keeps the local clock.
    private static func over(
        _ parts: TemporalParts, _ unit: TruncationUnit, _ fields: CypherMap,
        _ kind: TemporalKind, _ now: Now
    ) throws(CypherError) -> CypherValue {
        if fields.isEmpty { return kind.value(parts, now) }
        var parts = parts
        var map = fields
        if case .string(let zone)? = fields["timezone"] {
            parts.zone = try now.zones.zone(zone)
            map["timezone"] = nil
        }
        // Of a second's fraction, what the unit keeps stays.
        let nanoseconds = (parts.nanoseconds ?? 0) % 1_000_000_000
        if unit == .millisecond, map["millisecond"] == nil {
            map["millisecond"] = .integer(nanoseconds / 1_000_000)
        }
        if unit == .microsecond, map["microsecond"] == nil {
            map["millisecond"] = .integer(nanoseconds / 1_000_000)
            map["microsecond"] = .integer(nanoseconds / 1000 % 1000)
        }
        if kind.hasDay { map["date"] = parts.date }
        if kind.hasTime { map["time"] = parts.localTime }
        var result = try TemporalFields(map: map, now: now).parts(
            needsDay: kind.hasDay, needsTime: kind.hasTime)
        result.zone = parts.zone
        return kind.value(result, now)
    }
}

extension TemporalParts {
    fileprivate var hasTime: Bool { nanoseconds != nil }
}

/// The units of truncation, the smallest first.
enum TruncationUnit: String, CaseIterable {
    case microsecond, millisecond, second, minute, hour, day, week, month, quarter, year
    case weekYear = "weekyear"
    case decade, century, millennium

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    static func >= (left: Self, right: Self) -> Bool { left.rank >= right.rank }

    var needsDay: Bool { self >= .day }

    func truncate(_ days: Int64) -> Int64 {
        let day = Calendar.day(days)
        func year(_ length: Int64) -> Int64 {
            Calendar.days(Calendar.floor(day.year, length) * length, 1, 1)
        }
        return switch self {
        case .week: days - Calendar.weekday(days) + 1
        case .month: Calendar.days(day.year, day.month, 1)
        case .quarter: Calendar.days(day.year, (day.month - 1) / 3 * 3 + 1, 1)
        case .year: year(1)
        case .weekYear:
            Calendar.days(weekYear: Calendar.week(days).year, week: 1, weekday: 1)
        case .decade: year(10)
        case .century: year(100)
        case .millennium: year(1000)
        case .microsecond, .millisecond, .second, .minute, .hour, .day: days
        }
    }

    func truncate(nanoseconds: Int64) -> Int64 {
        let length: Int64
        switch self {
        case .microsecond: length = 1000
        case .millisecond: length = 1_000_000
        case .second: length = 1_000_000_000
        case .minute: length = 60_000_000_000
        case .hour: length = 3_600_000_000_000
        default: return 0
        }
        return nanoseconds / length * length
    }
}
