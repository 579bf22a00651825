/// What one aggregating call has seen of one group.
struct Accumulator {
    private let function: Aggregate
    private var seen: Set<CypherValue>?
    private var count: Int64 = 0
    private var whole: Int64 = 0
    private var real = 0.0
    private var isReal = false
    private var duration: CypherDuration?
    private var best: CypherValue?
    private var values: [CypherValue] = []
    private var percentile = 0.0
    // Of the standard deviation (Welford).
    private var mean = 0.0
    private var squares = 0.0

    init(_ call: AggregateCall) {
        function = call.function
        seen = call.isDistinct ? [] : nil
    }

    /// Takes a row's value, none for `count(*)`; gives the bytes it keeps of it.
    mutating func add(
        _ value: CypherValue?, _ second: CypherValue?
    ) throws(CypherError) -> Int {
        guard let value else {
            count += 1
            return 0
        }
        if let second { try setPercentile(second) }
        if value.isNull { return 0 }
        var weight = 0
        if seen != nil {
            guard seen?.insert(value).inserted == true else { return 0 }
            weight = value.weight
        }
        count += 1
        switch function {
        case .count: break
        case .sum, .avg: try sum(value)
        case .min: if best.map({ value.order($0) < 0 }) ?? true { best = value }
        case .max: if best.map({ value.order($0) > 0 }) ?? true { best = value }
        case .collect:
            values.append(value)
            weight += value.weight
        case .percentileDisc, .percentileCont:
            guard value.number != nil else { throw wrong(value) }
            values.append(value)
            weight += 24
        case .stDev, .stDevP:
            guard let number = value.number else { throw wrong(value) }
            let distance = number - mean
            mean += distance / Double(count)
            squares += distance * (number - mean)
        }
        return weight
    }

    private func wrong(_ value: CypherValue) -> CypherError {
        CypherValue.wrongType(function.rawValue, value, "numbers")
    }

    private mutating func sum(_ value: CypherValue) throws(CypherError) {
        switch value {
        case .integer(let number):
            real += Double(number)
            let (sum, overflow) = whole.addingReportingOverflow(number)
            if overflow && function == .sum && !isReal {
                throw .runtime(
                    .arithmeticError, .integerOverflow,
                    "The sum is outside the integers of 64 bits; sum floats")
            }
            whole = sum
        case .float(let number):
            real += number
            isReal = true
        case .duration(let other): duration = try (duration ?? .zero).adding(other)
        default: throw wrong(value)
        }
    }

    private mutating func setPercentile(_ value: CypherValue) throws(CypherError) {
        guard let number = value.number, number >= 0, number <= 1 else {
            throw .runtime(
                .argumentError, .numberOutOfRange,
                "A percentile lies between 0.0 and 1.0; \(value.shortText) does not")
        }
        percentile = number
    }

    func result() throws(CypherError) -> CypherValue {
        switch function {
        case .count: return .integer(count)
        case .sum:
            if let duration { return .duration(duration) }
            return isReal ? .float(real) : .integer(whole)
        case .avg:
            if count == 0 { return .null }
            if let duration { return try CypherValue.scale(duration, by: 1 / Double(count)) }
            return .float(real / Double(count))
        case .min, .max: return best ?? .null
        case .collect: return .list(values)
        case .percentileDisc: return discrete
        case .percentileCont: return continuous
        case .stDev:
            return .float(count < 2 ? 0 : (squares / Double(count - 1)).squareRoot())
        case .stDevP: return .float(count < 1 ? 0 : (squares / Double(count)).squareRoot())
        }
    }

    /// The value at that share of the sorted values.
    private var discrete: CypherValue {
        if values.isEmpty { return .null }
        let sorted = values.sorted { $0.order($1) < 0 }
        let place = (percentile * Double(sorted.count)).rounded(.up)
        return sorted[min(sorted.count - 1, max(0, Int(place) - 1))]
    }

    /// Between the two values next to that share, in proportion.
    private var continuous: CypherValue {
        if values.isEmpty { return .null }
        let sorted = values.compactMap(\.number).sorted()
        let place = percentile * Double(sorted.count - 1)
        let low = Int(place)
        guard low + 1 < sorted.count else { return .float(sorted[low]) }
        let share = place - Double(low)
        return .float(sorted[low] * (1 - share) + sorted[low + 1] * share)
    }
}
