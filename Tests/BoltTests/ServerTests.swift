import Cypher
import Glibc
import Resources
import Synchronization
import Testing

@testable import Bolt

typealias TestServer = BoltServer<ScriptedService>

/// Runs `body` against a server of its own, which is stopped afterwards.
func serve(
    _ change: (inout TestServer.Settings) -> Void = { _ in },
    _ body: (Int, ScriptedService, TestServer) async throws -> Void
) async throws {
    var settings = TestServer.Settings(version: "test")
    change(&settings)
    let service = ScriptedService()
    let server = TestServer(service: service, settings: settings)
    let port = try server.listen(host: "127.0.0.1", port: 0)
    do {
        try await body(port, service, server)
    } catch {
        try server.stop()
        throw error
    }
    try server.stop()
}

/// Waits until a condition holds; false when it does not within some ten seconds.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<10_000 {
        if condition() { return true }
        await Task.yield()
        usleep(1000)
    }
    return condition()
}

/// Whole conversations over sockets.
@Suite(.serialized) struct ServerTests {
    @Test func aClientIsGreetedByVersion5() async throws {
        try await serve { port, _, _ in
            let wire = try Wire(port: port)
            try wire.shake()
            try wire.say(0x01, .map(CypherMap([("user_agent", .string("wire/1"))])))
            let greeting = try wire.answer()
            #expect(greeting.text("server") == "Neo4j/5.4.0-compatible Pisces/test")
            #expect(greeting.text("connection_id").hasPrefix("bolt-"))
            #expect(greeting["patch_bolt"] == nil)
        }
    }

    @Test func version4IsPatchedWhenItAsks() async throws {
        try await serve { port, _, _ in
            let wire = try Wire(port: port)
            try wire.shake(.v4_4)
            let hello: [(String, CypherValue)] = [
                ("user_agent", .string("wire/1")), ("scheme", .string("basic")),
                ("principal", .string("ada")), ("credentials", .string("secret")),
                ("patch_bolt", .list([.string("utc")])),
            ]
            try wire.say(0x01, .map(CypherMap(hello)))
            let greeting = try wire.answer()
            guard case .list(let patches)? = greeting["patch_bolt"] else {
                Issue.record("no patch")
                return
            }
            #expect(patches.count == 1)
            try wire.run("SHAPES")
            try wire.pull()
            _ = try wire.answer()
            // 1,700,000,000 in UTC rather than an hour later.
            #expect(try wire.message().contains(Hex.bytes("B349CA6553F100")))
        }
    }

    @Test func aWrongPasswordEndsTheConnection() async throws {
        try await serve { port, _, _ in
            let wire = try Wire(port: port)
            try wire.shake()
            try wire.say(0x01, .map(CypherMap()))
            _ = try wire.answer()
            try wire.say(0x6A, .map(CypherMap([("scheme", .string("basic"))])))
            let answer = try wire.answer()
            #expect(answer.isFailure)
            #expect(answer.text("code") == "Neo.ClientError.Security.Unauthorized")
            #expect(try wire.receiveAll().isEmpty)
        }
    }

    @Test func rowsComeInPages() async throws {
        try await serve { port, service, _ in
            let wire = try Wire.loggedIn(port)
            try wire.run("COUNT 25")
            try wire.pull(10)
            #expect(try wire.answer().isSuccess)
            let first = try wire.rows()
            #expect(first.rows.compactMap(\.number) == Array(1...10))
            guard case .boolean(true)? = first.end["has_more"] else {
                Issue.record("no more")
                return
            }
            try wire.pull(15)
            let second = try wire.rows()
            #expect(second.rows.compactMap(\.number) == Array(11...25))
            #expect(second.end["has_more"] == nil)
            #expect(second.end.text("bookmark") == "pisces:7")
            #expect(second.end.text("db") == "pisces" && second.end.text("type") == "r")
            #expect(service.commits.load(ordering: .relaxed) == 1)
        }
    }

    @Test func resultsOfATransactionArePulledByNumber() async throws {
        try await serve { port, _, _ in
            let wire = try Wire.loggedIn(port)
            try wire.say(0x11, .map(CypherMap([("mode", .string("r"))])))
            try wire.run("COUNT 4")
            try wire.run("COUNT 3")
            for expected in [nil, 0, 1] as [Int64?] {
                let answer = try wire.answer()
                if case .integer(let number)? = answer["qid"] {
                    #expect(number == expected)
                } else {
                    #expect(expected == nil)
                }
            }
            try wire.pull(2, of: 0)
            #expect(try wire.rows().rows.compactMap(\.number) == [1, 2])
            try wire.pull(-1, of: 1)
            #expect(try wire.rows().rows.count == 3)
            try wire.say(0x2F, .map(CypherMap([("n", .integer(-1)), ("qid", .integer(0))])))
            #expect(try wire.rows().rows.isEmpty)
            try wire.say(0x12)
            #expect(try wire.answer().text("bookmark") == "pisces:7")
        }
    }

    @Test func afterAFailureAllIsIgnoredUntilReset() async throws {
        try await serve { port, _, _ in
            let wire = try Wire.loggedIn(port)
            try wire.run("FAIL")
            try wire.pull()
            try wire.run("COUNT 1")
            let failure = try wire.answer()
            #expect(
                failure.text("code") == "Pisces.ClientError.SyntaxError.UndefinedVariable")
            #expect(failure.text("message") == "[compile time] 1:5: Variable `x` is not defined")
            #expect(try wire.answer().isIgnored)
            #expect(try wire.answer().isIgnored)
            try wire.reset()
            #expect(try wire.answer().isSuccess)
            try wire.run("FAIL 2")
            try wire.pull()
            #expect(try wire.answer().isSuccess)
            let (rows, end) = try wire.rows()
            #expect(rows.count == 2 && end.isFailure)
            try wire.reset()
            try wire.run("COUNT 1")
            try wire.pull()
            #expect(try wire.answer().isSuccess && wire.answer().isSuccess)
            #expect(try wire.rows().rows.count == 1)
        }
    }

    @Test func resetStopsARunningQuery() async throws {
        try await serve { port, _, _ in
            let wire = try Wire.loggedIn(port)
            try wire.run("SPIN")
            try wire.pull()
            #expect(try wire.answer().isSuccess)
            try wire.run("COUNT 1")
            try wire.reset()
            #expect(try wire.answer().isIgnored)
            #expect(try wire.answer().isIgnored)
            #expect(try wire.answer().isSuccess)
            try wire.run("COUNT 1")
            #expect(try wire.answer().isSuccess)
        }
    }

    @Test func aSlowQueryBlocksNoOther() async throws {
        try await serve { port, _, _ in
            let slow = try Wire.loggedIn(port)
            try slow.run("SPIN")
            try slow.pull()
            #expect(try slow.answer().isSuccess)
            for _ in 0..<3 {
                let other = try Wire.loggedIn(port)
                try other.run("COUNT 2000")
                try other.pull()
                #expect(try other.answer().isSuccess)
                #expect(try other.rows().rows.count == 2000)
            }
        }
    }

    @Test func aShortStatementNeedsNoThread() async throws {
        try await serve { port, service, _ in
            // Every query thread is held by a statement that does not end.
            var slow: [Wire] = []
            for _ in 0..<Limits.boltThreads.value {
                let wire = try Wire.loggedIn(port)
                try wire.run("SPIN")
                #expect(try wire.answer().isSuccess)
                slow.append(wire)
            }
            let short = try Wire.loggedIn(port)
            try settle(short, service)
            for wire in slow { try wire.pull() }
            for count in 1...Int64(Limits.boltShortRows.value) - 1 {
                try short.run("SHORT \(count)")
                try short.pull()
                #expect(try short.answer().isSuccess)
                let (rows, end) = try short.rows()
                #expect(rows.count == count && end.isSuccess)
            }
        }
    }

    /// The thread that answered the login may still be leaving: short statements are asked until
    /// one is answered by the loop.
    private func settle(_ wire: Wire, _ service: ScriptedService) throws {
        for _ in 0..<1000 where service.rowsOnLoops.load(ordering: .relaxed) == 0 {
            try wire.run("SHORT 1")
            try wire.pull()
            #expect(try wire.answer().isSuccess)
            #expect(try wire.rows().rows.count == 1)
        }
        try #require(service.rowsOnLoops.load(ordering: .relaxed) > 0)
    }

    @Test func theLoopMakesOnlyTheFirstRowsOfAShortStatement() async throws {
        try await serve { port, service, _ in
            let wire = try Wire.loggedIn(port)
            try settle(wire, service)
            let first = service.rowsOnLoops.load(ordering: .relaxed)
            for statement in ["SHORT 1000", "COUNT 1000"] {
                try wire.run(statement)
                try wire.pull()
                #expect(try wire.answer().isSuccess)
                let (rows, end) = try wire.rows()
                #expect(rows.count == 1000 && end.isSuccess)
                #expect(
                    service.rowsOnLoops.load(ordering: .relaxed)
                        == first + Int64(Limits.boltShortRows.value), "after \(statement)")
            }
        }
    }

    /// Rows made on the loop stay, and those behind them come from a thread, each once.
    @Test(arguments: [(40, 0), (40, 1), (40, 5), (6, 5), (5, 5)], [Int64(-1), 1, 3, 7])
    func aShortStatementThatIsLongGoesOnOnAThread(
        _ sizes: (count: Int, onLoop: Int), piece: Int64
    ) async throws {
        try await serve { port, service, _ in
            let wire = try Wire.loggedIn(port)
            try settle(wire, service)
            let first = service.rowsOnLoops.load(ordering: .relaxed)
            try wire.run("SHORT \(sizes.count) \(sizes.onLoop)")
            #expect(try wire.answer().isSuccess)
            var numbers: [Int64] = []
            var hasMore = true
            while hasMore {
                try wire.pull(piece)
                let (rows, end) = try wire.rows()
                numbers += rows.compactMap(\.number)
                #expect(end.isSuccess)
                if case .boolean(true)? = end["has_more"] { continue }
                hasMore = false
            }
            #expect(numbers == Array(1...Int64(sizes.count)))
            let made = service.rowsOnLoops.load(ordering: .relaxed) - first
            #expect(made == Int64(sizes.onLoop))
        }
    }

    @Test func manyShortStatementsAtOnceAreAnsweredInOrder() async throws {
        try await serve { port, service, _ in
            let wire = try Wire.loggedIn(port)
            let statements = 4 * Limits.boltShortTurn.value
            for number in 1...statements {
                try wire.run(number % 3 == 0 ? "COUNT \(number)" : "SHORT \(number % 7)")
                try wire.pull()
            }
            for number in 1...statements {
                #expect(try wire.answer().isSuccess)
                let (rows, end) = try wire.rows()
                #expect(rows.count == (number % 3 == 0 ? number : number % 7) && end.isSuccess)
            }
        }
    }

    @Test func rowsStopWhileTheClientDoesNotRead() async throws {
        try await serve { port, service, _ in
            let wire = try Wire.loggedIn(port)
            let wanted: Int64 = 50_000
            try wire.run("WIDE \(wanted)")
            try wire.pull()
            // The kernel's buffers on both sides and ours hold some megabytes; then all is quiet.
            var seen: Int64 = -1
            var quiet = 0
            let isQuiet = await eventually {
                let rows = service.rows.load(ordering: .relaxed)
                quiet = rows == seen && rows > 0 ? quiet + 1 : 0
                seen = rows
                return quiet == 100
            }
            #expect(isQuiet && seen < wanted / 2, "\(seen) rows were made for nobody")
            #expect(try wire.answer().isSuccess)
            let (rows, end) = try wire.rows()
            #expect(rows.count == wanted && end.isSuccess)
        }
    }

    @Test func writesRunToTheirEndWhenDiscarded() async throws {
        try await serve { port, service, _ in
            let wire = try Wire.loggedIn(port)
            try wire.run("WRITE 7")
            try wire.say(0x2F, .map(CypherMap([("n", .integer(-1))])))
            #expect(try wire.answer().isSuccess)
            let end = try wire.answer()
            guard case .map(let changes)? = end["stats"],
                case .integer(7)? = changes["nodes-created"]
            else {
                Issue.record("no statistics")
                return
            }
            try wire.run("COUNT 1000")
            try wire.say(0x2F, .map(CypherMap([("n", .integer(-1))])))
            #expect(try wire.answer().isSuccess && wire.answer().isSuccess)
            #expect(service.rows.load(ordering: .relaxed) == 7)
        }
    }

    @Test func routesLeadToTheAddressTheClientKnows() async throws {
        try await serve { port, _, _ in
            let wire = try Wire.loggedIn(port)
            try wire.say(
                0x66, .map(CypherMap([("address", .string("graph.home:7687"))])), .list([]),
                .map(CypherMap()))
            guard case .map(let table)? = try wire.answer()["rt"],
                case .list(let servers)? = table["servers"], case .string("pisces")? = table["db"]
            else {
                Issue.record("no routing table")
                return
            }
            let roles = servers.map { server -> String in
                guard case .map(let server) = server, case .string(let role)? = server["role"],
                    case .list(let addresses)? = server["addresses"],
                    case .string("graph.home:7687")? = addresses.first
                else { return "" }
                return role
            }
            #expect(roles == ["ROUTE", "READ", "WRITE"])
            try wire.say(0x54, .integer(2))
            #expect(try wire.answer().isSuccess)
        }
    }

    @Test func usersChangeOnOneConnection() async throws {
        try await serve { port, _, _ in
            let wire = try Wire.loggedIn(port)
            try wire.say(0x6B)
            #expect(try wire.answer().isSuccess)
            try wire.run("COUNT 1")
            #expect(try wire.answer().text("code") == "Neo.ClientError.Security.Unauthorized")
            #expect(try wire.receiveAll().isEmpty)
        }
    }

    @Test func unknownDatabasesAndBookmarksAreRefused() async throws {
        try await serve { port, _, _ in
            let wire = try Wire.loggedIn(port)
            try wire.run("COUNT 1", db: "neo4j")
            let answer = try wire.answer()
            #expect(answer.text("code") == "Neo.ClientError.Database.DatabaseNotFound")
            #expect(answer.text("message").contains("`neo4j`"))
            try wire.reset()
            _ = try wire.answer()
            try wire.say(0x11, .map(CypherMap([("bookmarks", .list([.string("future")]))])))
            #expect(
                try wire.answer().text("code") == "Neo.ClientError.Transaction.InvalidBookmark")
        }
    }

    @Test func stoppingEndsRunningQueriesAndLetsGo() async throws {
        let service = ScriptedService()
        let server = TestServer(service: service, settings: .init(version: "test"))
        let port = try server.listen(host: "127.0.0.1", port: 0)
        let spinning = try Wire.loggedIn(port)
        try spinning.run("SPIN")
        try spinning.pull()
        #expect(try spinning.answer().isSuccess)
        let idle = try Wire.loggedIn(port)
        try server.stop()
        #expect(try idle.receiveAll().isEmpty)
        #expect(service.closed.load(ordering: .relaxed) == 2)
        #expect(throws: Wire.WireError.self) { _ = try Wire(port: port) }
    }
}
