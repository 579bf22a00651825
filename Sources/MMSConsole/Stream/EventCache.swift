internal import MMSGraph
internal import NIOCore
internal import Resources
internal import Synchronization

/// Events written once for all subscribers that get the same rows of the same entry.
final class EventCache: Sendable {
    private struct Key: Hashable {
        let log: Namespace
        let position: Position
        let rows: [Row]

        struct Row: Hashable {
            let id: Identifier
            let sign: Int
        }
    }

    private struct State {
        var events: [Key: ByteBuffer] = [:]
        var order: [Key] = []
    }

    private let state = Mutex(State())

    /// The event of row changes.
    func event(of changes: RowChanges) -> ByteBuffer {
        if changes.isCoalesced { return Self.encode(changes) }
        let key = Key(
            log: changes.header.log, position: changes.header.position,
            rows: changes.rows.map { Key.Row(id: $0.resource.id, sign: $0.sign) })
        if let known = state.withLock({ $0.events[key] }) { return known }
        let event = Self.encode(changes)
        state.withLock { state in
            if state.order.count >= Limits.cachedEvents.value {
                for old in state.order.prefix(state.order.count / 2) { state.events[old] = nil }
                state.order.removeFirst(state.order.count / 2)
            }
            if state.events.updateValue(event, forKey: key) == nil { state.order.append(key) }
        }
        return event
    }

    private static func encode(_ changes: RowChanges) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeEvent("changes") { writer in
            writer.object { writer in
                writer.member("log", changes.header.log.path)
                writer.member("position", changes.header.position.rawValue)
                writer.member("time", changes.header.time.text)
                writer.member("author", changes.header.author.text)
                writer.member("origin", changes.origin.text)
                if let sensed = changes.sensed { writer.member("sensed", sensed.text) }
                if changes.isCoalesced { writer.member("coalesced", .bool(true)) }
                writer.key("rows")
                writer.array { list in
                    for row in changes.rows {
                        list.object { object in
                            object.member("sign", Int64(row.sign))
                            object.key("resource")
                            object.write(row.resource)
                        }
                    }
                }
            }
        }
        return buffer
    }
}
