import Cypher
import FoundationEssentials
import NIOCore
import Testing

@testable import Bolt

/// The bytes in `Docs/Formats/bolt.md` are what this room writes and reads.
@Suite struct ExampleTests {
    /// The lines of the page's blocks of bytes, by their names.
    static func page() throws -> [(name: String, bytes: [UInt8])] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Docs/Formats/bolt.md")
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        var examples: [(String, [UInt8])] = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isInside = line == "```bytes"
            } else if isInside, let colon = line.lastIndex(of: ":") {
                examples.append(
                    (String(line[..<colon]), Hex.bytes(String(line[colon...].dropFirst()))))
            }
        }
        return examples
    }

    static let values: [(String, CypherValue, BoltVersion?)] = [
        ("null", .null, nil), ("true", .boolean(true), nil), ("-1", .integer(-1), nil),
        ("-17", .integer(-17), nil), ("128", .integer(128), nil),
        ("-9223372036854775808", .integer(.min), nil), ("1.5", .float(1.5), nil),
        ("\"A\"", .string("A"), nil), ("[1, 2]", .list([.integer(1), .integer(2)]), nil),
        ("{a: 1}", .map(CypherMap([("a", .integer(1))])), nil),
        ("node n1 (:Person {name: 'A'}), 5.4", .node(Shapes.alice), .v5_4),
        ("node n1 (:Person {name: 'A'}), 4.4", .node(Shapes.alice), .v4_4),
        (
            "relationship r9 [:KNOWS {since: 2020}], 4.4", .relationship(Shapes.knows), .v4_4
        ),
        ("2022-01-08", .date(CypherDate(days: 19_000)), nil),
        ("00:16:40.000000007+01:00 on 1970-01-01, 5.4", .dateTime(moment), .v5_4),
        ("00:16:40.000000007+01:00 on 1970-01-01, 4.4", .dateTime(moment), .v4_4),
        (
            "P1Y2M-3DT70.000000009S",
            .duration(CypherDuration(months: 14, days: -3, seconds: 70, nanoseconds: 9)), nil
        ),
    ]

    static let moment = CypherDateTime(seconds: -2600, nanoseconds: 7, offset: 3600, zone: nil)

    /// Every example of the page, as this room has it.
    static func ours() -> [(name: String, bytes: [UInt8])] {
        var all: [(String, [UInt8])] = values.map { name, value, version in
            (name, PackStreamTests.bytes(value, (version ?? .v5_4).dialect))
        }
        for version in BoltVersion.allCases {
            let (major, minor) = version.numbers
            all.append(("server, \(major).\(minor)", [0, 0, minor, major]))
        }
        all.append(("server, nothing in common", [0, 0, 0, 0]))
        all.append(("RESET, one chunk", Wire.message(0x0F, [])))
        all.append(
            (
                "RUN \"RETURN $x\" {x: 1} on scratch-1",
                body(
                    0x10, .string("RETURN $x"), .map(CypherMap([("x", .integer(1))])),
                    .map(CypherMap([("db", .string("scratch-1"))])))
            ))
        all.append(
            (
                "PULL 1000 of the last result",
                body(0x3F, .map(CypherMap([("n", .integer(1000))])))
            ))
        var writer = PackWriter(dialect: BoltVersion.v5_4.dialect)
        writer.writeRecord([.integer(1)])
        all.append(("RECORD [1]", unframed(writer.take())))
        writer.writeIgnored()
        all.append(("IGNORED", unframed(writer.take())))
        return all
    }

    static func body(_ signature: UInt8, _ fields: CypherValue...) -> [UInt8] {
        unframed(ByteBuffer(bytes: Wire.message(signature, fields)))
    }

    static func unframed(_ message: ByteBuffer) -> [UInt8] {
        Array(message.readableBytesView.dropFirst(2).dropLast(2))
    }

    @Test func thePageSaysWhatIsWritten() throws {
        let ours = Dictionary(uniqueKeysWithValues: Self.ours().map { ($0.name, $0.bytes) })
        var checked = 0
        for (name, bytes) in try Self.page() {
            guard let mine = ours[name] else {
                // Those that are only read have a test of their own.
                #expect(Self.read.contains(name), "\(name) is not checked")
                continue
            }
            #expect(Hex.text(bytes) == Hex.text(mine), "\(name)")
            checked += 1
        }
        #expect(checked == ours.count)
    }

    static let read = [
        "client, drivers of today", "RESET, two chunks behind a sign of life",
    ]

    @Test func thePageSaysWhatIsRead() throws {
        let page = Dictionary(
            uniqueKeysWithValues: try Self.page().map { ($0.name, $0.bytes) })
        let handshake = try #require(page["client, drivers of today"])
        #expect(Handshake.judge(handshake) == .agreed(.v5_4))
        let reset = try #require(page["RESET, two chunks behind a sign of life"])
        #expect(try FrameTests.messages(reset, piece: 3) == [[0xB0, 0x0F]])
        for (name, bytes) in page where name.hasPrefix("RUN") || name.hasPrefix("PULL") {
            _ = try Request(ByteBuffer(bytes: bytes), dialect: BoltVersion.v5_4.dialect)
        }
    }
}
