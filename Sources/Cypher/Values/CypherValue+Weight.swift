extension CypherValue {
    /// Bytes it takes in memory, about; what memory limits count.
    package var weight: Int {
        switch self {
        case .null, .boolean, .integer, .float, .node, .relationship, .date, .localTime, .time,
            .localDateTime:
            24
        case .string(let value): 24 + (value.utf8.count > 15 ? 32 + value.utf8.count : 0)
        case .bytes(let value): 56 + value.count
        case .list(let values): values.reduce(56) { $0 + $1.weight }
        case .map(let map): map.entries.reduce(96) { $0 + $1.key.utf8.count + 16 + $1.value.weight }
        case .path(let path): 24 + 16 * (path.nodes.count + path.relationships.count)
        case .dateTime, .duration: 72
        }
    }
}
