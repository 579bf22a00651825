import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct GrantTests {
    let court: Court
    let ada = Identity.local(uid: 1000)

    init() throws { court = try Court() }

    func grant(
        _ name: String, to subject: String = "local:1000", _ verbs: [String], prefix: String = "/",
        types: [String] = [], expires: Int64? = nil, in namespace: String = "/"
    ) throws -> Command {
        var data: ValueMap = [
            "subject": .text(subject), "verbs": .list(verbs.map(Value.text)),
            "prefix": .text(prefix),
        ]
        if !types.isEmpty { data["types"] = .list(types.map(Value.text)) }
        data["expires"] = expires.map(Value.int)
        return try court.create(AppTypes.grant.name, name, in: namespace, data)
    }

    func config(in namespace: String = "/") throws -> Command {
        try court.create(AppTypes.config.name, "c", in: namespace, ["text": "x"])
    }

    func refusal(
        _ command: Command, by right: Caller.Right = .proven, now: Int64 = 0
    ) throws -> Refusal? {
        try court.refusal(
            [command], by: Caller(identity: ada, right: right),
            now: WallTime(milliseconds: now))
    }

    @Test func withoutAGrantAKnownIdentityMayNothing() throws {
        let refusal = try #require(try refusal(config()))
        #expect(refusal.code == .forbidden)
        #expect(refusal.reason == "local:1000 may not write config in /")
        #expect(refusal.remedy?.contains("a grant with the subject local:1000") == true)
    }

    @Test func aGrantHoldsForItsSubjectVerbPrefixTypesAndTime() throws {
        try court.commit([
            try grant("g", ["write"], prefix: "/prod", types: ["config"], expires: 100)
        ])
        #expect(try refusal(config(in: "/prod/web")) == nil)
        #expect(try refusal(config(in: "/prod")) == nil)
        #expect(try refusal(config()) != nil)
        #expect(try refusal(config(in: "/production")) != nil)
        #expect(try refusal(court.app("a", in: "/prod")) != nil)
        #expect(try refusal(config(in: "/prod"), now: 100) != nil)
        let other = Caller(identity: .local(uid: 7), right: .proven)
        #expect(try court.refusal([config(in: "/prod")], by: other) != nil)
    }

    @Test func aGrantThatIsGoneGivesNothing() throws {
        try court.commit([try grant("g", ["write"])])
        #expect(try refusal(config()) == nil)
        let known = try court.resource(AppTypes.grant.name, "g")
        try court.commit([.delete(id: known.id, expect: nil)])
        #expect(try refusal(config()) != nil)
    }

    @Test func whoIsNotKnownHasNoGrants() throws {
        try court.commit([try grant("g", ["admin"])])
        #expect(try refusal(config(), by: .none)?.reason.contains("no rights") == true)
        let stranger = try Caller(identity: ada, right: .none).granted(
            on: court.graph, now: WallTime(milliseconds: 0))
        #expect(!stranger.mayRead(.root))
        #expect(stranger.readable == nil)
    }

    @Test(arguments: [("write", false), ("run", true), ("admin", true), ("read", false)])
    func operationsAreCalledWithTheVerbRun(verb: String, passes: Bool) throws {
        try court.commit([try grant("g", [verb])])
        let call = try court.create(
            AppTypes.invocation.name, "i", ["app": "a", "capability": "backup"])
        #expect((try refusal(call) == nil) == passes)
    }

    @Test(
        arguments: [
            ("grant", ["subject": "local:1", "verbs": ["read"], "prefix": "/"]),
            ("budget", ["cpu": 1]), ("price", ["cpu": 1]),
            (
                "token",
                [
                    "digest": .bytes([1]), "node": "n", "scope": "read", "prefix": "/",
                    "expires": 9,
                ]
            ),
        ] as [(String, ValueMap)]) func rightsAndMoneyAreForAdministrators(
            type: String, data: ValueMap
        ) throws
    {
        let command = try court.create(try TypeName(type), "x", data)
        try court.commit([try grant("g", ["read", "write", "run"])])
        #expect(try refusal(command)?.reason.contains("may not admin") == true)
        try court.commit([try grant("h", ["admin"])])
        #expect(try refusal(command) == nil)
        #expect(try refusal(command, by: .administrator) == nil)
    }

    /// A grant that somebody would pass on, and whether they may.
    struct Passing: Sendable {
        var verbs = ["read"]
        var prefix = "/prod"
        var types = ["config"]
        var expires: Int64? = 50
        var passes = false
    }

    /// What an administrator of /prod for configs and grants until 100 may pass on.
    @Test(arguments: [
        Passing(passes: true),
        Passing(verbs: ["admin"], prefix: "/prod/web", expires: 100, passes: true),
        Passing(prefix: "/"), Passing(types: ["secret"]), Passing(types: []),
        Passing(expires: nil), Passing(expires: 101),
    ]) func nobodyPassesOnMoreThanTheyHave(_ passing: Passing) throws {
        try court.commit([
            try grant(
                "g", ["admin"], prefix: "/prod", types: ["config", "grant"], expires: 100)
        ])
        let passed = try grant(
            "h", to: "local:2", passing.verbs, prefix: passing.prefix, types: passing.types,
            expires: passing.expires, in: "/prod")
        #expect((try refusal(passed) == nil) == passing.passes)
    }

    @Test func aGrantIsNotRaisedAfterwards() throws {
        try court.commit([
            try grant("g", ["admin"], prefix: "/prod"),
            try grant("h", to: "local:2", ["read"], prefix: "/prod", in: "/prod"),
        ])
        let known = try court.resource(AppTypes.grant.name, "h", in: "/prod")
        let raised = Update(id: known.id, data: ["prefix": "/"])
        #expect(try refusal(.update(raised))?.reason.contains("would give more") == true)
        #expect(try refusal(.update(Update(id: known.id, data: ["verbs": ["admin"]]))) == nil)
    }

    @Test func tokensHaveScopesTypesAndGrants() throws {
        let name = try #require(Identity("token:deploy"))
        func caller(_ scope: Caller.TokenScope, types: Set<TypeName> = []) -> Caller {
            Caller(
                identity: name,
                right: .token(
                    Grant(
                        scope.verbs, prefix: .root, types: types,
                        expires: WallTime(milliseconds: 50))))
        }
        func reason(_ caller: Caller, now: Int64 = 0) throws -> String? {
            try court.refusal([config()], by: caller, now: WallTime(milliseconds: now))?.reason
        }
        #expect(try reason(caller(.write)) == nil)
        #expect(try reason(caller(.admin)) == nil)
        #expect(try reason(caller(.read)) == "the token only allows reading")
        #expect(try reason(caller(.run)) == "the token does not allow to write")
        #expect(
            try reason(caller(.write, types: [AppTypes.app.name]))
                == "the token is not for the type config")
        #expect(try reason(caller(.write), now: 50) == "the token has expired")
        try court.commit([try grant("g", to: "token:deploy", ["write"])])
        #expect(try reason(caller(.read)) == nil)
    }

    @Test func readingGoesByTypeAndSecretsAreApart() throws {
        let secret = AppTypes.secret.name
        let prod = try Namespace("/prod")
        func reader(_ commands: [Command]) throws -> Caller {
            let court = try Court()
            try court.commit(commands)
            return try Caller(identity: ada, right: .proven).granted(
                on: court.graph, now: WallTime(milliseconds: 0))
        }
        let plain = try reader([try grant("g", ["read"], prefix: "/prod")])
        #expect(plain.mayRead(AppTypes.app.name, prod))
        #expect(!plain.mayRead(secret, prod))
        #expect(!plain.mayRead(AppTypes.app.name, .root))
        #expect(plain.readable == prod)
        #expect(plain.hiddenTypes(below: prod) == [secret])
        let named = try reader([try grant("g", ["read"], prefix: "/prod", types: ["secret"])])
        #expect(named.mayRead(secret, prod))
        #expect(!named.mayRead(AppTypes.app.name, prod))
        #expect(named.readable == nil)
        let admin = try reader([try grant("g", ["admin"], prefix: "/prod")])
        #expect(admin.mayRead(secret, prod))
        #expect(admin.hiddenTypes(below: prod).isEmpty)
        #expect(admin.may(.run, AppTypes.invocation.name, in: prod))
        let local = Caller(identity: .local(uid: 0), right: .administrator)
        #expect(local.mayRead(secret, .root))
    }

    @Test(
        arguments: [
            ("grant", ["subject": "local:1", "verbs": ["wirte"], "prefix": "/"], "verbs"),
            ("grant", ["subject": "local:1", "verbs": [], "prefix": "/"], "verbs"),
            ("grant", ["subject": "system:nobody", "verbs": ["read"], "prefix": "/"], "subject"),
            ("grant", ["subject": "local:1", "verbs": ["read"], "prefix": "prod"], "prefix"),
            (
                "grant",
                ["subject": "local:1", "verbs": ["read"], "prefix": "/", "types": ["App!"]], "types"
            ),
            ("budget", ["cpu": -1.0], "cpu"), ("budget", ["reserve": ["cores": 1]], "reserve"),
            ("budget", ["quota": ["task": -1]], "quota"), ("price", ["memory": -0.5], "memory"),
        ] as [(String, ValueMap, String)]) func aPolicyThatMeansNothingIsRefused(
            type: String, data: ValueMap, field: String
        ) throws
    {
        let command = try court.create(try TypeName(type), "x", data)
        let refusal = try #require(try refusal(command, by: .administrator))
        #expect(refusal.code == .invalidValue)
        #expect(refusal.field == field)
    }
}
