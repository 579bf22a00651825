/// Reads durations of ISO 8601: `P1Y2M3W4DT5H6M7.8S`, with fractions and signs, and the
/// alternative form `P2012-02-02T14:37:21.545`.
enum DurationReader {
    static func read(_ text: String) throws(CypherError) -> CypherDuration? {
        var rest = Substring(text)
        var isNegative = false
        if rest.first == "-" || rest.first == "+" { isNegative = rest.removeFirst() == "-" }
        guard rest.first == "P" else { return nil }
        rest.removeFirst()
        let halves = rest.split(separator: "T", omittingEmptySubsequences: false)
        guard let date = halves.first, halves.count <= 2 else { return nil }
        if let whole = alternative(date, halves.count == 2 ? halves[1] : "") {
            return isNegative ? try whole.negated() : whole
        }
        guard let dateParts = parts(date),
            let clockParts = halves.count == 2 ? parts(halves[1]) : [],
            !(dateParts.isEmpty && clockParts.isEmpty)
        else { return nil }
        var sum = DurationSum()
        for (number, letter) in dateParts {
            switch letter {
            case "Y": sum.add(number, months: 12)
            case "M": sum.add(number, months: 1)
            case "W": sum.add(number, days: 7)
            case "D": sum.add(number, days: 1)
            default: return nil
            }
        }
        for (number, letter) in clockParts {
            switch letter {
            case "H": sum.add(number, seconds: 3600)
            case "M": sum.add(number, seconds: 60)
            case "S": sum.add(number, seconds: 1)
            default: return nil
            }
        }
        let whole = try sum.duration()
        return isNegative ? try whole.negated() : whole
    }

    /// Numbers with their letters, in their order; nil when something else is there.
    private static func parts(_ text: Substring) -> [(Decimal, Character)]? {
        var found: [(Decimal, Character)] = []
        var rest = text
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || "+-.,".contains($0) }
            rest = rest.dropFirst(digits.count)
            guard let letter = rest.first, let number = Decimal(digits) else { return nil }
            rest = rest.dropFirst()
            found.append((number, letter))
        }
        return found
    }

    private static func alternative(
        _ date: Substring, _ clock: Substring
    ) -> CypherDuration? {
        let numbers = date.split(separator: "-").map { Int64($0) }
        guard numbers.count == 3, let year = numbers[0], let month = numbers[1],
            let day = numbers[2], (0...999_999_999).contains(year), (0...12).contains(month)
        else { return nil }
        guard let time = clock.isEmpty ? TemporalParts() : TemporalReader.time(String(clock))
        else { return nil }
        let nanoseconds = time.nanoseconds ?? 0
        return CypherDuration(
            months: year * 12 + month, days: day, seconds: nanoseconds / 1_000_000_000,
            nanoseconds: Int32(nanoseconds % 1_000_000_000))
    }
}

/// A number as a whole and a fraction of the same sign, so that whole parts stay exact.
struct Decimal {
    let whole: Int64
    let fraction: Double

    init(_ whole: Int64, _ fraction: Double = 0) {
        self.whole = whole
        self.fraction = fraction
    }

    init?(_ value: Double) {
        guard let whole = Int64(exactly: value.rounded(.towardZero)) else { return nil }
        self.whole = whole
        fraction = value - Double(whole)
    }

    init?(_ text: Substring) {
        let normal = text.replacing(",", with: ".")
        if let whole = Int64(normal) {
            self.init(whole)
            return
        }
        let isNegative = normal.hasPrefix("-")
        let parts = normal.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let whole = Int64(parts[0]),
            parts[1].allSatisfy(\.isNumber), let fraction = Double("0." + parts[1])
        else { return nil }
        self.init(whole, isNegative ? -fraction : fraction)
    }
}

/// Adds up the parts of a duration; fractions of a unit go to the smaller units.
struct DurationSum {
    private var months: Int64 = 0
    private var days: Int64 = 0
    private var seconds: Int64 = 0
    private var nanoseconds: Int64 = 0
    /// Fractions, in months, days, seconds.
    private var rest = (months: 0.0, days: 0.0, seconds: 0.0, nanoseconds: 0.0)
    private var hasOverflowed = false

    mutating func add(_ number: Decimal, months unit: Int64) {
        months = grow(months, number.whole, unit)
        rest.months += number.fraction * Double(unit)
    }

    mutating func add(_ number: Decimal, days unit: Int64) {
        days = grow(days, number.whole, unit)
        rest.days += number.fraction * Double(unit)
    }

    mutating func add(_ number: Decimal, seconds unit: Int64) {
        seconds = grow(seconds, number.whole, unit)
        rest.seconds += number.fraction * Double(unit)
    }

    mutating func add(_ number: Decimal, nanoseconds unit: Int64) {
        let perSecond = 1_000_000_000 / unit
        seconds = grow(seconds, number.whole / perSecond, 1)
        nanoseconds += number.whole % perSecond * unit
        rest.nanoseconds += number.fraction * Double(unit)
    }

    private mutating func grow(_ sum: Int64, _ number: Int64, _ unit: Int64) -> Int64 {
        let (product, first) = number.multipliedReportingOverflow(by: unit)
        let (total, second) = sum.addingReportingOverflow(product)
        hasOverflowed = hasOverflowed || first || second
        return total
    }

    func duration() throws(CypherError) -> CypherDuration {
        if hasOverflowed { throw CypherDuration.tooLong() }
        let wholeMonths = rest.months.rounded(.towardZero)
        // A month that is cut is one of average length.
        let restDays =
            rest.days
            + (rest.months - wholeMonths) * Double(CypherDuration.secondsPerMonth) / 86_400
        let wholeDays = restDays.rounded(.towardZero)
        let restSeconds = rest.seconds + (restDays - wholeDays) * 86_400
        let wholeSeconds = restSeconds.rounded(.towardZero)
        let exact = (restSeconds - wholeSeconds) * 1e9 + rest.nanoseconds
        // Floats are good to a tenth of a nanosecond here; what is below is their error.
        let nanos = ((exact * 10).rounded() / 10).rounded(.towardZero)
        guard
            let made = CypherDuration(
                months: months + Int64(wholeMonths), days: days + Int64(wholeDays),
                seconds: seconds, looseNanoseconds: 0),
            let sum = CypherDuration(
                months: 0, days: 0, seconds: Int64(wholeSeconds),
                looseNanoseconds: nanoseconds + Int64(nanos))
        else { throw CypherDuration.tooLong() }
        return try made.adding(sum)
    }
}
