import Host
import Log
import LogSuite
import Resources
import Testing

@Suite struct DiskTroubleTests {
    @Test func aFullDiskRefusesStaysReadableAndResumes() throws {
        let disk = SimulatedDisk(seed: 1, capacity: 120 << 10)
        let log = try Sample.open(disk, "/log")
        log.prepare()
        var written: UInt64 = 0
        var refusal: LogError?
        while refusal == nil {
            do throws(LogError) {
                written = try log.append(Sample.drafts(1, bytes: 1000)).upperBound.rawValue
                log.prepare()
            } catch {
                refusal = error
            }
        }
        guard case .diskFull(_, let needed, let free) = try #require(refusal) else {
            Issue.record("another refusal: \(String(describing: refusal))")
            return
        }
        #expect(UInt64(needed) > free)
        #expect(log.state == .diskFull)
        #expect(written > 50)
        // The first segment and the reserve are there, so the essential goes through.
        #expect(throws: LogError.self) { try log.append(Sample.drafts(1, bytes: 1000)) }
        let noted = try log.append(Sample.drafts(1, bytes: 1000), essential: true)
        #expect(noted.lowerBound == Position(written + 1))
        let entries = try log.read(from: Position(1), maximumBytes: .max)
        #expect(entries.count == Int(written) + 1)
        disk.set(capacity: 1 << 20)
        let resumed = try log.append(Sample.drafts(1, bytes: 1000))
        #expect(resumed.lowerBound == Position(written + 2))
        #expect(log.state == .writable)
        log.close()
        disk.kill()
        #expect(try CommandLog.verify(disk: disk, directory: "/log").entries == written + 2)
    }

    @Test(arguments: [DiskError.Operation.sync, .write])
    func anErrorOfTheDeviceIsFinalAndTheOutcomeUnknown(operation: DiskError.Operation) throws {
        let disk = SimulatedDisk(seed: 2)
        let log = try Sample.open(disk, "/log")
        _ = try log.append(Sample.drafts(3))
        disk.failNext(operation, errno: DiskError.inputOutput)
        let path = "/log/loglets/00000000000000000001/00000000000000000001.segment"
        let error = DiskError(operation, path, errno: DiskError.inputOutput)
        #expect(throws: LogError.outcomeUnknown(error)) { try log.append(Sample.drafts(2)) }
        // Never again in this process, though the next sync would succeed.
        #expect(throws: LogError.failed(error)) { try log.append(Sample.drafts(2)) }
        #expect(throws: LogError.failed(error)) { try log.sync() }
        #expect(log.state == .failed(error.description))
        #expect(log.tail == Position(3))
        #expect(try log.read(from: Position(1), maximumBytes: .max).count == 3)
        disk.kill()
        let again = try Sample.open(disk, "/log")
        #expect([Position(3), Position(5)].contains(again.tail))
        #expect(try again.append(Sample.drafts(1)).lowerBound == again.tail)
    }

    @Test func aReadOnlyDiskIsRefusedByName() throws {
        let disk = SimulatedDisk(seed: 3)
        disk.set(readOnly: true)
        let opening = Result { () throws(LogError) in try Sample.open(disk, "/log") }
        guard case .failure(.disk(let error)) = opening else {
            Issue.record("opened, or refused for another reason")
            return
        }
        #expect(error.isReadOnly && error.path.hasPrefix("/log"))
    }

    @Test func anUnfinishedWriteIsCutOffAndKept() throws {
        let disk = SimulatedDisk(seed: 4)
        let log = try Sample.open(disk, "/log")
        _ = try log.append(Sample.drafts(2, bytes: 500))
        log.close()
        let path = "/log/loglets/00000000000000000001/00000000000000000001.segment"
        var bytes = try #require(disk.bytes(of: path))
        let end = (try #require(bytes.lastIndex { $0 != 0 }) + 8) & ~7
        // Neither a record nor a trailer.
        let torn = end + 100..<end + 356
        bytes.replaceSubrange(torn, with: [UInt8](repeating: 0xAB, count: 256))
        disk.overwrite(path, with: bytes)
        let again = try Sample.open(disk, "/log")
        let cut = try #require(again.cut)
        #expect(cut.position == Position(3) && cut.offset == end)
        #expect(try #require(disk.bytes(of: cut.quarantine)).suffix(256).allSatisfy { $0 == 0xAB })
        #expect(again.state == .writable && again.tail == Position(2))
        _ = try again.append(Sample.drafts(1))
        again.close()
        #expect(try CommandLog.verify(disk: disk, directory: "/log").isSound)
    }

    @Test func aLostRegisterIsNotTakenForANewLog() throws {
        let disk = SimulatedDisk(seed: 6)
        let log = try Sample.open(disk, "/log")
        _ = try log.append(Sample.drafts(1))
        log.close()
        try disk.remove("/log/chain")
        #expect(throws: LogError.self) { try Sample.open(disk, "/log") }
    }

    @Test func tooLargeIsRefusedWithTheLimit() throws {
        let log = try Sample.open(SimulatedDisk(seed: 7), "/log")
        let bytes = Limits.batchBytes.value + 1
        #expect(
            throws: LogError.tooLarge(
                what: "batch", bytes: bytes, limit: Limits.batchBytes.value)
        ) {
            try log.append(Sample.drafts(1, bytes: bytes))
        }
        #expect(throws: LogError.nothingToAppend) { try log.append([]) }
        #expect(log.tail == .zero)
    }

    @Test func aGroupLargerThanASegmentGetsItsOwn() throws {
        let folder = Folder()
        let log = try Sample.open(LinuxDisk(), folder.path + "/log")
        _ = try log.append(Sample.drafts(1))
        let range = try log.append(Sample.drafts(50, bytes: 5000))
        #expect(range == Position(2)...Position(51))
        _ = try log.append(Sample.drafts(1))
        #expect(try log.read(from: Position(40), maximumBytes: .max).count == 13)
        #expect(try log.verify().isSound)
        log.close()
        #expect(try Sample.open(LinuxDisk(), folder.path + "/log").tail == Position(52))
    }

    @Test func theChainGrowsByALogletAndIsReadAcross() throws {
        let folder = Folder()
        let log = try Sample.open(LinuxDisk(), folder.path + "/log")
        for round in 1...3 {
            _ = try log.append(Sample.drafts(round))
            try log.extend()
        }
        #expect(log.chain.version == 4)
        #expect(log.chain.links.map(\.first.rawValue) == [1, 2, 4, 7])
        var seen: [UInt64] = []
        while let entry = try log.read(from: Position(UInt64(seen.count + 1)), maximumBytes: 1)
            .first
        {
            seen.append(entry.header.position.rawValue)
            if seen.count == 6 { break }
        }
        #expect(seen == [1, 2, 3, 4, 5, 6])
        #expect(try log.append(Sample.drafts(1)).lowerBound == Position(7))
        #expect(try log.verify().entries == 7)
        let hash = log.hash
        log.close()
        let again = try Sample.open(LinuxDisk(), folder.path + "/log")
        #expect(again.hash == hash && again.tail == Position(7))
    }
}
