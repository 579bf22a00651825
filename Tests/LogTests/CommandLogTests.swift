import Host
import Log
import LogSuite
import Resources
import Testing

@Suite struct CommandLogTests {
    @Test func entriesAreThereAfterReopening() throws {
        let folder = Folder()
        let disk = LinuxDisk()
        let log = try Sample.open(disk, folder.path + "/log")
        var wanted: [[UInt8]] = []
        for round in 0..<100 {
            let drafts = Sample.drafts(round % 7 + 1, bytes: round * 3, salt: round)
            wanted += drafts.map(\.payload)
            let range = try log.append(drafts)
            #expect(range.upperBound == Position(UInt64(wanted.count)))
        }
        let before = try log.read(from: Position(1), maximumBytes: .max)
        #expect(before.map(\.payload) == wanted)
        #expect(before.last?.hash == log.hash)
        let hash = log.hash
        log.close()
        let again = try Sample.open(disk, folder.path + "/log")
        #expect(again.tail == Position(UInt64(wanted.count)))
        #expect(again.hash == hash)
        #expect(try again.read(from: Position(1), maximumBytes: .max) == before)
        let next = try again.append(Sample.drafts(1))
        #expect(next.lowerBound == Position(UInt64(wanted.count + 1)))
        again.close()
    }

    @Test func aSecondOpenerIsRefused() throws {
        let folder = Folder()
        let log = try Sample.open(LinuxDisk(), folder.path + "/log")
        #expect(throws: LogError.locked(path: folder.path + "/log/lock")) {
            try Sample.open(LinuxDisk(), folder.path + "/log")
        }
        log.close()
        try Sample.open(LinuxDisk(), folder.path + "/log").close()
    }

    @Test func churnGetsNoWatermarkUntilTheLogIsClosed() throws {
        let disk = SimulatedDisk(seed: 5)
        var options = Sample.options()
        options.durability = .grouped
        let log = try CommandLog.open(
            disk: disk, directory: "/log", mount: .root, clusterID: Sample.cluster,
            logID: Sample.log, options: options)
        let path = "/log/loglets/00000000000000000001/watermark"
        func standStill() { for _ in 0..<2 { log.prepare() } }
        func marked() throws -> [UInt8]? { disk.bytes(of: path) }
        _ = try log.append(Sample.drafts(3))
        try log.sync(churn: true)
        standStill()
        #expect(log.durable == Position(3))
        #expect(try marked() == nil)
        _ = try log.append(Sample.drafts(1))
        try log.sync()
        standStill()
        let first = try #require(try marked())
        _ = try log.append(Sample.drafts(1))
        try log.sync(churn: true)
        standStill()
        #expect(try marked() == first)
        log.close()
        #expect(try marked() != first)
        #expect(try CommandLog.verify(disk: disk, directory: "/log").isSound)
    }

    /// The first segment of a new log may be smaller than what another machine gives it at once.
    @Test func aFirstGroupLargerThanTheFirstSegmentCanBeTrimmedAway() throws {
        let disk = SimulatedDisk(seed: 6)
        var options = Sample.options()
        options.firstSegmentBytes = 16 << 10
        options.segmentBytes = 16 << 10
        let log = try CommandLog.open(
            disk: disk, directory: "/log", mount: .root, clusterID: Sample.cluster,
            logID: Sample.log, options: options)
        _ = try log.append(Sample.drafts(20, bytes: 1000))
        #expect(log.extents.map(\.first) == [Position(1)])
        for salt in 1...4 { _ = try log.append(Sample.drafts(10, bytes: 1000, salt: salt)) }
        for position in [Position(59), Position(60)] {
            let entry = try #require(try log.read(from: position, maximumBytes: 1).first)
            try log.keep(
                CheckpointManifest(
                    position: position, epoch: entry.epoch, chainHash: entry.chainHash,
                    stateHash: [], format: 1))
        }
        try log.trim(before: Position(59))
        #expect(log.first > Position(20))
        #expect(log.extents.count == 1)
        log.close()
        #expect(try CommandLog.verify(disk: disk, directory: "/log").isSound)
    }
}
