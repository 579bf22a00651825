/// A typed value: what the fields of resources hold. Integers and floats are distinct.
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case float(Double)
    case text(String)
    case bytes([UInt8])
    case list([Value])
    case map(ValueMap)
}

/// The fields of a resource, or any nested map.
public typealias ValueMap = SortedMap<Value>

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .float(value) }
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Value)...) { self = .map(SortedMap(elements)) }
}

extension Value {
    /// The text, when it is one.
    public var text: String? { if case .text(let text) = self { text } else { nil } }
    /// The integer, when it is one.
    public var int: Int64? { if case .int(let int) = self { int } else { nil } }
    /// The truth value, when it is one.
    public var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
    /// The bytes, when it is bytes.
    public var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
    /// The elements, when it is a list.
    public var list: [Value]? { if case .list(let list) = self { list } else { nil } }
    /// The pairs, when it is a map.
    public var map: ValueMap? { if case .map(let map) = self { map } else { nil } }
    /// The number as a float, when it is an integer or a float.
    public var number: Double? {
        switch self {
        case .int(let int): Double(int)
        case .float(let float): float
        case .null, .bool, .text, .bytes, .list, .map: nil
        }
    }

    /// The name of its kind, as in a type's field: "int", "text" …
    public var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .float: "float"
        case .text: "text"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        }
    }
}
