import Host
import MMSGraph
import Node
import Resources
import Testing
import ZeroProcs

@Suite struct FoldingTests {
    private static let window: Int64 = 60_000

    private static let churn = TypeDefinition(
        name: CoreTypes.known("process"), summary: "Churns.", role: .observed, writer: "test",
        fields: [
            .init("executable", .text, "E."), .init("exitCode", .int, "C."),
            .init("startTime", .int, "S."),
        ], ephemeral: window, columns: [])

    private static let called = TypeDefinition(
        name: CoreTypes.known("socket"), summary: "Churns.", role: .observed, writer: "test",
        fields: [
            .init("protocol", .text, "P."), .init("localPort", .int, "L."),
            .init("remotePort", .int, "R."),
        ], ephemeral: window, columns: [])

    private final class Rig {
        let state: StateFolder
        let clock = SimulatedClock()
        let entropy = SimulatedEntropy(seed: 11)
        let circle: Circle<LinuxDisk, RocksStore>
        let folder: ChurnFolder<LinuxDisk, RocksStore>

        init(kept: Int) throws {
            state = try StateFolder()
            circle = try Circle.open(
                directory: state.path, identity: state.identity, announcer: Announcer())
            let types =
                CoreTypes.all + [
                    ChurnFold.activity, ChurnFold.fold, FoldingTests.churn, FoldingTests.called,
                ]
            try circle.install(types, clock: clock, entropy: entropy)
            for writer in circle.writers { try writer.start() }
            folder = ChurnFolder(circle: circle, entropy: entropy, types: types, kept: kept)
        }

        func propose(_ commands: [Command]) throws {
            let proposal = Proposal(
                caller: .system("test"), batch: Batch(commands), time: clock.now)
            _ = try circle.machine.propose(proposal).get()
        }

        /// A process of a program comes, and ends a second later with a code.
        func run(_ executable: String, _ name: String, code: Int64) throws {
            let draft = Draft(
                id: entropy.identifier(at: clock.now), type: CoreTypes.known("process"),
                namespace: circle.machine.sequencer.mount, name: try ResourceName(name),
                data: [
                    "executable": .text(executable), "startTime": .int(clock.now.milliseconds),
                ])
            try propose([.create(draft)])
            clock.advance(milliseconds: 1000)
            try propose([.update(Update(id: draft.id, data: ["exitCode": .int(code)]))])
            try propose([.delete(id: draft.id, expect: nil)])
        }

        /// A socket comes, and is closed a second later.
        func call(_ name: String, _ data: ValueMap) throws {
            let draft = Draft(
                id: entropy.identifier(at: clock.now), type: CoreTypes.known("socket"),
                namespace: circle.machine.sequencer.mount, name: try ResourceName(name), data: data)
            try propose([.create(draft)])
            clock.advance(milliseconds: 1000)
            try propose([.delete(id: draft.id, expect: nil)])
        }

        func resource(_ type: TypeName, _ name: String) throws -> Resource? {
            try circle.graph.reader().resource(
                type, try ResourceName(name), in: circle.machine.sequencer.mount)
        }

        func close() {
            for writer in circle.writers { writer.stop() }
            circle.close()
        }
    }

    @Test func whatEndedIsCountedAfterItsWindowAndNotBefore() throws {
        let rig = try Rig(kept: 1000)
        for index in 0..<5 { try rig.run("/bin/a", "\(index)", code: index == 0 ? 2 : 0) }
        try rig.run("/bin/b", "9", code: 0)
        #expect(try rig.folder.turn(at: rig.clock.now) == false)
        #expect(try rig.resource(ChurnFold.activity.name, "/bin/a") == nil)
        rig.clock.advance(milliseconds: UInt64(Self.window))
        while try rig.folder.turn(at: rig.clock.now) {}
        let counted = try #require(try rig.resource(ChurnFold.activity.name, "/bin/a")).data
        #expect(counted["ended"]?.int == 5)
        #expect(counted["failed"]?.int == 1)
        #expect(counted["runtime"]?.int == 5000)
        #expect(try rig.resource(ChurnFold.activity.name, "/bin/b")?.data["ended"]?.int == 1)
        let fold = try #require(try rig.resource(ChurnFold.fold.name, "process")).data
        #expect(fold["ended"]?.int == 6)
        #expect(fold["window"]?.int == Self.window)
        #expect(rig.folder.statistics.folded == 6)
        // Their history is gone; counting again finds nothing.
        #expect(rig.folder.statistics.forgottenKeys == 6 * 4)
        let mount = rig.circle.machine.sequencer.mount
        #expect(
            try rig.circle.graph.lastOf(CoreTypes.known("process"), ResourceName("9"), in: mount)
                == nil)
        try rig.run("/bin/a", "20", code: 0)
        rig.clock.advance(milliseconds: UInt64(Self.window))
        while try rig.folder.turn(at: rig.clock.now) {}
        #expect(try rig.resource(ChurnFold.activity.name, "/bin/a")?.data["ended"]?.int == 6)
        try rig.circle.graph.audit()
        rig.close()
    }

    /// Sockets are counted per listener: under the port that was called, whichever end it is.
    @Test func socketsAreCountedByTheirListener() throws {
        let rig = try Rig(kept: 1000)
        try rig.call("served", ["protocol": "tcp", "localPort": 80, "remotePort": 50_001])
        try rig.call("served too", ["protocol": "tcp", "localPort": 80, "remotePort": 50_002])
        try rig.call("calls", ["protocol": "tcp", "localPort": 50_003, "remotePort": 80])
        try rig.call("listens", ["protocol": "tcp", "localPort": 8080, "remotePort": 0])
        try rig.call("bound", ["protocol": "udp", "localPort": 53])
        try rig.call("local", ["protocol": "unix"])
        try rig.run("/bin/a", "1", code: 0)
        rig.clock.advance(milliseconds: UInt64(Self.window))
        while try rig.folder.turn(at: rig.clock.now) {}
        let counted = { (name: String) throws -> ValueMap? in
            try rig.resource(ChurnFold.activity.name, name)?.data
        }
        #expect(try counted("tcp:80")?["ended"]?.int == 3)
        #expect(try counted("tcp:80")?["of"]?.text == "socket")
        // A socket has no time of start: it lived from when it was seen.
        #expect(try counted("tcp:80")?["runtime"]?.int == 3000)
        #expect(try counted("tcp:80")?["failed"]?.int == 0)
        #expect(try counted("tcp:8080")?["ended"]?.int == 1)
        #expect(try counted("udp:53")?["ended"]?.int == 1)
        #expect(try counted("other")?["ended"]?.int == 1)
        #expect(try counted("/bin/a")?["of"]?.text == "process")
        #expect(
            try rig.resource(ChurnFold.fold.name, "socket")?.data["ended"]?.int == 6)
        try rig.circle.graph.audit()
        rig.close()
    }

    @Test func tooManyAreFoldedBeforeTheirWindow() throws {
        let rig = try Rig(kept: 3)
        for index in 0..<5 { try rig.run("/bin/a", "\(index)", code: 0) }
        while try rig.folder.turn(at: rig.clock.now) {}
        #expect(try rig.resource(ChurnFold.activity.name, "/bin/a")?.data["ended"]?.int == 2)
        rig.close()
    }

    /// A crash between the counters and the forgetting must not count anything twice.
    @Test func whatACrashLeftIsForgottenAndNotCountedAgain() throws {
        let rig = try Rig(kept: 1000)
        try rig.run("/bin/a", "1", code: 0)
        let mount = rig.circle.machine.sequencer.mount
        var batch = Batch([])
        batch.cursors = [
            Batch.Cursor(
                handler: "churn fold", log: mount, position: rig.circle.graph.applied(mount))
        ]
        let note = Draft(
            id: rig.entropy.identifier(at: rig.clock.now), type: ChurnFold.fold.name,
            namespace: mount, name: try ResourceName("process"), data: ["ended": .int(1)])
        batch.commands = [.create(note)]
        let proposal = Proposal(caller: .system("test"), batch: batch, time: rig.clock.now)
        _ = try rig.circle.machine.propose(proposal).get()
        rig.clock.advance(milliseconds: UInt64(Self.window) * 2)
        while try rig.folder.turn(at: rig.clock.now) {}
        #expect(try rig.resource(ChurnFold.activity.name, "/bin/a") == nil)
        #expect(
            try rig.circle.graph.lastOf(CoreTypes.known("process"), ResourceName("1"), in: mount)
                == nil)
        rig.close()
    }

    @Test func programsBeyondTheLimitShareACounter() throws {
        let rig = try Rig(kept: 1000)
        let mount = rig.circle.machine.sequencer.mount
        let moment = Resource.Moment(position: Position(1), time: rig.clock.now)
        let ended = try (0..<4).map { index in
            let draft = Draft(
                id: rig.entropy.identifier(at: rig.clock.now), type: CoreTypes.known("process"),
                namespace: mount, name: try ResourceName("\(index)"),
                data: ["executable": .text("/tmp/\(index)")])
            return (
                resource: Resource(draft: draft, created: moment, changed: moment),
                at: rig.clock.now
            )
        }
        let commands = try ChurnFold(machine: mount).commands(
            for: ended, window: 1, until: rig.clock.now, on: rig.circle.graph.reader(),
            known: Limits.activities.value - 1,
            identify: { rig.entropy.identifier(at: rig.clock.now) })
        let made = commands.compactMap { command -> String? in
            if case .create(let draft) = command, draft.type == ChurnFold.activity.name {
                return "\(draft.name.text) \(draft.data["ended"]?.int ?? 0)"
            }
            return nil
        }
        #expect(made == ["/tmp/0 1", "other 3"])
        rig.close()
    }

    @Test func allThatChurnsHasOneWindow() {
        let counters = [ChurnFold.activity.name, ChurnFold.fold.name]
        let windows = InstalledTypes.all.filter { !counters.contains($0.name) }
            .compactMap(\.ephemeral)
        #expect(Set(windows).count == 1)
    }
}
