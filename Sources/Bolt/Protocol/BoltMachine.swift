internal import Resources

/// The server's side of one connection after the handshake, as a pure machine: a message goes in,
/// what to do comes out, and how that ended is told with one of the methods at the end.
///
/// It follows the server states of the Bolt specification, except that what is not allowed in a
/// state only fails until RESET, where Neo4j ends the connection.
struct BoltMachine: Sendable {
    private enum State: Sendable {
        /// Before HELLO. → stranger (5.4), ready (4.4), closed
        case greeting
        /// Greeted or logged off, before LOGON. → ready, closed
        case stranger
        /// → streaming, transaction, failed, interrupted, stranger, closed
        case ready
        /// The result of an auto-commit statement is open. → ready, failed, interrupted, closed
        case streaming
        /// Between BEGIN and COMMIT or ROLLBACK. → ready, failed, interrupted, closed
        case transaction(Results)
        /// A request failed; all are ignored until RESET. → ready, closed
        case failed
        /// A RESET came and waits behind other messages. → ready, closed
        case interrupted
        /// Nothing more is read or said.
        case closed
    }

    /// The results of a transaction, by the numbers under which the client knows them.
    private struct Results: Sendable {
        var open: [Int64] = []
        var next: Int64 = 0
    }

    /// What the shell has to do for a message.
    enum Action: Sendable {
        /// Say who we are; `Hello` may ask for patches.
        case greet(Request.Hello)
        /// Check credentials, and greet when HELLO brought them.
        case login(Login, Request.Hello?)
        case logout
        /// Open a view, when it is no part of a transaction, and begin the statement.
        case open(Request.Run, result: Int64, inTransaction: Bool)
        /// Send or skip rows of an open result; nil means all.
        case fetch(result: Int64, count: Int64?, send: Bool)
        case begin(Access)
        /// Drop what a transaction holds; COMMIT answers with a bookmark.
        case end(commit: Bool)
        case route(Request.Route)
        /// Drop all that is open.
        case reset
        /// Nothing to do but to say so.
        case succeed
        case ignore
        case fail(BoltError)
        /// Say why and close.
        case breach(BoltError)
        case close
    }

    private var state = State.greeting
    private let version: BoltVersion

    init(version: BoltVersion) { self.version = version }

    /// True once HELLO, and LOGON where there is one, succeeded.
    var isLoggedIn: Bool {
        switch state {
        case .greeting, .stranger, .closed: false
        case .ready, .streaming, .transaction, .failed, .interrupted: true
        }
    }

    /// What a message asks for in this state.
    mutating func receive(_ request: Request) -> Action {
        switch (state, request) {
        case (.closed, _): return .ignore
        case (_, .goodbye):
            state = .closed
            return .close
        case (.greeting, _), (.stranger, _): return identify(request)
        case (_, .reset):
            state = .ready
            return .reset
        case (.failed, _), (.interrupted, _): return .ignore
        case (.ready, _), (.streaming, _), (.transaction, _): return serve(request)
        }
    }

    /// Messages of those who have not logged in.
    private mutating func identify(_ request: Request) -> Action {
        switch (state, request) {
        case (.greeting, .hello(let hello)):
            return version.hasLogon ? .greet(hello) : .login(hello.login, hello)
        case (.stranger, .logon(let login)): return .login(login, nil)
        default:
            state = .closed
            return .breach(
                .unauthorized("\(request.name) came before the login: send HELLO and LOGON first"))
        }
    }

    private mutating func serve(_ request: Request) -> Action {
        switch request {
        case .run(let run): return self.run(run)
        case .pull(let fetch): return self.fetch(fetch, send: true)
        case .discard(let fetch): return self.fetch(fetch, send: false)
        case .begin(let access):
            guard case .ready = state else { return refuse(request) }
            return .begin(access)
        case .commit, .rollback: return end(request)
        case .route(let route):
            guard case .ready = state else { return refuse(request) }
            return .route(route)
        case .telemetry: return .succeed
        case .logoff:
            guard case .ready = state, version.hasLogon else { return refuse(request) }
            state = .stranger
            return .logout
        case .hello, .logon, .reset, .goodbye: return refuse(request)
        }
    }

    private mutating func run(_ run: Request.Run) -> Action {
        switch state {
        case .ready: return .open(run, result: 0, inTransaction: false)
        case .transaction(let results):
            if results.open.count >= Limits.boltResults.value {
                state = .failed
                return .fail(.beyond(Limits.boltResults, "pull or discard some before RUN"))
            }
            return .open(run, result: results.next, inTransaction: true)
        default: return refuse(.run(run))
        }
    }

    private mutating func fetch(_ fetch: Request.Fetch, send: Bool) -> Action {
        switch state {
        case .streaming:
            // Clients of one auto-commit result may name it 0 or not at all.
            return .fetch(result: 0, count: fetch.count, send: send)
        case .transaction(let results):
            guard let last = results.open.last else { break }
            let wanted = fetch.result ?? last
            guard results.open.contains(wanted) else { break }
            return .fetch(result: wanted, count: fetch.count, send: send)
        default: break
        }
        return refuse(send ? .pull(fetch) : .discard(fetch))
    }

    private mutating func end(_ request: Request) -> Action {
        guard case .transaction = state else { return refuse(request) }
        if case .commit = request { return .end(commit: true) }
        return .end(commit: false)
    }

    private mutating func refuse(_ request: Request) -> Action {
        let reason = "\(request.name) is not possible \(situation): send RESET to begin anew"
        state = .failed
        return .fail(.invalid(reason))
    }

    private var situation: String {
        switch state {
        case .greeting, .stranger: "before the login"
        case .ready: "without an open transaction or result"
        case .streaming: "while a result is open"
        case .transaction(let results):
            results.open.isEmpty
                ? "in a transaction without that open result"
                : "in a transaction with the open results \(results.open)"
        case .failed: "after a failure"
        case .interrupted: "after an interruption"
        case .closed: "after the end"
        }
    }
}

// How actions ended.
extension BoltMachine {
    /// HELLO was answered.
    mutating func greeted() { state = .stranger }

    /// The credentials were good.
    mutating func loggedIn() { state = .ready }

    /// A statement began.
    mutating func opened(_ result: Int64) {
        switch state {
        case .ready: state = .streaming
        case .transaction(var results):
            precondition(results.next == result, "result \(result) opened, not \(results.next)")
            results.open.append(result)
            results.next += 1
            state = .transaction(results)
        default: preconditionFailure("a result opened \(situation)")
        }
    }

    /// The last row of a result was sent or skipped.
    mutating func exhausted(_ result: Int64) {
        switch state {
        case .streaming: state = .ready
        case .transaction(var results):
            results.open.removeAll { $0 == result }
            state = .transaction(results)
        default: preconditionFailure("a result ended \(situation)")
        }
    }

    /// A transaction began.
    mutating func begun() { state = .transaction(Results()) }

    /// A transaction ended.
    mutating func ended() { state = .ready }

    /// An action failed: all is ignored until RESET. A failed login ends the connection.
    mutating func failed() { state = isLoggedIn ? .failed : .closed }

    /// A RESET waits behind the next messages: they are not wanted any more.
    mutating func interrupt() { if isLoggedIn { state = .interrupted } }

    /// The connection is beyond repair.
    mutating func broke() { state = .closed }

    /// True when nothing more is said.
    var isClosed: Bool { if case .closed = state { true } else { false } }
}

extension Request {
    /// The name of the message in the specification.
    var name: String {
        switch self {
        case .hello: "HELLO"
        case .logon: "LOGON"
        case .logoff: "LOGOFF"
        case .run: "RUN"
        case .pull: "PULL"
        case .discard: "DISCARD"
        case .begin: "BEGIN"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .reset: "RESET"
        case .route: "ROUTE"
        case .telemetry: "TELEMETRY"
        case .goodbye: "GOODBYE"
        }
    }
}
