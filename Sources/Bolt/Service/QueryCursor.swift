public import Cypher
internal import Resources

/// The rows of a query of the language, over any graph.
public struct QueryCursor<Graph: PropertyGraph>: BoltCursor {
    private var query: Query<Graph>
    private let interruption: Interruption
    /// Called with the graph as it is after the last row of a query that changes it.
    private let changed: ((Graph) -> Void)?

    /// Rows of a query whose clock is `watched(_:_:)`, so that it can be interrupted.
    public init(
        _ query: Query<Graph>, _ interruption: Interruption, changed: ((Graph) -> Void)? = nil
    ) {
        self.query = query
        self.interruption = interruption
        self.changed = changed
    }

    public var columns: [String] { query.columns }
    public var writes: Bool { query.hasWrites }

    public mutating func next() throws(BoltError) -> [CypherValue]? {
        do throws(CypherError) {
            if let row = try query.next() { return row }
        } catch {
            if error.detail == .turnLimit { throw .outOfTurn }
            throw interruption.isRaised ? .interrupted : BoltError(error)
        }
        if query.hasWrites, query.mode != .explain { changed?(query.graph) }
        return nil
    }

    public func summary() -> Summary {
        let kind = query.hasWrites ? query.columns.isEmpty ? "w" : "rw" : "r"
        switch query.mode {
        case .run: return Summary(kind: kind)
        case .explain: return Summary(kind: kind, plan: CypherMap(plan: query.explanation))
        case .profile: return Summary(kind: kind, profile: CypherMap(plan: query.explanation))
        }
    }
}

extension QueryOptions {
    /// These options for one statement: its client may interrupt it and shorten its time.
    public func watched(by interruption: Interruption, timeout: Int64?) -> QueryOptions {
        var options = self
        options.nodes = interruption.allowance
        if let timeout, timeout > 0 { options.milliseconds = min(milliseconds, Int(timeout)) }
        guard let clock else { return options }
        // An interrupted query is out of time: the executor looks at its clock, and only there.
        options.clock = { interruption.isRaised ? Ticks(nanoseconds: .max / 2) : clock() }
        return options
    }
}

extension CypherMap {
    /// A plan as Bolt tells it; with rows and hits it is a profile.
    fileprivate init(plan: PlanDescription) {
        self.init()
        self["operatorType"] = .string(plan.name)
        var arguments = CypherMap()
        if !plan.detail.isEmpty { arguments["Details"] = .string(plan.detail) }
        arguments["EstimatedRows"] = .float(plan.estimatedRows)
        if let rows = plan.rows, let hits = plan.hits {
            arguments["Rows"] = .integer(Int64(rows))
            arguments["DbHits"] = .integer(Int64(hits))
            self["rows"] = .integer(Int64(rows))
            self["dbHits"] = .integer(Int64(hits))
        }
        self["args"] = .map(arguments)
        self["identifiers"] = .list([])
        self["children"] = .list(plan.children.map { .map(CypherMap(plan: $0)) })
    }
}
