internal import Resources

/// Functions that need only their arguments.
enum Functions {
    static func call(
        _ function: Function, _ arguments: [CypherValue], now: Now
    ) throws(CypherError) -> CypherValue {
        if let value = try temporal(function, arguments, now) { return value }
        guard let first = arguments.first else {
            switch function {
            case .e: return .float(2.718281828459045)
            case .pi: return .float(.pi)
            default: return .null
            }
        }
        // All that follow give null for null.
        if first.isNull { return function == .exists ? .boolean(false) : .null }
        switch function {
        case .size, .head, .last, .tail, .range, .reverse, .isEmpty, .characterLength,
            .characterLengthLong, .toBooleanList, .toFloatList, .toIntegerList, .toStringList:
            return try Lists.call(function, first, arguments)
        case .toBoolean, .toBooleanOrNull, .toFloat, .toFloatOrNull, .toInteger,
            .toIntegerOrNull, .toString, .toStringOrNull:
            return try Conversions.call(function, first)
        case .left, .right, .substring, .replace, .split, .trim, .leftTrim, .rightTrim,
            .bothTrim, .toLower, .toUpper, .lower, .upper:
            return try Texts.call(function, first, arguments)
        case .exists: return .boolean(true)
        default: return try number(function, first, arguments)
        }
    }

    private static func number(
        _ function: Function, _ first: CypherValue, _ arguments: [CypherValue]
    ) throws(CypherError) -> CypherValue {
        guard let x = first.number else { throw wrong(function, first) }
        switch (function, first) {
        case (.abs, .integer(let value)):
            if value == .min {
                throw .runtime(
                    .arithmeticError, .integerOverflow,
                    "abs(\(value)) is outside the integers of 64 bits; use a float")
            }
            return .integer(value < 0 ? -value : value)
        case (.abs, _): return .float(x < 0 ? -x : x)
        case (.sign, _): return .integer(x > 0 ? 1 : x < 0 ? -1 : 0)
        case (.isNaN, _): return .boolean(x.isNaN)
        case (.round, _):
            guard arguments.count > 1 else { return .float(Mathematics.round(x)) }
            guard case .integer(let digits) = arguments[1] else {
                throw wrong(function, arguments[1])
            }
            return .float(Mathematics.round(x, digits: digits))
        case (.atan2, _):
            guard let second = arguments.last else { return .null }
            if second.isNull { return .null }
            guard let other = second.number else { throw wrong(function, second) }
            return .float(Mathematics.arcTangent(x, other))
        default:
            guard let value = Mathematics.apply(function, x) else {
                throw wrong(function, first)
            }
            return .float(value)
        }
    }

    static func wrong(_ function: Function, _ value: CypherValue) -> CypherError {
        .runtime(
            .typeError, .invalidArgumentValue,
            "`\(function.rawValue)` does not take \(value.typeName) \(value.shortText)")
    }
}
