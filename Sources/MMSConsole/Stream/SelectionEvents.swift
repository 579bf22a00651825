internal import Host
internal import MMSGraph
internal import NIOCore
internal import Resources

/// The events of a subscription to a selection: whole resources.
struct SelectionEvents: EventSource {
    private let subscriber: Subscriber<RocksStore>
    private let feed: ChangeFeed<RocksStore>

    init(_ subscriber: Subscriber<RocksStore>, feed: ChangeFeed<RocksStore>) {
        self.subscriber = subscriber
        self.feed = feed
    }

    func take() -> (events: ByteBuffer, isLast: Bool)? {
        let deliveries = subscriber.take(maximum: 128)
        if deliveries.isEmpty { return nil }
        // One alone is written as it is, without a copy.
        if deliveries.count == 1, case .changes(let changes) = deliveries[0] {
            return (changes.form { ByteBuffer(event: $0) }, false)
        }
        var buffer = ByteBuffer()
        let isLast = write(deliveries, into: &buffer)
        return (buffer, isLast)
    }

    func end() { feed.unsubscribe(subscriber) }

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
            case .changes(let changes):
                buffer.writeImmutableBuffer(changes.form { ByteBuffer(event: $0) })
            case .bookmark(let bookmark): buffer.write(bookmark)
            case .gone(let refusal):
                buffer.writeGone(refusal)
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

extension ByteBuffer {
    /// The event of row changes: all that those who get the same rows have in common.
    fileprivate init(event changes: RowChanges) {
        self.init()
        writeEvent("changes") { writer in
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
    }

    /// Writes where to resume.
    mutating func write(_ bookmark: Bookmark) {
        writeEvent("bookmark") { writer in
            writer.object { $0.member("bookmark", bookmark.text) }
        }
    }

    /// Writes that the subscription has ended, and why.
    mutating func writeGone(_ refusal: Refusal) {
        writeEvent("gone") { writer in
            writer.object { $0.member("reason", refusal.message) }
        }
    }
}
