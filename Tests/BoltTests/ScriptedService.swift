import Bolt
import Cypher
import NIOPosix
import Synchronization

/// A service whose statements are a few words, so that the protocol is tested without a language:
/// `ECHO` (its parameters), `COUNT n`, `WIDE n` (1 KiB a row), `SPIN` (until interrupted),
/// `SHAPES`, `WRITE n`, `FAIL` (at compile time), `FAIL n` (after n rows), and `SHORT n`, which says
/// of itself that it is short; `SHORT n m` is wrong about that after m rows.
final class ScriptedService: BoltService {
    struct Client: BoltClient {
        let service: ScriptedService
        var user: String?

        mutating func logon(_ login: Login) throws(BoltError) {
            guard login.principal == "ada", login.credentials == "secret" else {
                throw .unauthorized("no such user or password")
            }
            user = login.principal
        }

        mutating func logoff() { user = nil }

        func database(named name: String) throws(BoltError) -> String {
            guard name.isEmpty || name == "pisces" else { throw .noDatabase(name) }
            return "pisces"
        }

        mutating func open(_ access: Access) throws(BoltError) -> View {
            guard user != nil else { throw .unauthorized("nobody is logged in") }
            if access.bookmarks.contains("future") { throw .bookmark("`future` is not yet here") }
            return View(service: service, database: try database(named: access.database))
        }

        func isShort(_ statement: String, _ access: Access) -> Bool {
            user != nil && statement.hasPrefix("SHORT")
        }

        mutating func close() { service.closed.wrappingAdd(1, ordering: .relaxed) }
    }

    struct View: BoltView {
        let service: ScriptedService
        let database: String
        var bookmark: String? { "pisces:7" }

        mutating func commit() throws(BoltError) {
            service.commits.wrappingAdd(1, ordering: .relaxed)
        }

        mutating func run(
            _ statement: String, _ parameters: CypherMap, _ interruption: Interruption
        ) throws(BoltError) -> Cursor {
            let words = statement.split(separator: " ").map(String.init)
            let count = words.count > 1 ? Int64(words[1]) : nil
            if words.first == "FAIL", count == nil {
                throw BoltError(
                    CypherError(
                        .syntaxError, .undefinedVariable, .compileTime,
                        at: .init(line: 1, column: 5), "Variable `x` is not defined"))
            }
            return Cursor(
                service: service, word: words.first ?? "", count: count ?? 1,
                allowed: interruption.allowance == nil || words.count < 3 ? nil : Int64(words[2]),
                parameters: parameters, interruption: interruption)
        }
    }

    struct Cursor: BoltCursor {
        let service: ScriptedService
        let word: String
        let count: Int64
        let allowed: Int64?
        let parameters: CypherMap
        let interruption: Interruption
        var made: Int64 = 0

        var columns: [String] { word == "ECHO" ? parameters.keys : ["n"] }
        var writes: Bool { word == "WRITE" }

        mutating func next() throws(BoltError) -> [CypherValue]? {
            if word == "SPIN" {
                while !interruption.isRaised {}
                throw .interrupted
            }
            if made == allowed { throw .outOfTurn }
            guard made < count else {
                if word == "FAIL" {
                    throw BoltError(.runtime(.arithmeticError, .divisionByZero, "1 / 0"))
                }
                return nil
            }
            made += 1
            service.rows.wrappingAdd(1, ordering: .relaxed)
            if MultiThreadedEventLoopGroup.currentEventLoop != nil {
                service.rowsOnLoops.wrappingAdd(1, ordering: .relaxed)
            }
            switch word {
            case "ECHO": return parameters.entries.map(\.value)
            case "WIDE": return [.string(String(repeating: "x", count: 1024))]
            case "SHAPES": return [.list(Shapes.all)]
            default: return [.integer(made)]
            }
        }

        func summary() -> Summary {
            writes
                ? Summary(kind: "w", changes: [("nodes-created", made)])
                : Summary(
                    kind: "r",
                    plan: word == "ECHO" ? CypherMap([("operatorType", .string("Echo"))]) : nil)
        }
    }

    /// Rows made by all statements so far.
    let rows = Atomic<Int64>(0)
    /// Those of them that were made on an event loop.
    let rowsOnLoops = Atomic<Int64>(0)
    /// Connections that were let go of.
    let closed = Atomic<Int>(0)
    let commits = Atomic<Int>(0)

    func connect() -> Client { Client(service: self) }
}

/// Two nodes, a relationship, a path over both directions, and a moment of each kind.
enum Shapes {
    static let alice = NodeValue(
        id: 1, elementID: "n1", labels: ["Person"], properties: CypherMap([("name", .string("A"))]))
    static let bob = NodeValue(id: 2, elementID: "n2", labels: [], properties: CypherMap())
    static let knows = RelationshipValue(
        id: 9, elementID: "r9", type: "KNOWS", start: alice, end: bob,
        properties: CypherMap([("since", .integer(2020))]))
    static let there = PathValue(nodes: [alice, bob], relationships: [knows])
    static let back = PathValue(nodes: [bob, alice], relationships: [knows])

    static let all: [CypherValue] = [
        .node(alice), .relationship(knows), .path(there), .path(back),
        .date(CypherDate(days: 19_000)),
        .localTime(CypherLocalTime(nanoseconds: 3_600_000_000_001)),
        .time(CypherTime(nanoseconds: 3_600_000_000_000, offset: 7200)),
        .localDateTime(CypherLocalDateTime(seconds: 1_700_000_000, nanoseconds: 5)),
        .dateTime(
            CypherDateTime(seconds: 1_700_000_000, nanoseconds: 5, offset: 3600, zone: nil)),
        .dateTime(
            CypherDateTime(
                seconds: 1_700_000_000, nanoseconds: 5, offset: 3600, zone: "Europe/Stockholm")),
        .duration(CypherDuration(months: 14, days: -3, seconds: 70, nanoseconds: 9)),
    ]
}
