internal import Cypher
internal import Host
internal import MMSGraph
internal import NIOCore
internal import Resources
internal import Synchronization
internal import ZeroProcs

extension API {
    /// Answers `POST /v1/query`: a line of JSON for each row, written as the rows are found. An
    /// EXPLAIN or PROFILE is answered with the plan.
    func query(_ request: HTTPRequest, _ responder: Responder) {
        do throws(Refusal) {
            var (source, reply) = try rows(request)
            var buffer = ByteBuffer()
            let isWhole = try source.fill(&buffer)
            if isWhole {
                reply.body = Array(buffer.readableBytesView)
                responder.send(reply)
            } else {
                responder.begin(
                    QueryStream(source, first: buffer, responder: responder, pool: pool), reply)
            }
        } catch {
            responder.send(.problem(error))
        }
    }

    /// The rows of a request's statement, and what its answer begins with.
    func rows(_ request: HTTPRequest) throws(Refusal) -> (RowSource, HTTPReply) {
        let asked = try QueryRequest(request.body)
        try catchUp(asked.consistency ?? request["consistency"])
        let reader = try reader(at: asked.at ?? request["at"])
        let source = try rows(of: asked, reader, request.caller)
        return (
            source,
            HTTPReply(
                contentType: "application/x-ndjson",
                headers: [
                    ("cache-control", "no-store"), ("pisces-columns", source.header),
                    ("pisces-bookmark", reader.bookmark.text),
                ])
        )
    }

    private func rows(
        of asked: QueryRequest, _ reader: CommittedReader<RocksStore>, _ caller: Caller
    ) throws(Refusal) -> RowSource {
        guard let scope = caller.readable else {
            throw Refusal(
                .forbidden, filter: "permission", subject: "\(caller.identity)",
                reason: "may not read", remedy: "use a token that allows reading")
        }
        do throws(CypherError) {
            let statement = try Statement(parsing: asked.text)
            return RowSource(
                try live.run(statement, asked.parameters, on: reader, within: scope), of: statement,
                wideIntegersAsText: asked.wideIntegersAsText)
        } catch { throw error.refusal }
    }
}

/// What `POST /v1/query` takes:
/// `{"query": …, "parameters": {…}, "at": …, "consistency": "now", "bookmark": …,
/// "int64": "string"}`.
struct QueryRequest {
    let text: String
    let parameters: CypherMap
    let at: String?
    let consistency: String?
    let bookmark: String?
    let wideIntegersAsText: Bool

    init(_ body: [UInt8]) throws(Refusal) {
        let reader = try RequestReader(body: body, subject: "query request")
        try reader.allow(["query", "parameters", "at", "consistency", "bookmark", "int64"])
        text = try reader.needed("query")
        parameters = CypherMap(
            try reader.fields("parameters").entries.map { ($0.key, CypherValue($0.value)) })
        at = try reader.text("at")
        consistency = try reader.text("consistency")
        bookmark = try reader.text("bookmark")
        wideIntegersAsText = try reader.text("int64") == "string"
    }
}

/// The rows of a statement as lines of JSON. One thread at a time.
final class RowSource: Sendable {
    /// Bytes that are written before the peer is asked whether it reads.
    static let piece = 64 << 10

    /// The names of the columns as a list in JSON, in ASCII.
    let header: String
    private let state: Mutex<State>

    private struct State {
        var run: LiveGraph.Run
        var isDone = false
    }

    init(_ run: sending LiveGraph.Run, of statement: Statement, wideIntegersAsText: Bool) {
        standing = "standing: " + StandingClass.explanation(of: statement)
        header = Self.header(run.columns)
        self.wideIntegersAsText = wideIntegersAsText
        state = Mutex(State(run: run))
    }

    private let wideIntegersAsText: Bool
    /// Which class of standing query the statement would be.
    private let standing: String

    /// Appends the next lines, up to so many bytes. True when there are no more. Throws when the first row, or a later
    /// one, cannot be had.
    func fill(
        _ buffer: inout ByteBuffer, atMost bytes: Int = RowSource.piece
    ) throws(Refusal) -> Bool {
        try state.withLock { (state) throws(Refusal) in
            do throws(CypherError) {
                return try fill(&buffer, bytes, &state)
            } catch { throw error.refusal }
        }
    }

    private func fill(
        _ buffer: inout ByteBuffer, _ bytes: Int, _ state: inout State
    ) throws(CypherError) -> Bool {
        while !state.isDone, buffer.readableBytes < bytes {
            var writer = JSONWriter(wideIntegersAsText: wideIntegersAsText)
            if let row = try state.run.next() {
                writer.write(row: row, state.run.columns)
            } else {
                state.isDone = true
                if state.run.mode == .run { break }
                writer.object { object in
                    object.key("plan")
                    object.write(state.run.explanation)
                    object.member("text", "\(state.run.explanation.text)\n\(standing)")
                }
            }
            buffer.writeBytes(writer.bytes)
            buffer.writeInteger(UInt8(ascii: "\n"))
        }
        return state.isDone
    }

    private static func header(_ columns: [String]) -> String {
        var writer = JSONWriter()
        writer.array { list in for column in columns { list.write(column) } }
        return writer.bytes.reduce(into: "") { text, byte in
            text += byte < 0x80 ? String(UnicodeScalar(byte)) : "?"
        }
    }
}
