internal import Host
internal import MMSGraph
internal import NIOCore
internal import Node
internal import Resources
internal import Synchronization
internal import ZeroProcs

extension API {
    /// Streams the changes of what a request selects, after a snapshot or a bookmark.
    func subscribe(_ request: HTTPRequest, _ responder: Responder) {
        do throws(Refusal) {
            guard let type = request["type"] else {
                throw malformed("type", "is missing: name the type to watch")
            }
            let selection = try selection(request, type: type)
            guard request.caller.mayRead(selection.scope.namespace) else {
                throw Refusal(
                    .forbidden, filter: "permission", subject: "\(request.caller.identity)",
                    reason: "may not read \(selection.scope.namespace)",
                    remedy: "name a namespace the token is for")
            }
            let stream = SubscriptionStream(
                responder: responder, feed: node.feed, cache: events)
            stream.attach(
                try node.feed.subscribe(selection, from: try start(request)) { [weak stream] in
                    stream?.wake()
                })
            responder.begin(stream)
        } catch {
            responder.send(.problem(error))
        }
    }

    private func start(_ request: HTTPRequest) throws(Refusal) -> ChangeFeed<RocksStore>.Start {
        switch request["from"] ?? "snapshot" {
        case "now": .now
        case "snapshot": .snapshot
        case let text: .bookmark(try Bookmark(text: text))
        }
    }
}

/// One subscription on its way to a browser or program. Writes while the peer reads; what it does
/// not read waits in the feed, which folds it or ends it, and never slows anyone else.
final class SubscriptionStream: EventStream {
    private let responder: Responder
    private let feed: ChangeFeed<RocksStore>
    private let cache: EventCache
    private let subscriber = Mutex<Subscriber<RocksStore>?>(nil)
    /// When it wrote last, and whether a later write is planned. Touched on the loop only.
    private let pace = Mutex(Pace())

    private struct Pace {
        var next = NIODeadline.uptimeNanoseconds(0)
        var isPlanned = false
    }

    init(responder: Responder, feed: ChangeFeed<RocksStore>, cache: EventCache) {
        self.responder = responder
        self.feed = feed
        self.cache = cache
    }

    /// Gives the stream its source.
    func attach(_ source: Subscriber<RocksStore>) { subscriber.withLock { $0 = source } }

    /// Something arrived. From any thread.
    ///
    /// The first change after a pause is written at once. Under load the next write waits until
    /// some milliseconds after the one before: then many changes share one write, which is what
    /// lets a hundred subscribers follow thousands of changes a second.
    func wake() {
        responder.eventLoop.execute { [self] in
            let now = NIODeadline.now()
            let plan = pace.withLock { pace -> NIODeadline? in
                if pace.isPlanned { return nil }
                pace.isPlanned = pace.next > now
                return pace.next
            }
            guard let plan else { return }
            if plan <= now {
                resume()
            } else {
                responder.eventLoop.scheduleTask(deadline: plan) { [self] in
                    pace.withLock { $0.isPlanned = false }
                    resume()
                }
            }
        }
    }

    func resume() {
        let interval = TimeAmount.milliseconds(Int64(Limits.eventInterval.value))
        pace.withLock { $0.next = .now() + interval }
        guard let source = subscriber.withLock({ $0 }) else { return }
        while true {
            let deliveries = source.take(maximum: 128)
            if deliveries.isEmpty { return }
            var buffer = ByteBuffer()
            let ended = write(deliveries, into: &buffer)
            let open = responder.write(buffer)
            if ended {
                close()
                responder.end()
                return
            }
            if !open { return }
        }
    }

    func close() {
        if let source = subscriber.withLock({ $0.take() }) { feed.unsubscribe(source) }
    }

    /// Writes deliveries as events; true when the last one ends the subscription.
    private func write(_ deliveries: [Delivery], into buffer: inout ByteBuffer) -> Bool {
        var rows: [Resource] = []
        for delivery in deliveries {
            if case .row(let resource) = delivery {
                rows.append(resource)
                continue
            }
            flush(&rows, into: &buffer)
            switch delivery {
            case .row: break
            case .changes(let changes): buffer.writeImmutableBuffer(cache.event(of: changes))
            case .bookmark(let bookmark):
                buffer.writeEvent("bookmark") { writer in
                    writer.object { $0.member("bookmark", bookmark.text) }
                }
            case .gone(let refusal):
                buffer.writeEvent("gone") { writer in
                    writer.object { $0.member("reason", refusal.message) }
                }
                return true
            }
        }
        flush(&rows, into: &buffer)
        return false
    }

    private func flush(_ rows: inout [Resource], into buffer: inout ByteBuffer) {
        if rows.isEmpty { return }
        buffer.writeEvent("snapshot") { writer in
            writer.object { writer in
                writer.key("items")
                writer.array { list in for row in rows { list.write(row) } }
            }
        }
        rows = []
    }
}

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
