extension Printer {
    mutating func put(compound expression: Expression) {
        switch expression.kind {
        case .conditional(let conditional): put(conditional)
        case .listComprehension(let inner):
            put("[")
            put(inner.variable)
            put(" IN ")
            put(inner.list)
            put(where: inner.predicate)
            if let result = inner.result {
                put(" | ")
                put(result)
            }
            put("]")
        case .patternComprehension(let inner):
            put("[")
            put(inner.pattern)
            put(where: inner.predicate)
            put(" | ")
            put(inner.result)
            put("]")
        case .quantifier(let inner):
            put("\(inner.kind.rawValue)(")
            put(inner.variable)
            put(" IN ")
            put(inner.list)
            put(where: inner.predicate)
            put(")")
        case .reduce(let reduction): put(reduction)
        case .pattern(let part): put(part)
        case .exists(let body): put(body)
        case .mapProjection(let name, let items):
            put(name)
            put(" {")
            put(items) { $0.put($1) }
            put("}")
        default: put(expression)
        }
    }

    mutating func put(where predicate: Expression?) {
        guard let predicate else { return }
        put(" WHERE ")
        put(predicate)
    }

    private mutating func put(_ conditional: ConditionalExpression) {
        put("CASE")
        if let subject = conditional.subject {
            put(" ")
            put(subject)
        }
        for branch in conditional.branches {
            put(" WHEN ")
            put(branch.when)
            put(" THEN ")
            put(branch.then)
        }
        if let otherwise = conditional.otherwise {
            put(" ELSE ")
            put(otherwise)
        }
        put(" END")
    }

    private mutating func put(_ reduction: Reduction) {
        put("reduce(")
        put(reduction.accumulator)
        put(" = ")
        put(reduction.initial)
        put(", ")
        put(reduction.variable)
        put(" IN ")
        put(reduction.list)
        put(" | ")
        put(reduction.result)
        put(")")
    }

    private mutating func put(_ body: ExistsBody) {
        put("EXISTS { ")
        switch body {
        case .pattern(let parts, let predicate):
            put(parts) { $0.put($1) }
            put(where: predicate)
        case .query(let query): put(query)
        }
        put(" }")
    }

    private mutating func put(_ item: MapProjectionItem) {
        switch item {
        case .property(let key):
            put(".")
            put(key)
        case .entry(let entry): put(entry)
        case .variable(let name): put(name)
        case .all: put(".*")
        }
    }

    // MARK: Patterns

    mutating func put(_ part: PatternPart) {
        if let variable = part.variable {
            put(variable)
            put(" = ")
        }
        if part.shape != .path { put("\(part.shape.rawValue)(") }
        put(part.start)
        for hop in part.hops {
            put(hop.relationship)
            put(hop.node)
        }
        if part.shape != .path { put(")") }
    }

    private mutating func put(_ node: NodePattern) {
        put("(")
        if let variable = node.variable { put(variable) }
        put(labels: node.labels)
        put(properties: node.properties, isAlone: node.variable == nil && node.labels.isEmpty)
        put(")")
    }

    private mutating func put(properties: Expression?, isAlone: Bool) {
        guard let properties else { return }
        if !isAlone { put(" ") }
        put(properties)
    }

    private mutating func put(_ relationship: RelationshipPattern) {
        put(relationship.direction == .incoming ? "<-" : "-")
        let isEmpty =
            relationship.variable == nil && relationship.types.isEmpty
            && relationship.length == nil && relationship.properties == nil
        if !isEmpty {
            put("[")
            if let variable = relationship.variable { put(variable) }
            if !relationship.types.isEmpty { put(":") }
            put(relationship.types, separator: "|") { $0.put($1) }
            if let length = relationship.length { put(length) }
            put(properties: relationship.properties, isAlone: false)
            put("]")
        }
        put(relationship.direction == .outgoing ? "->" : "-")
    }

    private mutating func put(_ range: HopRange) {
        switch (range.least, range.most) {
        case (nil, nil): put("*")
        case (let least?, let most?) where least == most: put("*\(least)")
        case (let least, let most):
            put("*" + (least.map { "\($0)" } ?? "") + ".." + (most.map { "\($0)" } ?? ""))
        }
    }
}
