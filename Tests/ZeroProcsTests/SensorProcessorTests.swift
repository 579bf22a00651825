import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct SensorProcessorTests {
    let machine: Namespace
    let graph: Graph<SimulatedStore>
    let ids = SimulatedEntropy(seed: 3)

    init() throws {
        machine = try Namespace.machine("m")
        graph = try Graph(store: SimulatedStore(), mounts: [.root, machine])
    }

    func process(_ pid: Int, _ identity: String, parent: Int? = nil) throws -> Observation {
        var links = SortedMap<[Observation.Subject]>()
        if let parent { links["PARENT"] = [try subject(parent)] }
        return .present(
            .init(
                try subject(pid), identity: identity, data: ["pid": .int(Int64(pid))],
                links: links, origin: .intercepted, sensed: WallTime(milliseconds: 5)))
    }

    func subject(_ pid: Int) throws -> Observation.Subject {
        .init(type: CoreTypes.known("process"), name: try ResourceName("\(pid)"))
    }

    /// Takes observations and commits what they ask for; gives the actions in order.
    func take(_ observations: [Observation], at position: UInt64) throws -> [String] {
        let commands = try SensorProcessor(machine: machine).commands(
            for: observations, on: graph.reader(),
            identify: { ids.identifier(at: WallTime(milliseconds: 1)) })
        if commands.isEmpty { return [] }
        var transaction = try graph.begin(machine)
        let header = EntryHeader(
            log: machine, position: Position(position), author: .system("test"),
            time: WallTime(milliseconds: 5))
        _ = try transaction.apply(header, Batch(commands))
        _ = try graph.commit(transaction, chain: [])
        return commands.map { command in
            switch command {
            case .create: "create"
            case .update: "update"
            case .delete: "delete"
            }
        }
    }

    @Test func aSightingIsWrittenOnceAndThenOnlyWhenItChanged() throws {
        #expect(try take([process(1, "a")], at: 1) == ["create"])
        #expect(try take([process(1, "a")], at: 2) == [])
        let absent = Observation.absent(
            try subject(1), origin: .intercepted, sensed: WallTime(milliseconds: 6))
        #expect(try take([absent, absent], at: 2) == ["delete"])
    }

    @Test func aReusedNameIsAnotherThing() throws {
        #expect(try take([process(1, "a")], at: 1) == ["create"])
        #expect(try take([process(1, "b")], at: 2) == ["delete", "create"])
    }

    @Test func aChildBeforeItsParentIsLinkedInTheSameCall() throws {
        #expect(
            try take([process(2, "b", parent: 1), process(1, "a")], at: 1)
                == ["create", "create", "update"])
        let reader = try graph.reader()
        let name = try ResourceName("2")
        let child = try #require(try reader.resource(CoreTypes.known("process"), name, in: machine))
        let parent = try #require(child.links["PARENT"]?.first)
        #expect(try reader.resource(parent)?.name.text == "1")
    }

    @Test func aGapIsAResourceUntilItCloses() throws {
        let start = WallTime(milliseconds: 7)
        #expect(
            try take([.gap(source: "process", cause: "ENOBUFS", since: start)], at: 1)
                == ["create"])
        let gap = CoreTypes.known("gap")
        #expect(try graph.reader().resource(gap, ResourceName("process"), in: machine) != nil)
        #expect(
            try take([.gapClosed(source: "process", at: start)], at: 2)
                == ["update", "delete"])
        #expect(try graph.reader().resource(gap, ResourceName("process"), in: machine) == nil)
    }
}
