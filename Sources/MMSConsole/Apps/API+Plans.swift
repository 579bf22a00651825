internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import Synchronization
internal import ZeroProcs

/// Plans that were shown and may be committed, the newest first; bounded.
final class PlanShelf: Sendable {
    private let plans = Mutex<[(address: String, plan: Plan)]>([])

    func put(_ plan: Plan, for address: String) {
        plans.withLock { plans in
            plans.insert((address, plan), at: 0)
            if plans.count > Limits.keptPlans.value { plans.removeLast() }
        }
    }

    /// The plan for an app made at a position; nil when it was forgotten or never made.
    func plan(for address: String, at position: Position) -> Plan? {
        plans.withLock { plans in
            plans.first { $0.address == address && $0.plan.parent.position == position }?.plan
        }
    }
}

extension API {
    /// Plans the app that a request applies; with `commit`, carries out the plan of that position,
    /// if all that it depends on is still as it was.
    func plan(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let asked = try CommandRequest(request.body)
        guard asked.commands.count == 1, case .apply(let draft) = asked.commands[0],
            draft.type == AppTypes.app.name
        else { throw malformed("plan", "is for one app: one apply of a resource of type app") }
        let place = try namespace(request)
        let namespace = draft.namespace ?? place ?? .root
        let address = "\(namespace.path)|\(draft.name)"
        if let text = request["commit"] {
            return try commit(text, address, draft, request, asked.reason)
        }
        let snapshot = try reading { () throws(GraphError) in
            try PlanSnapshot(
                try node.circle.graph.reader(), position: node.circle.graph.applied(.root))
        }
        let id = entropy.identifier(at: clock.now)
        let plan = try Planner(snapshot).plan(
            .declare(draft.data, id: id), app: draft.name, in: namespace, now: clock.now)
        plans.put(plan, for: address)
        return .json { $0.write(.map(plan.value)) }
    }

    private func commit(
        _ text: String, _ address: String, _ draft: RequestedDraft, _ request: HTTPRequest,
        _ reason: String?
    ) throws(Refusal) -> HTTPReply {
        guard let position = UInt64(text.drop { $0 == "@" }) else {
            throw malformed("commit \(printable(text))", "must be the position of a plan")
        }
        guard let plan = plans.plan(for: address, at: Position(position)),
            plan.command.data == draft.data
        else {
            throw Refusal(
                .notFound, filter: "plan", subject: "app/\(draft.name) at @\(position)",
                reason: "there is no such plan here, or it was for another file",
                remedy: "make it again with pisces app plan")
        }
        var proposal = Proposal(
            caller: request.caller,
            batch: Batch([plan.command], reason: reason ?? "plan of @\(position)"), time: clock.now)
        proposal.parent = plan.parent
        let receipt = try node.circle.propose(proposal).get()
        return .json { $0.object { $0.member("position", receipt.position.rawValue) } }
    }
}

extension Command {
    fileprivate var data: ValueMap? {
        switch self {
        case .create(let draft): draft.data
        case .update(let update): update.data
        case .delete: nil
        }
    }
}

extension Plan {
    fileprivate var value: ValueMap {
        var map: ValueMap = [
            "parent": .int(Int64(clamping: parent.position.rawValue)),
            "changes": .list(changes.map { .map($0.value) }),
            "placements": .list(placements.map { .map($0.value) }),
            "services": .list(
                services.map { service in
                    [
                        "name": .text(service.name.text), "listen": .text(service.listen),
                        "host": .text(service.host),
                    ]
                }),
            "costBefore": .map(costBefore.map), "costAfter": .map(costAfter.map),
            "budgets": .list(
                verdicts.map { verdict in
                    [
                        "budget": .text(verdict.budget.text), "part": .text(verdict.part),
                        "words": .text(verdict.words), "isOver": .bool(verdict.isOver),
                    ]
                }),
            "unavailable": .list(unavailable.map { .text($0.words) }),
            "unplaced": .list(
                unplaced.map { one in
                    [
                        "task": .text(one.task.text),
                        "reasons": .list(one.reasons.map(Value.text)),
                    ]
                }),
            "waiting": .list(waiting.map(Value.text)),
            "variants": .list(variants.map { .map($0.value) }),
        ]
        map["refusal"] = refusal.map { .text($0.message) }
        return map
    }
}

extension Plan.Change {
    fileprivate var value: ValueMap {
        [
            "action": .text(action.rawValue), "type": .text(type.text), "name": .text(name.text),
            "fields": .list(fields.map(Value.text)),
        ]
    }
}

extension Plan.Variant {
    fileprivate var value: ValueMap {
        [
            "readyAfter": .int(readyAfter), "changes": .list(changes.map { .map($0.value) }),
            "placements": .list(placements.map { .map($0.value) }),
        ]
    }
}

extension Plan.Placement {
    fileprivate var value: ValueMap {
        var map: ValueMap = [
            "task": .text(task.text), "component": .text(component), "machine": .text(machine),
            "ports": .map(SortedMap(ports.entries.map { ($0.key, .int(Int64($0.value))) })),
            "reason": .text(reason),
        ]
        map["before"] = before.map(Value.text)
        return map
    }
}
