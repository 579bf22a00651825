import Cypher
import FoundationEssentials
import Host
import MMSGraph
import Resources
import Testing

private let rows = ProcessInfo.processInfo.environment["SCAN_ROWS"].flatMap { Int($0) }

/// What is read from end to end takes the memory of caches, not of its rows:
/// `SCAN_ROWS=1000000` holds that many against a tenth of them. Alone in its process, as
/// `Scripts/nightly` runs it.
@Suite(.enabled(if: rows != nil, "SCAN_ROWS says how many rows"), .serialized)
struct ScanMemoryTests {
    /// How the rows are read.
    enum Scan: String, CaseIterable { case list, statement, snapshot }

    /// Bytes of one field of each row.
    private static let payload = 256

    /// What the larger scan may take more: the store's block cache (8 MiB), its filters and indexes,
    /// pages of the allocator.
    private static let slack: Int64 = 32 << 20

    @Test func tenTimesTheRowsTakeNoMoreThanTheCachesHold() throws {
        let count = try #require(rows)
        // Rows that were held would take twice the slack at the least.
        let held = Int64(count * Self.payload)
        try #require(held >= 2 * Self.slack, "\(count) rows say too little")
        var growths: [Scan: [Int64]] = [:]
        // The larger one first: what it leaves to the allocator makes the smaller one look smaller.
        for count in [count, count / 10] {
            try withFolder { folder in
                try Self.fill(folder, count)
                for scan in Scan.allCases {
                    growths[scan, default: []].append(try Self.growth(of: scan, folder, count))
                }
            }
        }
        for scan in Scan.allCases {
            let growth = try #require(growths[scan])
            print("\(scan.rawValue): \(count) rows \(growth[0]), \(count / 10) rows \(growth[1])")
            let most = growth[1] + Self.slack
            #expect(growth[0] <= most, "\(scan.rawValue): \(growth) bytes")
        }
    }

    /// Bytes that this process has more at the height of a scan than before it.
    private static func growth(of scan: Scan, _ folder: String, _ count: Int) throws -> Int64 {
        let graph = try Graph(store: RocksStore(path: folder), mounts: [.root])
        let before = LinuxSystem.residentBytes
        var (seen, height) = (0, before)
        func see() {
            seen += 1
            if seen.isMultiple(of: 1000) { height = max(height, LinuxSystem.residentBytes) }
        }
        switch scan {
        case .list:
            try graph.reader().forEach(Selection(try TypeName("process"))) {
                (_) throws(Refusal) in
                see()
                return true
            }
        case .statement:
            var query = try ResourceGraph.query(
                try Statement(parsing: "MATCH (p:Process) RETURN p.name, p.memory, p.payload"),
                on: try graph.reader(), options: QueryOptions())
            while try query.next() != nil { see() }
        case .snapshot:
            let feed = ChangeFeed(graph: graph)
            let subscriber = try feed.subscribe(
                Selection(try TypeName("process")), from: .snapshot
            ) {}
            var isRunning = true
            while isRunning {
                let deliveries = subscriber.take()
                for delivery in deliveries {
                    if case .row = delivery { see() }
                    if case .bookmark = delivery { isRunning = false }
                }
                if deliveries.isEmpty { isRunning = false }
            }
        }
        #expect(seen == count, "\(scan.rawValue)")
        return height - before
    }

    private static func fill(_ folder: String, _ count: Int) throws {
        let graph = try Graph(store: RocksStore(path: folder), mounts: [.root])
        let type = TypeDefinition(
            name: try TypeName("process"), summary: "A process.", role: .observed,
            writer: "sensor",
            fields: [
                .init("memory", .int, "Memory.", unit: "bytes"),
                .init("payload", .text, "Bytes."),
            ], columns: [])
        try apply([.create(try definition(type, number: 1 << 40))], graph)
        let payload = Value.text(String(repeating: "x", count: payload))
        for start in stride(from: 0, to: count, by: 1000) {
            try apply(
                try (start..<min(start + 1000, count)).map { number in
                    .create(
                        try draft(
                            UInt64(number), "process", "p\(number)",
                            data: ["memory": .int(Int64(number)), "payload": payload]))
                }, graph)
        }
        try graph.flush()
    }

    private static func apply(_ commands: [Command], _ graph: Graph<RocksStore>) throws {
        var transaction = try graph.begin(.root)
        let position = graph.applied(.root).next
        let header = EntryHeader(
            log: .root, position: position, author: .local(uid: 0),
            time: WallTime(milliseconds: Int64(position.rawValue)))
        _ = try transaction.apply(header, Batch(commands))
        _ = try graph.commit(transaction, chain: [])
    }
}
