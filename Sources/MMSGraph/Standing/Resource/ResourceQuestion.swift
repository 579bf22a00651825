internal import Cypher
internal import Resources

/// A standing statement of class A: which resources may have a row, and the row of one. Shared by
/// all who follow the same statement with the same parameters.
final class ResourceQuestion: Sendable {
    /// Kept only where there is no program, for its tree is large.
    private let plan: (statement: Statement, parameters: CypherMap, options: QueryOptions)?
    /// What a feed looks changes up by: at least all resources that have a row.
    let followed: Followed

    init(
        _ statement: Statement, _ program: ResourceProgram?, _ parameters: CypherMap,
        within scope: Namespace, options: QueryOptions
    ) {
        plan = program == nil ? (statement, parameters, options) : nil
        let filter = program.map { program in
            ResourceFilter(
                program: program,
                parameters: statement.parameters.map { parameters[$0] ?? .null })
        }
        let labels = Set(statement.query.patternParts.flatMap { $0.start.labels.map(\.text) })
        var selection = Selection(
            labels.count == 1 ? labels.first.flatMap(Labels.type) : nil, scope: .subtree(scope))
        selection.predicate = filter.flatMap(Self.anchor)
        followed = Followed(selection: selection, filter: filter)
    }

    /// A text that a property must equal, for the feed's index and for the store's.
    private static func anchor(_ filter: ResourceFilter) -> Predicate? {
        for (key, term) in filter.program.anchors {
            let value: CypherValue
            switch term {
            case .constant(let constant): value = constant
            case .parameter(let place): value = filter.parameters[place]
            case .property: continue
            }
            guard case .string(let text) = value else { continue }
            return .compare(.property(key), .equal, .text(text))
        }
        return nil
    }

    /// The row of a resource; nil when it has none.
    func row(of resource: Resource?) throws(CypherError) -> [CypherValue]? {
        guard let resource else { return nil }
        if let filter = followed.filter {
            return filter.holds(for: resource) ? filter.row(of: resource) : nil
        }
        guard let plan else { return nil }
        var query = try Query(
            plan.statement, parameters: plan.parameters, graph: SoloGraph(resource),
            options: plan.options)
        return try query.next()?.map(\.settled)
    }
}

extension Labels {
    /// The type that a label names; nil when several could, because digits hide where a hyphen was.
    static func type(of label: String) -> TypeName? {
        var text = ""
        for character in label.unicodeScalars {
            guard ("a"..."z").contains(character) || ("A"..."Z").contains(character) else {
                return nil
            }
            if ("A"..."Z").contains(character), !text.isEmpty { text += "-" }
            text += character.properties.lowercaseMapping
        }
        guard let type = try? TypeName(text), self.label(of: type) == label else { return nil }
        return type
    }
}
