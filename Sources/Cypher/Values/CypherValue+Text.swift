extension CypherValue {
    /// What `toString` gives, and what a message or a plan shows.
    package var text: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .float(let value): Self.text(value)
        case .string(let value): value
        case .bytes(let value): "\(value.count) bytes"
        case .list(let values): "[" + values.map(\.literal).joined(separator: ", ") + "]"
        case .map(let map):
            "{" + map.entries.map { "\($0.key): \($0.value.literal)" }.joined(separator: ", ")
                + "}"
        case .node(let node): "node \(node.elementID)"
        case .relationship(let relationship): "relationship \(relationship.elementID)"
        case .path(let path): "path of \(path.relationships.count) hops"
        case .date(let value): value.description
        case .localTime(let value): value.description
        case .time(let value): value.description
        case .localDateTime(let value): value.description
        case .dateTime(let value): value.description
        case .duration(let value): value.description
        }
    }

    /// As it would be written in a statement; strings in quotes.
    package var literal: String {
        guard case .string(let value) = self else { return text }
        var quoted = "'"
        for character in value.unicodeScalars {
            if character == "'" || character == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "'"
    }

    /// Enough of it for a message.
    var shortText: String {
        let whole = literal
        return whole.count > 40 ? whole.prefix(40) + "…" : whole
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        // Swift writes the shortest digits that read back; the exponent's form is Cypher's.
        return value.description.replacing("e+", with: "E").replacing("e", with: "E")
    }
}
