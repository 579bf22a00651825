import Bus
import Host
import Log
import MMSGraph
import Resources
import Synchronization
import Testing
import ZeroProcs

@testable import Node

/// A machine's log in the graph of another machine.
@Suite struct MirrorTests {
    /// A machine with its log, as others reach it.
    private final class Origin: Sendable {
        let mount: Namespace
        let log: CommandLog<SimulatedDisk>
        let graph: Graph<SimulatedStore>
        let sequencer: Sequencer<SimulatedDisk, SimulatedStore>
        private let entries: EntryService<SimulatedDisk>
        private let images: ImageService<SimulatedDisk, SimulatedStore>
        private let clock = SimulatedClock()
        private let entropy: SimulatedEntropy

        init(seed: UInt64, entropy: SimulatedEntropy) throws {
            self.entropy = entropy
            mount = try Namespace("/machines/b")
            graph = try Graph(store: SimulatedStore(), mounts: [.root, mount])
            var options = LogOptions(durability: .synced)
            options.firstSegmentBytes = 16 << 10
            options.segmentBytes = 16 << 10
            let log = try CommandLog.open(
                disk: SimulatedDisk(seed: seed), directory: "/machine", mount: mount,
                clusterID: entropy.identifier(at: clock.now),
                logID: entropy.identifier(at: clock.now), options: options)
            self.log = log
            sequencer = Sequencer(mount: mount, log: log, graph: graph) { _ in }
            entries = EntryService { [mount] in $0 == mount ? log : nil }
            images = ImageService(graph) { [mount] in $0 == mount ? log : nil }
            try define()
        }

        /// The type of what is written, as the fleet log has it.
        private func define() throws {
            let note = TypeDefinition(
                name: CoreTypes.known("note"), summary: "A note.", role: .desired,
                writer: "people", fields: [.init("text", .text, "A text.")], columns: ["text"])
            let draft = Draft(
                id: entropy.identifier(at: clock.now), type: CoreTypes.type.name,
                namespace: .root, name: try ResourceName("note"), data: note.data)
            var transaction = try graph.begin(.root)
            let header = EntryHeader(
                log: .root, position: Position(1), author: .system("test"), time: clock.now)
            _ = try transaction.apply(header, Batch([.create(draft)]))
            _ = try graph.commit(transaction, chain: [1])
        }

        func write(_ names: [String]) throws {
            for name in names {
                let draft = Draft(
                    id: entropy.identifier(at: clock.now), type: CoreTypes.known("note"),
                    namespace: mount, name: try ResourceName(name),
                    data: ["text": .text(String(repeating: "x", count: 500))])
                let proposal = Proposal(
                    caller: .system("test"), batch: Batch([.create(draft)]), time: clock.now)
                _ = try sequencer.commit([proposal])[0].get()
            }
        }

        /// Lets go of entries, as a node does that keeps checkpoints.
        func trim(before position: Position) throws {
            for _ in 1...2 {
                let epoch = try #require(log.read(from: log.tail, maximumBytes: 1).first?.epoch)
                try log.keep(
                    CheckpointManifest(
                        position: log.tail, epoch: epoch, chainHash: log.chainHash,
                        stateHash: graph.stateHash(mount).bytes, format: 1))
                try write(["c\(log.tail)"])
            }
            try log.trim(before: position)
        }

        func answer(_ request: PeerRequest) throws(BusError) -> PeerAnswer {
            switch request.path {
            case PeerEntries.path:
                PeerAnswer(body: try entries.answer(FleetWorld.name("a"), request.body))
            default: PeerAnswer(body: try images.answer(request.body))
            }
        }
    }

    /// The way to the machine, which may be replaced by another of its name, or damaged.
    private final class Way: Peers {
        let origin: Mutex<Origin>
        let damages = Mutex(false)

        init(_ origin: Origin) { self.origin = Mutex(origin) }

        func call(_ peer: ResourceName, _ request: PeerRequest) throws(BusError) -> PeerAnswer {
            var body = try origin.withLock { $0 }.answer(request).body
            if damages.withLock({ $0 }), let place = body.lastIndex(of: UInt8(ascii: "x")) {
                // In the text of a resource.
                body[place] = UInt8(ascii: "y")
            }
            return PeerAnswer(body: body)
        }
    }

    private let entropy = SimulatedEntropy(seed: 5)
    private let graph: Graph<SimulatedStore>
    private let way: Way
    private let mirror: Mirror<SimulatedStore>
    private let mount: Namespace

    init() throws {
        graph = try Graph(store: SimulatedStore(), mounts: [.root])
        way = Way(try Origin(seed: 1, entropy: entropy))
        mount = try Namespace("/machines/b")
        mirror = try Mirror(
            FleetWorld.name("b"), graph: graph, peers: way, clock: SimulatedClock(),
            publish: { _ in }, patience: { 0 })
    }

    private var origin: Origin { way.origin.withLock { $0 } }
    private var isSame: Bool {
        graph.applied(mount) == origin.graph.applied(mount)
            && graph.stateHash(mount) == origin.graph.stateHash(mount)
    }

    @Test func anEmptyLogIsFollowedFromItsFirstEntry() throws {
        #expect(mirror.turn(milliseconds: 0))
        try origin.write(["one", "two"])
        #expect(mirror.turn(milliseconds: 0))
        #expect(isSame)
        #expect(mirror.status.entries == 2)
    }

    @Test func aLogIsTakenOverAndThenFollowed() throws {
        try origin.write(["one", "two"])
        #expect(mirror.turn(milliseconds: 0))
        #expect(isSame && mirror.hasState)
        try origin.write(["three"])
        #expect(mirror.turn(milliseconds: 0))
        #expect(isSame)
        #expect(mirror.status.transfers == 1 && mirror.status.entries == 1)
        try graph.audit()
    }

    @Test func aDamagedStateIsNotTaken() throws {
        try origin.write(["one", "two"])
        way.damages.withLock { $0 = true }
        #expect(!mirror.turn(milliseconds: 0))
        #expect(mirror.status.failure?.contains("digest") ?? false)
        #expect(graph.applied(mount) == .zero)
        way.damages.withLock { $0 = false }
        #expect(mirror.turn(milliseconds: 0))
        #expect(isSame)
    }

    @Test func aDamagedEntryIsNotTakenAndAllIsTakenAnew() throws {
        try origin.write(["one"])
        #expect(mirror.turn(milliseconds: 0))
        try origin.write(["two"])
        way.damages.withLock { $0 = true }
        #expect(!mirror.turn(milliseconds: 0))
        #expect(mirror.status.failure?.contains("chain") ?? false)
        way.damages.withLock { $0 = false }
        #expect(mirror.turn(milliseconds: 0))
        #expect(isSame)
    }

    @Test func entriesThatAreGoneAreReplacedByTheState() throws {
        try origin.write(["one"])
        #expect(mirror.turn(milliseconds: 0))
        try origin.write((0..<60).map { "n\($0)" })
        try origin.trim(before: Position(40))
        try #require(origin.log.first > Position(2))
        #expect(mirror.turn(milliseconds: 0))
        #expect(isSame)
        #expect(mirror.status.transfers == 2)
    }

    @Test func aMachineThatBeganAnewIsTakenAnew() throws {
        try origin.write(["one", "two", "three"])
        #expect(mirror.turn(milliseconds: 0))
        let fresh = try Origin(seed: 2, entropy: entropy)
        try fresh.write(["other"])
        way.origin.withLock { $0 = fresh }
        // As after a start of the node: it asks which log this is.
        let again = try Mirror(
            FleetWorld.name("b"), graph: graph, peers: way, clock: SimulatedClock(),
            publish: { _ in }, patience: { 0 })
        #expect(again.turn(milliseconds: 0))
        #expect(isSame)
        try graph.audit()
    }

    @Test func anImageThatWasGivenUpIsSaid() throws {
        try origin.write(["one", "two"])
        let question = ImageForm.Question(mount: mount, number: 77, behind: nil, bytes: 100)
        let request = PeerRequest(
            path: FleetNode.imagePath, body: ImageForm.encode(question), milliseconds: 0)
        #expect(throws: BusError.self) { try origin.answer(request) }
    }
}
