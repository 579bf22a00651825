internal import Bus
internal import Resources
public import ZeroProcs

/// A question of a client that another machine answers: what its API was asked, and by whom.
public struct FleetQuestion: Sendable {
    /// Who asks, with what the way they came in proves.
    public var caller: Caller
    /// The method of the request.
    public var method: String
    /// The segments of its path.
    public var path: [String]
    /// Its parameters, in order.
    public var query: [(name: String, value: String)]
    /// What it carries.
    public var body: [UInt8]
    /// Times it may be passed on: the machine that is asked may know another one that has it.
    public var hops: Int
    /// True when the answer may have changed something: it is asked once.
    public var mayChange = false

    /// A question of `caller`.
    public init(
        caller: Caller, method: String, path: [String], query: [(name: String, value: String)],
        body: [UInt8], hops: Int
    ) {
        self.caller = caller
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.hops = hops
    }
}

/// What another machine answers.
public struct FleetAnswer: Sendable {
    /// The status, as of HTTP.
    public var status: Int
    /// What kind of bytes the body is.
    public var contentType: String
    /// Further headers.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]

    /// An answer.
    public init(
        status: Int, contentType: String, headers: [(name: String, value: String)], body: [UInt8]
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }
}

/// Questions and answers as nodes send them (Docs/Formats/forward.md).
enum QuestionForm {
    static let version: UInt64 = 1
    /// Where a node asks for a client.
    static let path = "/bus/ask"
    /// The most times that a question may be passed on.
    static let hops = 2

    /// `[1, identity, right, method, [segment …], [[name, value] …], body, hops]`.
    static func encode(_ question: FleetQuestion) -> [UInt8] {
        var writer = CBORWriter(capacity: 512 + question.body.count)
        writer.beginList(8)
        writer.write(unsigned: version)
        writer.write(question.caller.identity.text)
        ProposalForm.write(question.caller.right, to: &writer)
        writer.write(question.method)
        writer.beginList(question.path.count)
        for segment in question.path { writer.write(segment) }
        write(question.query, to: &writer)
        writer.write(bytes: question.body)
        writer.write(unsigned: UInt64(clamping: question.hops))
        return writer.bytes
    }

    static func question(_ bytes: [UInt8]) throws(BusError) -> FleetQuestion {
        try EntryForm.reading(bytes, "a question of a client") { (reader) throws(CBORError) in
            try reader.expectList(8)
            guard try reader.readUnsigned() == version else { return nil }
            let identity = Identity(try reader.readText())
            let right = try ProposalForm.readRight(&reader)
            let method = try reader.readText()
            let path = try reader.readList { (reader) throws(CBORError) in
                try reader.readText()
            }
            let query = try pairs(&reader)
            let body = try reader.readBytes()
            let left = try reader.readUnsigned()
            guard let identity, let right, left <= UInt64(hops) else { return nil }
            return FleetQuestion(
                caller: Caller(identity: identity, right: right), method: method, path: path,
                query: query, body: body, hops: Int(left))
        }
    }

    /// `[1, status, kind, [[header, value] …], body]`.
    static func encode(_ answer: FleetAnswer) -> [UInt8] {
        var writer = CBORWriter(capacity: 256 + answer.body.count)
        writer.beginList(5)
        writer.write(unsigned: version)
        writer.write(unsigned: UInt64(clamping: answer.status))
        writer.write(answer.contentType)
        write(answer.headers, to: &writer)
        writer.write(bytes: answer.body)
        return writer.bytes
    }

    static func answer(_ bytes: [UInt8]) throws(BusError) -> FleetAnswer {
        try EntryForm.reading(bytes, "an answer for a client") { (reader) throws(CBORError) in
            try reader.expectList(5)
            guard try reader.readUnsigned() == version else { return nil }
            let status = Int(clamping: try reader.readUnsigned())
            let kind = try reader.readText()
            let headers = try pairs(&reader)
            return FleetAnswer(
                status: status, contentType: kind, headers: headers, body: try reader.readBytes())
        }
    }

    private static func write(
        _ pairs: [(name: String, value: String)], to writer: inout CBORWriter
    ) {
        writer.beginList(pairs.count)
        for (name, value) in pairs {
            writer.beginList(2)
            writer.write(name)
            writer.write(value)
        }
    }

    private static func pairs(
        _ reader: inout CBORReader
    ) throws(CBORError) -> [(name: String, value: String)] {
        try reader.readList { (reader) throws(CBORError) in
            try reader.expectList(2)
            return (name: try reader.readText(), value: try reader.readText())
        }
    }
}
