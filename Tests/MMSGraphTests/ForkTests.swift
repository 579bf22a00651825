import Host
import MMSGraph
import Resources
import Testing

/// A log mounted on a namespace: what it begins with, and that what was before stays readable.
@Suite struct ForkTests {
    private func mounting(_ number: UInt64, _ mount: String) throws -> Command {
        .create(try draft(number, "log", data: ["mount": .text(mount)]))
    }

    private func prod() throws -> Namespace { try namespace("/prod") }

    /// 1 to 3 make apps in `/prod`, `/prod/web` and `/`, 4 changes the first, 5 deletes another one
    /// of `/prod`, 6 mounts a log there.
    private func node(_ store: SimulatedStore = SimulatedStore()) throws -> Node<SimulatedStore> {
        var node = try Node(store)
        try node.run(
            .create(try draft(1, in: "/prod", data: ["n": 1])),
            .create(try draft(9, in: "/prod", data: ["n": 9])))
        try node.run(.create(try draft(2, in: "/prod/web", data: ["n": 1])))
        try node.run(.create(try draft(3, in: "/", data: ["n": 1])))
        try node.run(.update(Update(id: id(1), data: ["n": 2])))
        try node.run(.delete(id: id(9), expect: nil))
        try node.run(mounting(7, "/prod"))
        return node
    }

    @Test func aMountedLogBeginsWithWhatIsThereAndGoesOnFromThatPosition() throws {
        let node = try node()
        let log = try prod()
        #expect(node.graph.mounts.points == [log, .root])
        #expect(node.graph.applied(log) == Position(6))
        #expect(node.graph.state(of: log).origin == Position(6))
        #expect(node.graph.state(of: log).chain == node.graph.state(of: .root).chain)
        let found = try #require(try node.graph.resource(id(1)))
        #expect(found.revision == Position(4))
        #expect(found.created.position == Position(1))
        try node.graph.audit()
        let here = try node.graph.image(of: log).page(behind: nil, bytes: 1 << 20).resources
        #expect(here.count == 2)
        #expect(LogImage<SimulatedStore>.digest(of: here) == node.graph.stateHash(log))
    }

    @Test func commandsOfTheNamespaceAreRefusedByTheLogItWasInAndTakenByItsOwn() throws {
        var node = try node()
        let log = try prod()
        let stray = try node.refusal(.update(Update(id: id(2), data: ["n": 5])))
        #expect(stray?.code == .wrongLog)
        #expect(stray?.remedy?.contains("/prod") == true)
        try node.run(.update(Update(id: id(2), expect: Position(2), data: ["n": 5])), log: log)
        #expect(try node.graph.resource(id(2))?.revision == Position(7))
        #expect(try node.refusal(.update(Update(id: id(3), data: ["n": 5])), log: log) != nil)
        try node.graph.audit()
    }

    @Test func twoNodesThatApplyTheSameEntriesAgreeWhereverTheyBegin() throws {
        var first = try node()
        let log = try prod()
        try first.run(.create(try draft(20, in: "/prod")), log: log)
        try first.run(.create(try draft(21, in: "/")))
        let second = try Graph(store: SimulatedStore(), mounts: [.root])
        // The log at `/` first, whole; then the other one.
        for own in [false, true] {
            for (index, entry) in first.entries.enumerated()
            where (entry.header.log == log) == own {
                var transaction = try second.begin(entry.header.log)
                _ = try transaction.apply(entry.header, entry.batch)
                _ = try second.commit(transaction, chain: [UInt8(index + 1)])
            }
        }
        #expect(second.stateHash(log) == first.graph.stateHash(log))
        #expect(second.stateHash(.root) == first.graph.stateHash(.root))
        #expect(second.state(of: log).origin == Position(6))
    }

    @Test func theMountSurvivesAReopeningWithTheEntryThatMadeIt() throws {
        let store = SimulatedStore()
        let made = try node(store)
        let again = try Graph(store: store, mounts: [.root])
        #expect(again.mounts == made.graph.mounts)
        #expect(again.state(of: try prod()) == made.graph.state(of: try prod()))
        // A crash that loses the entry loses the mount with it.
        store.crash()
        let lost = try Graph(store: store, mounts: [.root])
        #expect(lost.mounts.points == [.root])
    }

    @Test func whatWasBeforeTheMountIsReadAtThePositionsItHadThen() throws {
        var node = try node()
        let log = try prod()
        try node.run(.update(Update(id: id(1), data: ["n": 3])), log: log)
        for (home, position, expected) in [
            (log, 3, 1), (log, 4, 2), (log, 6, 2), (log, 7, 3), (Namespace.root, 3, 1),
            (Namespace.root, 5, 2),
        ] as [(Namespace, UInt64, Int64)] {
            let reader = try node.graph.reader(at: .position(home, Position(position)))
            #expect(
                try reader.resource(id(1))?.data["n"]?.int == expected, "@\(position) of \(home)")
        }
        let early = try node.graph.reader(at: .time(WallTime(milliseconds: 3500)))
        #expect(try early.resource(id(1))?.data["n"]?.int == 1)
        #expect(try early.resource(id(9))?.data["n"]?.int == 9, "deleted before the mount")
        #expect(try node.graph.history(id(1)).versions.count == 3)
        // A bookmark from before the mount knows nothing of the new log.
        let old = Bookmark([.root: Position(4)])
        let past = try node.graph.reader(at: .bookmark(old))
        #expect(try past.resource(id(1))?.data["n"]?.int == 2)
        #expect(try past.resources(of: TypeName("app"), below: log).count == 3)
        try node.run(node.graph.undo(id(1), to: Position(3)), log: log)
        #expect(try node.graph.resource(id(1))?.data["n"]?.int == 1)
    }

    @Test func theDigestOfAnEarlierPositionIsThatOfTheWholeLog() throws {
        var node = try Node(SimulatedStore())
        var known: [UInt64: StateHash] = [:]
        for number in 1...4 as ClosedRange<UInt64> {
            try node.run(.create(try draft(number, in: number == 1 ? "/" : "/prod")))
            known[number] = node.graph.stateHash(.root)
        }
        try node.run(mounting(7, "/prod"))
        known[5] = node.graph.stateHash(.root)
        try node.run(.create(try draft(8, in: "/")))
        for (position, hash) in known.sorted(by: { $0.key < $1.key }) {
            #expect(
                try node.graph.digest(of: .root, at: Position(position)) == hash, "@\(position)")
        }
    }

    @Test func aRequestThatWasTakenBeforeTheMountIsARepeatInTheNewLog() throws {
        var node = try Node(SimulatedStore())
        let session = Batch.Session(client: id(77), sequence: 4)
        var batch = Batch([.create(try draft(1, in: "/prod"))])
        batch.session = session
        try node.run(batch)
        try node.run(mounting(7, "/prod"))
        let log = try prod()
        var transaction = try node.graph.begin(log)
        let repeated = try transaction.apply(node.header(log), batch)
        guard case .repeated(let position) = repeated else {
            Issue.record("it was applied twice")
            return
        }
        #expect(position == Position(1))
    }

    @Test(arguments: ["/", "/machines", "/machines/a", "relative", ""])
    func whatCannotHaveALogOfItsOwnIsRefused(_ mount: String) throws {
        var node = try Node(SimulatedStore())
        let refusal = try node.refusal(mounting(1, mount))
        #expect(refusal?.code == .invalidValue)
        #expect(refusal?.remedy != nil)
        #expect(node.graph.mounts.points == [.root])
    }

    @Test func aMountIsMadeOnceAndHoldsForEver() throws {
        var node = try node()
        #expect(try node.refusal(mounting(30, "/prod"))?.code == .conflict)
        #expect(try node.refusal(mounting(30, "/prod/web"))?.code == .conflict)
        #expect(try node.refusal(.delete(id: id(7), expect: nil))?.code == .conflict)
        let moved = Update(id: id(7), data: ["mount": "/other"])
        #expect(try node.refusal(.update(moved))?.code == .conflict)
        var tagged = Update(id: id(7))
        tagged.tags["team"] = .some("shop")
        #expect(try node.refusal(.update(tagged)) == nil)
        #expect(try node.refusal(mounting(30, "/"), mounting(31, "/x")) != nil)
        #expect(try node.refusal(mounting(32, "/x"), mounting(33, "/y"))?.code == .tooMany)
        #expect(node.graph.mounts.points.count == 2, "a refused batch mounts nothing")
    }

    @Test func anEntryThatMountsALogEndsItsTransaction() throws {
        let node = try Node(SimulatedStore())
        var transaction = try node.graph.begin(.root)
        let first = node.header()
        _ = try transaction.apply(first, Batch([mounting(1, "/prod")]))
        #expect(transaction.isEnded)
        let next = EntryHeader(
            log: .root, position: Position(2), author: .local(uid: 0), time: first.time)
        let refusal = #expect(throws: Refusal.self) {
            _ = try transaction.apply(next, Batch([.create(try draft(2))]))
        }
        #expect(refusal?.code == .conflict)
    }

    @Test func aLogAboveAnotherOneLeavesThatOneAlone() throws {
        var node = try Node(SimulatedStore())
        try node.run(.create(try draft(1, in: "/a")), .create(try draft(2, in: "/a/b")))
        try node.run(mounting(3, "/a/b"))
        let inner = node.graph.stateHash(try namespace("/a/b"))
        try node.run(mounting(4, "/a"))
        #expect(node.graph.stateHash(try namespace("/a/b")) == inner)
        #expect(node.graph.mounts.log(of: try namespace("/a/b/c")) == (try namespace("/a/b")))
        #expect(node.graph.mounts.log(of: try namespace("/a/c")) == (try namespace("/a")))
        try node.graph.audit()
    }

    @Test func aStateThatIsTakenOverMountsItsLogsAndForgetsNothingBelowThem() throws {
        var ahead = try node()
        try ahead.run(.create(try draft(40, in: "/")))
        // One that stopped at position 3 and takes the state at 7.
        var behind = try Node(SimulatedStore())
        for entry in ahead.entries.prefix(3) { try behind.run(entry.batch) }
        let image = try ahead.graph.image(of: .root).page(behind: nil, bytes: 1 << 20).resources
        var transaction = try behind.graph.begin(.root)
        let header = EntryHeader(
            log: .root, position: Position(7), author: .system("transfer"),
            time: WallTime(milliseconds: 7000))
        let changes = try transaction.adopt(image, at: header)
        _ = try behind.graph.commit(transaction, chain: [7])
        #expect(!changes.contains { $0.new == nil }, "what is below the mount is not gone")
        #expect(behind.graph.stateHash(.root) == ahead.graph.stateHash(.root))
        let log = try prod()
        #expect(behind.graph.applied(log) == .zero, "its state is not known here yet")
        #expect(behind.graph.state(of: log).origin == Position(6))
        try behind.graph.audit()
        var second = try behind.graph.begin(log)
        let own = EntryHeader(
            log: log, position: Position(6), author: .system("transfer"), time: header.time)
        _ = try second.adopt(
            ahead.graph.image(of: log).page(behind: nil, bytes: 1 << 20).resources, at: own)
        _ = try behind.graph.commit(second, chain: [6])
        #expect(behind.graph.stateHash(log) == ahead.graph.stateHash(log))
        try behind.graph.audit()
    }
}
