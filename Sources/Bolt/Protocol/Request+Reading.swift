internal import Cypher
internal import NIOCore
internal import Resources

extension Request {
    /// True when the message is RESET, which is acted upon before its turn comes.
    static func isReset(_ message: ByteBuffer) -> Bool {
        message.getInteger(at: message.readerIndex + 1, as: UInt8.self)
            == PackStructure.Request.reset && message.readableBytes == 2
    }

    /// Reads one message.
    init(_ message: ByteBuffer, dialect: PackDialect) throws(BoltError) {
        var reader = PackReader(message, dialect: dialect)
        let (signature, fields) = try reader.structure()
        self = try Self.read(signature, fields, from: &reader)
        guard reader.isAtEnd else { throw .malformed("bytes follow the end of a message") }
    }

    private static func read(
        _ signature: UInt8, _ fields: Int, from reader: inout PackReader
    ) throws(BoltError) -> Request {
        typealias Signature = PackStructure.Request
        switch (signature, fields) {
        case (Signature.hello, 1): return .hello(Hello(try reader.map()))
        case (Signature.logon, 1): return .logon(Login(try reader.map()))
        case (Signature.logoff, 0): return .logoff
        case (Signature.run, 3):
            let statement = try reader.text()
            let parameters = try reader.map()
            if parameters.count > Limits.boltParameters.value {
                throw .beyond(Limits.boltParameters, "put the values into one list or map")
            }
            let access = try Access(reader.map())
            return .run(Run(statement: statement, parameters: parameters, access: access))
        case (Signature.pull, 1): return .pull(try Fetch(reader.map()))
        case (Signature.discard, 1): return .discard(try Fetch(reader.map()))
        case (Signature.begin, 1): return .begin(try Access(reader.map()))
        case (Signature.commit, 0): return .commit
        case (Signature.rollback, 0): return .rollback
        case (Signature.reset, 0): return .reset
        case (Signature.goodbye, 0): return .goodbye
        case (Signature.telemetry, 1):
            _ = try reader.integer()
            return .telemetry
        case (Signature.route, 3):
            let context = try reader.map()
            _ = try reader.list()
            let extra = try reader.map()
            return .route(
                Route(address: context.text("address"), database: extra.text("db") ?? ""))
        default:
            throw .malformed(
                "there is no message 0x\(String(signature, radix: 16)) with \(fields) fields")
        }
    }
}

extension Request.Hello {
    fileprivate init(_ extra: CypherMap) {
        agent = extra.text("user_agent") ?? ""
        login = Login(extra)
        if case .map(let context)? = extra["routing"] {
            address = context.text("address")
        } else {
            address = nil
        }
        if case .list(let patches)? = extra["patch_bolt"] {
            wantsUTC = patches.contains { if case .string("utc") = $0 { true } else { false } }
        } else {
            wantsUTC = false
        }
    }
}

extension Login {
    fileprivate init(_ auth: CypherMap) {
        self.init(
            scheme: auth.text("scheme") ?? "none", principal: auth.text("principal") ?? "",
            credentials: auth.text("credentials") ?? "")
    }
}

extension Request.Fetch {
    fileprivate init(_ extra: CypherMap) throws(BoltError) {
        let count = try extra.integer("n") ?? -1
        guard count == -1 || count > 0 else {
            throw .invalid("n is how many rows to send, from 1, or -1 for all; not \(count)")
        }
        let result = try extra.integer("qid") ?? -1
        self.init(count: count == -1 ? nil : count, result: result == -1 ? nil : result)
    }
}

extension Access {
    fileprivate init(_ extra: CypherMap) throws(BoltError) {
        self.init(
            database: extra.text("db") ?? "", bookmarks: try extra.bookmarks(),
            readOnly: extra.text("mode") == "r", timeout: try extra.integer("tx_timeout"))
    }
}

extension CypherMap {
    /// The text under a key; nil when there is none.
    fileprivate func text(_ key: String) -> String? {
        if case .string(let text)? = self[key] { text } else { nil }
    }

    fileprivate func integer(_ key: String) throws(BoltError) -> Int64? {
        switch self[key] {
        case nil, .null?: return nil
        case .integer(let value)?: return value
        default: throw .invalid("`\(key)` is an integer")
        }
    }

    fileprivate func bookmarks() throws(BoltError) -> [String] {
        guard case .list(let items)? = self["bookmarks"] else { return [] }
        if items.count > Limits.boltBookmarks.value {
            throw .beyond(Limits.boltBookmarks, "only the newest bookmark is needed")
        }
        var bookmarks: [String] = []
        for item in items {
            guard case .string(let text) = item else { throw .invalid("a bookmark is a text") }
            bookmarks.append(text)
        }
        return bookmarks
    }
}
