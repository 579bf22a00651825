import Cypher
import Glibc
import NIOCore

@testable import Bolt

/// A client made by hand: a socket, bytes, and nothing a driver would do by itself. Reads give up
/// after ten seconds, so that a server that says nothing fails a test and does not hang it.
final class Wire {
    enum WireError: Error { case socket(Int32), silence, closed }

    /// What the server says.
    struct Answer: Equatable {
        let signature: UInt8
        /// The fields in their canonical bytes, to compare.
        let bytes: [UInt8]
        let fields: [CypherValue]

        static func == (left: Answer, right: Answer) -> Bool {
            left.signature == right.signature && left.bytes == right.bytes
        }

        var isSuccess: Bool { signature == 0x70 }
        var isIgnored: Bool { signature == 0x7E }
        var isFailure: Bool { signature == 0x7F }
        var isRecord: Bool { signature == 0x71 }

        /// A field of the map that a SUCCESS or FAILURE carries.
        subscript(key: String) -> CypherValue? {
            if case .map(let map)? = fields.first { map[key] } else { nil }
        }

        func text(_ key: String) -> String {
            if case .string(let text)? = self[key] { text } else { "" }
        }

        /// The integer of a row of one.
        var number: Int64? {
            if case .list(let row)? = fields.first, case .integer(let value)? = row.first {
                value
            } else {
                nil
            }
        }
    }

    private let socket: Int32
    private var dialect = BoltVersion.v5_4.dialect

    init(port: Int) throws(WireError) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(socket, pointer, size)
            }
        }
        guard result == 0 else { throw .socket(errno) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(
            socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    /// Goes away without a word, as a machine does that loses its power: neither FIN nor RST is
    /// sent (tcp(7), TCP_REPAIR; needs CAP_NET_ADMIN). Gives the error number, 0 for none.
    func vanish() -> Int32 {
        var isOn: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe setsockopt(socket, Int32(IPPROTO_TCP), Self.repair, &isOn, size)
        return result == 0 ? 0 : errno
    }

    /// TCP_REPAIR of linux/tcp.h.
    private static let repair: Int32 = 19

    /// A connection that has agreed on a version and logged in.
    static func loggedIn(_ port: Int, version: BoltVersion = .v5_4) throws -> Wire {
        let wire = try Wire(port: port)
        try wire.shake(version)
        try wire.login()
        return wire
    }

    func shake(_ version: BoltVersion = .v5_4) throws {
        dialect = version.dialect
        let (major, minor) = version.numbers
        try send(Hex.bytes("6060B017") + [0, 0, minor, major] + [UInt8](repeating: 0, count: 12))
        guard try receive(4) == [0, 0, minor, major] else { throw WireError.closed }
    }

    func login(password: String = "secret") throws {
        let credentials: [(String, CypherValue)] = [
            ("scheme", .string("basic")), ("principal", .string("ada")),
            ("credentials", .string(password)),
        ]
        let agent: [(String, CypherValue)] = [("user_agent", .string("wire/1"))]
        if dialect.elementIDs {
            try say(0x01, .map(CypherMap(agent)))
            _ = try answer()
            try say(0x6A, .map(CypherMap(credentials)))
        } else {
            try say(0x01, .map(CypherMap(agent + credentials)))
        }
        guard try answer().isSuccess else { throw WireError.closed }
    }

    // Bytes.

    func send(_ bytes: [UInt8]) throws(WireError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw .socket(errno) }
            rest = rest.dropFirst(sent)
        }
    }

    /// Exactly so many bytes.
    func receive(_ count: Int) throws(WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try receive(upTo: count - bytes.count)
            guard !more.isEmpty else { throw .closed }
            bytes += more
        }
        return bytes
    }

    /// What there is; nothing when the server closed.
    func receive(upTo count: Int) throws(WireError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe recv(socket, bytes.baseAddress, count, 0)
        }
        if got < 0 {
            if errno == ECONNRESET { return [] }
            throw errno == EAGAIN ? .silence : .socket(errno)
        }
        return Array(bytes.prefix(got))
    }

    /// Everything until the server closes.
    func receiveAll() throws(WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try receive(upTo: 4096)
            if more.isEmpty { return bytes }
            bytes += more
        }
    }

    // Messages.

    /// A whole message as bytes, with its chunks.
    static func message(_ signature: UInt8, _ fields: [CypherValue]) -> [UInt8] {
        var writer = PackWriter(dialect: BoltVersion.v5_4.dialect)
        writer.begin()
        writer.writeStructure(signature, fields: UInt8(fields.count))
        for field in fields { writer.write(field) }
        writer.end()
        return Array(writer.take().readableBytesView)
    }

    func say(_ signature: UInt8, _ fields: CypherValue...) throws(WireError) {
        try send(Self.message(signature, fields))
    }

    func run(_ statement: String, _ parameters: CypherMap = CypherMap(), db: String = "")
        throws(WireError)
    {
        try say(
            0x10, .string(statement), .map(parameters), .map(CypherMap([("db", .string(db))])))
    }

    func pull(_ count: Int64 = -1, of result: Int64 = -1) throws(WireError) {
        try say(0x3F, .map(CypherMap([("n", .integer(count)), ("qid", .integer(result))])))
    }

    func reset() throws(WireError) { try say(0x0F) }

    /// The next message; signs of life between messages are counted in `signsOfLife`.
    func answer() throws -> Answer {
        let message = try message()
        var reader = PackReader(ByteBuffer(bytes: message), dialect: dialect)
        let (signature, count) = try reader.structure()
        var fields: [CypherValue] = []
        for _ in 0..<count { fields.append(try reader.value()) }
        return Answer(signature: signature, bytes: message, fields: fields)
    }

    /// The next message without its chunks.
    func message() throws(WireError) -> [UInt8] {
        var message: [UInt8] = []
        while true {
            let header = try receive(2)
            let length = Int(header[0]) << 8 | Int(header[1])
            if length > 0 {
                message += try receive(length)
            } else if message.isEmpty {
                signsOfLife += 1
            } else {
                return message
            }
        }
    }

    private(set) var signsOfLife = 0

    /// Records up to the SUCCESS, FAILURE or IGNORED that ends them, and that.
    func rows() throws -> (rows: [Answer], end: Answer) {
        var rows: [Answer] = []
        while true {
            let answer = try answer()
            guard answer.isRecord else { return (rows, answer) }
            rows.append(answer)
        }
    }
}
