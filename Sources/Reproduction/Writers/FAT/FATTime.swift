/// A moment as FAT keeps it: two seconds exact, from 1980 to 2107.
struct FATTime: Hashable {
    /// Years since 1980, month, day in 7, 4 and 5 bits.
    let date: UInt16
    /// Hour, minute, seconds by two in 5, 6 and 5 bits.
    let time: UInt16

    /// 1980-01-01, in seconds since 1970; earlier moments become it.
    private static let least: Int64 = 315_532_800
    /// 2107-12-31 23:59:58.
    private static let most: Int64 = 4_354_819_198

    /// The moment so many seconds after 1970, in UTC.
    init(_ seconds: Int64) {
        let seconds = min(max(seconds, Self.least), Self.most)
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        // Days to a date, with years from March on (Hinnant, "chrono-Compatible Low-Level Date
        // Algorithms", civil_from_days); all days here are after 1970.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let day = shifted % 146_097
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civilMonth = month < 10 ? month + 3 : month - 9
        let civilYear = era * 400 + year + (civilMonth <= 2 ? 1 : 0)
        let civilDay = dayOfYear - (153 * month + 2) / 5 + 1
        date = UInt16((civilYear - 1980) << 9 | civilMonth << 5 | civilDay)
        time = UInt16(rest / 3600 << 11 | rest % 3600 / 60 << 5 | rest % 60 / 2)
    }
}
