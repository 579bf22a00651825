import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct SensorProcessorTests {
    let machine: Namespace
    let graph: Graph<SimulatedStore>
    let ids = SimulatedEntropy(seed: 3)
    var waits = LinkWaits()
    let types: [TypeDefinition]

    init() throws {
        machine = try Namespace.machine("m")
        graph = try Graph(store: SimulatedStore(), mounts: [.root, machine])
        let (process, package) = (CoreTypes.known("process"), CoreTypes.known("package"))
        types = [
            TypeDefinition(
                name: process, summary: "", role: .observed, writer: "sensor processes", fields: [],
                relations: [
                    .init(try Relation("PARENT"), to: [process], "", single: true),
                    .init(
                        try Relation("LISTENS"), to: [CoreTypes.known("socket")], "", writer: "s"),
                ], ephemeral: 1, columns: []),
            TypeDefinition(
                name: CoreTypes.known("file"), summary: "", role: .observed, writer: "sensor files",
                fields: [], relations: [.init(try Relation("OWNED_BY"), to: [package], "")],
                columns: []),
        ]
    }

    func thing(_ type: String, _ name: String) throws -> Observation.Subject {
        .init(type: try TypeName(type), name: try ResourceName(name))
    }

    func sighting(
        _ subject: Observation.Subject, _ identity: String,
        _ links: SortedMap<[Observation.Subject]> = [:],
        meant: [Observation.Subject: String] = [:]
    ) -> Observation {
        .present(
            .init(
                subject, identity: identity, data: [:], links: links, meant: meant,
                origin: .intercepted, sensed: WallTime(milliseconds: 5)))
    }

    func edges(
        _ pid: Int, _ identity: String, _ sockets: [String]
    ) throws -> Observation {
        .edges(
            .init(
                try subject(pid), identity: identity,
                links: ["LISTENS": try sockets.map { try thing("socket", $0) }],
                origin: .intercepted, sensed: WallTime(milliseconds: 5)))
    }

    func links(_ subject: Observation.Subject, _ relation: String) throws -> [String] {
        let reader = try graph.reader()
        let found = try reader.resource(subject.type, subject.name, in: machine)
        return try (found?.links[relation] ?? []).map { id in
            try reader.resource(id)?.name.text ?? "gone"
        }
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
    mutating func take(_ observations: [Observation]) throws -> [String] {
        let runs = try SensorProcessor(machine: machine, types: types).runs(
            for: observations, on: graph.reader(), waits: &waits,
            identify: { ids.identifier(at: WallTime(milliseconds: 1)) })
        for run in runs {
            var transaction = try graph.begin(machine)
            let header = EntryHeader(
                log: machine, position: graph.applied(machine).next, author: .system("test"),
                time: WallTime(milliseconds: 5))
            _ = try transaction.apply(header, Batch(run))
            _ = try graph.commit(transaction, chain: [])
        }
        let commands = runs.flatMap(\.self)
        return commands.map { command in
            switch command {
            case .create: "create"
            case .update: "update"
            case .delete: "delete"
            }
        }
    }

    @Test mutating func aSightingIsWrittenOnceAndThenOnlyWhenItChanged() throws {
        #expect(try take([process(1, "a")]) == ["create"])
        #expect(try take([process(1, "a")]) == [])
        let absent = Observation.absent(
            try subject(1), origin: .intercepted, sensed: WallTime(milliseconds: 6))
        #expect(try take([absent, absent]) == ["delete"])
    }

    @Test mutating func aReusedNameIsAnotherThing() throws {
        #expect(try take([process(1, "a")]) == ["create"])
        #expect(try take([process(1, "b")]) == ["delete", "create"])
    }

    @Test mutating func aChildBeforeItsParentIsLinkedInTheSameCall() throws {
        #expect(
            try take([process(2, "b", parent: 1), process(1, "a")])
                == ["create", "create", "update"])
        let reader = try graph.reader()
        let name = try ResourceName("2")
        let child = try #require(try reader.resource(CoreTypes.known("process"), name, in: machine))
        let parent = try #require(child.links["PARENT"]?.first)
        #expect(try reader.resource(parent)?.name.text == "1")
    }

    @Test mutating func aGapIsAResourceUntilItCloses() throws {
        let start = WallTime(milliseconds: 7)
        #expect(
            try take([.gap(source: "process", cause: "ENOBUFS", since: start)])
                == ["create"])
        let gap = CoreTypes.known("gap")
        #expect(try graph.reader().resource(gap, ResourceName("process"), in: machine) != nil)
        #expect(
            try take([.gapClosed(source: "process", at: start)])
                == ["update", "delete"])
        #expect(try graph.reader().resource(gap, ResourceName("process"), in: machine) == nil)
    }

    @Test mutating func anotherSensorsLinksStayWhenTheSubjectIsSeenAgain() throws {
        _ = try take([process(1, "a"), sighting(thing("socket", "s"), "c")])
        #expect(try take([edges(1, "a", ["s"])]) == ["update"])
        #expect(try take([process(1, "a")]) == [])
        #expect(try links(subject(1), "LISTENS") == ["s"])
        #expect(try take([edges(1, "a", [])]) == ["update"])
        #expect(try links(subject(1), "LISTENS") == [])
    }

    @Test mutating func edgesOfAnotherLifeAreNotTaken() throws {
        _ = try take([process(1, "a"), sighting(thing("socket", "s"), "c")])
        #expect(try take([edges(1, "earlier", ["s"])]) == [])
    }

    @Test mutating func aLinkIsMadeToTheThingThatIsMeantAndToNoOtherOfItsName() throws {
        let (file, one) = (try thing("file", "/etc/a"), try subject(1))
        let seen = sighting(file, "f", ["CHANGED_BY": [one]], meant: [one: "b"])
        // The graph still has who had the number before.
        _ = try take([process(1, "a")])
        #expect(try take([seen]) == ["create"])
        #expect(try links(file, "CHANGED_BY") == [])
        #expect(waits.waiting == 1)
        #expect(try take([process(1, "b")]) == ["delete", "create", "update"])
        #expect(try links(file, "CHANGED_BY") == ["1"])
        #expect(waits.waiting == 0)
    }

    @Test mutating func aLinkToWhoIsGoneIsNotMadeToWhoCameAfter() throws {
        let (file, one) = (try thing("file", "/etc/a"), try subject(1))
        _ = try take([process(1, "b")])
        let seen = sighting(file, "f", ["CHANGED_BY": [one]], meant: [one: "a"])
        #expect(try take([seen]) == ["create"])
        #expect(try take([process(1, "c")]) == ["delete", "create"])
        #expect(try links(file, "CHANGED_BY") == [])
        for index in 0..<70 { _ = try take([process(1000 + index, "x")]) }
        _ = try take([process(1, "a")])
        #expect(try links(file, "CHANGED_BY") == [])
        #expect(waits.waiting == 0)
    }

    @Test mutating func aLinkWaitsForBothItsEnds() throws {
        #expect(try take([edges(1, "a", ["s"])]) == [])
        #expect(try take([process(1, "a")]) == ["create"])
        #expect(waits.waiting == 1)
        #expect(try take([sighting(thing("socket", "s"), "c")]) == ["create", "update"])
        #expect(try links(subject(1), "LISTENS") == ["s"])
        #expect(waits.waiting == 0)
    }

    @Test mutating func whatIsSaidAnewNoLongerWaits() throws {
        _ = try take([process(2, "b", parent: 7)])
        _ = try take([process(2, "b"), process(7, "x")])
        #expect(try links(subject(2), "PARENT") == [])
        #expect(waits.waiting == 0)
    }

    @Test mutating func aLinkFollowsItsTargetThroughItsReplacement() throws {
        let (file, package) = (try thing("file", "/bin/a"), try thing("package", "a"))
        let seen = sighting(file, "1", ["OWNED_BY": [package]])
        _ = try take([sighting(package, "p1"), seen])
        _ = try take([sighting(package, "p2")])
        #expect(try links(file, "OWNED_BY") == ["a"])
        let gone = Observation.absent(
            package, origin: .intercepted, sensed: WallTime(milliseconds: 6))
        _ = try take([gone])
        _ = try take([sighting(package, "p3")])
        #expect(try links(file, "OWNED_BY") == ["a"])
    }

    @Test mutating func tooManyThatWaitAreCountedAndTheOldestGo() throws {
        for index in 0..<3 {
            let name = "far \(index)"
            var links = SortedMap<[Observation.Subject]>()
            links["OWNED_BY"] = try (0..<40_000).map { try thing("package", "\(name) \($0)") }
            _ = try take([sighting(thing("file", name), "i", links)])
        }
        #expect(waits.waiting == Limits.waitingLinks.value)
        #expect(waits.dropped == UInt64(3 * 40_000 - Limits.waitingLinks.value))
    }

    @Test mutating func howAThingEndedIsInItsHistory() throws {
        _ = try take([process(1, "a")])
        let ended = Observation.present(
            .init(
                try subject(1), identity: "a", data: ["exitCode": 3], origin: .intercepted,
                sensed: WallTime(milliseconds: 5)))
        let absent = Observation.absent(
            try subject(1), origin: .intercepted, sensed: WallTime(milliseconds: 6))
        let next = [ended, absent, try process(1, "b"), absent, try process(1, "c")]
        #expect(
            try take(next) == ["update", "delete", "create", "delete", "create"])
        let process = CoreTypes.known("process")
        let name = try ResourceName("1")
        _ = try take([absent])
        #expect(graph.applied(machine) == Position(5))
        let past = try graph.reader(at: .position(machine, Position(2)))
        #expect(try past.resource(process, name, in: machine)?.data["exitCode"]?.int == 3)
    }
}
