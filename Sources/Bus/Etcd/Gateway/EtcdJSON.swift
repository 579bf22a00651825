internal import Resources

/// Requests of etcd's JSON gateway: keys and values in base 64, everything else as in the protocol
/// buffers of etcd 3.4 (api_grpc_gateway.md, rpc.proto).
enum EtcdRequest {
    static func transaction(_ transaction: EtcdTransaction) -> [UInt8] {
        var writer = JSONWriter(capacity: capacity(of: transaction))
        writer.object { writer in
            writer.key("compare")
            writer.array { writer in
                for compare in transaction.compares { write(compare, &writer) }
            }
            writer.key("success")
            writer.array { writer in for step in transaction.success { write(step, &writer) } }
            writer.key("failure")
            writer.array { writer in for step in transaction.failure { write(step, &writer) } }
        }
        return writer.bytes
    }

    static func range(_ range: EtcdRange) -> [UInt8] {
        var writer = JSONWriter()
        write(range, &writer)
        return writer.bytes
    }

    static func watch(_ request: EtcdWatchRequest) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("create_request")
            writer.object { writer in
                writer.member("key", encoded(request.key))
                writer.member("range_end", encoded(request.end))
                writer.member("start_revision", request.startRevision)
                writer.member("progress_notify", Value.bool(true))
                // Without it etcd sends up to 1,000 revisions as one message.
                writer.member("fragment", Value.bool(true))
            }
        }
        return writer.bytes
    }

    static func compaction(_ revision: UInt64) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("revision", revision)
            writer.member("physical", Value.bool(true))
        }
        return writer.bytes
    }

    static func encoded(_ key: String) -> String { Base64.encode(Array(key.utf8)) }

    private static func capacity(of transaction: EtcdTransaction) -> Int {
        (transaction.success + transaction.failure).reduce(1024) { sum, step in
            if case .put(_, let value) = step { sum + value.count * 4 / 3 } else { sum }
        }
    }

    private static func write(_ compare: EtcdTransaction.Compare, _ writer: inout JSONWriter) {
        let (target, key, field, number) =
            switch compare {
            case .created(let key, let revision): ("CREATE", key, "create_revision", revision)
            case .modified(let key, let revision): ("MOD", key, "mod_revision", revision)
            case .version(let key, let version): ("VERSION", key, "version", version)
            }
        writer.object { writer in
            writer.member("key", encoded(key))
            writer.member("target", target)
            writer.member("result", "EQUAL")
            writer.member(field, number)
        }
    }

    private static func write(_ step: EtcdTransaction.Operation, _ writer: inout JSONWriter) {
        writer.object { writer in
            switch step {
            case .put(let key, let value):
                writer.key("request_put")
                writer.object { writer in
                    writer.member("key", encoded(key))
                    writer.member("value", Base64.encode(value))
                }
            case .range(let range):
                writer.key("request_range")
                write(range, &writer)
            }
        }
    }

    private static func write(_ range: EtcdRange, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("key", encoded(range.key))
            if let end = range.end { writer.member("range_end", encoded(end)) }
            if range.keysOnly { writer.member("keys_only", Value.bool(true)) }
            if range.limit > 0 { writer.member("limit", Int64(range.limit)) }
        }
    }
}

/// Reads an answer of the gateway. Fields that have the standard value are absent there; numbers
/// of 64 bits are texts.
struct EtcdAnswerReader {
    private let map: ValueMap

    /// Reads a whole answer.
    init(_ bytes: [UInt8]) throws(EtcdAnswerFlaw) {
        let value: Value
        do throws(JSONError) {
            value = try JSONReader.decode(bytes)
        } catch {
            throw EtcdAnswerFlaw("at byte \(error.offset): \(error.reason)")
        }
        guard case .map(let map) = value else { throw EtcdAnswerFlaw("it is not an object") }
        self.map = map
    }

    private init(_ map: ValueMap) { self.map = map }

    /// The member of that name; an empty one when there is none.
    func object(_ name: String) throws(EtcdAnswerFlaw) -> EtcdAnswerReader {
        try optional(name) ?? EtcdAnswerReader(ValueMap())
    }

    /// The member of that name.
    func optional(_ name: String) throws(EtcdAnswerFlaw) -> EtcdAnswerReader? {
        switch map[name] {
        case nil, .null: return nil
        case .map(let inner): return EtcdAnswerReader(inner)
        default: throw EtcdAnswerFlaw("\(name) is not an object")
        }
    }

    /// The objects of a list.
    func list(_ name: String) throws(EtcdAnswerFlaw) -> [EtcdAnswerReader] {
        switch map[name] {
        case nil, .null: return []
        case .list(let values):
            var objects: [EtcdAnswerReader] = []
            for value in values {
                guard case .map(let inner) = value else {
                    throw EtcdAnswerFlaw("\(name) has an element that is not an object")
                }
                objects.append(EtcdAnswerReader(inner))
            }
            return objects
        default: throw EtcdAnswerFlaw("\(name) is not a list")
        }
    }

    /// The texts of a list.
    func texts(_ name: String) throws(EtcdAnswerFlaw) -> [String] {
        guard let list = map[name]?.list else {
            if map[name] == nil { return [] }
            throw EtcdAnswerFlaw("\(name) is not a list")
        }
        let texts = list.compactMap(\.text)
        guard texts.count == list.count else {
            throw EtcdAnswerFlaw("\(name) has an element that is not a text")
        }
        return texts
    }

    /// A number, 0 when absent.
    func number(_ name: String) throws(EtcdAnswerFlaw) -> UInt64 {
        switch map[name] {
        case nil, .null: return 0
        case .int(let int) where int >= 0: return UInt64(int)
        case .text(let text):
            guard let number = UInt64(text) else { break }
            return number
        default: break
        }
        throw EtcdAnswerFlaw("\(name) is not a number of 64 bits")
    }

    /// A truth value, false when absent.
    func flag(_ name: String) throws(EtcdAnswerFlaw) -> Bool {
        switch map[name] {
        case nil, .null: return false
        case .bool(let flag): return flag
        default: throw EtcdAnswerFlaw("\(name) is not a truth value")
        }
    }

    /// A text, empty when absent.
    func text(_ name: String) throws(EtcdAnswerFlaw) -> String {
        switch map[name] {
        case nil, .null: return ""
        case .text(let text): return text
        default: throw EtcdAnswerFlaw("\(name) is not a text")
        }
    }

    /// Bytes in base 64, none when absent.
    func bytes(_ name: String) throws(EtcdAnswerFlaw) -> [UInt8] {
        guard let bytes = Base64.decode(try text(name)) else {
            throw EtcdAnswerFlaw("\(name) is not base 64")
        }
        return bytes
    }
}

/// Why bytes are not an answer of etcd.
struct EtcdAnswerFlaw: Error, Hashable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
