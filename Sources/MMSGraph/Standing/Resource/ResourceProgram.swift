internal import Cypher
internal import Resources

/// The common form of a statement of class A, made to run on a resource without a plan:
/// conditions that compare its properties with constants, and items that are the resource or its
/// properties. One program serves all who give the statement other parameters.
final class ResourceProgram: Sendable {
    let labels: [String]
    let conditions: [Condition]
    let items: [Item]

    /// A condition whose evaluation cannot fail.
    indirect enum Condition: Sendable {
        case compare(ComparisonOperator, Term, Term)
        case isOneOf(Term, [Term])
        case isNull(Term)
        case hasLabels([String])
        case and([Condition])
        case or([Condition])
        case not(Condition)
    }

    enum Term: Sendable {
        case constant(CypherValue)
        /// The place of a parameter among those of the statement.
        case parameter(Int)
        case property(String)
    }

    enum Item: Sendable {
        case resource
        case property(String)
    }

    /// nil when the statement has another form, which takes a plan.
    init?(_ statement: Statement) {
        guard let part = statement.query.patternParts.first,
            let variable = part.start.variable?.text,
            let compiled = Compiler(variable: variable, parameters: statement.parameters)
                .compile(statement, part.start)
        else { return nil }
        labels = part.start.labels.map(\.text)
        (conditions, items) = compiled
    }

    /// A part of a resource that must equal a value for its row to be there.
    var anchors: [(key: String, term: Term)] {
        conditions.compactMap { condition in
            switch condition {
            case .compare(.equal, .property(let key), let term),
                .compare(.equal, let term, .property(let key)):
                (key, term)
            case .compare, .isOneOf, .isNull, .hasLabels, .and, .or, .not: nil
            }
        }
    }
}

/// Reads the parts of a statement that a program can have.
private struct Compiler {
    let variable: String
    let parameters: [String]

    typealias Condition = ResourceProgram.Condition
    typealias Term = ResourceProgram.Term

    func compile(
        _ statement: Statement, _ node: NodePattern
    ) -> (conditions: [Condition], items: [ResourceProgram.Item])? {
        var conditions: [Condition] = []
        var items: [ResourceProgram.Item] = []
        if let properties = node.properties {
            guard case .map(let entries) = properties.kind else { return nil }
            for entry in entries {
                guard let term = term(entry.value) else { return nil }
                conditions.append(.compare(.equal, .property(entry.key.text), term))
            }
        }
        for clause in statement.query.first.clauses {
            if case .match(let match) = clause, let predicate = match.predicate {
                guard let condition = condition(predicate) else { return nil }
                if case .and(let parts) = condition {
                    conditions += parts
                } else {
                    conditions.append(condition)
                }
            }
            guard case .return(let projection) = clause else { continue }
            for item in projection.expandedItems {
                guard let item = self.item(item.expression) else { return nil }
                items.append(item)
            }
        }
        return (conditions, items)
    }

    private func item(_ expression: Expression) -> ResourceProgram.Item? {
        if case .variable(variable) = expression.kind { return .resource }
        guard case .property(let key)? = term(expression) else { return nil }
        return .property(key)
    }

    private func condition(_ expression: Expression) -> Condition? {
        switch expression.kind {
        case .and(let parts): return conditions(parts).map { .and($0) }
        case .or(let parts): return conditions(parts).map { .or($0) }
        case .unary(.not, let operand): return condition(operand).map { .not($0) }
        case .isNull(let subject): return term(subject).map { .isNull($0) }
        case .isNotNull(let subject): return term(subject).map { .not(.isNull($0)) }
        case .comparison(let first, let links):
            guard let conditions = comparisons(first, links) else { return nil }
            return conditions.count == 1 ? conditions[0] : .and(conditions)
        case .binary(.isIn, let subject, let list):
            guard case .list(let items) = list.kind, let term = term(subject) else { return nil }
            let terms = items.compactMap(self.term)
            return terms.count == items.count ? .isOneOf(term, terms) : nil
        case .hasLabels(let subject, let labels):
            guard case .variable(variable) = subject.kind else { return nil }
            return .hasLabels(labels.map(\.text))
        default: return nil
        }
    }

    private func conditions(_ parts: [Expression]) -> [Condition]? {
        let conditions = parts.compactMap(condition)
        return conditions.count == parts.count ? conditions : nil
    }

    private func comparisons(
        _ first: Expression, _ links: [ComparisonLink]
    ) -> [Condition]? {
        var left = term(first)
        var conditions: [Condition] = []
        for link in links {
            guard let known = left, let right = term(link.operand) else { return nil }
            conditions.append(.compare(link.comparison, known, right))
            left = right
        }
        return conditions
    }

    private func term(_ expression: Expression) -> Term? {
        switch expression.kind {
        case .literal(let literal): return .constant(CypherValue(literal))
        case .parameter(let name):
            return parameters.firstIndex(of: name.text).map { .parameter($0) }
        case .property(let subject, let key):
            guard case .variable(variable) = subject.kind else { return nil }
            return .property(key.text)
        default: return nil
        }
    }
}

extension CypherValue {
    fileprivate init(_ literal: Literal) {
        self =
            switch literal {
            case .null: .null
            case .boolean(let value): .boolean(value)
            case .integer(let value): .integer(value)
            case .float(let value): .float(value)
            case .string(let value): .string(value)
            }
    }
}
