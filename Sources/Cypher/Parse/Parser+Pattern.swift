extension Parser {
    /// Paths with commas between them.
    mutating func pattern() throws(Fault) -> [PatternPart] {
        var parts: [PatternPart] = []
        repeat { parts.append(try patternPart()) } while accept(.comma)
        return parts
    }

    /// A path, perhaps named.
    mutating func patternPart() throws(Fault) -> PatternPart {
        let at = at
        var variable: Name?
        if isName(), isAt(.equal, ahead: 1) {
            variable = try name("a variable")
            advance()
        }
        return try path(variable: variable, at: at)
    }

    private mutating func path(variable: Name?, at: SourceOffset) throws(Fault) -> PatternPart {
        if isAt(.openParen, ahead: 1), isAt(.shortestPath) || isAt(.allShortestPaths) {
            let shape: PatternPart.Shape =
                isAt(.shortestPath) ? .shortestPath : .allShortestPaths
            advance()
            advance()
            let part = try chain(variable: variable, shape: shape, at: at)
            try expect(.closeParen, " after the path of \(shape.rawValue)")
            guard part.hops.count == 1 else {
                throw Fault(
                    .unexpectedSyntax, at: part.at,
                    "\(shape.rawValue) takes one relationship between two nodes, "
                        + "such as (a)-[*]-(b)")
            }
            return part
        }
        // A path may stand in parentheses of its own.
        if isAt(.openParen), isAt(.openParen, ahead: 1) {
            try enter()
            defer { leave() }
            advance()
            let part = try path(variable: variable, at: at)
            try expect(.closeParen, " after the path")
            return part
        }
        return try chain(variable: variable, shape: .path, at: at)
    }

    private mutating func chain(
        variable: Name?, shape: PatternPart.Shape, at: SourceOffset
    ) throws(Fault) -> PatternPart {
        let start = try nodePattern()
        var hops: [Hop] = []
        while isAt(.minus) || isAt(.less) {
            try countHop()
            let relationship = try relationshipPattern()
            hops.append(Hop(relationship: relationship, node: try nodePattern()))
        }
        return PatternPart(variable: variable, shape: shape, start: start, hops: hops, at: at)
    }

    private mutating func nodePattern() throws(Fault) -> NodePattern {
        let at = at
        try expect(.openParen, " and a node")
        let variable = isName() ? try name("a variable") : nil
        var labels: [Name] = []
        while accept(.colon) { labels.append(try name("a label")) }
        let properties = try patternProperties()
        if !accept(.closeParen) {
            if isAt(.bar) {
                throw unexpected("`)`", hint: "test for either label with WHERE n:A OR n:B")
            }
            throw unexpected(
                properties == nil ? "a label, properties in braces, or `)`" : "`)`")
        }
        return NodePattern(variable: variable, labels: labels, properties: properties, at: at)
    }

    private mutating func patternProperties() throws(Fault) -> Expression? {
        isAt(.openBrace) || isAt(.dollar) ? try atom() : nil
    }

    private mutating func relationshipPattern() throws(Fault) -> RelationshipPattern {
        let at = at
        let pointsLeft = accept(.less)
        try expect(.minus, " of a relationship")
        var inside: RelationshipPattern?
        if accept(.openBracket) {
            inside = try relationshipDetail(at: at)
            try expect(.closeBracket, " of the relationship")
        }
        try expect(.minus, " of a relationship")
        let pointsRight = accept(.greater)
        let direction: RelationshipPattern.Direction =
            pointsLeft == pointsRight ? .either : pointsLeft ? .incoming : .outgoing
        return RelationshipPattern(
            variable: inside?.variable, types: inside?.types ?? [], direction: direction,
            length: inside?.length, properties: inside?.properties, at: at)
    }

    /// What stands between the brackets.
    private mutating func relationshipDetail(
        at: SourceOffset
    ) throws(Fault) -> RelationshipPattern {
        let variable = isName() ? try name("a variable") : nil
        var types: [Name] = []
        if accept(.colon) {
            repeat {
                // Older texts repeat the colon: [:A|:B].
                if !types.isEmpty { _ = accept(.colon) }
                types.append(try name("a relationship type"))
            } while accept(.bar)
        }
        let length = try hopRange()
        let properties = try patternProperties()
        return RelationshipPattern(
            variable: variable, types: types, direction: .either, length: length,
            properties: properties, at: at)
    }

    private mutating func hopRange() throws(Fault) -> HopRange? {
        let at = at
        if isAt(.dots) || isInteger {
            throw invalidRange("a number of hops needs a `*` before it, such as *1..3")
        }
        guard accept(.star) else { return nil }
        let least = try hopBound()
        if accept(.dots) {
            return HopRange(least: least, most: try hopBound(), at: at)
        }
        if isAt(.minus) { throw invalidRange("a number of hops cannot be negative") }
        return HopRange(least: least, most: least, at: at)
    }

    private var isInteger: Bool { kind == .integer }

    private mutating func hopBound() throws(Fault) -> Int64? {
        if isAt(.minus) { throw invalidRange("a number of hops cannot be negative") }
        if kind == .float { throw invalidRange("a number of hops is an integer") }
        guard isInteger else { return nil }
        let magnitude = try integerMagnitude()
        guard magnitude <= UInt64(Int64.max) else { throw integerOverflow(tokens[index - 1]) }
        return Int64(magnitude)
    }

    private func invalidRange(_ message: String) -> Fault {
        Fault(.invalidRelationshipPattern, at: at, message)
    }
}
