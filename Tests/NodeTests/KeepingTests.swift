import FoundationEssentials
import Glibc
import Host
import Log
import MMSGraph
import Node
import Resources
import Testing
import ZeroProcs

@Suite struct RetentionPolicyTests {
    private static let day: Int64 = 86_400_000

    private func holding(
        _ extents: [(UInt64, Int)], tail: UInt64, aged: UInt64 = 0, bound: UInt64 = 0,
        checkpoint: UInt64 = 0, age: Int64 = 0, bytes: Int = 1000
    ) -> LogHolding {
        LogHolding(
            mount: .root, budget: Budget(milliseconds: 30 * Self.day, bytes: bytes),
            extents: extents.map { LogExtent(first: Position($0.0), bytes: $0.1) },
            tail: Position(tail), aged: Position(aged), bound: Position(bound),
            checkpoint: (Position(checkpoint), age))
    }

    @Test func aLogWithinItsBudgetIsLeftAlone() {
        let holding = holding([(1, 500), (51, 500), (101, 500)], tail: 120, age: Self.day - 1)
        #expect(RetentionPolicy.steps(for: [holding]).isEmpty)
    }

    @Test func bytesBeyondTheBudgetAreTrimmedAWholeFileAtATime() {
        let holding = holding(
            [(1, 600), (51, 600), (101, 600)], tail: 120, bound: 110, checkpoint: 118)
        #expect(
            RetentionPolicy.steps(for: [holding]) == [
                .trim(log: .root, before: Position(51), reason: "beyond 1000 bytes")
            ])
    }

    @Test func whatIsOldIsTrimmedWhenItsWholeFileIsOld() {
        let files: [(UInt64, Int)] = [(1, 10), (51, 10), (101, 10)]
        let young = holding(files, tail: 120, aged: 49, bound: 120, checkpoint: 120)
        #expect(RetentionPolicy.steps(for: [young]).isEmpty)
        let old = holding(files, tail: 120, aged: 50, bound: 120, checkpoint: 120)
        #expect(
            RetentionPolicy.steps(for: [old]) == [
                .trim(log: .root, before: Position(51), reason: "older than 2592000 s")
            ])
    }

    @Test func aTrimThatNoTwoCheckpointsCoverAsksForOne() {
        let holding = holding(
            [(1, 600), (51, 600), (101, 600)], tail: 120, bound: 49, checkpoint: 60)
        #expect(
            RetentionPolicy.steps(for: [holding]) == [
                .checkpoint(reason: "log / has entries beyond 1000 bytes")
            ])
    }

    @Test func aTrimGoesAsFarAsTheCheckpointsAllow() {
        let holding = holding(
            [(1, 900), (51, 900), (101, 900), (151, 900)], tail: 160, bound: 75, checkpoint: 110)
        #expect(
            RetentionPolicy.steps(for: [holding]) == [
                .trim(log: .root, before: Position(51), reason: "beyond 1000 bytes"),
                .checkpoint(reason: "log / has entries beyond 1000 bytes"),
            ])
    }

    @Test func aCheckpointIsDueByAgeAndByEntriesButNotWhenNothingChanged() {
        let idle = holding([(1, 10)], tail: 120, checkpoint: 120, age: 90 * Self.day)
        #expect(RetentionPolicy.steps(for: [idle]).isEmpty)
        let old = holding([(1, 10)], tail: 121, checkpoint: 120, age: Self.day)
        #expect(
            RetentionPolicy.steps(for: [old]) == [
                .checkpoint(reason: "the last one of / is 86400 s old")
            ])
        let most = UInt64(Limits.checkpointEntries.value)
        let busy = holding([(1, 10)], tail: most)
        #expect(
            RetentionPolicy.steps(for: [busy]) == [
                .checkpoint(reason: "\(most) entries of / since the last")
            ])
    }
}

/// On a real disk with a real store: what is trimmed is told, what is damaged is made again.
@Suite struct KeepingTests {
    typealias Opened = Circle<LinuxDisk, RocksStore>

    static func open(_ state: borrowing StateFolder) throws -> Opened {
        try Circle.open(
            directory: state.path, identity: state.identity, announcer: Announcer(),
            segmentBytes: 64 << 10)
    }

    static func fill(_ circle: Opened, _ clock: SimulatedClock, rounds: Int) throws {
        let entropy = SimulatedEntropy(seed: UInt64(clock.now.milliseconds))
        for _ in 0..<rounds {
            clock.advance(milliseconds: 1000)
            let commands = try (0..<10).map { index in
                Command.create(
                    Draft(
                        id: entropy.identifier(at: clock.now), type: CoreTypes.known("note"),
                        namespace: .root,
                        name: try ResourceName("n\(clock.now.milliseconds)-\(index)"),
                        data: ["text": .text(String(repeating: "x", count: 200))]))
            }
            _ = try commit(Batch(commands), on: circle, clock)
        }
    }

    @discardableResult static func commit(
        _ batch: Batch, on circle: Opened, _ clock: SimulatedClock
    ) throws -> Receipt {
        let outcome = circle.fleet.sequencer.commit([
            Proposal(caller: .system("test"), batch: batch, time: clock.now)
        ])
        return try #require(outcome.first).get()
    }

    static func install(
        _ circle: Opened, _ clock: SimulatedClock, maxBytes: Int64
    ) throws {
        let note = TypeDefinition(
            name: CoreTypes.known("note"), summary: "A note.", role: .desired, writer: "people",
            fields: [.init("text", .text, "A text.")], columns: ["text"])
        let entropy = SimulatedEntropy(seed: 7)
        try circle.install(CoreTypes.all + [note], clock: clock, entropy: entropy)
        try commit(
            Batch([
                .create(
                    Draft(
                        id: entropy.identifier(at: clock.now), type: CoreTypes.retention.name,
                        namespace: .root, name: try ResourceName("default"),
                        data: ["maxBytes": .int(maxBytes)]))
            ]), on: circle, clock)
    }

    @Test func aLogOverItsBudgetIsTrimmedBehindTwoCheckpointsAndSaysSo() throws {
        let state = try StateFolder()
        let clock = SimulatedClock()
        let circle = try Self.open(state)
        try Self.install(circle, clock, maxBytes: 128 << 10)
        let keeper = Keeper(circle: circle, archive: Circle.archive(state.path, state.identity))
        for _ in 0..<6 {
            try Self.fill(circle, clock, rounds: 50)
            try keeper.turn(at: clock.now)
        }
        let log = circle.fleet.sequencer.log
        #expect(log.first > Position(1))
        #expect(log.extents.dropLast().reduce(0) { $0 + $1.bytes } <= 12 * 64 << 10)
        let statistics = keeper.statistics
        #expect(statistics.trims > 0)
        #expect(statistics.freedBytes > 0)
        #expect(statistics.checkpoints >= 2)
        #expect(try LinuxDisk().list(state.path + "/checkpoints").count == 2)
        #expect(throws: LogError.trimmed(first: log.first)) {
            _ = try log.read(from: Position(1), maximumBytes: 1)
        }
        let refusal = #expect(throws: Refusal.self) {
            _ = try circle.graph.reader(at: .position(.root, Position(3)))
        }
        #expect(refusal?.code == .gone)
        #expect(refusal?.current == circle.graph.state(of: .root).trimmed)
        try circle.graph.audit()
        circle.close()
    }

    @Test(arguments: ["lost", "damaged"]) func aGraphIsMadeAgainFromACheckpoint(
        fate: String
    ) throws {
        let state = try StateFolder()
        let clock = SimulatedClock()
        let hash = try Self.live(state, clock)
        try Self.ruin(state.path + "/graph", fate)
        let again = try Self.open(state)
        #expect(again.graph.stateHash(.root) == hash)
        #expect(again.repairs.last?.contains("from a checkpoint") == true)
        try again.graph.audit()
        try Self.fill(again, clock, rounds: 1)
        again.close()
    }

    @Test func theOlderCheckpointServesWhenTheNewerIsDamaged() throws {
        let state = try StateFolder()
        let clock = SimulatedClock()
        let hash = try Self.live(state, clock)
        let newest = try #require(try LinuxDisk().list(state.path + "/checkpoints").last)
        try Self.ruin(state.path + "/checkpoints/" + newest, "damaged")
        try Self.ruin(state.path + "/graph", "lost")
        let again = try Self.open(state)
        #expect(again.graph.stateHash(.root) == hash)
        again.close()
    }

    @Test func withoutAnyCheckpointATrimmedLogRefusesToPretend() throws {
        let state = try StateFolder()
        _ = try Self.live(state, SimulatedClock())
        for name in try LinuxDisk().list(state.path + "/checkpoints") {
            try Self.ruin(state.path + "/checkpoints/" + name, "damaged")
        }
        try Self.ruin(state.path + "/graph", "lost")
        let error = #expect(throws: NodeError.self) { _ = try Self.open(state) }
        #expect(error?.cause.contains("no checkpoint reads back whole") == true)
        #expect(error?.remedy != nil)
    }

    /// The machine log syncs in groups: a crash may take back what the store has already.
    @Test func aGraphAheadOfTheMachineLogIsMadeAgain() throws {
        let state = try StateFolder()
        let clock = SimulatedClock()
        let tail = try Self.loseTheEnd(of: "/machine", in: state, clock)
        let again = try Self.open(state)
        #expect(again.repairs.first?.contains("was ahead of log /machines/keeping") == true)
        #expect(again.graph.applied(state.identity.namespace) == tail)
        try again.graph.audit()
        try Self.note("c", on: again, clock)
        #expect(again.machine.sequencer.log.state == .writable)
        again.close()
    }

    /// Lives, and puts a log back to where it stood some entries before the end; gives its tail.
    private static func loseTheEnd(
        of log: String, in state: borrowing StateFolder, _ clock: SimulatedClock
    ) throws -> Position {
        let (log, older) = (state.path + log, state.path + "/older")
        let circle = try open(state)
        try install(circle, clock, maxBytes: 1 << 20)
        try note("a", on: circle, clock)
        try circle.machine.sequencer.log.sync()
        let tail = circle.machine.sequencer.log.tail
        try FileManager.default.copyItem(atPath: log, toPath: older)
        try note("b", on: circle, clock)
        circle.close()
        try FileManager.default.removeItem(atPath: log)
        try FileManager.default.moveItem(atPath: older, toPath: log)
        return tail
    }

    private static func note(
        _ name: String, on circle: Opened, _ clock: SimulatedClock
    ) throws {
        clock.advance(milliseconds: 5)
        let entropy = SimulatedEntropy(seed: UInt64(clock.now.milliseconds))
        let draft = Draft(
            id: entropy.identifier(at: clock.now), type: CoreTypes.known("note"),
            namespace: circle.machine.sequencer.mount, name: try ResourceName(name))
        let outcome = circle.machine.sequencer.commit([
            Proposal(caller: .system("test"), batch: Batch([.create(draft)]), time: clock.now)
        ])
        _ = try #require(outcome.first).get()
    }

    /// A life that ends with a trimmed log and entries behind the last checkpoint.
    private static func live(
        _ state: borrowing StateFolder, _ clock: SimulatedClock
    ) throws -> StateHash {
        let circle = try open(state)
        try install(circle, clock, maxBytes: 64 << 10)
        let keeper = Keeper(circle: circle, archive: Circle.archive(state.path, state.identity))
        for _ in 0..<5 {
            try fill(circle, clock, rounds: 50)
            try keeper.turn(at: clock.now)
        }
        try fill(circle, clock, rounds: 5)
        #expect(circle.fleet.sequencer.log.first > Position(1))
        circle.close()
        return circle.graph.stateHash(.root)
    }

    /// Removes a store, or turns bytes over in each of its tables.
    static func ruin(_ path: String, _ fate: String) throws {
        let disk = LinuxDisk()
        for name in try disk.list(path) {
            let file = path + "/" + name
            if fate == "lost" {
                try disk.remove(file)
            } else if name.hasSuffix(".sst") {
                let table = try disk.open(file, writing: true)
                let size = try table.size()
                for offset in stride(from: 16, to: size, by: 512) {
                    let byte = try table.read(at: offset, count: 1)[0] ^ 0x40
                    try unsafe table.write([byte].span.bytes, at: offset)
                }
                table.close()
            }
        }
        if fate == "lost" { try disk.removeDirectory(path) }
    }
}

/// A state directory of one test, removed at its end.
struct StateFolder: ~Copyable {
    let path: String
    let identity: NodeIdentity

    init() throws {
        let entropy = LinuxEntropy()
        let id = entropy.identifier(at: WallTime(milliseconds: 0))
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        let path = base + "/pisces-keeping-\(id)"
        let identity = try NodeIdentity(
            name: "keeping", time: WallTime(milliseconds: 0), entropy: entropy)
        try LinuxDisk().createDirectory(path)
        (self.path, self.identity) = (path, identity)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        for name in (try? LinuxDisk().list(path)) ?? [] {
            let child = path + "/" + name
            if unsafe unlink(child) != 0 { remove(child) }
        }
        unsafe rmdir(path)
    }
}
