internal import Crypto
internal import Cypher
internal import Resources

/// The rows of a query of class C, as a bag: equal rows are numbered.
struct WholeTable: Sendable {
    private var rows: [String: [CypherValue]] = [:]

    /// Evaluates a statement whole.
    init<Store>(
        _ statement: Statement, _ graph: ResourceGraph<Store>, _ setting: MatchShape.Setting
    ) throws(CypherError) {
        var query = try Query(
            statement, parameters: setting.parameters, graph: graph, options: setting.options)
        var equals: [String: Int] = [:]
        while let row = try query.next() {
            let digest = Self.digest(row)
            let number = equals[digest, default: 0] + 1
            equals[digest] = number
            rows["\(digest)-\(number)"] = row.map(\.settled)
            guard rows.count <= setting.rows else {
                throw CypherError(
                    .limitExceeded, .rowLimit, .runtime,
                    "the answer has more than \(setting.rows) rows "
                        + "(\(Limits.standingRows.name)); add a LIMIT or aggregate")
            }
        }
    }

    /// All rows, in order of their keys.
    var all: [StandingRow] {
        rows.map { StandingRow(key: $0.key, values: $0.value) }.sorted { $0.key < $1.key }
    }

    func changes(since other: WholeTable) -> [RowChange] {
        var changes: [RowChange?] = []
        for (key, values) in rows where other.rows[key] == nil {
            changes.append(RowChange(key, nil, values))
        }
        for (key, values) in other.rows where rows[key] == nil {
            changes.append(RowChange(key, values, nil))
        }
        return changes.compactMap(\.self).sorted { $0.key < $1.key }
    }

    /// 96 bits of SHA-256 over what a client sees.
    private static func digest(_ row: [CypherValue]) -> String {
        var bytes: [UInt8] = []
        for value in row { value.write(into: &bytes) }
        return Base64.encodeURL(Array(SHA256.hash(data: bytes).prefix(12)))
    }
}
