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

    private func apply(_ commands: [Command], _ graph: Graph<RocksStore>) throws {
        var position = graph.applied(.root)
        for start in stride(from: 0, to: commands.count, by: 256) {
            var transaction = try graph.begin(.root)
            for command in commands[start..<min(start + 256, commands.count)] {
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
            print("store memory: \(graph.store.memoryBytes)")
        }
    }
}
