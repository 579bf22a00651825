import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct FilterTests {
    let graph: Graph<SimulatedStore>
    let ids = SimulatedEntropy(seed: 7)

    init() throws {
        graph = try Graph(store: SimulatedStore(), mounts: [.root, Namespace("/team")])
        var transaction = try graph.begin(.root)
        let process = TypeDefinition(
            name: CoreTypes.known("process"), summary: "A process.", role: .observed,
            writer: "sensor:process", fields: [.init("pid", .int, "Its number.")],
            columns: ["pid"])
        let app = TypeDefinition(
            name: CoreTypes.known("app"), summary: "An app.", role: .desired, writer: "people",
            fields: [
                .init("version", .text, "Its version.", required: true),
                .init("ratio", .float, "A share."),
                .init("mode", .text, "How.", oneOf: ["fast", "slow"]),
            ],
            relations: [
                .init(CoreTypes.relation("USES"), to: [], "What it uses."),
                .init(CoreTypes.relation("ON"), to: [], "Where it is.", single: true),
            ],
            columns: ["version"])
        let commands = try (CoreTypes.all + [process, app]).map { type in
            Command.create(
                Draft(
                    id: id(), type: CoreTypes.type.name, namespace: .root,
                    name: try ResourceName(type.name.text), data: type.data))
        }
        let header = EntryHeader(
            log: .root, position: Position(1), author: .system("test"),
            time: WallTime(milliseconds: 0))
        _ = try transaction.apply(header, Batch(commands))
        _ = try graph.commit(transaction, chain: [])
    }

    func id() -> Identifier { ids.identifier(at: WallTime(milliseconds: 1)) }

    func create(_ type: StaticString, _ data: ValueMap) throws -> Command {
        .create(
            Draft(
                id: id(), type: CoreTypes.known(type), namespace: .root,
                name: try ResourceName("x"), data: data))
    }

    func refusal(
        _ command: Command, by right: Caller.Right = .administrator, in log: Namespace = .root
    ) throws -> Refusal? {
        let caller = Caller(identity: .local(uid: 0), right: right)
        let transaction = try graph.begin(log)
        do throws(Refusal) {
            try FilterChain().check(
                Batch([command]), by: caller, on: transaction, now: WallTime(milliseconds: 0))
            return nil
        } catch { return error }
    }

    /// An older program began the log: its type of types knew fewer fields.
    @Test func typesOfANewerProgramPassInAnOlderLog() throws {
        let known = try #require(
            try graph.reader().resource(CoreTypes.type.name, ResourceName("type"), in: .root))
        let older = TypeDefinition(
            name: CoreTypes.type.name, summary: "A kind.", role: .system, writer: "people",
            fields: CoreTypes.type.fields.filter { $0.name != "heritable" }, columns: [])
        var update = Update(id: known.id, data: older.data)
        update.replaces = true
        var transaction = try graph.begin(.root)
        let header = EntryHeader(
            log: .root, position: Position(2), author: .system("test"),
            time: WallTime(milliseconds: 1))
        _ = try transaction.apply(header, Batch([.update(update)]))
        _ = try graph.commit(transaction, chain: [])
        var newer = Update(id: known.id, data: CoreTypes.type.data)
        newer.replaces = true
        #expect(try refusal(.update(newer), by: .system) == nil)
    }

    @Test func whatFollowsItsTypePasses() throws {
        #expect(try refusal(create("app", ["version": "1", "ratio": 1, "mode": "fast"])) == nil)
    }

    @Test(
        arguments: [
            ("app", ["version": "1", "verison": "1"], Refusal.Code.unknownField, "version"),
            ("ap", [:], .unknownType, "pisces types"), ("app", [:], .missingField, "required"),
            ("app", ["version": 1], .invalidValue, "must be text"),
            ("app", ["version": "1", "ratio": .float(.nan)], .invalidValue, "finite"),
            ("app", ["version": "1", "mode": "middling"], .invalidValue, "one of fast, slow"),
        ] as [(String, ValueMap, Refusal.Code, String)])
    func theSchemaNamesWhatIsWrongAndWhatToDo(
        type: String, data: ValueMap, code: Refusal.Code, words: String
    ) throws {
        let command = Command.create(
            Draft(
                id: id(), type: try TypeName(type), namespace: .root, name: try ResourceName("x"),
                data: data))
        let refusal = try #require(try refusal(command))
        #expect(refusal.code == code)
        #expect(refusal.message.contains(words), "\(refusal.message)")
        #expect(refusal.command == 0)
    }

    @Test func anUnknownRelationNamesTheNearest() throws {
        var draft = Draft(
            id: id(), type: CoreTypes.known("app"), namespace: .root, name: try ResourceName("x"),
            data: ["version": "1"])
        draft.links["USE"] = []
        let refusal = try #require(try refusal(.create(draft)))
        #expect(refusal.code == .unknownRelation)
        #expect(refusal.message.contains("USES"))
    }

    /// Apply checks it only where the types are in the same log; the filter does everywhere.
    @Test(arguments: ["/", "/team"]) func aSingleRelationTakesOneTarget(log: String) throws {
        let log = try Namespace(log)
        var draft = Draft(
            id: id(), type: CoreTypes.known("app"), namespace: log, name: try ResourceName("x"),
            data: ["version": "1"])
        draft.links["USES"] = [id(), id()]
        draft.links["ON"] = [id()]
        #expect(try refusal(.create(draft), in: log) == nil)
        draft.links["ON"] = [id(), id()]
        let refusal = try #require(try refusal(.create(draft), in: log))
        #expect(refusal.code == .cardinality && refusal.filter == "schema")
        #expect(refusal.message.contains("has 2 links ON"), "\(refusal.message)")
    }

    @Test func peopleDoNotWriteWhatASensorOwns() throws {
        let refusal = try #require(try refusal(create("process", ["pid": 1])))
        #expect(refusal.code == .forbidden)
        #expect(refusal.message.contains("sensor:process"))
        #expect(try self.refusal(create("process", ["pid": 1]), by: .system) == nil)
    }

    @Test func tokensAllowWhatTheySayAndNothingMore() throws {
        let app = try create("app", ["version": "1"])
        let prod = try Namespace("/prod")
        #expect(try refusal(app, by: .token(Grant([.read, .write], prefix: .root))) == nil)
        #expect(try refusal(app, by: .token(Grant([.read], prefix: .root)))?.code == .forbidden)
        #expect(try refusal(app, by: .token(Grant([.write], prefix: prod)))?.code == .forbidden)
        #expect(try refusal(app, by: .none)?.code == .forbidden)
    }

    @Test func aSecretProvesItsTokenUntilItEndsOrIsRevoked() throws {
        let tokenID = id()
        let random = [UInt8](repeating: 7, count: 32)
        let secret = TokenCheck.secret(of: tokenID, random: random)
        let now = WallTime(milliseconds: 1000)
        let check = TokenCheck(node: "here")
        func caller(_ change: (inout ValueMap) -> Void) throws -> Result<Caller, Refusal> {
            var data: ValueMap = [
                "digest": .bytes(TokenCheck.digest(random)), "node": "here", "scope": "write",
                "prefix": "/", "expires": 2000,
            ]
            change(&data)
            var transaction = try graph.begin(.root)
            let header = EntryHeader(
                log: .root, position: Position(2), author: .system("test"), time: now)
            let draft = Draft(
                id: tokenID, type: CoreTypes.token.name, namespace: .root,
                name: try ResourceName("t"), data: data)
            _ = try transaction.apply(header, Batch([.create(draft)]))
            return Result { () throws(Refusal) in
                try check.caller(secret: secret, on: transaction, now: now).caller
            }
        }
        let end = WallTime(milliseconds: 2000)
        #expect(
            try caller { _ in }.get().right
                == .token(Grant([.read, .write], prefix: .root, expires: end)))
        let expired = try caller { $0["expires"] = 999 }
        let foreign = try caller { $0["node"] = "there" }
        let forged = try caller { $0["digest"] = .bytes([1]) }
        for (result, words) in [(expired, "expired"), (foreign, "there"), (forged, "not known")] {
            guard case .failure(let refusal) = result else {
                Issue.record("passed: \(words)")
                continue
            }
            #expect(refusal.code == .unauthenticated)
            #expect(refusal.reason.contains(words))
        }
        #expect(throws: Refusal.self) {
            try check.caller(secret: secret, on: graph.reader(), now: now)
        }
        #expect(throws: Refusal.self) {
            try check.caller(secret: "pisces_!", on: graph.reader(), now: now)
        }
    }
}
