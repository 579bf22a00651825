import Host
import MMSGraph
import Resources
import Testing

@Suite struct HistoryTests {
    /// Entry n happens at second n: 1 creates, 2 and 3 update, 4 deletes, 5 is another's.
    private func node() throws -> Node<SimulatedStore> {
        var node = try Node(SimulatedStore())
        try node.run(.create(try draft(1, "app", "hello", data: ["n": 1])))
        try node.run(.update(Update(id: id(1), data: ["n": 2])))
        try node.run(.update(Update(id: id(1), data: ["n": 3])))
        try node.run(.delete(id: id(1), expect: nil))
        try node.run(.create(try draft(2, "app", "other")))
        return node
    }

    private func seen(_ node: Node<SimulatedStore>, at when: When) throws -> Value? {
        let reader = try node.graph.reader(at: when)
        return try reader.resource(TypeName("app"), ResourceName("hello"), in: .root)?.data["n"]
    }

    @Test(arguments: [(0, nil), (1, 1), (2, 2), (3, 3), (4, nil), (5, nil)] as [(UInt64, Value?)])
    func aPositionShowsWhatStood(_ position: UInt64, _ expected: Value?) throws {
        #expect(try seen(node(), at: .position(.root, Position(position))) == expected)
    }

    @Test func aTimeAndAnAgeShowWhatStood() throws {
        let node = try node()
        #expect(try seen(node, at: .time(WallTime(milliseconds: 2999))) == 2)
        #expect(try seen(node, at: .time(WallTime(milliseconds: 3000))) == 3)
        #expect(try seen(node, at: .time(WallTime(milliseconds: 10))) == nil)
        #expect(try seen(node, at: .time(WallTime(milliseconds: 1500))) == 1)
    }

    @Test func aLaterPositionAndAnUnknownLogAreRefused() throws {
        let node = try node()
        let later = #expect(throws: Refusal.self) {
            _ = try node.graph.reader(at: .position(.root, Position(6)))
        }
        #expect(later?.code == .notFound)
        let unknown = #expect(throws: Refusal.self) {
            _ = try node.graph.reader(at: .position(try Namespace("/x"), Position(1)))
        }
        #expect(unknown?.code == .notFound)
    }

    @Test func historyTellsEveryVersionLatestFirst() throws {
        let history = try node().graph.history(id(1))
        #expect(history.versions.map(\.resource.data["n"]) == [3, 2, 1])
        #expect(history.versions.map(\.ended) == [Position(4), Position(3), Position(2)])
        #expect(history.versions.map(\.deleted) == [true, false, false])
    }

    @Test func undoRestoresAVersion() throws {
        var node = try node()
        try node.run(node.graph.undo(id(1), to: Position(2)))
        #expect(try node.graph.resource(id(1))?.data["n"] == 2)
        try node.run(.update(Update(id: id(1), data: ["n": 9, "extra": 1])))
        try node.run(node.graph.undo(id(1), to: Position(6)))
        #expect(try node.graph.resource(id(1))?.data == ["n": 2])
        try node.run(node.graph.undo(id(1), to: Position(5)))
        #expect(try node.graph.resource(id(1)) == nil)
        let refusal = #expect(throws: Refusal.self) { _ = try node.graph.undo(id(77), to: .zero) }
        #expect(refusal?.code == .notFound)
    }

    @Test func undoDoesNotOverwriteWhatHappensMeanwhile() throws {
        var node = try Node(SimulatedStore())
        try node.run(.create(try draft(1, data: ["n": 1])))
        try node.run(.update(Update(id: id(1), data: ["n": 2])))
        let undo = try node.graph.undo(id(1), to: Position(1))
        try node.run(.update(Update(id: id(1), data: ["n": 3])))
        #expect(try node.refusal(undo)?.code == .revisionMismatch)
    }

    @Test func trimmedHistoryIsGoneAndNamed() throws {
        let node = try node()
        #expect(try node.graph.trimHistory(of: .root, before: Position(3)) > 0)
        let refusal = #expect(throws: Refusal.self) {
            _ = try node.graph.reader(at: .position(.root, Position(2)))
        }
        #expect(refusal?.code == .gone)
        #expect(refusal?.current == Position(3))
        #expect(refusal?.reason.contains("before position 3") ?? false)
        #expect(try seen(node, at: .position(.root, Position(3))) == 3)
        #expect(try seen(node, at: .time(WallTime(milliseconds: 3500))) == 3)
        #expect(try node.graph.history(id(1)).trimmed == Position(3))
        #expect(try node.graph.trimHistory(of: .root, before: Position(3)) == 0)
    }

    @Test func countersCostsAndCursorsFollow() throws {
        var node = try Node(SimulatedStore())
        var web = try draft(1, "app", in: "/prod/web")
        web.cost.cpu = 0.1
        var data = try draft(2, "app", in: "/prod")
        data.cost.cpu = 0.2
        var batch = Batch([.create(web), .create(data), .create(try draft(3, "volume"))])
        batch.cursors = [.init(handler: "scheduler", log: .root, position: Position(7))]
        try node.run(batch)
        #expect(try node.graph.counts().map(\.count) == [1, 1, 1])
        #expect(try node.graph.counts(of: TypeName("volume")).map(\.namespace) == [.root])
        #expect(try node.graph.cost(of: Namespace("/prod")).cpu == 0.3)
        #expect(try node.graph.cursor(of: "scheduler", in: .root) == Position(7))
        try node.run(.delete(id: id(1), expect: nil), .delete(id: id(2), expect: nil))
        #expect(try node.graph.cost(of: .root) == .zero)
        #expect(try node.graph.counts().map(\.count) == [1])
    }

    @Test func deletingAnOwnerDeletesWhatItOwnsInCircles() throws {
        var node = try Node(SimulatedStore(), mounts: [.root, .machine("m")])
        try node.run(.create(try draft(1, owner: id(3))), .create(try draft(2, owner: id(1))))
        try node.run(.create(try draft(3, owner: id(2))))
        let machine = try Namespace.machine("m")
        try node.run(.create(try draft(4, in: "/machines/m", owner: id(1))), log: machine)
        let changes = try node.run(.delete(id: id(1), expect: nil))
        #expect(changes.compactMap(\.old?.id) == [id(1), id(2), id(3)])
        #expect(try node.graph.resource(id(4)) != nil)
    }

    @Test func anUpdateThatChangesNothingMakesNoVersion() throws {
        var node = try Node(SimulatedStore())
        try node.run(.create(try draft(1, data: ["n": 1])))
        #expect(try node.run(.update(Update(id: id(1), data: ["n": 1]))).isEmpty)
        #expect(try node.graph.resource(id(1))?.revision == Position(1))
        #expect(node.graph.applied(.root) == Position(2))
    }

    @Test func aSortIsPagedInOrder() throws {
        var node = try Node(SimulatedStore())
        for number in 1...20 {
            let data: ValueMap = number == 7 ? [:] : ["n": .int(Int64((number * 7) % 10))]
            try node.run(.create(try draft(UInt64(number), data: data)))
        }
        var selection = Selection()
        selection.sort = [.init(.field(["n"]), descending: true)]
        selection.limit = 6
        var found: [Resource] = []
        repeat {
            let page = try node.graph.reader().list(selection)
            found += page.resources
            selection.resume = page.next
        } while selection.resume != nil
        let values = found.map { $0.data["n"]?.int ?? -1 }
        #expect(values == values.sorted(by: >))
        #expect(Set(found.map(\.id)).count == 20)
        selection.resume = "AAAA"
        #expect(throws: Refusal.self) { _ = try node.graph.reader().list(selection) }
    }

    @Test(arguments: ["name", "tag app", "field state", "owner", "names"])
    func theNarrowestIndexIsChosen(_ path: String) throws {
        var node = try Node(SimulatedStore())
        let type = TypeDefinition(
            name: try TypeName("app"), summary: "", role: .desired, writer: "people",
            fields: [.init("state", .text, "", indexed: true)], columns: [])
        try node.run(.create(try definition(type, number: 1)))
        let texts = [
            "name": "name = x", "tag app": "tag.app = x", "field state": "state = on",
            "owner": "owner = \(id(1))", "names": "revision > 1",
        ]
        var selection = Selection(try TypeName("app"), scope: .namespace(.root))
        selection.predicate = try Predicate(texts[path] ?? "")
        #expect(try node.graph.reader().explain(selection) == path)
    }

    @Test func whatIsGoneIsFoundByTheNameItHadLast() throws {
        var node = try Node(SimulatedStore())
        try node.run(
            .create(try definition(CoreTypes.type, number: 1)),
            .create(try definition(CoreTypes.retention, number: 2)))
        let type = CoreTypes.retention.name
        let name = try ResourceName("n7")
        for number in 7..<9 as Range<UInt64> {
            try node.run(.create(try draft(number, "retention", "n7")))
            #expect(try node.graph.lastOf(type, name, in: .root)?.id == (number == 7 ? nil : id(7)))
            try node.run(.delete(id: id(number), expect: nil))
        }
        #expect(try node.graph.lastOf(type, name, in: .root)?.id == id(8))
        #expect(try node.graph.lastOf(type, ResourceName("n"), in: .root) == nil)
    }
}
