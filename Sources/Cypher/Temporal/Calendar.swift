/// The proleptic Gregorian calendar: days since 1970-01-01 to years, months and days and back
/// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
enum Calendar {
    /// A year, a month from 1 and a day from 1.
    struct Day: Hashable {
        var year: Int64
        var month: Int64
        var day: Int64
    }

    static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floor(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func day(_ days: Int64) -> Day {
        let shifted = days + 719_468
        let era = floor(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return Day(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func isLeap(_ year: Int64) -> Bool {
        (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    }

    static func length(ofMonth month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// 1 for Monday to 7 for Sunday.
    static func weekday(_ days: Int64) -> Int64 { modulo(days + 3, 7) + 1 }

    /// The ISO week and the year it belongs to.
    static func week(_ days: Int64) -> (year: Int64, week: Int64) {
        // The Thursday of a week decides to which year the week belongs.
        let thursday = days - weekday(days) + 4
        let year = day(thursday).year
        return (year, (thursday - self.days(year, 1, 1)) / 7 + 1)
    }

    static func days(weekYear: Int64, week: Int64, weekday: Int64) -> Int64 {
        let fourth = days(weekYear, 1, 4)
        return fourth - self.weekday(fourth) + 1 + (week - 1) * 7 + weekday - 1
    }

    static func weeks(ofYear year: Int64) -> Int64 { week(days(year, 12, 28)).week }

    /// Moves by months; a day that the month lacks becomes its last.
    static func adding(months: Int64, to days: Int64) -> Int64 {
        if months == 0 { return days }
        let day = day(days)
        let total = day.year * 12 + day.month - 1 + months
        let (year, month) = (floor(total, 12), modulo(total, 12) + 1)
        return self.days(year, month, min(day.day, length(ofMonth: month, year)))
    }

    /// Division that rounds down.
    static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    /// The rest of `floor`, never negative.
    static func modulo(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
