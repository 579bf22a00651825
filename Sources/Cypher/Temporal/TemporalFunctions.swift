/// The five types of points in time, each with its functions.
enum TemporalKind: String {
    case date, time
    case localTime = "localtime"
    case dateTime = "datetime"
    case localDateTime = "localdatetime"

    var hasDay: Bool { self == .date || self == .dateTime || self == .localDateTime }
    var hasTime: Bool { self != .date }
    var hasZone: Bool { self == .time || self == .dateTime }

    func value(_ parts: TemporalParts, _ now: Now) -> CypherValue {
        switch self {
        case .date: parts.date
        case .time: parts.time(today: now.moment(in: nil).days ?? 0)
        case .localTime: parts.localTime
        case .dateTime: parts.dateTime
        case .localDateTime: parts.localDateTime
        }
    }
}

extension Functions {
    /// The value of a temporal function; nil for others.
    static func temporal(
        _ function: Function, _ arguments: [CypherValue], _ now: Now
    ) throws(CypherError) -> CypherValue? {
        switch function {
        case .duration: return try duration(arguments)
        case .durationBetween: return try between(arguments, .whole, now)
        case .durationInMonths: return try between(arguments, .months, now)
        case .durationInDays: return try between(arguments, .days, now)
        case .durationInSeconds: return try between(arguments, .seconds, now)
        case .dateTimeFromEpoch, .dateTimeFromEpochMillis:
            return try epoch(function, arguments)
        default: break
        }
        let name = function.rawValue.split(separator: ".")
        guard let first = name.first, let kind = TemporalKind(rawValue: String(first)) else {
            return nil
        }
        if name.count == 1 { return try point(function, kind, arguments, now) }
        if name[1] == "truncate" { return try truncated(function, kind, arguments, now) }
        return try clock(function, kind, arguments, now)
    }

    /// `date()`, `date(text)`, `date(map)`, `date(other)`.
    private static func point(
        _ function: Function, _ kind: TemporalKind, _ arguments: [CypherValue], _ now: Now
    ) throws(CypherError) -> CypherValue {
        guard let argument = arguments.first else { return kind.value(now.moment(in: nil), now) }
        switch argument {
        case .null: return .null
        case .string(let text):
            guard let parts = try read(text, kind, now.zones) else {
                throw .runtime(
                    .argumentError, .invalidArgumentValue,
                    "'\(text)' is no \(kind.rawValue); write it as in '\(kind.example)'")
            }
            return kind.value(parts, now)
        case .map(let map):
            if map.count == 1, case .string(let zone)? = map["timezone"] {
                return kind.value(now.moment(in: try now.zones.zone(zone)), now)
            }
            let parts = try TemporalFields(map: map, now: now).parts(
                needsDay: kind.hasDay, needsTime: kind.hasTime)
            return kind.value(parts, now)
        default:
            guard let parts = try TemporalParts(argument, now.zones),
                !kind.hasDay || parts.days != nil,
                kind.hasDay || parts.nanoseconds != nil
            else { throw wrong(function, argument) }
            return kind.value(parts, now)
        }
    }

    private static func read(
        _ text: String, _ kind: TemporalKind, _ zones: Zones
    ) throws(CypherError) -> TemporalParts? {
        switch kind {
        case .date: return TemporalReader.date(text)
        case .localTime:
            let parts = TemporalReader.time(text)
            return parts?.zone == nil ? parts : nil
        case .time: return TemporalReader.time(text)
        case .localDateTime:
            let parts = try TemporalReader.dateTime(text, zones)
            return parts?.zone == nil ? parts : nil
        case .dateTime: return try TemporalReader.dateTime(text, zones)
        }
    }

    /// `date.transaction(zone)` and its like: one moment for the whole query.
    private static func clock(
        _ function: Function, _ kind: TemporalKind, _ arguments: [CypherValue], _ now: Now
    ) throws(CypherError) -> CypherValue {
        switch arguments.first {
        case .none: return kind.value(now.moment(in: nil), now)
        case .null?: return .null
        case .string(let zone)?:
            return kind.value(now.moment(in: try now.zones.zone(zone)), now)
        case .some(let other): throw wrong(function, other)
        }
    }

    private static func epoch(
        _ function: Function, _ arguments: [CypherValue]
    ) throws(CypherError) -> CypherValue {
        var numbers: [Int64] = []
        for argument in arguments {
            if argument.isNull { return .null }
            guard case .integer(let number) = argument else { throw wrong(function, argument) }
            numbers.append(number)
        }
        if function == .dateTimeFromEpoch {
            guard abs(numbers[0] / 2) <= TemporalFields.epochMost / 2,
                (0...999_999_999).contains(numbers[1])
            else { throw TemporalFields.outsideEpoch(numbers[0]) }
            return TemporalParts(instant: numbers[0], nanoseconds: numbers[1]).dateTime
        }
        let rest = Calendar.modulo(numbers[0], 1000) * 1_000_000
        let seconds = Calendar.floor(numbers[0], 1000)
        return TemporalParts(instant: seconds, nanoseconds: rest).dateTime
    }

    private static func duration(_ arguments: [CypherValue]) throws(CypherError) -> CypherValue {
        switch arguments.first {
        case .none, .null?: return .null
        case .duration(let duration)?: return .duration(duration)
        case .string(let text)?:
            guard let duration = try DurationReader.read(text) else {
                throw .runtime(
                    .argumentError, .invalidArgumentValue,
                    "'\(text)' is no duration; write it as in 'P1Y2M3DT4H5M6.7S'")
            }
            return .duration(duration)
        case .map(let map)?: return try duration(map)
        case .some(let other): throw wrong(.duration, other)
        }
    }

    private static func duration(_ map: CypherMap) throws(CypherError) -> CypherValue {
        var sum = DurationSum()
        for (key, value) in map.entries {
            var number: Decimal?
            switch value {
            case .null: return .null
            case .integer(let whole): number = Decimal(whole)
            case .float(let float): number = Decimal(float)
            default: break
            }
            guard let number else { throw wrong(.duration, value) }
            switch key {
            case "years": sum.add(number, months: 12)
            case "quarters": sum.add(number, months: 3)
            case "months": sum.add(number, months: 1)
            case "weeks": sum.add(number, days: 7)
            case "days": sum.add(number, days: 1)
            case "hours": sum.add(number, seconds: 3600)
            case "minutes": sum.add(number, seconds: 60)
            case "seconds": sum.add(number, seconds: 1)
            case "milliseconds": sum.add(number, nanoseconds: 1_000_000)
            case "microseconds": sum.add(number, nanoseconds: 1000)
            case "nanoseconds": sum.add(number, nanoseconds: 1)
            default:
                throw .runtime(
                    .argumentError, .invalidArgumentValue,
                    "A duration has no `\(key)`; it has years, months, weeks, days, hours, "
                        + "minutes, seconds and parts of them")
            }
        }
        return .duration(try sum.duration())
    }
}

extension TemporalKind {
    /// How a text of it looks.
    fileprivate var example: String {
        switch self {
        case .date: "2015-07-21"
        case .time: "21:40:32.142+01:00"
        case .localTime: "21:40:32.142"
        case .dateTime: "2015-07-21T21:40:32.142+02:00[Europe/Stockholm]"
        case .localDateTime: "2015-07-21T21:40:32.142"
        }
    }
}
