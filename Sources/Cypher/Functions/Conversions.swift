/// `toInteger` and its like: null where a text says nothing of the kind, an error for types that
/// never convert, unless the name ends in `OrNull`.
enum Conversions {
    static func call(
        _ function: Function, _ value: CypherValue
    ) throws(CypherError) -> CypherValue {
        switch function {
        case .toInteger, .toIntegerOrNull:
            if let found = integer(value) { return found }
            if function == .toIntegerOrNull { return .null }
        case .toFloat, .toFloatOrNull:
            if let found = float(value) { return found }
            if function == .toFloatOrNull { return .null }
        case .toBoolean, .toBooleanOrNull:
            if let found = boolean(value) { return found }
            if function == .toBooleanOrNull { return .null }
        default:
            if let found = string(value) { return found }
            if function == .toStringOrNull { return .null }
        }
        throw Functions.wrong(function, value)
    }

    private static func integer(_ value: CypherValue) -> CypherValue? {
        switch value {
        case .integer: return value
        case .boolean(let truth): return .integer(truth ? 1 : 0)
        case .float(let number):
            return Numbers.whole(number).map(CypherValue.integer) ?? .null
        case .string(let text):
            let digits = Texts.trimmed(text)
            if let number = Int64(digits) { return .integer(number) }
            guard let number = decimal(digits) else { return .null }
            return Numbers.whole(number).map(CypherValue.integer) ?? .null
        default: return nil
        }
    }

    private static func float(_ value: CypherValue) -> CypherValue? {
        switch value {
        case .float: return value
        case .integer(let number): return .float(Double(number))
        case .string(let text):
            return decimal(Texts.trimmed(text)).map(CypherValue.float) ?? .null
        default: return nil
        }
    }

    /// Swift also reads hexadecimal floats and `inf`; Cypher does not.
    private static func decimal(_ text: String) -> Double? {
        let isDecimal = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-")].contains(byte)
                || byte | 0x20 == UInt8(ascii: "e")
        }
        return isDecimal ? Double(text) : nil
    }

    private static func boolean(_ value: CypherValue) -> CypherValue? {
        switch value {
        case .boolean: return value
        case .integer(let number): return .boolean(number != 0)
        case .string(let text):
            return switch Texts.trimmed(text).lowercased() {
            case "true": .boolean(true)
            case "false": .boolean(false)
            default: .null
            }
        default: return nil
        }
    }

    private static func string(_ value: CypherValue) -> CypherValue? {
        switch value {
        case .string: value
        case .boolean, .integer, .float, .date, .localTime, .time, .localDateTime, .dateTime,
            .duration:
            .string(value.text)
        default: nil
        }
    }
}
