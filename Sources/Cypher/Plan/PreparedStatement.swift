internal import Resources

/// A statement with its plan for one graph. It can be run again with other parameters, on a graph
/// of the same content whose names have the same numbers.
public struct PreparedStatement: Sendable {
    let statement: Statement
    let node: PlanNode
    let columns: [String]
    let slots: [Int]
    /// How many slots a row has.
    let width: Int
    let subplans: [PlanNode]
    /// False when the value of a parameter shaped the plan.
    package let isReusable: Bool

    /// The slot of a variable that is bound before the query begins.
    let seed: Int?
    /// What was met before is not needed when the first scan goes on to its next node.
    package let forgets: Bool

    /// Plans a checked statement; `variable` is a node that is bound before it begins.
    package init<Graph: PropertyGraph>(
        _ statement: Statement, parameters: CypherMap, graph: Graph, strategy: Strategy,
        seed variable: String? = nil
    ) throws(CypherError) {
        let values = try statement.values(of: parameters)
        var planner = Planner(
            graph: graph, names: statement.parameters, values: values, strategy: strategy,
            hasWrites: statement.isWriting)
        var scope = Planner<Graph>.Scope()
        seed = variable.map { _ in planner.slot() }
        if let variable { scope.names[variable] = seed }
        let planned = try planner.plan(statement.query, scope, from: .argument)
        self.statement = statement
        node = planned.node
        columns = planned.columns.map(\.name)
        slots = planned.columns.map(\.slot)
        width = planner.slots
        subplans = planner.subplans
        isReusable = !planner.usesValues
        forgets =
            !statement.isWriting && variable == nil && !planner.showsNumbers
            && Holdings.forgets(node, columns: slots, subplans: subplans)
    }
}

extension Statement {
    /// The values of its parameters, in their order.
    func values(of given: CypherMap) throws(CypherError) -> [CypherValue] {
        var values: [CypherValue] = []
        values.reserveCapacity(parameters.count)
        for name in parameters {
            guard let value = given[name] else { throw Self.missing(name) }
            values.append(value)
        }
        return values
    }

    static func missing(_ name: String) -> CypherError {
        CypherError(
            .parameterMissing, .missingParameter, .compileTime,
            "The parameter `$\(name)` has no value; send one with the statement")
    }
}

extension PreparedStatement {
    /// Label and key of the one look-up of an index that all rows come from, for a plan that goes
    /// from there over few links: nothing is gathered or computed between two rows. Nil for every
    /// other plan.
    package var lookup: (label: String, key: String)? {
        guard statement.mode == .run, !statement.isWriting, subplans.isEmpty, seed == nil,
            node.estimateOfAll <= Self.fewRows
        else { return nil }
        var node = node
        while true {
            switch node.step {
            case .project(let assignments):
                guard assignments.allSatisfy(\.code.isPlain) else { return nil }
            case .limit(let count, _):
                guard count.isPlain else { return nil }
            case .filter(let conditions):
                guard conditions.allSatisfy(\.isShort) else { return nil }
            case .expand: break
            case .indexSeek(_, let label, let key, let value):
                guard value.isPlain, node.inputs.count == 1,
                    case .argument = node.inputs[0].step
                else { return nil }
                return (label.name, key.name)
            default: return nil
            }
            guard node.inputs.count == 1 else { return nil }
            node = node.inputs[0]
        }
    }

    /// Rows that all operators of a short plan give together, as far as one knows.
    private static var fewRows: Double { 128 }
}

extension Code {
    /// True when what is there to be read is compared: nothing else is computed.
    fileprivate var isShort: Bool {
        switch self {
        case .hasLabels(let subject, _): subject.isPlain
        case .comparison(_, let left, let right): left.isPlain && right.isPlain
        case .and(let parts), .or(let parts): parts.allSatisfy(\.isShort)
        case .not(let part): part.isShort
        default: isPlain
        }
    }

    /// True when it is there to be read: nothing is computed.
    fileprivate var isPlain: Bool {
        switch self {
        case .constant, .parameter, .slot, .slotProperty: true
        default: false
        }
    }
}
