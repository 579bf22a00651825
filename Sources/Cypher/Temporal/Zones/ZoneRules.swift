/// A time zone's offsets through time, read from the bytes of its file (TZif, RFC 8536).
struct ZoneRules: Sendable {
    /// Seconds since 1970 in UTC at which the offset changes, ascending.
    private let changes: [Int64]
    /// The offset from each change on.
    private let offsets: [Int32]
    /// Before the first change.
    private let first: Int32
    /// After the last change.
    private let yearly: YearlyRule?

    /// nil when the bytes are no such file.
    init?(_ bytes: [UInt8]) {
        guard var block = Block(bytes, at: 0, width: 4) else { return nil }
        if block.version >= UInt8(ascii: "2") {
            guard let wide = Block(bytes, at: block.end, width: 8) else { return nil }
            block = wide
        }
        guard let types = block.types(bytes) else { return nil }
        var changes: [Int64] = []
        var offsets: [Int32] = []
        for index in 0..<block.changes {
            let type = Int(bytes[block.start + block.changes * block.width + index])
            guard type < types.count else { return nil }
            changes.append(
                Self.number(bytes, block.start + index * block.width, block.width))
            offsets.append(types[type].offset)
        }
        self.changes = changes
        self.offsets = offsets
        first = types.first { !$0.isSummer }?.offset ?? types[0].offset
        let footer = bytes[min(block.end, bytes.count)...].split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        yearly = footer.first.flatMap { YearlyRule(String(decoding: $0, as: UTF8.self)) }
    }

    /// One of the two blocks of a file: where it is and how much it holds.
    private struct Block {
        let version: UInt8
        let start: Int
        let width: Int
        let changes: Int
        private let kinds: Int
        let end: Int

        init?(_ bytes: [UInt8], at header: Int, width: Int) {
            guard bytes.count >= header + 44,
                Array(bytes[header..<header + 4]) == Array("TZif".utf8)
            else { return nil }
            var counts: [Int] = []
            for index in 0..<6 {
                let count = ZoneRules.number(bytes, header + 20 + 4 * index, 4)
                guard count >= 0, count <= 100_000 else { return nil }
                counts.append(Int(count))
            }
            version = bytes[header + 4]
            start = header + 44
            self.width = width
            changes = counts[3]
            kinds = counts[4]
            end =
                start + changes * (width + 1) + kinds * 6 + counts[5]
                + counts[2] * (width + 4) + counts[1] + counts[0]
            guard end <= bytes.count, kinds > 0 else { return nil }
        }

        func types(_ bytes: [UInt8]) -> [(offset: Int32, isSummer: Bool)]? {
            let first = start + changes * (width + 1)
            return (0..<kinds).map { index in
                (
                    Int32(truncatingIfNeeded: ZoneRules.number(bytes, first + index * 6, 4)),
                    bytes[first + index * 6 + 4] != 0
                )
            }
        }
    }

    /// A signed big-endian number.
    private static func number(_ bytes: [UInt8], _ at: Int, _ width: Int) -> Int64 {
        var value: UInt64 = 0
        for index in 0..<width { value = value << 8 | UInt64(bytes[at + index]) }
        return width == 4
            ? Int64(Int32(truncatingIfNeeded: value)) : Int64(truncatingIfNeeded: value)
    }

    /// Seconds east of UTC at an instant.
    func offset(at seconds: Int64) -> Int32 {
        guard let start = changes.first, seconds >= start else { return first }
        if let last = changes.last, seconds >= last, let yearly {
            return yearly.offset(at: seconds)
        }
        var (low, high) = (0, changes.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle] <= seconds { low = middle } else { high = middle }
        }
        return offsets[low]
    }

    /// The instant and offset of a local clock. An hour that comes twice is the earlier; in one
    /// that is left out the clock goes on by its length (as in java.time).
    func resolve(local: Int64) -> (seconds: Int64, offset: Int32) {
        let before = offset(at: local - 86_400 * 2)
        let after = offset(at: local + 86_400 * 2)
        for candidate in [before, after]
        where offset(at: local - Int64(candidate)) == candidate {
            return (local - Int64(candidate), candidate)
        }
        let seconds = local - Int64(before)
        return (seconds, offset(at: seconds))
    }
}

/// The rule for the years after the last change of a zone's file: a POSIX TZ text such as
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct YearlyRule: Sendable {
    private var standard: Int32 = 0
    private var summer: Int32?
    private var start = Day()
    private var end = Day()

    /// The day of a year on which the clock is changed, and when.
    private struct Day {
        var month: Int64 = 1
        var week: Int64 = 1
        var weekday: Int64 = 0
        /// A day of the year instead; leap days count unless `skipsLeap`.
        var ordinal: Int64?
        var skipsLeap = false
        var seconds: Int64 = 7200

        func seconds(in year: Int64) -> Int64 {
            let first = Calendar.days(year, 1, 1)
            if let ordinal {
                let leap: Int64 = skipsLeap && Calendar.isLeap(year) && ordinal > 59 ? 1 : 0
                return (first + ordinal - (skipsLeap ? 1 : 0) + leap) * 86_400 + seconds
            }
            let start = Calendar.days(year, month, 1)
            // Sunday is 0 here and 7 in the calendar.
            let weekdayOfFirst = Calendar.weekday(start) % 7
            var day = Calendar.modulo(weekday - weekdayOfFirst, 7) + (week - 1) * 7
            while day >= Calendar.length(ofMonth: month, year) { day -= 7 }
            return (start + day) * 86_400 + seconds
        }
    }

    init?(_ text: String) {
        var rest = Substring(text)
        guard Self.name(&rest), let west = Self.clock(&rest) else { return nil }
        standard = Int32(-west)
        if rest.isEmpty { return }
        guard Self.name(&rest) else { return nil }
        summer = standard + 3600
        if let first = rest.first, first != "," {
            guard let west = Self.clock(&rest) else { return nil }
            summer = Int32(-west)
        }
        let parts = rest.split(separator: ",")
        guard parts.count == 2, let start = Self.day(parts[0]), let end = Self.day(parts[1])
        else { return nil }
        self.start = start
        self.end = end
    }

    private static func name(_ rest: inout Substring) -> Bool {
        if rest.first == "<" {
            guard let close = rest.firstIndex(of: ">") else { return false }
            rest = rest[rest.index(after: close)...]
            return true
        }
        let letters = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private static func clock(_ rest: inout Substring) -> Int64? {
        let text = rest.prefix { $0.isNumber || $0 == ":" || $0 == "+" || $0 == "-" }
        rest = rest.dropFirst(text.count)
        let isNegative = text.first == "-"
        let parts = text.drop { $0 == "+" || $0 == "-" }.split(separator: ":")
            .map { Int64($0) ?? 0 }
        guard let hours = parts.first, hours <= 167 else { return nil }
        let seconds =
            hours * 3600 + (parts.count > 1 ? parts[1] * 60 : 0)
            + (parts.count > 2 ? parts[2] : 0)
        return isNegative ? -seconds : seconds
    }

    private static func day(_ text: Substring) -> Day? {
        var day = Day()
        let parts = text.split(separator: "/")
        guard let date = parts.first else { return nil }
        if parts.count > 1 {
            var rest = parts[1]
            guard let seconds = clock(&rest) else { return nil }
            day.seconds = seconds
        }
        if date.hasPrefix("M") {
            let numbers = date.dropFirst().split(separator: ".").compactMap { Int64($0) }
            guard numbers.count == 3, (1...12).contains(numbers[0]),
                (1...5).contains(numbers[1])
            else { return nil }
            (day.month, day.week, day.weekday) = (numbers[0], numbers[1], numbers[2])
            return day
        }
        day.skipsLeap = date.hasPrefix("J")
        guard let ordinal = Int64(day.skipsLeap ? date.dropFirst() : date) else { return nil }
        day.ordinal = ordinal
        return day
    }

    func offset(at seconds: Int64) -> Int32 {
        guard let summer else { return standard }
        let year = Calendar.day(Calendar.floor(seconds + Int64(standard), 86_400)).year
        let begins = start.seconds(in: year) - Int64(standard)
        let ends = end.seconds(in: year) - Int64(summer)
        let isSummer =
            begins < ends
            ? seconds >= begins && seconds < ends : seconds >= begins || seconds < ends
        return isSummer ? summer : standard
    }
}
