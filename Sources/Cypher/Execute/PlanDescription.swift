/// A plan for people: what EXPLAIN and PROFILE show.
package struct PlanDescription: Sendable {
    /// The operator, such as `NodeByLabelScan`.
    package let name: String
    /// What it works on, such as `n:Process`.
    package let detail: String
    package let estimatedRows: Double
    /// What a PROFILE counted; nil for EXPLAIN.
    package let rows: Int?
    package let hits: Int?
    package let children: [PlanDescription]

    init(_ node: PlanNode, graph: some PropertyGraph, profile: Profile?) {
        var number = 0
        self.init(node, profile, &number)
    }

    private init(_ node: PlanNode, _ profile: Profile?, _ number: inout Int) {
        name = node.step.name
        detail = node.step.detail
        estimatedRows = node.estimate
        let mine = number
        number += 1
        rows = profile.map { mine < $0.rows.count ? $0.rows[mine] : 0 }
        hits = profile.map { mine < $0.hits.count ? $0.hits[mine] : 0 }
        var below: [PlanDescription] = []
        for input in node.inputs { below.append(PlanDescription(input, profile, &number)) }
        children = below
    }

    /// One line an operator, the last first.
    package var text: String { lines(depth: 0).joined(separator: "\n") }

    private func lines(depth: Int) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        var line = indent + "+ " + name
        if !detail.isEmpty { line += " " + detail }
        line += "  (about \(Int(min(estimatedRows.rounded(), 1e15))) rows"
        if let rows, let hits { line += ", \(rows) rows, \(hits) hits" }
        return [line + ")"] + children.flatMap { $0.lines(depth: depth + 1) }
    }
}

extension PlanStep {
    /// The operator's name, as Neo4j's users know it where there is one.
    var name: String {
        switch self {
        case .argument: "Argument"
        case .allNodes: "AllNodesScan"
        case .labelScan: "NodeByLabelScan"
        case .indexSeek: "NodeIndexSeek"
        case .indexRange: "NodeIndexSeekByRange"
        case .expand(let expand): expand.isInto ? "Expand(Into)" : "Expand(All)"
        case .expandVariable(let walk):
            walk.hop.isInto ? "VarLengthExpand(Into)" : "VarLengthExpand(All)"
        case .shortestPath: "ShortestPath"
        case .ends: "ProjectEndpoints"
        case .filter: "Filter"
        case .project: "Projection"
        case .optional: "OptionalApply"
        case .unwind: "Unwind"
        case .sort(let sort): sort.bounds.isEmpty ? "Sort" : "Top"
        case .skip: "Skip"
        case .limit: "Limit"
        case .distinct: "Distinct"
        case .aggregate(let aggregation):
            aggregation.keys.isEmpty ? "Aggregation" : "GroupingAggregation"
        case .union: "Union"
        case .create: "Create"
        case .merge: "Merge"
        case .set: "SetProperties"
        case .delete: "Delete"
        case .procedure: "ProcedureCall"
        }
    }

    /// What it works on.
    var detail: String {
        switch self {
        case .labelScan(_, let label): ":" + label.name
        case .indexSeek(_, let label, let key, _): ":\(label.name)(\(key.name)) = …"
        case .indexRange(let range): ":\(range.label.name)(\(range.key.name)) in a range"
        case .expand(let expand), .ends(let expand, _, _): expand.detail
        case .expandVariable(let walk): walk.detail
        case .shortestPath(let shortest): (shortest.isAll ? "all " : "") + shortest.walk.detail
        case .filter(let codes): codes.count == 1 ? "1 condition" : "\(codes.count) conditions"
        case .project(let items): items.map(\.name).joined(separator: ", ")
        case .sort(let sort):
            sort.keys.map { $0.name + ($0.isDescending ? " DESC" : "") }
                .joined(separator: ", ")
        case .aggregate(let aggregation):
            (aggregation.keys.map(\.name) + aggregation.aggregates.map(\.name))
                .joined(separator: ", ")
        case .procedure(let procedure, _, _): procedure.rawValue
        case .argument, .allNodes, .optional, .unwind, .skip, .limit, .distinct, .union,
            .create, .merge, .set, .delete:
            ""
        }
    }
}

extension Expand {
    var detail: String {
        var text = ""
        if case .some(let names) = types {
            text = ":" + names.map(\.name).joined(separator: "|")
        }
        return switch direction {
        case .out: "-[\(text)]->"
        case .in: "<-[\(text)]-"
        case .both: "-[\(text)]-"
        }
    }
}

extension VariableExpand {
    var detail: String { "\(hop.detail) \(least)..\(most.map(String.init) ?? "")" }
}
