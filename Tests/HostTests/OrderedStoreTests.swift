import FoundationEssentials
import Host
import Resources
import Testing

/// The contract of the port, kept by both bodies.
@Suite struct OrderedStoreTests {
    @Test func bothBodiesAnswerAlikeToRandomOperations() throws {
        try withFolder { folder in
            for seed in 0..<8 as Range<UInt64> {
                let rocks = try RocksStore(path: folder + "/\(seed)")
                #expect(try transcript(rocks, seed) == transcript(SimulatedStore(), seed))
            }
        }
    }

    /// What random writes, reads and scans answer.
    private func transcript<Store: OrderedStore>(
        _ store: Store, _ seed: UInt64
    ) throws -> [String] {
        var random = SeededRandom(seed: seed)
        var lines: [String] = []
        func key() -> [UInt8] {
            (0..<random.next(upperBound: UInt64(4))).map { _ in
                [0, 1, 0x7F, 0xFF][Int(random.next(upperBound: UInt64(4)))]
            }
        }
        let tables: [StoreTable] = [.meta, .names, .counters]
        for _ in 0..<60 {
            var batch = store.batch()
            let snapshot = store.snapshot()
            for _ in 0..<4 {
                let table = tables[Int(random.next(upperBound: UInt64(3)))]
                if random.oneIn(3) {
                    batch.delete(table, key())
                } else {
                    batch.put(table, key(), key())
                }
            }
            try store.write(batch)
            if random.oneIn(9) { try store.flush() }
            let table = tables[Int(random.next(upperBound: UInt64(3)))]
            let probe = key()
            lines.append("get \(try store.get(table, probe) ?? [9])")
            lines.append("before \(try snapshot.get(table, probe) ?? [9])")
            let (lower, upper) = (key(), key())
            let range = KeyRange(lower: lower, upper: random.oneIn(3) ? nil : upper)
            for reverse in [false, true] {
                var cursor = store.snapshot().scan(table, range, reverse: reverse)
                while try cursor.advance() { lines.append("\(cursor.key)=\(cursor.value)") }
            }
            var cursor = snapshot.scan(table, KeyRange(prefix: lower), reverse: true)
            while try cursor.advance() { lines.append("old \(cursor.key)=\(cursor.value)") }
        }
        return lines
    }

    @Test func aCheckpointIsACompleteCopy() throws {
        try withFolder { folder in
            let store = try RocksStore(path: folder + "/a")
            let batch = store.batch()
            batch.put(.meta, [1], [2])
            try store.write(batch)
            try store.checkpoint(to: folder + "/b")
            let copy = try RocksStore(path: folder + "/b")
            #expect(try copy.get(.meta, [1]) == [2])
            #expect(throws: StoreError.self) { try store.checkpoint(to: folder + "/b") }
        }
    }

    @Test func aStoreThatIsOpenElsewhereIsRefused() throws {
        try withFolder { folder in
            let store = try RocksStore(path: folder + "/a")
            let error = #expect(throws: StoreError.self) {
                _ = try RocksStore(path: folder + "/a")
            }
            #expect(error?.operation == "open")
            #expect(store.memoryBytes > 0)
        }
    }

    @Test func aCrashOfTheSimulatedStoreFallsBackToTheFlush() throws {
        let store = SimulatedStore()
        for byte in 1...3 as ClosedRange<UInt8> {
            var batch = store.batch()
            batch.put(.meta, [byte], [byte])
            try store.write(batch)
            if byte == 2 { try store.flush() }
        }
        store.crash()
        #expect(try store.get(.meta, [2]) == [2])
        #expect(try store.get(.meta, [3]) == nil)
    }

    @Test(
        arguments: [
            ([1], [2]), ([1, 0xFF], [2]), ([0xFF, 0xFF], nil), ([], nil),
        ] as [([UInt8], [UInt8]?)])
    func thePrefixHasASuccessor(_ prefix: [UInt8], _ successor: [UInt8]?) {
        #expect(prefix.successor == successor)
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/pisces-store-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }
}
