internal import Host
internal import Log
internal import MMSGraph
internal import NIOCore
internal import Node
internal import Resources
internal import Synchronization

/// Wakes those who follow a log when it has grown.
final class LogTails: Sendable {
    private let followers = Mutex<[ObjectIdentifier: LogTail]>([:])

    func add(_ tail: LogTail) { followers.withLock { $0[ObjectIdentifier(tail)] = tail } }

    func remove(_ tail: LogTail) { followers.withLock { $0[ObjectIdentifier(tail)] = nil } }

    /// The log mounted at `mount` has grown.
    func wake(_ mount: Namespace) {
        for tail in followers.withLock({ Array($0.values) }) where tail.mount == mount {
            tail.wake()
        }
    }
}

/// A stream of the entries of a log, from a position on.
final class LogTail: EventStream {
    let mount: Namespace
    private let log: CommandLog<LinuxDisk>
    private let graph: Graph<RocksStore>
    private let responder: Responder
    private let tails: LogTails
    /// The next position to write, or nil when the stream has ended.
    private let next: Mutex<Position?>

    init(
        _ sequencer: Sequencer<LinuxDisk, RocksStore>, from: Position,
        naming graph: Graph<RocksStore>, responder: Responder, tails: LogTails
    ) {
        self.graph = graph
        mount = sequencer.mount
        log = sequencer.log
        self.responder = responder
        self.tails = tails
        next = Mutex(from)
        tails.add(self)
    }

    /// The log has grown. From any thread.
    func wake() { responder.eventLoop.execute { self.resume() } }

    func resume() {
        while let from = next.withLock({ $0 }), from <= log.tail {
            do throws(LogError) {
                let entries = try log.read(from: from, maximumBytes: 64 << 10)
                guard let last = entries.last else { return }
                var buffer = ByteBuffer()
                for entry in entries {
                    buffer.writeEvent("entry") { $0.write(entry, naming: graph) }
                }
                next.withLock { $0 = $0 == nil ? nil : last.header.position.next }
                if !responder.write(buffer) { return }
            } catch {
                var buffer = ByteBuffer()
                buffer.writeEvent("gone") { writer in
                    writer.object { $0.member("reason", error.description) }
                }
                _ = responder.write(buffer)
                close()
                responder.end()
                return
            }
        }
    }

    func close() {
        next.withLock { $0 = nil }
        tails.remove(self)
    }
}

extension ByteBuffer {
    /// Writes one server-sent event with JSON on one line.
    mutating func writeEvent(_ name: String, _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(&writer)
        writeString("event: \(name)\ndata: ")
        writeBytes(writer.bytes)
        writeStaticString("\n\n")
    }
}

extension JSONWriter {
    /// Writes an entry of a log with its commands in short.
    mutating func write(_ entry: LogEntry, naming graph: Graph<RocksStore>) {
        object { writer in
            writer.member("log", entry.header.log.path)
            writer.member("position", entry.header.position.rawValue)
            writer.member("time", entry.header.time.text)
            writer.member("author", entry.header.author.text)
            writer.member("hash", entry.hash.hexadecimal)
            guard let batch = try? CBORReader.decodeBatch(entry.payload) else { return }
            writer.member("origin", batch.origin.text)
            writer.member("reason", batch.reason)
            if let sensed = batch.sensed { writer.member("sensed", sensed.text) }
            var created: [Identifier: Draft] = [:]
            for case .create(let draft) in batch.commands { created[draft.id] = draft }
            writer.key("commands")
            writer.array { list in
                for command in batch.commands {
                    list.write(command, named: created[command.id] ?? command.draft(in: graph))
                }
            }
        }
    }

    private mutating func write(_ command: Command, named draft: Draft?) {
        object { writer in
            writer.member("id", command.id.description)
            if let draft {
                writer.member("type", draft.type.text)
                writer.member("name", draft.name.text)
                writer.member("namespace", draft.namespace.path)
            }
            switch command {
            case .create(let draft):
                writer.member("action", "create")
                writer.member("data", .map(draft.data))
            case .update(let update):
                writer.member("action", "update")
                writer.member("data", .map(update.data))
            case .delete: writer.member("action", "delete")
            }
        }
    }
}

extension Command {
    /// What names the resource it is about: the resource as it is, or was last.
    fileprivate func draft(in graph: Graph<RocksStore>) -> Draft? {
        if let resource = try? graph.resource(id) { return resource.draft }
        return (try? graph.history(id, limit: 1))?.versions.first?.resource.draft
    }
}

extension [UInt8] {
    /// Two hex digits a byte.
    var hexadecimal: String {
        var text = ""
        for byte in self { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return text
    }
}
