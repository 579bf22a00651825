internal import Cypher
internal import Resources

extension MatchShape {
    /// What an evaluation of a pattern needs.
    struct Setting {
        let parameters: CypherMap
        let options: QueryOptions
        /// Rows that may be kept.
        let rows: Int
    }

    /// All matches there are.
    func evaluate<Store>(
        _ graph: ResourceGraph<Store>, _ setting: Setting
    ) throws(CypherError) -> MatchTable {
        var table = MatchTable()
        var query = try Query(
            full, parameters: setting.parameters, graph: graph, options: setting.options)
        while let row = try query.next() {
            let (key, values) = split(row)
            table.insert(key, values)
            try check(table, setting)
        }
        return table
    }

    /// Brings a table up to date after some resources have changed: their matches go, and come
    /// again where they still are. Each match that came or changed has one of them at some node
    /// of the pattern, so a search around each at each node finds all.
    func update<Store>(
        _ table: inout MatchTable, _ changed: [Identifier], _ graph: ResourceGraph<Store>,
        _ setting: Setting
    ) throws(CypherError) -> [RowChange] {
        var removed: [MatchKey: [CypherValue]] = [:]
        for id in changed { table.remove(containing: id, into: &removed) }
        var found: [MatchKey: [CypherValue]] = [:]
        for seed in seeds {
            var query: Query<ResourceGraph<Store>>?
            for id in changed {
                let node = try graph.number(id)
                guard let resource = try graph.resource(node),
                    seed.labels.allSatisfy(resource.hasLabel)
                else { continue }
                if query == nil {
                    query = try Query(
                        seed.statement, seededAt: seed.variable, parameters: setting.parameters,
                        graph: graph, options: setting.options)
                }
                query?.begin(at: node)
                while let row = try query?.next() {
                    let (key, values) = split(row)
                    found[key] = values
                }
            }
        }
        for (key, values) in found { table.insert(key, values) }
        try check(table, setting)
        let keys = Set(removed.keys).union(found.keys)
        return keys.compactMap { RowChange($0.text, removed[$0], found[$0]) }
            .sorted { $0.key < $1.key }
    }

    private func split(_ row: [CypherValue]) -> (MatchKey, [CypherValue]) {
        var identifiers: [Identifier] = []
        var relationships: [String] = []
        for (place, value) in row[width...].enumerated() {
            guard case .string(let text) = value else { continue }
            if place < nodes {
                if let id = Identifier(text) { identifiers.append(id) }
            } else {
                relationships.append(text)
            }
        }
        let key = MatchKey(nodes: identifiers, relationships: relationships)
        return (key, row[..<width].map(\.settled))
    }

    private func check(_ table: MatchTable, _ setting: Setting) throws(CypherError) {
        guard table.count > setting.rows else { return }
        throw CypherError(
            .limitExceeded, .rowLimit, .runtime,
            "the pattern has more than \(setting.rows) matches (\(Limits.standingRows.name)); "
                + "match fewer")
    }
}
