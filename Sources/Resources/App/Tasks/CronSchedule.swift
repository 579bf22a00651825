/// Times of the calendar in UTC: minute, hour, day of the month, month and day of the week, as
/// crontab(5) writes them. When both days are restricted (neither begins with `*`), either does.
public struct CronSchedule: Hashable, Sendable {
    /// The five fields with one blank between.
    public let text: String
    private let minutes: UInt64
    private let hours: UInt64
    private let days: UInt64
    private let months: UInt64
    private let weekdays: UInt64
    private let eitherDay: Bool

    /// Why a text is no schedule.
    public struct Fault: Error, Hashable, Sendable {
        /// What was found.
        public let found: String
        /// What was expected, or what to do.
        public let expected: String
    }

    /// Reads five fields. Refuses what never comes, such as the 30th of February.
    public init(_ text: String) throws(Fault) {
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count == 5 else {
            throw Fault(
                found: "has \(fields.count) fields",
                expected: "write five: minute, hour, day, month, day of the week, as in "
                    + "`*/5 * * * *`")
        }
        self.text = fields.joined(separator: " ")
        minutes = try Field.minute.mask(fields[0])
        hours = try Field.hour.mask(fields[1])
        days = try Field.day.mask(fields[2])
        months = try Field.month.mask(fields[3])
        let week = try Field.weekday.mask(fields[4])
        // Sunday is 0 and 7.
        weekdays = (week | week >> 7) & 0x7F
        eitherDay = fields[2].first != "*" && fields[4].first != "*"
        if next(after: WallTime(milliseconds: 0)) == nil {
            throw Fault(found: "never comes", expected: "name a day that its month has")
        }
    }

    /// The first time of the schedule after `time`; nil when there is none in 41 years: a 29th of
    /// February on one day of the week comes every 28 years, or 40 with a year that is none.
    public func next(after time: WallTime) -> WallTime? {
        let minute = time.milliseconds.flooredDivision(by: 60_000).quotient
        guard minute < Int64.max / 60_000 - 41 * 366 * 1440 else { return nil }
        let (firstDay, inDay) = (minute + 1).flooredDivision(by: 1440)
        for day in firstDay...firstDay + 41 * 366 {
            guard isOn(day: day) else { continue }
            let from = day == firstDay ? inDay : 0
            if let found = firstMinute(from: from) {
                return WallTime(milliseconds: (day * 1440 + found) * 60_000)
            }
        }
        return nil
    }

    private func isOn(day: Int64) -> Bool {
        let date = CivilDate(daysSinceEpoch: day)
        guard months >> UInt64(date.month) & 1 == 1 else { return false }
        // 1970-01-01 was a Thursday.
        let weekday = (day + 4).flooredDivision(by: 7).remainder
        let isDay = days >> UInt64(date.day) & 1 == 1
        let isWeekday = weekdays >> UInt64(weekday) & 1 == 1
        return eitherDay ? isDay || isWeekday : isDay && isWeekday
    }

    /// The first minute of a day, from the given one, that the schedule has.
    private func firstMinute(from: Int64) -> Int64? {
        var minute = from
        while minute < 1440 {
            if hours >> UInt64(minute / 60) & 1 == 0 {
                minute = (minute / 60 + 1) * 60
            } else if minutes >> UInt64(minute % 60) & 1 == 0 {
                minute += 1
            } else {
                return minute
            }
        }
        return nil
    }
}

extension CronSchedule {
    /// One of the five: its values, and the names they have.
    private struct Field {
        let name: String
        let range: ClosedRange<Int>
        var names: [String] = []

        static let minute = Field(name: "minute", range: 0...59)
        static let hour = Field(name: "hour", range: 0...23)
        static let day = Field(name: "day", range: 1...31)
        static let month = Field(
            name: "month", range: 1...12,
            names: [
                "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
            ])
        static let weekday = Field(
            name: "day of the week", range: 0...7,
            names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

        /// One bit for each value that `text` lists.
        func mask(_ text: Substring) throws(Fault) -> UInt64 {
            var mask: UInt64 = 0
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                for value in try values(part) { mask |= 1 << UInt64(value) }
            }
            return mask
        }

        /// `*`, a value, or a range, the first and the last with a step if need be.
        private func values(_ part: Substring) throws(Fault) -> StrideThrough<Int> {
            let halves = part.split(
                separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let ends = halves[0].split(
                separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            let isSingle = halves[0] != "*" && ends.count == 1
            let from = halves[0] == "*" ? range.lowerBound : try value(ends[0], of: part)
            let to =
                halves[0] == "*"
                ? range.upperBound : isSingle ? from : try value(ends[1], of: part)
            guard from <= to else { throw wrong(part) }
            guard halves.count == 2 else { return stride(from: from, through: to, by: 1) }
            guard let step = digits(halves[1]), step >= 1, !isSingle else { throw wrong(part) }
            return stride(from: from, through: to, by: step)
        }

        private func value(_ text: Substring, of part: Substring) throws(Fault) -> Int {
            if let index = names.firstIndex(of: text.lowercased()) {
                return index + range.lowerBound
            }
            guard let value = digits(text), range.contains(value) else { throw wrong(part) }
            return value
        }

        private func digits(_ text: Substring) -> Int? {
            guard (1...4).contains(text.utf8.count),
                text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { return nil }
            return Int(text)
        }

        private func wrong(_ part: Substring) -> Fault {
            Fault(
                found: "`\(printable(String(part)))` is no \(name)",
                expected: "write \(range.lowerBound) to \(range.upperBound), *, a range a-b, a "
                    + "step */n or a-b/n, or several with commas")
        }
    }
}
