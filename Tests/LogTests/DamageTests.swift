import Host
import Log
import LogSuite
import Resources
import Testing

/// A closed log of 64 KiB in the World, to be damaged.
struct Specimen {
    let disk = SimulatedDisk(seed: 5)
    let payloads: [[UInt8]]
    let directory = "/log"

    /// Four segments of 16 KiB, filled with entries of some 1,900 bytes.
    init(entryBytes: Int = 1900, entries: Int = 28) throws {
        let drafts = Sample.drafts(entries, bytes: entryBytes)
        payloads = drafts.map(\.payload)
        let log = try Sample.open(disk, directory)
        for draft in drafts { _ = try log.append([draft]) }
        log.close()
    }

    var segments: [String] {
        get throws {
            let folder = directory + "/loglets/" + String(repeating: "0", count: 19) + "1"
            return try disk.list(folder).filter { $0.hasSuffix(".segment") }
                .map { folder + "/" + $0 }
        }
    }

    func bytes(_ path: String) throws -> [UInt8] { try #require(disk.bytes(of: path)) }

    func verify() throws -> VerifyReport {
        try CommandLog.verify(disk: disk, directory: directory)
    }
}

@Suite struct DamageTests {
    @Test func theSpecimenIsSoundAndHas64KiB() throws {
        let specimen = try Specimen()
        let report = try specimen.verify()
        #expect(report.isSound)
        #expect(report.entries == 28 && report.segments == 4)
        let total = try specimen.segments.reduce(0) { try $0 + specimen.bytes($1).count }
        #expect(total == 64 << 10)
    }

    @Test(arguments: 0..<16)
    func everyFlippedByteIsDetected(shard: Int) throws {
        let specimen = try Specimen()
        var (flips, missed) = (0, [String]())
        var random = SeededRandom(seed: UInt64(shard))
        for path in try specimen.segments {
            let size = try specimen.bytes(path).count
            for offset in stride(from: shard, to: size, by: 16) {
                let mask = UInt8(truncatingIfNeeded: random.next()) | 1
                specimen.disk.flip(path, at: offset, mask: mask)
                if try specimen.verify().isSound { missed.append("\(path) \(offset)") }
                specimen.disk.flip(path, at: offset, mask: mask)
                flips += 1
            }
        }
        #expect(flips == 4096)
        #expect(missed.isEmpty)
    }

    @Test func everyFlippedByteOfTheSmallFilesIsDetected() throws {
        let specimen = try Specimen(entryBytes: 10, entries: 5)
        let log = try Sample.open(specimen.disk, specimen.directory)
        let entry = try log.read(from: Position(3), maximumBytes: 1)[0]
        try log.keep(
            CheckpointManifest(
                position: Position(3), epoch: 1, chainHash: entry.chainHash, stateHash: [7],
                format: 1))
        _ = try log.seal()
        log.close()
        let loglet = "/log/loglets/00000000000000000001/"
        let files = [
            "/log/chain", "/log/checkpoints/00000000000000000003.manifest", loglet + "watermark",
            loglet + "sealed",
        ]
        #expect(try specimen.verify().isSound)
        for path in files {
            for offset in 0..<(try specimen.bytes(path).count) {
                specimen.disk.flip(path, at: offset, mask: 0x10)
                #expect(try !specimen.verify().isSound, "\(path) at \(offset)")
                specimen.disk.flip(path, at: offset, mask: 0x10)
            }
        }
    }

    /// Opening never forgets: what was flipped is refused, and the log says so.
    @Test func anOpenedLogNeverDropsADamagedEntryInSilence() throws {
        let size = 64 << 10
        for offset in stride(from: 3, to: size, by: 331) {
            let specimen = try Specimen()
            let path = try specimen.segments[offset / (16 << 10)]
            specimen.disk.flip(path, at: offset % (16 << 10), mask: 0x41)
            let log = try Sample.open(specimen.disk, specimen.directory)
            if case .rescue = log.state {
                #expect(throws: LogError.self) { try log.append(Sample.drafts(1)) }
                continue
            }
            let read = Result { () throws(LogError) in
                try log.read(from: Position(1), maximumBytes: .max)
            }
            switch read {
            case .success(let entries):
                #expect(entries.map(\.payload) == specimen.payloads, "offset \(offset)")
            case .failure(let error):
                guard case .corrupt(let defect) = error else { throw error }
                #expect(defect.file == path)
            }
        }
    }

    @Test(arguments: 0..<8)
    func truncationIsDetectedAtEveryOffset(shard: Int) throws {
        let specimen = try Specimen(entryBytes: 700, entries: 40)
        let report = try specimen.verify()
        let segments = try specimen.segments
        #expect(segments.count > 2)
        for path in segments {
            let whole = try specimen.bytes(path)
            // A trailer may end in zeros; batches end at multiples of 8.
            let end = (try #require(whole.lastIndex { $0 != 0 }) + 8) & ~7
            for offset in stride(from: shard, to: whole.count, by: 8) {
                specimen.disk.overwrite(path, with: Array(whole[..<offset]))
                let found = try specimen.verify()
                if offset < end {
                    #expect(!found.isSound, "\(path) at \(offset)")
                } else {
                    // Only zeros behind the last batch are gone.
                    #expect(
                        found.isSound && found.entries == report.entries, "\(path) at \(offset)")
                }
            }
            specimen.disk.overwrite(path, with: whole)
        }
    }

    @Test func swappedAndRepeatedRecordsAreDetected() throws {
        let specimen = try Specimen(entryBytes: 300, entries: 24)
        let path = try specimen.segments[0]
        let whole = try specimen.bytes(path)
        let batch = (96 + Sample.author.text.utf8.count + 300 + 7) & ~7
        let length = batch + 96
        func range(_ index: Int) -> Range<Int> {
            512 + index * length..<512 + (index + 1) * length
        }
        for left in 0..<24 {
            for right in 0..<25 where right != left {
                var repeated = whole
                repeated.replaceSubrange(range(right), with: whole[range(left)])
                specimen.disk.overwrite(path, with: repeated)
                let report = try specimen.verify()
                // A repeat behind the tail is stray data, anywhere else it is damage.
                #expect(report.defect?.position == Position(UInt64(right + 1)))
                guard right < 24, left < right else { continue }
                var swapped = repeated
                swapped.replaceSubrange(range(left), with: whole[range(right)])
                specimen.disk.overwrite(path, with: swapped)
                #expect(try specimen.verify().defect?.position == Position(UInt64(left + 1)))
            }
        }
    }
}
