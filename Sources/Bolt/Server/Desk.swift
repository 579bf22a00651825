internal import Cypher
internal import NIOCore
internal import Resources

/// Where the messages of one connection are dealt with: the machine, what is open for the client,
/// and the answers not yet sent. Used by one query thread at a time.
struct Desk<Client: BoltClient> {
    typealias View = Client.View
    typealias Cursor = View.Cursor

    /// A result that still has rows.
    private struct Result {
        let number: Int64
        var cursor: Cursor
        /// The view of an auto-commit statement; those of a transaction share one.
        var view: View?
        /// A row that was asked for to learn whether there are more.
        var ahead: [CypherValue]?
        /// What it answers, where its rows may be made on the event loop.
        var short: Request.Run?
        /// Rows that were made.
        var made = 0
        /// It takes longer than the loop has time for: it is begun again.
        var isCutShort = false
        /// Time spent on rows so far.
        var milliseconds: Int64 = 0

        mutating func next() throws(BoltError) -> [CypherValue]? {
            if let row = ahead {
                ahead = nil
                return row
            }
            let row = try cursor.next()
            made += 1
            return row
        }
    }

    /// Rows under way for one PULL or DISCARD.
    private struct Stream {
        let number: Int64
        var left: Int64?
        let send: Bool
    }

    /// What is told in greetings and routes.
    struct Identity: Sendable {
        let agent: String
        let connection: String
        /// Seconds of silence after which a client may take us for dead.
        let silence: Int64
        /// Where a client that does not say how it found us is sent.
        let address: String
    }

    private var machine: BoltMachine
    private var client: Client
    private let version: BoltVersion
    private let identity: Identity
    private let interruption: Interruption
    private var routingAddress: String?
    private var transaction: View?
    private var results: [Result] = []
    private var stream: Stream?
    private(set) var output: PackWriter

    init(
        version: BoltVersion, client: Client, identity: Identity, interruption: Interruption
    ) {
        machine = BoltMachine(version: version)
        self.client = client
        self.version = version
        self.identity = identity
        self.interruption = interruption
        output = PackWriter(dialect: version.dialect)
    }

    var isStreaming: Bool { stream != nil }
    /// Nothing more is said after what is written.
    var isClosed: Bool { machine.isClosed }
    var isLoggedIn: Bool { machine.isLoggedIn }

    mutating func takeOutput() -> ByteBuffer { output.take() }

    /// Lets go of everything.
    mutating func close() {
        drop()
        machine.broke()
        client.close()
    }

    /// Deals with what the event loop delivered.
    mutating func take(_ item: Inbox.Item) {
        if interruption.hasReset { machine.interrupt() }
        switch item {
        case .broken(let error):
            output.writeFailure(error)
            machine.broke()
        case .message(let message):
            do throws(BoltError) {
                let request = try Request(message, dialect: output.dialect)
                if case .reset = request { interruption.lower() }
                try perform(machine.receive(request))
            } catch {
                refuse(error)
            }
        }
    }

    /// Deals with a message on the event loop, when it is a statement of its own that is soon
    /// answered, or asks for rows of one; false leaves all as it is, for a query thread.
    mutating func takeShort(_ item: Inbox.Item) -> Bool {
        guard case .message(let message) = item, transaction == nil, stream == nil, isLoggedIn,
            !interruption.isRaised, message.readableBytes <= Limits.boltShort.value
        else { return false }
        let request: Request
        // What cannot be read is refused where all refusals are.
        do throws(BoltError) { request = try Request(message, dialect: output.dialect) } catch {
            return false
        }
        switch request {
        case .run(let run):
            guard results.isEmpty, client.isShort(run.statement, run.access) else { return false }
        case .pull, .discard:
            guard results.count == 1, results[0].short != nil else { return false }
        default: return false
        }
        interruption.allow(Limits.boltShortResources.value)
        defer { interruption.allow(nil) }
        do throws(BoltError) {
            try perform(machine.receive(request))
            if case .run(let run) = request, !results.isEmpty { results[0].short = run }
        } catch {
            refuse(error)
        }
        return true
    }

    private mutating func refuse(_ error: BoltError) {
        let isMalformed = error.code == BoltError.malformed("").code
        if interruption.hasReset, !isMalformed, isLoggedIn {
            machine.interrupt()
            output.writeIgnored()
        } else {
            output.writeFailure(error)
            if isMalformed { machine.broke() } else { machine.failed() }
        }
        drop()
    }

    private mutating func perform(_ action: BoltMachine.Action) throws(BoltError) {
        switch action {
        case .greet(let hello):
            greet(hello)
            machine.greeted()
        case .login(let login, let hello):
            try client.logon(login)
            machine.loggedIn()
            if let hello { greet(hello) } else { output.writeSuccess() }
        case .logout:
            client.logoff()
            output.writeSuccess()
        case .open(let run, let number, let inTransaction):
            try open(run, number, inTransaction: inTransaction)
        case .fetch(let number, let count, let send):
            stream = Stream(number: number, left: count, send: send)
        case .begin(let access):
            transaction = try client.open(access)
            machine.begun()
            output.writeSuccess()
        case .end(let commit): try end(commit: commit)
        case .route(let route): try self.route(route)
        case .reset:
            drop()
            output.writeSuccess()
        case .succeed: output.writeSuccess()
        case .ignore: output.writeIgnored()
        case .fail(let error), .breach(let error):
            drop()
            output.writeFailure(error)
        case .close: drop()
        }
    }

    private mutating func greet(_ hello: Request.Hello) {
        let patch = hello.wantsUTC && !version.dialect.utc
        if patch {
            output.dialect = PackDialect(elementIDs: version.dialect.elementIDs, utc: true)
        }
        routingAddress = hello.address
        output.writeGreeting(
            agent: identity.agent, connection: identity.connection, silence: identity.silence,
            utc: patch)
    }

    private mutating func route(_ route: Request.Route) throws(BoltError) {
        let database = try client.database(named: route.database)
        let address = route.address ?? routingAddress ?? identity.address
        output.writeRoutes(database: database, address: address, seconds: 300)
    }

    private mutating func open(
        _ run: Request.Run, _ number: Int64, inTransaction: Bool
    ) throws(BoltError) {
        let begun = NIODeadline.now()
        let interruption = interruption
        let result: Result
        if inTransaction {
            guard let cursor = try transaction?.run(run.statement, run.parameters, interruption)
            else { throw .invalid("the transaction is gone: send RESET") }
            result = Result(number: number, cursor: cursor, view: nil)
        } else {
            var view = try client.open(run.access)
            let cursor = try view.run(run.statement, run.parameters, interruption)
            result = Result(number: number, cursor: cursor, view: view)
        }
        results.append(result)
        machine.opened(number)
        output.writeOpened(
            result.cursor.columns, result: inTransaction ? number : nil,
            milliseconds: Self.milliseconds(since: begun))
    }

    private mutating func end(commit: Bool) throws(BoltError) {
        if commit { try transaction?.commit() }
        let bookmark = transaction?.bookmark
        drop()
        machine.ended()
        if commit { output.writeCommitted(bookmark: bookmark) } else { output.writeSuccess() }
    }

    private mutating func drop() {
        stream = nil
        results = []
        transaction = nil
    }

    private static func milliseconds(since begun: NIODeadline) -> Int64 {
        (NIODeadline.now() - begun).nanoseconds / 1_000_000
    }
}

// Rows.
extension Desk {
    /// Makes and writes rows until the request is done, a piece is full, or the slice is over.
    mutating func goOn() { goOn(atMost: .max, onLoop: false) }

    /// The same on the event loop: so many rows at most, and no more than is soon made.
    mutating func goOnShort() { goOn(atMost: Limits.boltShortRows.value, onLoop: true) }

    private mutating func goOn(atMost most: Int, onLoop: Bool) {
        guard let under = stream,
            let place = results.firstIndex(where: { $0.number == under.number })
        else {
            stream = nil
            return
        }
        let begun = NIODeadline.now()
        do throws(BoltError) {
            // On the loop rows and nodes are counted; time passes there for others, too.
            let end = onLoop ? .distantFuture : begun + .milliseconds(Int64(Limits.boltSlice.value))
            if results[place].isCutShort, !onLoop { try beginAgain(place) }
            do throws(BoltError) {
                try rows(of: place, atMost: most, until: end)
            } catch {
                guard error == .outOfTurn else { throw error }
                results[place].isCutShort = true
            }
            if stream == nil {
                try finish(place, begun)
            } else {
                results[place].milliseconds += Self.milliseconds(since: begun)
            }
        } catch {
            refuse(error)
        }
    }

    /// Leaves `stream` nil when the request is done.
    private mutating func rows(
        of place: Int, atMost most: Int, until end: NIODeadline
    ) throws(BoltError) {
        guard let under = stream else { return }
        if !under.send, under.left == nil, !results[place].cursor.writes {
            results[place].ahead = nil
            stream = nil
            return
        }
        var made = 0
        while made < most, output.count < Limits.boltPiece.value {
            made += 1
            if interruption.isRaised { throw .interrupted }
            guard let row = try results[place].next() else {
                stream = nil
                return
            }
            if stream?.left == 0 {
                results[place].ahead = row
                stream = nil
                return
            }
            if under.send { output.writeRecord(row) }
            if let left = stream?.left { stream?.left = left - 1 }
            if end != .distantFuture, NIODeadline.now() >= end { return }
        }
    }

    /// Begins a statement anew that was too long for the loop, behind the rows it has given: it
    /// sees the same state, and gives them in the same order.
    private mutating func beginAgain(_ place: Int) throws(BoltError) {
        let interruption = interruption
        guard let run = results[place].short, var view = results[place].view else {
            preconditionFailure("only a short statement is cut short, and it has a view")
        }
        var cursor = try view.run(run.statement, run.parameters, interruption)
        results[place].view = view
        for _ in 0..<results[place].made { _ = try cursor.next() }
        results[place].cursor = cursor
        (results[place].short, results[place].isCutShort) = (nil, false)
    }

    private mutating func finish(_ place: Int, _ begun: NIODeadline) throws(BoltError) {
        guard results[place].ahead == nil else {
            output.writeMore()
            return
        }
        try results[place].view?.commit()
        let result = results.remove(at: place)
        let milliseconds = result.milliseconds + Self.milliseconds(since: begun)
        machine.exhausted(result.number)
        output.writeSummary(
            result.cursor.summary(), database: (result.view ?? transaction)?.database ?? "",
            bookmark: result.view?.bookmark, milliseconds: milliseconds)
    }
}
