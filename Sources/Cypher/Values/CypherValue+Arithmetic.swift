extension CypherValue {
    /// `left + right`: numbers, texts, lists, temporal values and durations.
    static func add(_ left: Self, _ right: Self) throws(CypherError) -> CypherValue {
        switch (left, right) {
        case (.integer(let left), .integer(let right)):
            return try checked(left.addingReportingOverflow(right), "+", left, right)
        case (.null, _), (_, .null): return .null
        case (.list(let left), .list(let right)): return .list(left + right)
        case (.list(let left), _): return .list(left + [right])
        case (_, .list(let right)): return .list([left] + right)
        case (.string(let left), .string(let right)): return .string(left + right)
        case (.string(let text), .integer), (.string(let text), .float),
            (.string(let text), .boolean):
            return .string(text + right.text)
        case (.integer, .string(let text)), (.float, .string(let text)),
            (.boolean, .string(let text)):
            return .string(left.text + text)
        default:
            if let (first, second) = floats(left, right) { return .float(first + second) }
            if let sum = try temporalSum(left, right) { return sum }
            throw mismatch("+", left, right)
        }
    }

    static func subtract(_ left: Self, _ right: Self) throws(CypherError) -> CypherValue {
        switch (left, right) {
        case (.integer(let left), .integer(let right)):
            return try checked(left.subtractingReportingOverflow(right), "-", left, right)
        case (.null, _), (_, .null): return .null
        default:
            if let (first, second) = floats(left, right) { return .float(first - second) }
            if let rest = try temporalDifference(left, right) { return rest }
            throw mismatch("-", left, right)
        }
    }

    static func multiply(_ left: Self, _ right: Self) throws(CypherError) -> CypherValue {
        switch (left, right) {
        case (.integer(let left), .integer(let right)):
            return try checked(left.multipliedReportingOverflow(by: right), "*", left, right)
        case (.null, _), (_, .null): return .null
        case (.duration(let duration), _):
            if let factor = right.number { return try scale(duration, by: factor) }
            throw mismatch("*", left, right)
        case (_, .duration(let duration)):
            if let factor = left.number { return try scale(duration, by: factor) }
            throw mismatch("*", left, right)
        default:
            if let (first, second) = floats(left, right) { return .float(first * second) }
            throw mismatch("*", left, right)
        }
    }

    static func divide(_ left: Self, _ right: Self) throws(CypherError) -> CypherValue {
        switch (left, right) {
        case (.integer(let left), .integer(let right)):
            if right == 0 { throw byZero("/", left) }
            return try checked(left.dividedReportingOverflow(by: right), "/", left, right)
        case (.null, _), (_, .null): return .null
        case (.duration(let duration), _):
            if let divisor = right.number, divisor != 0 {
                return try scale(duration, by: 1 / divisor)
            }
            throw mismatch("/", left, right)
        default:
            if let (first, second) = floats(left, right) { return .float(first / second) }
            throw mismatch("/", left, right)
        }
    }

    static func modulo(_ left: Self, _ right: Self) throws(CypherError) -> CypherValue {
        switch (left, right) {
        case (.integer(let left), .integer(let right)):
            if right == 0 { throw byZero("%", left) }
            return .integer(right == -1 ? 0 : left % right)
        case (.null, _), (_, .null): return .null
        default:
            if let (first, second) = floats(left, right) {
                return .float(first.truncatingRemainder(dividingBy: second))
            }
            throw mismatch("%", left, right)
        }
    }

    static func power(_ left: Self, _ right: Self) throws(CypherError) -> CypherValue {
        if left.isNull || right.isNull { return .null }
        guard let base = left.number, let exponent = right.number else {
            throw mismatch("^", left, right)
        }
        return .float(Mathematics.power(base, exponent))
    }

    static func negate(_ value: Self) throws(CypherError) -> CypherValue {
        switch value {
        case .null: return .null
        case .integer(let number):
            return try checked(Int64(0).subtractingReportingOverflow(number), "-", 0, number)
        case .float(let number): return .float(-number)
        case .duration(let duration): return try scale(duration, by: -1)
        default: throw wrongType("-", value, "a number")
        }
    }

    /// The number as a float; nil for what is no number.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .float(let value): value
        default: nil
        }
    }

    private static func floats(_ left: Self, _ right: Self) -> (Double, Double)? {
        guard let first = left.number, let second = right.number else { return nil }
        return (first, second)
    }

    private static func checked(
        _ result: (partialValue: Int64, overflow: Bool), _ sign: String, _ left: Int64,
        _ right: Int64
    ) throws(CypherError) -> CypherValue {
        if result.overflow {
            throw .runtime(
                .arithmeticError, .integerOverflow,
                "\(left) \(sign) \(right) is outside the integers of 64 bits; use a float")
        }
        return .integer(result.partialValue)
    }

    private static func byZero(_ sign: String, _ left: Int64) -> CypherError {
        .runtime(
            .arithmeticError, .divisionByZero,
            "\(left) \(sign) 0 has no value; test the divisor before")
    }

    static func mismatch(_ sign: String, _ left: Self, _ right: Self) -> CypherError {
        .runtime(
            .typeError, .invalidArgumentType,
            "`\(sign)` takes no \(left.typeName) and \(right.typeName)")
    }

    static func wrongType(_ what: String, _ value: Self, _ expected: String) -> CypherError {
        .runtime(
            .typeError, .invalidArgumentType,
            "`\(what)` takes \(expected), not \(value.typeName) \(value.shortText)")
    }
}
