import Resources
import Testing

/// The nouns of Docs/Formats/resources.md have exactly the bytes that the page shows.
@Suite struct FormatTests {
    private static func id(_ number: UInt64) -> Identifier { Identifier(high: 1, low: number) }

    private static func draft() throws -> Draft {
        var draft = Draft(
            id: id(2), type: try TypeName("app"), namespace: try Namespace("/prod"),
            name: try ResourceName("web"),
            data: [
                "version": "1", "weight": 1.5, "count": 3, "flags": [true, .null],
                "raw": .bytes([1, 2]),
            ], links: ["USES": [id(3), id(4)]], owner: id(7))
        draft.tags["by"] = "hand"
        draft.cost.cpu = 0.5
        return draft
    }

    private static func commands() throws -> [Command] {
        var update = Update(
            id: id(2), expect: Position(9), data: ["count": .null, "flags": ["a": -1]])
        update.replaces = true
        var cost = Cost.zero
        cost.memory = 64
        update.cost = cost
        update.tags["by"] = .some(nil)
        update.tags["to"] = "x"
        update.links["USES"] = []
        return [.create(try draft()), .update(update), .delete(id: id(2), expect: nil)]
    }

    private static func batch() throws -> Batch {
        var batch = Batch(try commands(), reason: "why")
        batch.session = Batch.Session(client: id(9), sequence: 4)
        batch.cursors = [Batch.Cursor(handler: "executor", log: .root, position: Position(8))]
        return batch
    }

    private static func resource() throws -> Resource {
        Resource(
            draft: try draft(),
            created: Resource.Moment(
                position: Position(5), time: WallTime(milliseconds: 1_700_000_000_000)),
            changed: Resource.Moment(position: Position(9), time: WallTime(milliseconds: -1)))
    }

    private static func bytes(_ write: (inout CBORWriter) throws -> Void) rethrows -> [UInt8] {
        var writer = CBORWriter()
        try write(&writer)
        return writer.bytes
    }

    /// Every noun of the page, in its order, but the bookmark, which the graph writes.
    private static func written() throws -> [(String, [UInt8])] {
        let sensed = Batch(
            [], origin: .sampled, sensed: WallTime(milliseconds: 1_700_000_000_123))
        let commands = try commands()
        return [
            ("identifier", bytes { $0.write(id(2)) }),
            ("draft", try bytes { $0.write(try draft()) }),
            ("resource", try bytes { $0.write(try resource()) }),
            ("create", bytes { $0.write(commands[0]) }),
            ("update", bytes { $0.write(commands[1]) }),
            ("delete", bytes { $0.write(commands[2]) }),
            ("batch", try bytes { $0.write(try batch()) }),
            ("sensed", bytes { $0.write(sensed) }),
        ]
    }

    @Test func everyNounHasTheBytesOfThePage() throws {
        let page = try PageBytes(of: "resources").nouns.filter { $0.name != "bookmark" }
        let written = try Self.written()
        #expect(page.map(\.name) == written.map(\.0))
        for (shown, (name, bytes)) in zip(page, written) {
            #expect(shown.bytes == bytes, "\(name)")
        }
    }

    @Test func theBytesOfThePageReadBack() throws {
        let page = Dictionary(
            try PageBytes(of: "resources").nouns.map { ($0.name, $0.bytes) },
            uniquingKeysWith: { first, _ in first })
        func read<Noun>(
            _ name: String, _ body: (inout CBORReader) throws -> Noun
        ) throws -> Noun {
            var reader = CBORReader(try #require(page[name]))
            let noun = try body(&reader)
            try reader.finish()
            return noun
        }
        #expect(try read("identifier") { try $0.readIdentifier() } == Self.id(2))
        #expect(try read("draft") { try $0.readDraft() } == Self.draft())
        #expect(try read("resource") { try $0.readResource() } == Self.resource())
        for (name, command) in zip(["create", "update", "delete"], try Self.commands()) {
            #expect(try read(name) { try $0.readCommand() } == command)
        }
        #expect(try read("batch") { try $0.readBatch() } == Self.batch())
    }
}
