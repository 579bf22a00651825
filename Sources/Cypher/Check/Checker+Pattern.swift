extension Checker {
    /// What a pattern is for: which of its variables may be new, and which must be.
    enum PatternUse {
        case match
        case create
        case merge

        var isWriting: Bool { self != .match }
    }

    /// Declares the variables of a pattern and checks its properties.
    mutating func bind(_ parts: [PatternPart], as use: PatternUse) throws(Fault) {
        var relationships: Set<String> = []
        for part in parts {
            try bind(part.start, as: use, isAlone: part.hops.isEmpty)
            for hop in part.hops {
                try bind(hop.relationship, as: use, seen: &relationships)
                try bind(hop.node, as: use, isAlone: false)
            }
            guard let name = part.variable else { continue }
            if scope[name.text] != nil {
                throw alreadyBound(name, "choose another name for the path")
            }
            try declare(name, .path)
        }
        // A MATCH may compare with what it binds itself; CREATE reads from left to right.
        if use == .match {
            for part in parts { try checkProperties(part) }
        }
    }

    private mutating func bind(
        _ node: NodePattern, as use: PatternUse, isAlone: Bool
    ) throws(Fault) {
        if use.isWriting { try checkProperties(node.properties, as: use) }
        guard let name = node.variable else { return }
        guard let type = scope[name.text] else { return try declare(name, .node) }
        guard type.mayBe(.node) else {
            throw use.isWriting && type == .path
                ? alreadyBound(name, "choose another name for the node")
                : conflict(name, type, "a node")
        }
        if use.isWriting, isAlone || !node.labels.isEmpty || node.properties != nil {
            throw alreadyBound(
                name, "to use the node again write (\(name.text)) without labels and properties")
        }
    }

    private mutating func bind(
        _ relationship: RelationshipPattern, as use: PatternUse, seen: inout Set<String>
    ) throws(Fault) {
        if use.isWriting { try checkCreated(relationship, as: use) }
        guard let name = relationship.variable else { return }
        let wanted: StaticType = relationship.length == nil ? .relationship : .list(.relationship)
        let isRepeated = !seen.insert(name.text).inserted
        guard let type = scope[name.text] else { return try declare(name, wanted) }
        if use.isWriting { throw alreadyBound(name, "a new relationship needs a new name") }
        guard type.mayBe(wanted) else { throw conflict(name, type, wanted.name) }
        if isRepeated {
            throw Fault(
                .relationshipUniquenessViolation, at: name.at,
                "Relationship `\(name.text)` stands twice in one pattern, which matches each "
                    + "relationship once: use another name, or another MATCH")
        }
    }

    private func conflict(_ name: Name, _ type: StaticType, _ wanted: String) -> Fault {
        Fault(
            .variableTypeConflict, at: name.at,
            "Variable `\(name.text)` is \(type.name) and cannot be \(wanted) too: "
                + "choose another name")
    }

    private mutating func checkCreated(
        _ relationship: RelationshipPattern, as use: PatternUse
    ) throws(Fault) {
        let verb = use == .create ? "CREATE" : "MERGE"
        if relationship.length != nil {
            throw Fault(
                .creatingVarLength, at: relationship.at,
                "\(verb) makes relationships one by one: leave out the `*`")
        }
        if relationship.types.count != 1 {
            throw Fault(
                .noSingleRelationshipType, at: relationship.at,
                "\(verb) needs exactly one type for a relationship, such as -[:KNOWS]->")
        }
        if use == .create, relationship.direction == .either {
            throw Fault(
                .requiresDirectedRelationship, at: relationship.at,
                "CREATE needs a direction for a relationship: --> or <--")
        }
        try checkProperties(relationship.properties, as: use)
    }

    /// The properties of a pattern that is looked for.
    mutating func checkProperties(_ part: PatternPart) throws(Fault) {
        try checkProperties(part.start.properties, as: .match)
        for hop in part.hops {
            try checkProperties(hop.relationship.properties, as: .match)
            try checkProperties(hop.node.properties, as: .match)
        }
    }

    private mutating func checkProperties(
        _ properties: Expression?, as use: PatternUse
    ) throws(Fault) {
        guard let properties else { return }
        if case .parameter(let name) = properties.kind, use != .create {
            throw Fault(
                .invalidParameterUse, at: properties.at,
                "a parameter cannot stand for all properties here: write them out, "
                    + "such as {id: $\(name.text).id}")
        }
        _ = try type(of: properties, aggregation: .forbidden("in a pattern"))
    }

    /// A pattern as a predicate binds nothing.
    mutating func checkBound(_ part: PatternPart) throws(Fault) {
        for name in part.names where scope[name.text] == nil {
            throw undefined(name.text, at: name.at)
        }
        for node in part.nodes {
            if let name = node.variable, let type = scope[name.text], !type.mayBe(.node) {
                throw conflict(name, type, "a node")
            }
        }
        for hop in part.hops {
            guard let name = hop.relationship.variable, let type = scope[name.text] else {
                continue
            }
            let wanted: StaticType =
                hop.relationship.length == nil ? .relationship : .list(.relationship)
            if !type.mayBe(wanted) { throw conflict(name, type, wanted.name) }
        }
        try checkProperties(part)
    }
}
