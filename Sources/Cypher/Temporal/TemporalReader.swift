/// Reads dates, times, offsets and durations of ISO 8601, extended and basic.
struct TemporalReader {
    private let bytes: [UInt8]
    private var position = 0

    private init(_ text: String) { bytes = Array(text.utf8) }

    // MARK: Whole texts

    static func date(_ text: String) -> TemporalParts? {
        var reader = TemporalReader(text)
        guard let days = reader.date(), reader.isAtEnd else { return nil }
        return TemporalParts(days: days)
    }

    /// A time, with or without an offset.
    static func time(_ text: String) -> TemporalParts? {
        var reader = TemporalReader(text)
        guard let nanoseconds = reader.time() else { return nil }
        if reader.isAtEnd { return TemporalParts(nanoseconds: nanoseconds) }
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        return TemporalParts(nanoseconds: nanoseconds, zone: .offset(offset))
    }

    /// A date with a time, an offset, a zone in brackets; all but the date may be missing.
    static func dateTime(_ text: String, _ zones: Zones) throws(CypherError) -> TemporalParts? {
        var reader = TemporalReader(text)
        guard let days = reader.date() else { return nil }
        var parts = TemporalParts(days: days, nanoseconds: 0)
        if reader.isAtEnd { return parts }
        guard reader.take("T"), let nanoseconds = reader.time() else { return nil }
        parts.nanoseconds = nanoseconds
        if reader.isAtEnd { return parts }
        var offset: Int32?
        if !reader.isAt("[") {
            guard let found = reader.offset() else { return nil }
            offset = found
            parts.zone = .offset(found)
        }
        if reader.isAtEnd { return parts }
        guard reader.take("["), reader.bytes.last == UInt8(ascii: "]") else { return nil }
        let name = String(
            decoding: reader.bytes[reader.position..<reader.bytes.count - 1], as: UTF8.self)
        let zone = try zones.zone(name)
        parts.zone = zone
        if let offset, case .named(_, let rules) = zone {
            let instant = parts.localSeconds - Int64(offset)
            guard rules.offset(at: instant) == offset else { return parts }
            parts.instant = instant
        }
        return parts
    }

    /// `Z`, `+01`, `+0100`, `+01:00`, `+01:00:30`; nil for what is none.
    static func offset(_ text: String) -> Int32? {
        var reader = TemporalReader(text)
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        return offset
    }

    // MARK: Parts

    private var isAtEnd: Bool { position >= bytes.count }

    private func isAt(_ character: Unicode.Scalar) -> Bool {
        position < bytes.count && bytes[position] == UInt8(ascii: character)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        position += 1
        return true
    }

    /// How many digits follow.
    private var digits: Int {
        bytes[position...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.count
    }

    private mutating func number(_ count: Int) -> Int64? {
        guard count > 0, digits >= count else { return nil }
        let text = String(decoding: bytes[position..<position + count], as: UTF8.self)
        position += count
        return Int64(text)
    }

    private mutating func date() -> Int64? {
        var year: Int64
        if isAt("+") || isAt("-") {
            let isNegative = isAt("-")
            position += 1
            guard (1...9).contains(digits), let value = number(digits) else { return nil }
            year = isNegative ? -value : value
        } else {
            guard let value = number(4) else { return nil }
            year = value
        }
        let isExtended = take("-")
        if take("W") { return week(year, isExtended) }
        switch digits {
        case 0: return isExtended ? nil : Calendar.days(year, 1, 1)
        case 3:
            guard let ordinal = number(3) else { return nil }
            let length: Int64 = Calendar.isLeap(year) ? 366 : 365
            guard (1...length).contains(ordinal) else { return nil }
            return Calendar.days(year, 1, 1) + ordinal - 1
        default:
            guard let month = number(2), (1...12).contains(month) else { return nil }
            if isExtended ? !take("-") : digits == 0 { return Calendar.days(year, month, 1) }
            guard let day = number(2),
                (1...Calendar.length(ofMonth: month, year)).contains(day)
            else { return nil }
            return Calendar.days(year, month, day)
        }
    }

    private mutating func week(_ year: Int64, _ isExtended: Bool) -> Int64? {
        guard let week = number(2), (1...Calendar.weeks(ofYear: year)).contains(week) else {
            return nil
        }
        var weekday: Int64 = 1
        if isExtended ? take("-") : digits > 0 {
            guard let day = number(1), (1...7).contains(day) else { return nil }
            weekday = day
        }
        return Calendar.days(weekYear: year, week: week, weekday: weekday)
    }

    private mutating func time() -> Int64? {
        guard let hour = number(2), hour < 24 else { return nil }
        var (minute, second, fraction): (Int64, Int64, Int64) = (0, 0, 0)
        let isExtended = isAt(":")
        if isExtended ? take(":") : digits > 0 {
            guard let value = number(2), value < 60 else { return nil }
            minute = value
            if isExtended ? take(":") : digits > 0 {
                guard let value = number(2), value < 60 else { return nil }
                second = value
                if isAt(".") || isAt(",") {
                    position += 1
                    guard let value = self.fraction() else { return nil }
                    fraction = value
                }
            }
        }
        return ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + fraction
    }

    /// Digits after a point, in billionths.
    private mutating func fraction() -> Int64? {
        let count = digits
        guard (1...9).contains(count), var value = number(count) else { return nil }
        for _ in count..<9 { value *= 10 }
        return value
    }

    private mutating func offset() -> Int32? {
        if take("Z") { return 0 }
        guard isAt("+") || isAt("-") else { return nil }
        let isNegative = isAt("-")
        position += 1
        guard let hours = number(2), hours <= 18 else { return nil }
        var seconds = hours * 3600
        let isExtended = isAt(":")
        if isExtended ? take(":") : digits > 0 {
            guard let minutes = number(2), minutes < 60 else { return nil }
            seconds += minutes * 60
            if isExtended ? take(":") : digits > 0 {
                guard let value = number(2), value < 60 else { return nil }
                seconds += value
            }
        }
        guard seconds <= 18 * 3600 else { return nil }
        return Int32(isNegative ? -seconds : seconds)
    }
}
