internal import Cypher
internal import Host
internal import MMSGraph
internal import NIOCore
internal import Resources
internal import Synchronization

/// The events of a subscription to a statement: rows with their keys. The first event says the
/// columns and the class of the statement.
final class StatementEvents: EventSource {
    private let subscriber: StandingSubscriber<RocksStore>
    private let queries: StandingQueries<RocksStore>
    private let asUpserts: Bool
    private let isBegun = Mutex(false)

    init(
        _ subscriber: StandingSubscriber<RocksStore>, of queries: StandingQueries<RocksStore>,
        asUpserts: Bool
    ) {
        self.subscriber = subscriber
        self.queries = queries
        self.asUpserts = asUpserts
    }

    func take() -> (events: ByteBuffer, isLast: Bool)? {
        var buffer = ByteBuffer()
        let begins = isBegun.withLock { isBegun in
            defer { isBegun = true }
            return !isBegun
        }
        if begins { writeHead(into: &buffer) }
        let deliveries = subscriber.take(maximum: 128)
        if deliveries.isEmpty, !begins { return nil }
        let isLast = write(deliveries, into: &buffer)
        return (buffer, isLast)
    }

    func end() { queries.unsubscribe(subscriber) }

    private func writeHead(into buffer: inout ByteBuffer) {
        buffer.writeEvent("query") { writer in
            writer.object { object in
                object.key("columns")
                object.array { list in for column in subscriber.columns { list.write(column) } }
                object.member("class", subscriber.standing.letter.rawValue)
                object.member("why", subscriber.standing.reason)
            }
        }
    }

    private func write(_ deliveries: [StandingDelivery], into buffer: inout ByteBuffer) -> Bool {
        var rows: [StandingRow] = []
        for delivery in deliveries {
            if case .row(let row) = delivery {
                rows.append(row)
                continue
            }
            flush(&rows, into: &buffer)
            switch delivery {
            case .row: break
            case .reset: buffer.writeEvent("reset") { $0.object { _ in } }
            case .changes(let changes): write(changes, into: &buffer)
            case .bookmark(let bookmark): buffer.write(bookmark)
            case .gone(let refusal):
                buffer.writeGone(refusal)
                return true
            }
        }
        flush(&rows, into: &buffer)
        return false
    }

    private func flush(_ rows: inout [StandingRow], into buffer: inout ByteBuffer) {
        if rows.isEmpty { return }
        buffer.writeEvent("snapshot") { writer in
            writer.object { writer in
                writer.key("rows")
                writer.array { list in
                    for row in rows {
                        list.object { object in
                            object.member("key", row.key)
                            object.key("row")
                            object.write(row: row.values, subscriber.columns)
                        }
                    }
                }
            }
        }
        rows = []
    }

    private func write(_ changes: StandingChanges, into buffer: inout ByteBuffer) {
        buffer.writeEvent("changes") { writer in
            writer.object { writer in
                writer.member("log", changes.header.log.path)
                writer.member("position", changes.header.position.rawValue)
                writer.member("time", changes.header.time.text)
                writer.member("author", changes.header.author.text)
                writer.member("origin", changes.origin.text)
                if let sensed = changes.sensed { writer.member("sensed", sensed.text) }
                if changes.isCoalesced { writer.member("coalesced", .bool(true)) }
                if asUpserts { writeUpserts(changes, &writer) } else { writeRows(changes, &writer) }
                writer.member("bookmark", changes.bookmark.text)
            }
        }
    }

    private func writeRows(_ changes: StandingChanges, _ writer: inout JSONWriter) {
        writer.key("rows")
        writer.array { list in
            for row in changes.rows {
                list.object { object in
                    object.member("sign", Int64(row.sign))
                    object.member("key", row.row.key)
                    object.key("row")
                    object.write(row: row.row.values, subscriber.columns)
                }
            }
        }
    }

    /// The row that each key has now; null for one that left.
    private func writeUpserts(_ changes: StandingChanges, _ writer: inout JSONWriter) {
        writer.key("upserts")
        writer.array { list in
            for (key, values) in changes.upserts {
                list.object { object in
                    object.member("key", key)
                    object.key("row")
                    if let values {
                        object.write(row: values, subscriber.columns)
                    } else {
                        object.writeNull()
                    }
                }
            }
        }
    }
}
