extension Printer {
    mutating func put(_ query: RegularQuery) {
        put(query.first)
        for union in query.unions {
            put(union.isAll ? " UNION ALL " : " UNION ")
            put(union.query)
        }
    }

    private mutating func put(_ query: SingleQuery) {
        put(query.clauses, separator: " ") { $0.put($1) }
    }

    private mutating func put(_ clause: Clause) {
        switch clause {
        case .match(let match):
            put(match.isOptional ? "OPTIONAL MATCH " : "MATCH ")
            put(match.pattern) { $0.put($1) }
            put(where: match.predicate)
        case .unwind(let unwind):
            put("UNWIND ")
            put(unwind.list)
            put(" AS ")
            put(unwind.variable)
        case .with(let with):
            put("WITH ")
            put(with.projection)
            put(where: with.predicate)
        case .return(let projection):
            put("RETURN ")
            put(projection)
        case .call(let call): put(call)
        case .create, .merge, .set, .remove, .delete: put(writing: clause)
        }
    }

    // MARK: Projections

    private mutating func put(_ projection: Projection) {
        if projection.isDistinct { put("DISTINCT ") }
        if projection.star != nil { put(projection.items.isEmpty ? "*" : "*, ") }
        put(projection.items) { $0.put($1) }
        if !projection.order.isEmpty {
            put(" ORDER BY ")
            put(projection.order) { printer, item in
                printer.put(item.expression)
                if item.isDescending { printer.put(" DESC") }
            }
        }
        if let skip = projection.skip {
            put(" SKIP ")
            put(skip)
        }
        if let limit = projection.limit {
            put(" LIMIT ")
            put(limit)
        }
    }

    private mutating func put(_ item: ProjectionItem) {
        put(item.expression)
        guard let alias = item.alias else { return }
        put(" AS ")
        put(alias)
    }

    // MARK: CALL

    private mutating func put(_ call: CallClause) {
        put("CALL ")
        put(dotted: call.procedure.text)
        if let arguments = call.arguments {
            put("(")
            put(arguments) { $0.put($1) }
            put(")")
        }
        switch call.yield {
        case .none: break
        case .all: put(" YIELD *")
        case .items(let items):
            put(items.isEmpty ? " YIELD -" : " YIELD ")
            put(items) { printer, item in
                printer.put(item.result)
                printer.put(" AS ")
                printer.put(item.variable)
            }
        }
        put(where: call.predicate)
    }

    // MARK: Changes

    private mutating func put(writing clause: Clause) {
        switch clause {
        case .create(let create):
            put("CREATE ")
            put(create.pattern) { $0.put($1) }
        case .merge(let merge):
            put("MERGE ")
            put(merge.pattern)
            put(" ON CREATE SET ", merge.onCreate)
            put(" ON MATCH SET ", merge.onMatch)
        case .set(let set): put("SET ", set.items)
        case .remove(let remove):
            put("REMOVE ")
            put(remove.items) { printer, item in
                switch item {
                case .property(let target): printer.put(target)
                case .labels(let name, let labels):
                    printer.put(name)
                    printer.put(labels: labels)
                }
            }
        case .delete(let delete):
            put(delete.isDetach ? "DETACH DELETE " : "DELETE ")
            put(delete.expressions) { $0.put($1) }
        case .match, .unwind, .with, .return, .call: break
        }
    }

    private mutating func put(_ word: String, _ items: [SetItem]) {
        guard !items.isEmpty else { return }
        put(word)
        put(items) { printer, item in
            switch item {
            case .property(let target, let value):
                printer.put(target)
                printer.put(" = ")
                printer.put(value)
            case .replace(let name, let value):
                printer.put(name)
                printer.put(" = ")
                printer.put(value)
            case .merge(let name, let value):
                printer.put(name)
                printer.put(" += ")
                printer.put(value)
            case .labels(let name, let labels):
                printer.put(name)
                printer.put(labels: labels)
            }
        }
    }
}
