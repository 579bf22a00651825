import FoundationEssentials
import Host
import MMSGraph
import Resources
import Testing

private let asked = ProcessInfo.processInfo.environment["PISCES_BENCH"] != nil

/// Figures, not verdicts: run with `PISCES_BENCH=1 swift test -c release --filter SpeedTests`.
@Suite(.enabled(if: asked), .serialized)
struct SpeedTests {
    private static let count = 50_000

    private func measure(_ what: String, _ count: Int, _ body: () throws -> Void) rethrows {
        let clock = ContinuousClock()
        let time = try clock.measure(body)
        let (seconds, fraction) = time.components
        let elapsed = Double(seconds) + Double(fraction) / 1e18
        print(
            "\(what): \(Int(Double(count) / elapsed))/s, \(elapsed / Double(count) * 1e6) µs each")
    }

    private func command(_ number: Int) throws -> Command {
        let kind = try TypeName("process")
        return .create(
            Draft(
                id: id(UInt64(number)), type: kind, namespace: try Namespace("/machines/a"),
                name: try ResourceName("p\(number)"),
                data: [
                    "state": .text(["running", "idle", "gone"][number % 3]),
                    "memory": .int(Int64(number) * 4096),
                    "payload": .text(String(repeating: "x", count: 200)),
                ]))
    }

    private func apply(
        _ commands: [Command], _ graph: Graph<RocksStore>, group: Int = 256
    ) throws {
        var position = graph.applied(.root)
        for start in stride(from: 0, to: commands.count, by: group) {
            var transaction = try graph.begin(.root)
            for command in commands[start..<min(start + group, commands.count)] {
                position = position.next
                let header = EntryHeader(
                    log: .root, position: position, author: .local(uid: 0),
                    time: WallTime(milliseconds: Int64(position.rawValue / 100)))
                _ = try transaction.apply(header, Batch([command]))
            }
            _ = try graph.commit(transaction, chain: [])
        }
    }

    @Test func appliesCommandsAndReadsResources() throws {
        try withFolder { folder in
            let graph = try Graph(store: RocksStore(path: folder), mounts: [.root])
            let type = TypeDefinition(
                name: try TypeName("process"), summary: "A process.", role: .observed,
                writer: "sensor",
                fields: [
                    .init("state", .text, "State.", indexed: true),
                    .init("memory", .int, "Memory.", indexed: true),
                    .init("payload", .text, "Bytes."),
                ], columns: [])
            try apply([.create(try definition(type, number: 1 << 40))], graph)
            let creates = try (0..<Self.count).map(command)
            try measure("create", Self.count) { try apply(creates, graph) }
            let updates = (0..<Self.count).map { number in
                Command.update(
                    Update(id: id(UInt64(number)), data: ["memory": .int(Int64(number) * 4096 + 1)])
                )
            }
            try measure("update", Self.count) { try apply(updates, graph) }
            let hot = (0..<Self.count).map { number in
                Command.update(
                    Update(id: id(UInt64(number % 1000)), data: ["memory": .int(Int64(number) + 7)])
                )
            }
            try measure("update of 1,000 hot resources", Self.count) { try apply(hot, graph) }
            try measure("flush", 1) { try graph.flush() }
            try measure("get, cached", Self.count) {
                for number in 0..<Self.count { _ = try graph.resource(id(UInt64(number % 1000))) }
            }
            try measure("get, from the store", Self.count) {
                for number in 0..<Self.count {
                    _ = try graph.resource(id(UInt64((number * 7919) % Self.count)))
                }
            }
            let again = try Graph(store: RocksStore(path: folder + "-replay"), mounts: [.root])
            try apply([.create(try definition(type, number: 1 << 40))], again)
            try measure("replay of creates in groups of 2,048", Self.count) {
                try apply(creates, again, group: 2048)
            }
            let past = try graph.reader(at: .position(.root, Position(10_001)))
            try measure("list of a past state of 10,000", 10_000) {
                let count = try past.count(Selection(try TypeName("process")))
                #expect(count == 10_000)
            }
            print("store memory: \(graph.store.memoryBytes)")
        }
    }

    @Test func tenThousandSubscriptionsCostLittle() throws {
        var node = try Node(SimulatedStore())
        let feed = ChangeFeed(graph: node.graph)
        var subscribers: [Subscriber<SimulatedStore>] = []
        for number in 0..<10_000 {
            var selection = Selection(try TypeName("app"))
            selection.predicate = .compare(.name, .equal, .text("n\(number)"))
            subscribers.append(try feed.subscribe(selection, from: .now) {})
        }
        for _ in 0..<100 {
            subscribers.append(try feed.subscribe(Selection(try TypeName("app")), from: .now) {})
        }
        var batches: [[Change]] = []
        for number in 0..<1000 { batches.append(try node.run(.create(try draft(UInt64(number))))) }
        measure("publish to 101 of 10,100 subscriptions, deltas", 101_000) {
            for changes in batches {
                guard let header = changes.first?.header else { continue }
                feed.publish(changes, of: .root, upTo: header.position)
            }
        }
        measure("take, deltas", 101_000) {
            for subscriber in subscribers { while !subscriber.take().isEmpty {} }
        }
    }
}
