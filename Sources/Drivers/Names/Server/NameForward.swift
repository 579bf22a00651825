public import Host
internal import Resources

/// To whom questions about other names are handed.
public struct NameForward: Hashable, Sendable {
    /// The servers, in the order in which they are asked.
    public var servers: [Endpoint]
    /// Whose questions are handed on.
    public var clients: Clients

    /// Whose questions are handed on: an open resolver is a weapon in the hands of others.
    public enum Clients: Hashable, Sendable {
        /// This machine and private networks.
        case own
        /// Everybody who reaches us.
        case everybody
    }

    /// Servers to hand questions to.
    public init(servers: [Endpoint], clients: Clients = .own) {
        self.servers = servers
        self.clients = clients
    }

    /// The servers that a resolv.conf(5) names, but for those at `own` addresses.
    public static func servers(
        resolverFile text: String, without own: [IPAddress] = []
    ) -> [Endpoint] {
        var found: [Endpoint] = []
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, words[0] == "nameserver",
                let address = IPAddress(String(words[1])), !own.contains(address)
            else { continue }
            let server = Endpoint(address, 53)
            if !found.contains(server) { found.append(server) }
        }
        return Array(found.prefix(Limits.forwardServers.value))
    }

    func admits(_ client: Endpoint) -> Bool { clients == .everybody || client.address.isPrivate }

    func check(listening own: [Endpoint]) throws(DriverError) {
        func refuse(_ cause: String, _ remedy: String) -> DriverError {
            DriverError(
                .unsupported, operation: "start", subject: "name server", cause: cause,
                remedy: remedy)
        }
        guard (1...Limits.forwardServers.value).contains(servers.count) else {
            throw refuse(
                "\(servers.count) servers to forward to",
                "name 1 to \(Limits.forwardServers.value)")
        }
        if let self = servers.first(where: own.contains) {
            throw refuse("it would forward to itself at \(self)", "name another server")
        }
    }
}

/// The questions that wait for other servers: a machine without clocks or sockets. Each question
/// that is sent has a key of its own, under which its socket is kept.
struct ForwardTable: Sendable {
    /// Who asked.
    struct Asker: Hashable, Sendable {
        /// The socket or stream the question came by.
        var token: UInt64
        /// Where a datagram is answered to; nil for a stream.
        var peer: Endpoint?

        var transport: NameAnswers.Transport { peer == nil ? .stream : .datagram }
    }

    /// What to do.
    enum Action: Hashable, Sendable {
        /// Send these bytes to a server from a new socket, under that key; a stream's question by
        /// a stream.
        case send(key: UInt64, to: Endpoint, [UInt8], NameAnswers.Transport)
        /// Answer who asked.
        case answer(Asker, [UInt8])
        /// Tell who asked that it failed.
        case fail(Asker, DNSQuery)
    }

    private struct Pending {
        var query: DNSQuery
        var asker: Asker
        var id: UInt16
        var server: Int
        var tries: Int
        var deadline: Ticks
    }

    private let servers: [Endpoint]
    private var pending: [UInt64: Pending] = [:]
    private var last: UInt64 = 0

    init(_ servers: [Endpoint]) { self.servers = servers }

    var isEmpty: Bool { pending.isEmpty }

    /// A question to hand on; nil when too many wait. `random` is the number it is asked under.
    mutating func begin(
        _ query: DNSQuery, of asker: Asker, now: Ticks, random: UInt64
    ) -> Action? {
        guard !servers.isEmpty, pending.count < Limits.forwardPending.value else { return nil }
        let question = Pending(
            query: query, asker: asker, id: 0, server: 0, tries: 0, deadline: now)
        return send(question, now, random)
    }

    private mutating func send(_ question: Pending, _ now: Ticks, _ random: UInt64) -> Action {
        var question = question
        question.id = UInt16(truncatingIfNeeded: random)
        question.tries += 1
        question.deadline = now.advanced(byMilliseconds: UInt64(Limits.forwardWait.value))
        last += 1
        pending[last] = question
        return .send(
            key: last, to: servers[question.server], Self.bytes(of: question.query, question.id),
            question.asker.transport)
    }

    /// The question as we ask it.
    private static func bytes(of query: DNSQuery, _ id: UInt16) -> [UInt8] {
        let kept = DNSFlags.recursionDesired | DNSFlags.checkingDisabled
        var writer = DNSWriter(id: id, flags: query.flags & kept, limit: 512)
        writer.write(query.question)
        if let edns = query.edns {
            let size = NameAnswers.limit(edns, .datagram)
            writer.write(edns, size: size, code: .noError)
        }
        return writer.finish()
    }

    /// What came under a key; nil when it is no answer to what was asked, which changes nothing.
    mutating func received(_ bytes: [UInt8], key: UInt64) -> Action? {
        guard let question = pending[key], Self.answers(bytes, question) else { return nil }
        pending[key] = nil
        var answer = bytes
        answer[0] = UInt8(question.query.id >> 8)
        answer[1] = UInt8(question.query.id & 0xFF)
        let limit = NameAnswers.limit(question.query.edns, question.asker.transport)
        if answer.count > limit { answer = Self.cut(answer, question.query) }
        return .answer(question.asker, answer)
    }

    /// A whole message, the number, that it is an answer, and the very question in the case it was asked in: with
    /// the port, what somebody who sees nothing must guess (RFC 5452).
    private static func answers(_ bytes: [UInt8], _ pending: Pending) -> Bool {
        var reader = DNSReader(bytes)
        guard let id = try? reader.word(), let flags = try? reader.word(), id == pending.id,
            flags & DNSFlags.response != 0, flags & DNSFlags.opcode == 0,
            let count = try? reader.word(), count == 1, (try? reader.skip(6)) != nil,
            let question = try? reader.question()
        else { return false }
        return MessageShape.isWhole(bytes) && question == pending.query.question
            && question.name.wire == pending.query.question.name.wire
    }

    /// An answer that is too large: its header and question, and that it is truncated.
    private static func cut(_ bytes: [UInt8], _ query: DNSQuery) -> [UInt8] {
        let flags = UInt16(bytes[2]) << 8 | UInt16(bytes[3]) | DNSFlags.truncated
        var writer = DNSWriter(id: query.id, flags: flags, limit: 512)
        writer.write(query.question)
        return writer.finish()
    }

    /// A server could not be asked, or closed its stream: the next one is.
    mutating func failed(key: UInt64, now: Ticks, random: UInt64) -> Action? {
        guard var question = pending.removeValue(forKey: key) else { return nil }
        guard question.tries < Limits.forwardTries.value else {
            return .fail(question.asker, question.query)
        }
        question.server = (question.server + 1) % servers.count
        return send(question, now, random)
    }

    /// The keys whose time is over, in order.
    func expired(_ now: Ticks) -> [UInt64] {
        pending.filter { $0.value.deadline <= now }.keys.sorted()
    }

    /// Who asked is gone.
    mutating func forget(token: UInt64) -> [UInt64] {
        let keys = pending.filter { $0.value.asker.token == token && $0.value.asker.peer == nil }
            .keys.sorted()
        for key in keys { pending[key] = nil }
        return keys
    }
}
