/// Temporal values as ISO 8601 text.
extension CypherDate: CustomStringConvertible {
    public var description: String { TemporalText.date(days) }
}

extension CypherLocalTime: CustomStringConvertible {
    public var description: String { TemporalText.time(nanoseconds) }
}

extension CypherTime: CustomStringConvertible {
    public var description: String {
        TemporalText.time(nanoseconds) + TemporalText.offset(offset)
    }
}

extension CypherLocalDateTime: CustomStringConvertible {
    public var description: String { TemporalText.moment(seconds, nanoseconds) }
}

extension CypherDateTime: CustomStringConvertible {
    public var description: String {
        TemporalText.moment(seconds + Int64(offset), nanoseconds) + TemporalText.offset(offset)
            + (zone.map { "[\($0)]" } ?? "")
    }
}

extension CypherDuration: CustomStringConvertible {
    public var description: String {
        var date = part(months, 12, "Y", "M")
        if days != 0 { date += "\(days)D" }
        let isNegative = seconds < 0
        // The fraction counts up from the second below; told, it has the sign of the whole.
        let hasBorrowed = isNegative && nanoseconds > 0
        let whole = hasBorrowed ? seconds + 1 : seconds
        let fraction = hasBorrowed ? 1_000_000_000 - nanoseconds : nanoseconds
        var clock = part(whole / 60, 60, "H", "M")
        let rest = abs(whole % 60)
        if rest != 0 || fraction != 0 {
            clock += (isNegative ? "-" : "") + "\(rest)" + TemporalText.fraction(fraction) + "S"
        }
        if clock.isEmpty { return date.isEmpty ? "PT0S" : "P" + date }
        return "P\(date)T\(clock)"
    }

    private func part(_ total: Int64, _ unit: Int64, _ big: String, _ small: String) -> String {
        (total / unit == 0 ? "" : "\(total / unit)\(big)")
            + (total % unit == 0 ? "" : "\(total % unit)\(small)")
    }
}

enum TemporalText {
    static func date(_ days: Int64) -> String {
        let day = Calendar.day(days)
        return "\(year(day.year))-\(two(day.month))-\(two(day.day))"
    }

    private static func year(_ year: Int64) -> String {
        if year > 9999 { return "+\(year)" }
        let digits = String(abs(year))
        let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
        return (year < 0 ? "-" : "") + zeros + digits
    }

    static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    static func time(_ nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        let fraction = Int32(nanoseconds % 1_000_000_000)
        let text = "\(two(seconds / 3600)):\(two(seconds / 60 % 60))"
        if seconds % 60 == 0 && fraction == 0 { return text }
        return text + ":\(two(seconds % 60))" + self.fraction(fraction)
    }

    static func moment(_ seconds: Int64, _ nanoseconds: Int32) -> String {
        let days = Calendar.floor(seconds, 86_400)
        let rest = seconds - days * 86_400
        return date(days) + "T" + time(rest * 1_000_000_000 + Int64(nanoseconds))
    }

    /// `.5` for half a second; nothing for none.
    static func fraction(_ nanoseconds: Int32) -> String {
        if nanoseconds == 0 { return "" }
        let digits = String(nanoseconds)
        var text = String(repeating: "0", count: 9 - digits.count) + digits
        while text.hasSuffix("0") { text.removeLast() }
        return "." + text
    }

    static func offset(_ offset: Int32) -> String {
        if offset == 0 { return "Z" }
        let total = Int64(abs(offset))
        let seconds = total % 60 == 0 ? "" : ":" + two(total % 60)
        return (offset < 0 ? "-" : "+") + "\(two(total / 3600)):\(two(total / 60 % 60))"
            + seconds
    }
}
