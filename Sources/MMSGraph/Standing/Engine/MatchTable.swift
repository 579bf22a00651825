internal import Cypher
internal import Resources

/// Identities of all that one match is made of: of nodes, and of relationships that the nodes do
/// not tell apart.
struct MatchKey: Hashable, Sendable {
    let nodes: [Identifier]
    let relationships: [String]

    /// The key clients see.
    var text: String {
        (nodes.map(\.description) + relationships).joined(separator: ".")
    }
}

/// The rows of a query of class B, found by match and by what takes part in a match.
struct MatchTable: Sendable {
    private var rows: [(key: MatchKey, values: [CypherValue])?] = []
    private var free: [Int32] = []
    private var places: [MatchKey: Int32] = [:]
    private var containing: [Identifier: [Int32]] = [:]

    var count: Int { places.count }

    /// All rows, in order of their keys.
    var all: [StandingRow] {
        rows.compactMap { row in row.map { StandingRow(key: $0.key.text, values: $0.values) } }
            .sorted { $0.key < $1.key }
    }

    mutating func insert(_ key: MatchKey, _ values: [CypherValue]) {
        if let place = places[key] {
            rows[Int(place)] = (key, values)
            return
        }
        let place = free.popLast() ?? Int32(rows.count)
        if Int(place) == rows.count {
            rows.append((key, values))
        } else {
            rows[Int(place)] = (key, values)
        }
        places[key] = place
        for node in Set(key.nodes) { containing[node, default: []].append(place) }
    }

    /// Takes out the matches in which a resource takes part.
    mutating func remove(
        containing id: Identifier, into removed: inout [MatchKey: [CypherValue]]
    ) {
        for place in containing.removeValue(forKey: id) ?? [] {
            guard let (key, values) = rows[Int(place)] else { continue }
            rows[Int(place)] = nil
            places[key] = nil
            free.append(place)
            removed[key] = values
            for node in Set(key.nodes) where node != id {
                containing[node]?.removeAll { $0 == place }
                if containing[node]?.isEmpty ?? false { containing[node] = nil }
            }
        }
    }

    /// The rows by key, as another evaluation of the same query tells them.
    func changes(since other: MatchTable) -> [RowChange] {
        var changes: [RowChange?] = []
        for case .some((let key, let values)) in rows {
            changes.append(RowChange(key.text, other[key], values))
        }
        for case .some((let key, let values)) in other.rows where places[key] == nil {
            changes.append(RowChange(key.text, values, nil))
        }
        return changes.compactMap(\.self).sorted { $0.key < $1.key }
    }

    subscript(key: MatchKey) -> [CypherValue]? {
        places[key].flatMap { rows[Int($0)]?.values }
    }
}
