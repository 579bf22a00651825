import Cypher
import NIOCore
import Testing

@testable import Bolt

/// Values as bytes and back (PackStream specification, version 1).
@Suite struct PackStreamTests {
    static let v5 = PackDialect(elementIDs: true, utc: true)
    static let v4 = PackDialect(elementIDs: false, utc: false)
    static let v4utc = PackDialect(elementIDs: false, utc: true)

    static func bytes(_ value: CypherValue, _ dialect: PackDialect = v5) -> [UInt8] {
        var writer = PackWriter(dialect: dialect)
        writer.write(value)
        return Array(writer.buffer.readableBytesView)
    }

    static func read(_ bytes: [UInt8], _ dialect: PackDialect = v5) throws(BoltError) -> CypherValue
    {
        var reader = PackReader(ByteBuffer(bytes: bytes), dialect: dialect)
        let value = try reader.value()
        guard reader.isAtEnd else { throw .malformed("bytes are left") }
        return value
    }

    @Test(
        arguments: [
            (0, "00"), (127, "7F"), (-1, "FF"), (-16, "F0"), (-17, "C8EF"), (-128, "C880"),
            (128, "C90080"), (-129, "C9FF7F"), (32_767, "C97FFF"), (-32_768, "C98000"),
            (32_768, "CA00008000"), (-32_769, "CAFFFF7FFF"), (2_147_483_647, "CA7FFFFFFF"),
            (-2_147_483_648, "CA80000000"), (2_147_483_648, "CB0000000080000000"),
            (-2_147_483_649, "CBFFFFFFFF7FFFFFFF"), (Int64.max, "CB7FFFFFFFFFFFFFFF"),
            (Int64.min, "CB8000000000000000"),
        ] as [(Int64, String)])
    func integersTakeTheirShortestForm(value: Int64, hex: String) throws {
        #expect(Hex.text(Self.bytes(.integer(value))) == hex)
        let back = try Self.read(Hex.bytes(hex))
        #expect(Hex.text(Self.bytes(back)) == hex)
    }

    @Test(arguments: ["C82A", "C9002A", "CA0000002A", "CB000000000000002A"])
    func integersOfAnyWidthAreRead(hex: String) throws {
        #expect(Hex.text(Self.bytes(try Self.read(Hex.bytes(hex)))) == "2A")
    }

    @Test(arguments: [0, 1, 15, 16, 255, 256, 65_535, 65_536])
    func sizesTakeTheirShortestForm(count: Int) throws {
        let text = String(repeating: "a", count: count)
        let list = CypherValue.list(Array(repeating: .null, count: count))
        let map = CypherValue.map(CypherMap((0..<count).map { (String($0), .boolean(true)) }))
        for value in [.string(text), .bytes(Array(text.utf8)), list, map] {
            let bytes = Self.bytes(value)
            #expect(Self.bytes(try Self.read(bytes)) == bytes)
        }
        let first: [UInt8] =
            switch count {
            case 0...15: [0x80 + UInt8(count), 0x90 + UInt8(count), 0xA0 + UInt8(count)]
            case 16...255: [0xD0, 0xD4, 0xD8]
            case 256...65_535: [0xD1, 0xD5, 0xD9]
            default: [0xD2, 0xD6, 0xDA]
            }
        #expect([.string(text), list, map].map { Self.bytes($0)[0] } == first)
        let marker: UInt8 = count <= 255 ? 0xCC : count <= 65_535 ? 0xCD : 0xCE
        #expect(Self.bytes(.bytes(Array(text.utf8)))[0] == marker)
    }

    @Test func everyFirstByteIsReadOrRefused() {
        let unused: Set<UInt8> = [
            0xC4, 0xC5, 0xC6, 0xC7, 0xCF, 0xD3, 0xD7, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF,
            0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xED,
            0xEE, 0xEF,
        ]
        for marker in UInt8.min...UInt8.max {
            // Zeros are lengths, integers, floats; a structure of signature 0 is not there.
            let tail = [UInt8](repeating: 0, count: 16)
            var reader = PackReader(ByteBuffer(bytes: [marker] + tail), dialect: Self.v5)
            let readable = (try? reader.value()) != nil
            let isStructure = (0xB0...0xBF).contains(marker)
            // Keys of maps and texts among zeros are wrong where there must be some.
            let isMap = (0xA1...0xAF).contains(marker)
            #expect(readable == !(unused.contains(marker) || isStructure || isMap), "\(marker)")
        }
    }

    @Test(arguments: [
        "", "D0", "D005", "8561", "C1", "C90A", "91", "A1", "A18161", "D6FFFFFFFF", "DAFFFFFFFF",
        "D2FFFFFFFF", "CEFFFFFFFF", "B1", "B144", "B3490101", "81FF", "82C328", "A2816101816102",
        "A10101", "B24401", "B14481", "B500", "B0", "DF",
    ])
    func brokenBytesAreRefused(hex: String) {
        #expect(throws: BoltError.self) { try Self.read(Hex.bytes(hex)) }
    }

    @Test func nestingIsBounded() throws {
        let depth = 64
        let fits = [UInt8](repeating: 0x91, count: depth) + [0xC0]
        _ = try Self.read(fits)
        let error = #expect(throws: BoltError.self) { try Self.read([0x91] + fits) }
        #expect(error?.message.contains("Bolt value depth is limited to 64 levels") == true)
    }

    @Test(arguments: ["B44E0190A080", "B8520101018180A0808080", "B37201A08080", "B35090909001"])
    func entitiesAreNoParameters(hex: String) {
        let error = #expect(throws: BoltError.self) { try Self.read(Hex.bytes(hex)) }
        #expect(error?.code == "Neo.ClientError.Request.Invalid" || hex.hasPrefix("B"))
    }

    @Test func entitiesCarryElementIDsFromVersion5On() {
        #expect(
            Hex.text(Self.bytes(.node(Shapes.alice)))
                == "B44E019186506572736F6EA1846E616D658141826E31")
        #expect(
            Hex.text(Self.bytes(.node(Shapes.alice), Self.v4))
                == "B34E019186506572736F6EA1846E616D658141")
        #expect(
            Hex.text(Self.bytes(.relationship(Shapes.knows)))
                == "B852090102854B4E4F5753A18573696E6365C907E48272" + "39826E31826E32")
        #expect(
            Hex.text(Self.bytes(.relationship(Shapes.knows), Self.v4))
                == "B552090102854B4E4F5753A18573696E6365C907E4")
    }

    @Test func pathsNameEachEntityOnceAndSayTheDirection() {
        let there = Self.bytes(.path(Shapes.there), Self.v4)
        let back = Self.bytes(.path(Shapes.back), Self.v4)
        #expect(there.suffix(3) == [0x92, 0x01, 0x01])
        #expect(back.suffix(3) == [0x92, 0xFF, 0x01])
        let loop = PathValue(
            nodes: [Shapes.alice, Shapes.bob, Shapes.alice],
            relationships: [Shapes.knows, Shapes.knows])
        #expect(Self.bytes(.path(loop), Self.v4).suffix(5) == [0x94, 0x01, 0x01, 0xFF, 0x00])
        let alone = PathValue(nodes: [Shapes.bob], relationships: [])
        #expect(Hex.text(Self.bytes(.path(alone), Self.v4)) == "B35091B34E0290A09090")
    }

    @Test(arguments: [v5, v4, v4utc]) func momentsComeBackAsTheyWent(dialect: PackDialect) throws {
        let moments = Shapes.all.filter {
            switch $0 {
            case .node, .relationship, .path: false
            case .dateTime(let moment): moment.zone == nil
            default: true
            }
        }
        #expect(moments.count == 6)
        for moment in moments {
            let bytes = Self.bytes(moment, dialect)
            #expect(Self.bytes(try Self.read(bytes, dialect), dialect) == bytes)
        }
    }

    @Test func dateTimesCountInUTCOrOnTheLocalClock() {
        let moment = CypherDateTime(seconds: 1000, nanoseconds: 7, offset: 3600, zone: nil)
        let named = CypherDateTime(seconds: 1000, nanoseconds: 7, offset: 3600, zone: "UTC")
        #expect(Hex.text(Self.bytes(.dateTime(moment))) == "B349C903E807C90E10")
        #expect(Hex.text(Self.bytes(.dateTime(moment), Self.v4)) == "B346C911F807C90E10")
        #expect(Hex.text(Self.bytes(.dateTime(named))) == "B369C903E80783555443")
        #expect(Hex.text(Self.bytes(.dateTime(named), Self.v4)) == "B366C911F80783555443")
    }

    @Test func aDateTimeOfTheOtherFormIsRefused() {
        #expect(throws: BoltError.self) { try Self.read(Hex.bytes("B346010200"), Self.v5) }
        #expect(throws: BoltError.self) { try Self.read(Hex.bytes("B349010200"), Self.v4) }
    }

    @Test func durationsKeepTheirFractionPositive() throws {
        guard case .duration(let duration) = try Self.read(Hex.bytes("B4450000FFFF")) else {
            Issue.record("no duration")
            return
        }
        #expect(duration.seconds == -2 && duration.nanoseconds == 999_999_999)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func randomBytesNeverBreakTheReader(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                // Half of the bytes are markers of containers, so that nesting is reached.
                Bool.random(using: &random)
                    ? UInt8.random(in: 0x80...0xDF, using: &random)
                    : UInt8.random(in: .min ... .max, using: &random)
            }
            guard let value = try? Self.read(bytes) else { continue }
            // What was read is written canonically and reads as the same again.
            let canonical = Self.bytes(value)
            #expect((try? Self.read(canonical)).map { Self.bytes($0) } == canonical)
        }
    }
}

/// Bytes as text.
enum Hex {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }

    static func bytes(_ text: String) -> [UInt8] {
        let digits = text.filter { $0 != " " }.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] * 16 + digits[$0 + 1])
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
