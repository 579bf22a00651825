import FoundationEssentials
import Host
import MMSGraph
import Resources
import Testing

/// The tables of Docs/Formats/graph.md hold exactly the bytes that the page shows.
@Suite struct FormatTests {
    /// The page's four entries.
    private func life<Store: OrderedStore>(_ graph: Graph<Store>) throws {
        let note = TypeDefinition(
            name: try TypeName("note"), summary: "A note.", role: .desired, writer: "people",
            fields: [
                .init("text", .text, "T.", indexed: true), .init("n", .float, "N.", indexed: true),
            ], relations: [.init(try Relation("SEES"), to: [], "S.")], columns: [])
        var first = try draft(
            2, "note", "a", data: ["text": "x\u{0}y", "n": -1])
        first.tags["k"] = "v"
        first.cost.cpu = 0.5
        first.links["SEES"] = [id(1)]
        var second = Batch([
            .create(first),
            .create(try draft(3, "note", "b", data: ["n": 1.5], owner: id(2))),
        ])
        second.session = Batch.Session(client: id(9), sequence: 4)
        second.cursors = [Batch.Cursor(handler: "h", log: .root, position: Position(1))]
        var update = Update(id: id(2), data: ["n": 2])
        update.tags["k"] = .some(nil)
        let entries: [(Int64, Batch)] = [
            (1000, Batch([.create(try definition(note, number: 1))])), (2000, second),
            (3000, Batch([.update(update)])),
            (2500, Batch([.delete(id: id(3), expect: nil)])),
        ]
        for (number, (time, batch)) in entries.enumerated() {
            let header = EntryHeader(
                log: .root, position: Position(UInt64(number + 1)), author: .local(uid: 0),
                time: WallTime(milliseconds: time))
            var transaction = try graph.begin(.root)
            _ = try transaction.apply(header, batch)
            _ = try graph.commit(transaction, chain: [0xC1 + UInt8(number)])
        }
    }

    /// Everything in a store, in the form of the page.
    private func rows(_ store: some OrderedStore) throws -> [String] {
        var rows: [String] = []
        for table in StoreTable.allCases {
            let snapshot = store.snapshot()
            var cursor = snapshot.scan(table, KeyRange(lower: [], upper: nil), reverse: false)
            while try cursor.advance() {
                rows.append("\(table) \(hex(cursor.key)) \(hex(cursor.value))")
            }
        }
        return rows
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func page(_ name: String) throws -> [Substring] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "Docs/Formats/\(name).md"))
        let section = String(decoding: data, as: UTF8.self).split(separator: "\n## Bytes\n").last
        return (section ?? "").split(separator: "\n").filter { $0.hasPrefix("    ") }
    }

    /// The rows the page shows: a line of table and key, and lines of a value that begin with `=`.
    private func shown() throws -> [String] {
        var rows: [String] = []
        for line in try page("graph") {
            let words = line.split(separator: " ")
            if words[0] == "=" {
                rows[rows.count - 1] += words[1]
            } else {
                rows.append("\(words[0]) \(words[1]) ")
            }
        }
        return rows
    }

    private func compare(_ store: some OrderedStore) throws {
        let (wanted, found) = (try shown(), try rows(store))
        #expect(wanted.count > 20)
        for row in wanted where !found.contains(row) { Issue.record("missing: \(row)") }
        for row in found where !wanted.contains(row) { Issue.record("not on the page: \(row)") }
        #expect(found == wanted)
    }

    @Test func theTablesHoldTheBytesOfThePage() throws {
        let store = SimulatedStore()
        try life(try Graph(store: store, mounts: [.root]))
        try compare(store)
    }

    @Test func theyDoOnRocksDB() throws {
        try withFolder { folder in
            let store = try RocksStore(path: folder)
            try life(try Graph(store: store, mounts: [.root]))
            try compare(store)
        }
    }

    @Test func theBookmarkIsThatOfThePage() throws {
        let line = try #require(try page("resources").first { $0.contains("bookmark") })
        let digits = line.split(separator: " ")[1].compactMap(\.hexDigitValue)
        let text = String(
            decoding: stride(from: 0, to: digits.count, by: 2).map {
                UInt8(digits[$0] << 4 | digits[$0 + 1])
            }, as: UTF8.self)
        let bookmark = Bookmark([
            .root: Position(9), try Namespace("/machines/pi-2"): Position(300),
        ])
        #expect(bookmark.text == text)
        #expect(try Bookmark(text: text) == bookmark)
    }
}
