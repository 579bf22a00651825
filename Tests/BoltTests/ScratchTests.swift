import Cypher
import Resources
import Testing

@testable import Bolt

/// Scratch graphs: who sees what, and for how long.
@Suite struct ScratchTests {
    /// A connection to the scratch graphs, without the protocol.
    final class Seat {
        private var holdings: ScratchHoldings
        private let statements = StatementCache()

        private let clock: (@Sendable () -> Ticks)?

        init(_ databases: ScratchDatabases, clock: (@Sendable () -> Ticks)? = nil) {
            holdings = ScratchHoldings(databases)
            self.clock = clock
        }

        deinit { holdings.release() }

        func view(_ name: String, readOnly: Bool = false) throws(BoltError) -> ScratchView {
            ScratchView(
                of: try holdings.database(named: name),
                Access(database: name, readOnly: readOnly), options: QueryOptions(clock: clock),
                statements: statements)
        }

        /// The rows of an auto-commit statement, as text.
        func ask(_ name: String, _ statement: String) throws(BoltError) -> [Int64] {
            var view = try view(name)
            let rows = try ScratchTests.rows(statement, in: &view)
            try view.commit()
            return rows
        }
    }

    static func rows(_ statement: String, in view: inout ScratchView) throws(BoltError) -> [Int64] {
        var cursor = try view.run(statement, CypherMap(), Interruption())
        var numbers: [Int64] = []
        while let row = try cursor.next() {
            if case .integer(let number)? = row.first { numbers.append(number) }
        }
        return numbers
    }

    static let count = "MATCH (n) RETURN count(n)"

    @Test func aGraphLivesWhileAConnectionThatNamedItDoes() throws {
        let databases = ScratchDatabases()
        var first: Seat? = Seat(databases)
        _ = try first?.ask("scratch-1", "CREATE (:A), (:B)")
        var second: Seat? = Seat(databases)
        #expect(try second?.ask("scratch-1", Self.count) == [2])
        #expect(try second?.ask("scratch-2", Self.count) == [0])
        #expect(databases.count == 2)
        first = nil
        #expect(try second?.ask("scratch-1", Self.count) == [2])
        second = nil
        #expect(databases.count == 0)
        let third = Seat(databases)
        #expect(try third.ask("scratch-1", Self.count) == [0])
    }

    @Test(arguments: ["", "scratch", "scratch-", "pisces", "Scratch-1"])
    func otherNamesAreNoScratchGraphs(name: String) {
        let seat = Seat(ScratchDatabases())
        let error = #expect(throws: BoltError.self) { try seat.view(name) }
        #expect(error?.code == "Neo.ClientError.Database.DatabaseNotFound")
    }

    @Test func aTransactionSeesItsOwnChangesAndOthersDoNotUntilItsCommit() throws {
        let databases = ScratchDatabases()
        let (mine, other) = (Seat(databases), Seat(databases))
        var view = try mine.view("scratch-1")
        _ = try Self.rows("CREATE (:A)", in: &view)
        _ = try Self.rows("CREATE (:A)", in: &view)
        #expect(try Self.rows(Self.count, in: &view) == [2])
        #expect(try other.ask("scratch-1", Self.count) == [0])
        try view.commit()
        #expect(try other.ask("scratch-1", Self.count) == [2])
    }

    @Test func aDroppedTransactionChangesNothing() throws {
        let seat = Seat(ScratchDatabases())
        var view = try seat.view("scratch-1")
        _ = try Self.rows("CREATE (:A)", in: &view)
        #expect(try seat.ask("scratch-1", Self.count) == [0])
    }

    @Test func theSecondOfTwoWritersIsToldToTryAgain() throws {
        let databases = ScratchDatabases()
        let seat = Seat(databases)
        var first = try seat.view("scratch-1")
        var second = try seat.view("scratch-1")
        _ = try Self.rows("CREATE (:A)", in: &first)
        _ = try Self.rows("CREATE (:B)", in: &second)
        try first.commit()
        do throws(BoltError) {
            try second.commit()
            Issue.record("the second writer overwrote the first")
        } catch {
            #expect(error.code == "Neo.TransientError.Transaction.Outdated")
        }
        #expect(try seat.ask("scratch-1", Self.count) == [1])
    }

    @Test func aReaderMayNotWrite() throws {
        let seat = Seat(ScratchDatabases())
        let error = #expect(throws: BoltError.self) {
            var view = try seat.view("scratch-1", readOnly: true)
            _ = try view.run("CREATE (:A)", CypherMap(), Interruption())
        }
        #expect(error?.code == "Pisces.ClientError.ReadOnly.ChangesAreCommands")
    }

    @Test func plansAndProfilesAreTrees() throws {
        let seat = Seat(ScratchDatabases())
        var view = try seat.view("scratch-1")
        _ = try Self.rows("UNWIND range(1, 5) AS i CREATE (:A {i: i})", in: &view)
        for (mode, key) in [("EXPLAIN", "EstimatedRows"), ("PROFILE", "DbHits")] {
            var cursor = try view.run(
                "\(mode) MATCH (a:A) WHERE a.i > 2 RETURN a.i", CypherMap(), Interruption())
            while try cursor.next() != nil {}
            let summary = cursor.summary()
            let tree = try #require(mode == "EXPLAIN" ? summary.plan : summary.profile)
            guard case .map(let arguments)? = tree["args"], case .list? = tree["children"] else {
                Issue.record("no tree")
                return
            }
            #expect(arguments[key] != nil)
        }
    }

    @Test func anInterruptionStopsAQueryThatGivesNoRows() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let seat = Seat(ScratchDatabases()) {
            let (seconds, attoseconds) = (clock.now - start).components
            return Ticks(
                nanoseconds: UInt64(seconds) * 1_000_000_000
                    + UInt64(attoseconds / 1_000_000_000))
        }
        var view = try seat.view("scratch-1")
        let interruption = Interruption()
        interruption.raise()
        let error = #expect(throws: BoltError.self) {
            var cursor = try view.run(
                "UNWIND range(1, 100000000) AS i WITH i WHERE i < 0 RETURN i", CypherMap(),
                interruption)
            _ = try cursor.next()
        }
        #expect(error == .interrupted)
    }
}
