import Cypher
import NIOCore
import Resources
import Testing

@testable import Bolt

/// The states of a connection, without bytes or sockets.
@Suite struct MachineTests {
    static let login = Login(scheme: "basic", principal: "ada", credentials: "secret")
    static let hello = Request.hello(
        .init(agent: "test", login: login, address: nil, wantsUTC: false))
    static let run = Request.run(
        .init(statement: "x", parameters: CypherMap(), access: Access(database: "")))

    /// What the machine asked for, in a word.
    static func word(_ action: BoltMachine.Action) -> String {
        switch action {
        case .greet: "greet"
        case .login(_, let hello): hello == nil ? "login" : "login and greet"
        case .logout: "logout"
        case .open(_, let result, let inTransaction): "open \(result)\(inTransaction ? " in" : "")"
        case .fetch(let result, let count, let send):
            "\(send ? "send" : "skip") \(count.map(String.init) ?? "all") of \(result)"
        case .begin: "begin"
        case .end(let commit): commit ? "commit" : "roll back"
        case .route: "route"
        case .reset: "reset"
        case .succeed: "succeed"
        case .ignore: "ignore"
        case .fail: "fail"
        case .breach: "breach"
        case .close: "close"
        }
    }

    static func pull(_ count: Int64? = nil, of result: Int64? = nil) -> Request {
        .pull(.init(count: count, result: result))
    }

    static var ready: BoltMachine {
        var machine = BoltMachine(version: .v5_4)
        _ = machine.receive(hello)
        machine.greeted()
        _ = machine.receive(.logon(login))
        machine.loggedIn()
        return machine
    }

    static var inTransaction: BoltMachine {
        var machine = ready
        _ = machine.receive(.begin(Access(database: "")))
        machine.begun()
        return machine
    }

    static var streaming: BoltMachine {
        var machine = ready
        _ = machine.receive(run)
        machine.opened(0)
        return machine
    }

    @Test func version5GreetsFirstAndLogsInThen() {
        var machine = BoltMachine(version: .v5_4)
        #expect(Self.word(machine.receive(Self.hello)) == "greet")
        machine.greeted()
        #expect(!machine.isLoggedIn)
        #expect(Self.word(machine.receive(.logon(Self.login))) == "login")
        machine.loggedIn()
        #expect(machine.isLoggedIn)
        #expect(Self.word(machine.receive(.logoff)) == "logout")
        #expect(!machine.isLoggedIn)
        #expect(Self.word(machine.receive(.logon(Self.login))) == "login")
    }

    @Test func version4LogsInWithHello() {
        var machine = BoltMachine(version: .v4_4)
        #expect(Self.word(machine.receive(Self.hello)) == "login and greet")
        machine.loggedIn()
        #expect(Self.word(machine.receive(Self.run)) == "open 0")
    }

    @Test func version4HasNoLogoff() {
        var machine = BoltMachine(version: .v4_4)
        _ = machine.receive(Self.hello)
        machine.loggedIn()
        #expect(Self.word(machine.receive(.logoff)) == "fail")
    }

    @Test func aRefusedLoginEndsTheConnection() {
        var machine = BoltMachine(version: .v5_4)
        _ = machine.receive(Self.hello)
        machine.greeted()
        _ = machine.receive(.logon(Self.login))
        machine.failed()
        #expect(machine.isClosed)
        #expect(Self.word(machine.receive(.reset)) == "ignore")
    }

    @Test(
        arguments: [
            run, pull(), .begin(Access(database: "")), .commit, .rollback, .reset, .logoff,
            .telemetry,
            .logon(login), .route(.init(address: nil, database: "")),
        ] as [Request])
    func nothingIsServedBeforeTheLogin(request: Request) {
        var machine = BoltMachine(version: .v5_4)
        #expect(Self.word(machine.receive(request)) == "breach")
        #expect(machine.isClosed)
        var greeted = BoltMachine(version: .v5_4)
        _ = greeted.receive(Self.hello)
        greeted.greeted()
        if case .logon = request { return }
        #expect(Self.word(greeted.receive(request)) == "breach")
    }

    @Test func oneResultIsPulledInPages() {
        var machine = Self.streaming
        #expect(Self.word(machine.receive(Self.pull(10))) == "send 10 of 0")
        #expect(Self.word(machine.receive(Self.pull(10, of: 0))) == "send 10 of 0")
        #expect(
            Self.word(machine.receive(.discard(.init(count: nil, result: nil)))) == "skip all of 0")
        machine.exhausted(0)
        #expect(Self.word(machine.receive(Self.run)) == "open 0")
    }

    @Test func aTransactionHoldsSeveralResults() {
        var machine = Self.inTransaction
        #expect(Self.word(machine.receive(Self.run)) == "open 0 in")
        machine.opened(0)
        #expect(Self.word(machine.receive(Self.run)) == "open 1 in")
        machine.opened(1)
        #expect(Self.word(machine.receive(Self.pull(5))) == "send 5 of 1")
        #expect(Self.word(machine.receive(Self.pull(5, of: 0))) == "send 5 of 0")
        machine.exhausted(1)
        #expect(Self.word(machine.receive(Self.pull())) == "send all of 0")
        machine.exhausted(0)
        #expect(Self.word(machine.receive(Self.run)) == "open 2 in")
        machine.opened(2)
        #expect(Self.word(machine.receive(.commit)) == "commit")
        machine.ended()
        #expect(Self.word(machine.receive(.commit)) == "fail")
    }

    @Test func openResultsAreBounded() {
        var machine = Self.inTransaction
        for result in 0..<Int64(Limits.boltResults.value) {
            #expect(Self.word(machine.receive(Self.run)) == "open \(result) in")
            machine.opened(result)
        }
        guard case .fail(let error) = machine.receive(Self.run) else {
            Issue.record("one result too many")
            return
        }
        #expect(error.message.contains("open results is limited to 64"))
    }

    @Test(
        arguments: [
            ("ready", [pull(), .commit, .rollback, hello, .logon(login)]),
            ("streaming", [run, .begin(Access(database: "")), .commit, .logoff]),
            ("transaction", [pull(), pull(of: 3), .begin(Access(database: "")), .logoff]),
        ] as [(String, [Request])])
    func whatDoesNotFitFailsUntilReset(state: String, requests: [Request]) {
        let start =
            state == "ready"
            ? Self.ready : state == "streaming" ? Self.streaming : Self.inTransaction
        for request in requests {
            var machine = start
            #expect(Self.word(machine.receive(request)) == "fail", "\(state) \(request.name)")
            #expect(Self.word(machine.receive(Self.run)) == "ignore")
            #expect(Self.word(machine.receive(Self.pull())) == "ignore")
            #expect(Self.word(machine.receive(.reset)) == "reset")
            #expect(Self.word(machine.receive(Self.run)) == "open 0")
        }
    }

    @Test func anInterruptionIgnoresAllUntilReset() {
        for start in [Self.ready, Self.streaming, Self.inTransaction] {
            var machine = start
            machine.interrupt()
            #expect(Self.word(machine.receive(Self.run)) == "ignore")
            #expect(Self.word(machine.receive(.reset)) == "reset")
            #expect(Self.word(machine.receive(.begin(Access(database: "")))) == "begin")
        }
    }

    @Test func goodbyeIsPossibleAlways() {
        for start in [BoltMachine(version: .v5_4), Self.ready, Self.streaming, Self.inTransaction] {
            var machine = start
            #expect(Self.word(machine.receive(.goodbye)) == "close")
            #expect(machine.isClosed)
        }
    }
}
