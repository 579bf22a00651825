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
}
