internal import Resources

/// How a selection is read: ranges of one index, in order, whose candidates are checked again.
struct Plan: Hashable, Sendable {
    /// What `explain` says.
    let summary: String
    let segments: [Segment]

    /// A range of a table. Candidates of `names` are values, of other tables the ends of keys.
    struct Segment: Hashable, Sendable {
        let table: StoreTable
        let range: KeyRange

        init(_ table: StoreTable, _ range: KeyRange) {
            self.table = table
            self.range = range
        }

        func contains(_ key: [UInt8]) -> Bool {
            !key.lexicographicallyPrecedes(range.lower)
                && range.upper.map { key.lexicographicallyPrecedes($0) } ?? true
        }
    }

    init(_ summary: String, _ segments: [Segment]) {
        self.summary = summary
        self.segments = segments
    }

    /// All resources of a state.
    static func everything(past: Bookmark?) -> Plan {
        let names = Segment(.names, KeyRange(lower: [], upper: nil))
        guard let past else { return Plan("all names", [names]) }
        return Plan("all names and graves", [names] + graves(after: past))
    }

    /// What was deleted after a moment stood at it, unless it was created later still.
    static func graves(after past: Bookmark) -> [Segment] {
        past.positions.map { log, position in
            let prefix = Keys.graves(of: log)
            var lower = prefix
            lower.append(big: position.next.rawValue)
            return Segment(.graves, KeyRange(lower: lower, upper: prefix.successor))
        }
    }
}

/// Chooses the narrowest index for a selection: a name, a tag, an equal field, an owner, a range of
/// a field, then the names of the type and namespace.
struct Planner {
    let selection: Selection
    /// The fields of the selected type.
    let fields: [TypeDefinition.Field]
    /// The types present, asked for only when the selection names none.
    let types: () throws(GraphError) -> [TypeName]
    /// The namespaces in which a type is.
    let namespaces: (TypeName) throws(GraphError) -> [Namespace]

    func plan() throws(GraphError) -> Plan {
        let parts = selection.predicate?.conjuncts ?? []
        if let named = byName(parts) { return named }
        if let known = try byProperty(parts) { return known }
        let narrow =
            byEqualField(parts) ?? byTag(parts) ?? byOwner(parts) ?? byFieldRange(parts)
        if let narrow { return narrow }
        return try byNames()
    }

    /// The plan for a past state, which indexes do not know.
    func plan(past: Bookmark) throws(GraphError) -> Plan {
        let names = try byNames()
        return Plan(names.summary + " and graves", names.segments + Plan.graves(after: past))
    }

    private func byName(_ parts: [Predicate]) -> Plan? {
        guard let type = selection.type, case .namespace(let namespace) = selection.scope else {
            return nil
        }
        for case .compare(.name, .equal, .text(let text)) in parts {
            let key = Keys.names(type, in: namespace) + Array(text.utf8)
            return Plan("name", [.init(.names, KeyRange(lower: key, upper: key + [0]))])
        }
        return nil
    }

    /// A name wherever the type is, or a field that is indexed.
    private func byProperty(_ parts: [Predicate]) throws(GraphError) -> Plan? {
        guard let type = selection.type else { return nil }
        for case .compare(.property(let key), .equal, let value) in parts {
            if let prefix = prefix(of: [key]), let field = value.indexKey {
                return Plan("field \(key)", [.init(.fields, KeyRange(prefix: prefix + field))])
            }
            guard key == "name", let text = value.text,
                !fields.contains(where: { $0.name == key })
            else { continue }
            let segments = try namespaces(type).map { namespace in
                let name = Keys.names(type, in: namespace) + Array(text.utf8)
                return Plan.Segment(.names, KeyRange(lower: name, upper: name + [0]))
            }
            return Plan("names", segments)
        }
        return nil
    }

    private func byTag(_ parts: [Predicate]) -> Plan? {
        var tag = selection.tags.entries.first.map { ($0.key, $0.value) }
        for case .compare(.tag(let key), .equal, .text(let value)) in parts where tag == nil {
            tag = (key, value)
        }
        guard let (key, value) = tag else { return nil }
        let prefix =
            selection.type.map { Keys.tag(key, value, type: $0) } ?? Keys.tag(key, value)
        return Plan("tag \(key)", [.init(.tags, KeyRange(prefix: prefix))])
    }

    private func byOwner(_ parts: [Predicate]) -> Plan? {
        for case .compare(.owner, .equal, .text(let text)) in parts {
            guard let owner = Identifier(text), owner.description == text else { continue }
            return Plan("owner", [.init(.links, KeyRange(prefix: Keys.owned(by: owner)))])
        }
        return nil
    }

    private func byEqualField(_ parts: [Predicate]) -> Plan? {
        for part in parts {
            let (path, values): ([String], [Value])
            switch part {
            case .compare(.field(let field), .equal, let value): (path, values) = (field, [value])
            case .isOneOf(.field(let field), let list): (path, values) = (field, list)
            case .and, .or, .not, .compare, .isOneOf, .exists: continue
            }
            guard let prefix = prefix(of: path) else { continue }
            let keys = values.compactMap(\.indexKey)
            // A value without a key (a list, a map) is in no index: then a scan must find it.
            guard keys.count == values.count else { continue }
            let ranges = Set(keys).sorted { $0.lexicographicallyPrecedes($1) }.map { key in
                Plan.Segment(.fields, KeyRange(prefix: prefix + key))
            }
            return Plan("field \(path[0])", ranges)
        }
        return nil
    }

    private func byFieldRange(_ parts: [Predicate]) -> Plan? {
        for case .compare(.field(let path), let comparison, let value) in parts {
            guard let prefix = prefix(of: path),
                let range = Self.range(comparison, value, under: prefix)
            else { continue }
            return Plan("range of field \(path[0])", [.init(.fields, range)])
        }
        return nil
    }

    /// The keys that may satisfy a comparison. Bounds are inclusive, because the keys of long
    /// texts and great integers are shared with neighbours.
    private static func range(
        _ comparison: Predicate.Comparison, _ value: Value, under prefix: [UInt8]
    ) -> KeyRange? {
        guard let key = value.indexKey else { return nil }
        let kind = KeyRange(prefix: prefix + [key[0]])
        switch comparison {
        case .less, .lessOrEqual:
            return KeyRange(lower: kind.lower, upper: (prefix + key).successor)
        case .greater, .greaterOrEqual:
            return KeyRange(lower: prefix + key, upper: kind.upper)
        case .startsWith:
            // Without the two bytes that end the text.
            return value.text == nil ? nil : KeyRange(prefix: prefix + key.dropLast(2))
        case .equal, .notEqual, .contains: return nil
        }
    }

    /// Indexes are on whole fields, not on what is below them.
    private func prefix(of path: [String]) -> [UInt8]? {
        guard let type = selection.type, path.count == 1, let field = path.first,
            fields.contains(where: { $0.name == field && $0.indexed })
        else { return nil }
        return Keys.field(type, field)
    }

    private func byNames() throws(GraphError) -> Plan {
        if selection.type == nil, selection.scope == .subtree(.root) {
            return .everything(past: nil)
        }
        let types: [TypeName]
        if let type = selection.type { types = [type] } else { types = try self.types() }
        return Plan("names", types.flatMap { names(of: $0) })
    }

    private func names(of type: TypeName) -> [Plan.Segment] {
        let namespace = selection.scope.namespace
        let here = Plan.Segment(.names, KeyRange(prefix: Keys.names(type, in: namespace)))
        switch selection.scope {
        case .namespace: return [here]
        case .subtree(.root):
            var prefix: [UInt8] = []
            prefix.append(word: type.text)
            return [.init(.names, KeyRange(prefix: prefix))]
        case .subtree:
            let below = Keys.names(type, in: namespace).dropLast() + [UInt8(ascii: "/")]
            return [here, .init(.names, KeyRange(prefix: Array(below)))]
        }
    }
}
