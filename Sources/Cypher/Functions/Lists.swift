internal import Resources

/// Functions of lists.
enum Lists {
    static func call(
        _ function: Function, _ first: CypherValue, _ arguments: [CypherValue]
    ) throws(CypherError) -> CypherValue {
        switch (function, first) {
        case (.range, _): return try range(arguments)
        case (.size, .list(let values)): return .integer(Int64(values.count))
        case (.size, .string(let text)), (.characterLength, .string(let text)),
            (.characterLengthLong, .string(let text)):
            return .integer(Int64(text.unicodeScalars.count))
        case (.size, .bytes(let bytes)): return .integer(Int64(bytes.count))
        case (.size, .map(let map)): return .integer(Int64(map.count))
        case (.isEmpty, .list(let values)): return .boolean(values.isEmpty)
        case (.isEmpty, .string(let text)): return .boolean(text.isEmpty)
        case (.isEmpty, .map(let map)): return .boolean(map.isEmpty)
        case (.head, .list(let values)): return values.first ?? .null
        case (.last, .list(let values)): return values.last ?? .null
        case (.tail, .list(let values)): return .list(Array(values.dropFirst()))
        case (.reverse, .list(let values)): return .list(values.reversed())
        case (.reverse, .string(let text)): return .string(String(text.reversed()))
        case (.toBooleanList, .list(let values)): return try each(values, .toBooleanOrNull)
        case (.toFloatList, .list(let values)): return try each(values, .toFloatOrNull)
        case (.toIntegerList, .list(let values)): return try each(values, .toIntegerOrNull)
        case (.toStringList, .list(let values)): return try each(values, .toStringOrNull)
        default: throw Functions.wrong(function, first)
        }
    }

    private static func each(
        _ values: [CypherValue], _ function: Function
    ) throws(CypherError) -> CypherValue {
        var converted: [CypherValue] = []
        for value in values {
            converted.append(value.isNull ? .null : try Conversions.call(function, value))
        }
        return .list(converted)
    }

    /// `range(start, end, step)`, both ends included.
    private static func range(_ arguments: [CypherValue]) throws(CypherError) -> CypherValue {
        var bounds: [Int64] = []
        for argument in arguments {
            guard case .integer(let number) = argument else {
                throw .runtime(
                    .argumentError, .invalidArgumentType,
                    "`range` takes integers, not \(argument.typeName) \(argument.shortText)")
            }
            bounds.append(number)
        }
        let step = bounds.count > 2 ? bounds[2] : 1
        if step == 0 {
            throw .runtime(
                .argumentError, .numberOutOfRange,
                "The step of `range` is 0 and would never arrive; use another")
        }
        if step > 0 ? bounds[0] > bounds[1] : bounds[0] < bounds[1] { return .list([]) }
        let span = Double(bounds[1]) - Double(bounds[0])
        let count = (span / Double(step)).rounded(.down) + 1
        let most = Limits.queryMemory.value / 24
        if count > Double(most) {
            throw .runtime(
                .limitExceeded, .memoryLimit,
                "`range` would make \(count) numbers, more than \(most) "
                    + "(\(Limits.queryMemory.name)); use a wider step")
        }
        return .list(
            stride(from: bounds[0], through: bounds[1], by: Int(step)).map(CypherValue.integer))
    }
}
