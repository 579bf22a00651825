/// A value of the query language.
///
/// Equality and order are not those of Swift: see `CypherValue+Equality` (three-valued `=`,
/// equivalence for DISTINCT and grouping) and `CypherValue+Order`.
public enum CypherValue: Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case float(Double)
    case string(String)
    case bytes([UInt8])
    case list([CypherValue])
    case map(CypherMap)
    case node(NodeValue)
    case relationship(RelationshipValue)
    indirect case path(PathValue)
    case date(CypherDate)
    case localTime(CypherLocalTime)
    case time(CypherTime)
    case localDateTime(CypherLocalDateTime)
    indirect case dateTime(CypherDateTime)
    indirect case duration(CypherDuration)
}

extension CypherValue {
    /// The name of its type, as messages say it.
    package var typeName: String {
        switch self {
        case .null: "Null"
        case .boolean: "Boolean"
        case .integer: "Integer"
        case .float: "Float"
        case .string: "String"
        case .bytes: "Bytes"
        case .list: "List"
        case .map: "Map"
        case .node: "Node"
        case .relationship: "Relationship"
        case .path: "Path"
        case .date: "Date"
        case .localTime: "LocalTime"
        case .time: "Time"
        case .localDateTime: "LocalDateTime"
        case .dateTime: "DateTime"
        case .duration: "Duration"
        }
    }

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }
}
