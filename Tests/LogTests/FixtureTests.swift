import Host
import LogSuite
import Resources
import Testing

@testable import Log

/// Bytes of format 1, made by a second implementation from Docs/Formats/log.md. They never change;
/// a new format gets new ones beside these.
enum Fixture {
    static let batch = """
        81ec376450a13e8a00000000000000000000000000000000000000000000000000000000 \
        0000000000000000000000000123456789abcdeffedcba98765432100100000000000000 \
        01000000000000000068e5cf8b010000050000000b01000073797374656d3a7465737466 \
        69727374fbceb62200000000000000000000000032ffa4910b1d8bc6e3912273ba068f91 \
        4a7e091830e5d4c8112443bd51d5dd760123456789abcdeffedcba987654321002000000 \
        000000000100000000000000ffffffffffffffff00000000070100006c6f63616c3a3700 \
        ca4dd15a54454e440000000000000000269dd5322f70612511556ea93fa4ed6898cbb0ad \
        ef6530548a661e62f857e7570123456789abcdeffedcba98765432100200000000000000 \
        0100000000000000d8000000000000000200000000020000
        """
    static let segmentHeader = """
        504953434c4f470001000000000200000000000000000001000000000000000201234567 \
        89abcdeffedcba9876543210010000000000000001000000000000000000000000000000 \
        0000000000000000000000000000000000000000000000000100000000000000
        """
    static let segmentHeaderCRC = """
        8af83f9e
        """
    static let watermark = """
        50495343574d4b0001000000000000000123456789abcdeffedcba987654321001000000 \
        0000000001000000000000000200000000000000
        """
    static let watermarkCRC = """
        8e760f71
        """
    static let seal = """
        504953435345414c01000000000000000123456789abcdeffedcba987654321002000000 \
        00000000000000000000000000000000000000000000000000000000269dd5322f706125 \
        11556ea93fa4ed6898cbb0adef6530548a661e62f857e757
        """
    static let sealCRC = """
        255ea560
        """
    static let chain = """
        504953434841494e0100000030000000f543d81584015000000000000000010000000000 \
        000002500123456789abcdeffedcba987654321081846666696c653a310101f6
        """
    static let manifest = """
        50495343434b505401000000290000003c90ab818502015820269dd5322f70612511556e \
        a93fa4ed6898cbb0adef6530548a661e62f857e75742aabb03
        """

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    /// A sector of those first bytes, zeros, and that checksum at the end.
    static func sector(_ start: String, _ crc: String) -> [UInt8] {
        let (start, crc) = (bytes(start), bytes(crc))
        return start + [UInt8](repeating: 0, count: 508 - start.count) + crc
    }
}

@Suite struct FixtureTests {
    private let directory = "/log/loglets/00000000000000000001/"

    private func writtenLog() throws -> (disk: SimulatedDisk, hash: ChainHash) {
        let disk = SimulatedDisk(seed: 1)
        let log = try Sample.open(disk, "/log")
        _ = try log.append([
            EntryDraft(
                author: Sample.author, time: WallTime(milliseconds: 1_700_000_000_000),
                payload: Array("first".utf8)),
            EntryDraft(author: .local(uid: 7), time: WallTime(milliseconds: -1), payload: []),
        ])
        log.close()
        return (disk, log.chainHash)
    }

    @Test func aSegmentHasExactlyTheseBytes() throws {
        let (disk, _) = try writtenLog()
        let segment = try #require(disk.bytes(of: directory + "00000000000000000001.segment"))
        #expect(segment.count == 16 << 10)
        #expect(
            Array(segment[..<512])
                == Fixture.sector(Fixture.segmentHeader, Fixture.segmentHeaderCRC))
        let batch = Fixture.bytes(Fixture.batch)
        #expect(Array(segment[512..<512 + batch.count]) == batch)
        #expect(segment[(512 + batch.count)...].allSatisfy { $0 == 0 })
    }

    @Test func theSmallFilesHaveExactlyTheseBytes() throws {
        let (disk, hash) = try writtenLog()
        let watermark = try #require(disk.bytes(of: directory + "watermark"))
        #expect(watermark.count == 8192)
        #expect(
            Array(watermark[4096..<4608])
                == Fixture.sector(Fixture.watermark, Fixture.watermarkCRC))
        let seal = SealMark(log: Sample.log, tail: Position(2), hash: hash).encode()
        #expect(seal == Fixture.sector(Fixture.seal, Fixture.sealCRC))
        #expect(disk.bytes(of: "/log/chain") == Fixture.bytes(Fixture.chain))
        let manifest = CheckpointManifest(
            position: Position(2), epoch: 1, chainHash: hash, stateHash: [0xAA, 0xBB], format: 3)
        #expect(manifest.encode() == Fixture.bytes(Fixture.manifest))
        #expect(
            CheckpointManifest.decode(Fixture.bytes(Fixture.manifest)) == .success(manifest))
    }

    @Test func theBytesReadBack() throws {
        let (disk, hash) = try writtenLog()
        let path = directory + "00000000000000000001.segment"
        var segment = Fixture.sector(Fixture.segmentHeader, Fixture.segmentHeaderCRC)
        segment += Fixture.bytes(Fixture.batch)
        segment += [UInt8](repeating: 0, count: (16 << 10) - segment.count)
        disk.overwrite(path, with: segment)
        let log = try Sample.open(disk, "/log")
        let entries = try log.read(from: Position(1), maximumBytes: .max)
        #expect(entries.map(\.header.author.text) == ["system:test", "local:7"])
        #expect(entries.map(\.header.time.milliseconds) == [1_700_000_000_000, -1])
        #expect(entries.map(\.payload) == [Array("first".utf8), []])
        #expect(entries.last?.chainHash == hash)
    }

    @Test func anUnknownFormatIsNamed() throws {
        var header = Fixture.sector(Fixture.segmentHeader, Fixture.segmentHeaderCRC)
        header[8] = 2
        let crc = unsafe CRC32C.of(header.span.extracting(first: 508).bytes)
        for index in 0..<4 { header[508 + index] = UInt8(truncatingIfNeeded: crc >> (index * 8)) }
        #expect(
            SegmentHeader.decode(header)
                == .failure(FormatFlaw("format 2 is unknown; this binary reads 1")))
    }
}
