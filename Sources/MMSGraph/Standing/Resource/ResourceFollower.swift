internal import Cypher
internal import Resources
internal import Synchronization

/// One who follows a statement of class A: a subscriber of the feed whose resources become rows
/// when they are taken, on the reader's thread.
final class ResourceFollower<Store: OrderedStore>: Sendable {
    let subscriber: Subscriber<Store>
    private let question: ResourceQuestion
    private let state: Mutex<State>

    private struct State {
        var isReset: Bool
        var isOver = false
    }

    init(_ subscriber: Subscriber<Store>, _ question: ResourceQuestion, isReset: Bool) {
        self.subscriber = subscriber
        self.question = question
        state = Mutex(State(isReset: isReset))
    }

    func take(_ maximum: Int) -> [StandingDelivery] {
        state.withLock { state in
            if state.isOver { return [] }
            if state.isReset {
                state.isReset = false
                return [.reset]
            }
            // What had no row here must not look like an empty queue.
            while true {
                let deliveries = subscriber.take(maximum: maximum)
                if deliveries.isEmpty { return [] }
                var taken: [StandingDelivery] = []
                do throws(Refusal) {
                    for delivery in deliveries {
                        if let made = try self.delivery(delivery) { taken.append(made) }
                    }
                } catch {
                    state.isOver = true
                    return taken + [.gone(error)]
                }
                if !taken.isEmpty { return taken }
            }
        }
    }

    private func delivery(_ delivery: Delivery) throws(Refusal) -> StandingDelivery? {
        switch delivery {
        case .row(let resource):
            guard let values = try row(of: resource) else { return nil }
            return .row(StandingRow(key: resource.id.description, values: values))
        case .changes(let changes):
            var rows: [RowChange] = []
            for net in changes.rows.net {
                let (old, new) = (try row(of: net.old), try row(of: net.new))
                if let row = RowChange(net.id.description, old, new) { rows.append(row) }
            }
            guard !rows.isEmpty else { return nil }
            return .changes(
                StandingChanges(
                    header: changes.header, origin: changes.origin, sensed: changes.sensed,
                    rows: rows.flatMap(\.signed), isCoalesced: changes.isCoalesced,
                    bookmark: changes.bookmark))
        case .bookmark(let bookmark): return .bookmark(bookmark)
        case .gone(let refusal): return .gone(refusal)
        }
    }

    private func row(of resource: Resource?) throws(Refusal) -> [CypherValue]? {
        do throws(CypherError) { return try question.row(of: resource) } catch {
            throw Refusal(standing: error)
        }
    }
}

extension [SignedRow] {
    /// The version of each resource that left first and the one that is there in the end.
    fileprivate var net: [(id: Identifier, old: Resource?, new: Resource?)] {
        var net: [(id: Identifier, old: Resource?, new: Resource?)] = []
        var places: [Identifier: Int] = [:]
        for row in self {
            let id = row.resource.id
            let version = row.sign > 0 ? row.resource : nil
            if let place = places[id] {
                net[place].new = version
            } else {
                places[id] = net.count
                net.append((id, row.sign < 0 ? row.resource : nil, version))
            }
        }
        return net
    }
}
