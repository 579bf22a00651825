import Host
import MMSGraph
import Resources
import Testing

/// Everything apply refuses, with what it says.
@Suite struct RefusalTests {
    private func node() throws -> Node<SimulatedStore> {
        var node = try Node(SimulatedStore(), mounts: [.root, .machine("m")])
        let type = TypeDefinition(
            name: try TypeName("app"), summary: "App.", role: .desired, writer: "people",
            fields: [],
            relations: [.init(try Relation("ON"), to: [], "Where it runs.", single: true)],
            columns: [])
        try node.run(.create(try definition(type, number: 100)))
        try node.run(.create(try draft(1, "app", "hello")))
        return node
    }

    @Test func aTakenIdentityIsRefusedWithItsRevision() throws {
        var node = try node()
        let refusal = try node.refusal(.create(try draft(1, "app", "other")))
        #expect(refusal?.code == .alreadyExists)
        #expect(refusal?.current == Position(2))
        #expect(refusal?.reason.contains("app/hello") ?? false)
        #expect(refusal?.command == 0)
    }

    @Test func aTakenNameIsRefused() throws {
        var node = try node()
        let refusal = try node.refusal(.create(try draft(2, "app", "hello")))
        #expect(refusal?.code == .alreadyExists)
        #expect(refusal?.reason.contains(id(1).description) ?? false)
    }

    @Test func aMissingResourceIsRefused() throws {
        var node = try node()
        #expect(try node.refusal(.update(Update(id: id(9))))?.code == .notFound)
        #expect(try node.refusal(.delete(id: id(9), expect: nil))?.code == .notFound)
    }

    @Test func anotherRevisionIsRefusedWithTheCurrentOne() throws {
        var node = try node()
        let update = Update(id: id(1), expect: Position(1), data: ["port": 1])
        let refusal = try node.refusal(.update(update))
        #expect(refusal?.code == .revisionMismatch)
        #expect(refusal?.current == Position(2))
    }

    @Test func aNamespaceOfAnotherLogIsRefused() throws {
        var node = try node()
        let refusal = try node.refusal(.create(try draft(2, in: "/machines/m/x")))
        #expect(refusal?.code == .wrongLog)
        #expect(refusal?.remedy?.contains("/machines/m") ?? false)
        let machine = try Namespace.machine("m")
        #expect(try node.refusal(.delete(id: id(1), expect: nil), log: machine)?.code == .wrongLog)
    }

    @Test func twoTargetsOfASingleRelationAreRefused() throws {
        var node = try node()
        var update = Update(id: id(1))
        update.links["ON"] = [id(3), id(4)]
        let refusal = try node.refusal(.update(update))
        #expect(refusal?.code == .cardinality)
        #expect(refusal?.field == "ON")
        update.links["ON"] = [id(3)]
        #expect(try node.refusal(.update(update)) == nil)
    }

    @Test func tooManyTagsLinksAndBytesAreRefused() throws {
        var node = try node()
        var tags = Update(id: id(1))
        for number in 0...Limits.tags.value { tags.tags["k\(number)"] = "v" }
        #expect(try node.refusal(.update(tags))?.code == .tooMany)
        var links = Update(id: id(1))
        links.links["USES"] = (0...UInt64(Limits.links.value)).map(id)
        #expect(try node.refusal(.update(links))?.code == .tooMany)
        let large = Value.bytes(Array(repeating: 0, count: Limits.resourceBytes.value))
        #expect(try node.refusal(.update(Update(id: id(1), data: ["b": large])))?.code == .tooLarge)
    }

    @Test func aResourceThatOwnsItselfIsRefused() throws {
        var node = try node()
        let refusal = try node.refusal(.create(try draft(2, owner: id(2))))
        #expect(refusal?.code == .invalidValue)
        #expect(refusal?.field == "owner")
    }

    @Test func aTypeThatIsNoneIsRefused() throws {
        var node = try node()
        #expect(try node.refusal(.create(try draft(5, "type", "thing")))?.code == .invalidValue)
        #expect(try node.refusal(.create(try draft(5, "type", "Thing!")))?.code == .invalidName)
    }

    @Test func aPositionOutOfOrderIsRefused() throws {
        let node = try node()
        var transaction = try node.graph.begin(.root)
        let header = EntryHeader(
            log: .root, position: Position(9), author: .local(uid: 0),
            time: WallTime(milliseconds: 0))
        let refusal = #expect(throws: Refusal.self) {
            _ = try transaction.apply(header, Batch([]))
        }
        #expect(refusal?.code == .conflict)
        #expect(refusal?.current == Position(2))
    }

    @Test func anOwnerOfTooManyIsNotDeleted() throws {
        var node = try node()
        let owned = try (0...UInt64(Limits.cascade.value)).map { number in
            Command.create(try draft(1000 + number, owner: id(1)))
        }
        try node.run(Batch(owned))
        #expect(try node.refusal(.delete(id: id(1), expect: nil))?.code == .tooMany)
        #expect(try node.graph.resource(id(1)) != nil)
    }

    @Test func aRefusedBatchLeavesNoTrace() throws {
        var node = try node()
        let hash = node.graph.stateHash(.root)
        let refusal = try node.refusal(
            .create(try draft(7, "app", "seven")), .delete(id: id(1), expect: nil),
            .create(try draft(8, "app", "hello")), .update(Update(id: id(99))))
        #expect(refusal?.command == 3)
        #expect(try node.graph.resource(id(7)) == nil)
        #expect(node.graph.stateHash(.root) == hash)
        #expect(node.graph.applied(.root) == Position(2))
    }

    @Test func aRepeatedRequestIsAppliedOnce() throws {
        var node = try node()
        var batch = Batch([.create(try draft(7))])
        batch.session = Batch.Session(client: id(500), sequence: 1)
        #expect(try node.run(batch).count == 1)
        var transaction = try node.graph.begin(.root)
        guard case .repeated(let position) = try transaction.apply(node.header(), batch) else {
            Issue.record("the repeat was applied")
            return
        }
        #expect(position == Position(3))
        #expect(transaction.isEmpty)
    }

    @Test func aFailedWriteChangesNothing() throws {
        let store = SimulatedStore()
        var node = try Node(store)
        store.failNextWrite(StoreError(operation: "write", subject: "disk", cause: "no space"))
        #expect(throws: GraphError.self) { try node.run(.create(try draft(1))) }
        #expect(node.graph.applied(.root) == .zero)
        #expect(try node.graph.resource(id(1)) == nil)
        try node.run(.create(try draft(1)))
        #expect(node.graph.applied(.root) == Position(1))
    }
}
