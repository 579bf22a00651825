import Host
import MMSGraph
import Resources
import Testing

/// The graph and a naive model see the same random life, with crashes.
@Suite struct ModelTests {
    @Test(arguments: 0..<10) func fiftySeedsGiveWhatTheModelGivesTwice(_ tens: Int) throws {
        for seed in WorldSeeds.part(tens, of: 10, standard: 500) {
            var (first, second) = (try Life(seed: UInt64(seed)), try Life(seed: UInt64(seed)))
            let digest = try first.run()
            #expect(try second.run() == digest, "seed \(seed)")
        }
    }
}

/// One seed's run: every step is compared with the model; the answer is a digest of all of it.
private struct Life {
    private let seed: UInt64
    private let store = SimulatedStore()
    private let logs: [Namespace]
    private var graph: Graph<SimulatedStore>
    private var script: Script
    private var model: Model
    private var entries: [(header: EntryHeader, batch: Batch)] = []
    private var past: [(Bookmark, Model)] = []
    private var digest = Hasher64()

    init(seed: UInt64) throws {
        self.seed = seed
        logs = [.root, try .machine("m")]
        graph = try Graph(store: store, mounts: logs, cachedResources: 8)
        script = try Script(seed: seed, mounts: graph.mounts)
        model = Model(mounts: graph.mounts)
    }

    mutating func run() throws -> UInt64 {
        try defineRich(indexed: true)
        for step in 0..<24 {
            try commitGroup()
            if script.random.oneIn(6) { try graph.flush() }
            if script.random.oneIn(8) { try crash() }
            if script.random.oneIn(10) { try defineRich(indexed: script.random.oneIn(2)) }
            past.append((try graph.reader().bookmark, model))
            if step % 4 == 3 {
                try compareNow()
                try comparePast()
            }
        }
        return digest.value
    }

    /// A few entries of one log in one transaction; refused ones leave no trace.
    private mutating func commitGroup() throws {
        let log = logs[script.below(2)]
        var transaction = try graph.begin(log)
        for _ in 0...script.below(4) {
            let batch = try script.batch(model)
            let header = header(log, after: transaction.applied)
            let expected = model.apply(header, batch)
            do {
                _ = try transaction.apply(header, batch)
                try #require(
                    expected == nil, "seed \(seed): the model says \(String(describing: expected))")
                entries.append((header, batch))
            } catch let refusal as Refusal {
                try #require(refusal.code == expected, "seed \(seed): \(refusal.message)")
            }
        }
        for resource in try transaction.sources(of: id(3), by: Relation("USES")) {
            #expect(model.resources[resource]?.links["USES"]?.contains(id(3)) ?? false)
        }
        _ = try graph.commit(transaction, chain: [1])
    }

    private func header(_ log: Namespace, after position: Position) -> EntryHeader {
        EntryHeader(
            log: log, position: position.next, author: .local(uid: 0),
            time: WallTime(milliseconds: Int64(entries.count) * 10))
    }

    private mutating func defineRich(indexed: Bool) throws {
        let type = TypeDefinition(
            name: try TypeName("rich"), summary: "Rich.", role: .desired, writer: "people",
            fields: [
                .init("count", .float, "Count.", indexed: indexed),
                .init("state", .text, "State.", indexed: true),
            ], columns: [])
        let known = model.resources[id(1000)] != nil
        let command: Command =
            known
            ? .update(Update(id: id(1000), data: type.data))
            : .create(try definition(type, number: 1000))
        let header = header(.root, after: graph.applied(.root))
        #expect(model.apply(header, Batch([command])) == nil)
        var transaction = try graph.begin(.root)
        _ = try transaction.apply(header, Batch([command]))
        entries.append((header, Batch([command])))
        _ = try graph.commit(transaction, chain: [2])
    }

    /// Falls back to the last flush and replays each log from there.
    private mutating func crash() throws {
        let hashes = logs.map(graph.stateHash)
        store.crash()
        graph = try Graph(store: store, mounts: logs, cachedResources: 8)
        for log in logs {
            var transaction = try graph.begin(log)
            for (header, batch) in entries
            where header.log == log && header.position > transaction.base {
                _ = try transaction.apply(header, batch)
            }
            _ = try graph.commit(transaction, chain: [3])
        }
        #expect(logs.map(graph.stateHash) == hashes, "seed \(seed)")
    }

    private mutating func compareNow() throws {
        let reader = try graph.reader()
        for number in 0..<16 {
            #expect(try graph.resource(id(UInt64(number))) == model.resources[id(UInt64(number))])
        }
        for _ in 0..<6 {
            let selection = try script.selection()
            let found = try all(reader, selection)
            let explained = try reader.explain(selection)
            #expect(found == model.select(selection), "seed \(seed) by \(explained)")
            digest.add(found)
        }
        let relation = try Relation("USES")
        let expected = model.resources.values.filter {
            $0.links["USES"]?.contains(id(4)) ?? false
        }
        #expect(try reader.sources(of: id(4), by: relation) == expected.map(\.id).sorted())
        let counted = try graph.counts().reduce(0) { $0 + $1.count }
        #expect(counted == model.resources.count)
        for log in logs { digest.add(graph.stateHash(log).bytes) }
    }

    private mutating func comparePast() throws {
        let (bookmark, then) = past[script.below(past.count)]
        let reader = try graph.reader(at: .bookmark(bookmark))
        #expect(try all(reader, Selection()) == then.select(Selection()), "seed \(seed)")
        let selection = try script.selection()
        #expect(try all(reader, selection) == then.select(selection), "seed \(seed)")
        for resource in then.resources.values.sorted(by: { $0.id < $1.id }).prefix(3) {
            #expect(
                try reader.resource(resource.type, resource.name, in: resource.namespace)
                    == resource)
        }
    }

    /// By pages of three, so that resuming is tried on every path.
    private func all(
        _ reader: CommittedReader<SimulatedStore>, _ selection: Selection
    ) throws -> [Resource] {
        var selection = selection
        selection.limit = 3
        var found: [Resource] = []
        repeat {
            let page = try reader.list(selection)
            found += page.resources
            selection.resume = page.next
        } while selection.resume != nil
        return found.sorted { $0.id < $1.id }
    }
}

/// FNV-1a: a digest that is the same in every process.
private struct Hasher64 {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    mutating func add(_ resources: [Resource]) {
        for resource in resources {
            var writer = CBORWriter()
            writer.write(resource)
            add(writer.bytes)
        }
    }
}
