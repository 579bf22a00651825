internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

extension API {
    /// What everything costs, by namespace and app, with the verdict of each budget.
    func cost(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let reader = try reader(request)
        guard request.caller.mayRead(AppTypes.app.name, .root) else {
            throw forbidden(request.caller, "read", "the cost of /")
        }
        let tree = try reading { () throws(GraphError) in
            CostTree(
                apps: try reader.all("app"), budgets: try reader.all("budget"),
                prices: try reader.all("price"))
        }
        return .json { $0.write(.map(tree.root.value)) }
    }
}

extension CostTree.Node {
    fileprivate var value: ValueMap {
        [
            "namespace": .text(namespace.path), "cost": .map(cost.map),
            "apps": .list(
                apps.map { app in
                    [
                        "app": .text(app.name.text), "cost": .map(app.cost.map),
                        "replicas": .int(Int64(app.replicas)),
                    ]
                }),
            "budgets": .list(
                budgets.map { verdict in
                    [
                        "budget": .text(verdict.budget.text), "part": .text(verdict.part),
                        "isOver": .bool(verdict.isOver), "words": .text(verdict.words),
                        "used": .float(verdict.used), "most": .float(verdict.most),
                        "held": .float(verdict.held),
                    ]
                }),
            "children": .list(children.map { .map($0.value) }),
        ]
    }
}
