import Host
import LogSuite
import Resources
import Testing

@testable import Log

@Suite struct EntryGroupTests {
    private let place = EntryGroup.Place(
        log: Sample.log, mount: .root, epoch: 1, name: "etcd:1")

    private let drafts = [
        EntryDraft(
            author: Sample.author, time: WallTime(milliseconds: 1_700_000_000_000),
            payload: Array("first".utf8)),
        EntryDraft(author: .local(uid: 7), time: WallTime(milliseconds: -1), payload: []),
    ]

    /// The bytes are those of format 1, so that a log is one format wherever it lives.
    @Test func aGroupIsABatchOfTheLogsFormat() throws {
        let group = try EntryGroup(drafts, behind: .start, in: place, limit: 4096)
        #expect(group.bytes == Fixture.bytes(Fixture.batch))
        #expect(try EntryGroup(group.bytes, behind: .start, in: place) == group)
        #expect(try EntryGroup(group.bytes, behind: nil, in: place) == group)
    }

    /// Whoever appends a group's entries to a file has the same chain of hashes.
    @Test func aFileWithTheSameEntriesHasTheSameChain() throws {
        let log = try Sample.open(SimulatedDisk(seed: 1), "/log")
        var point = ChainPoint.start
        for round in 0..<5 {
            let drafts = Sample.drafts(round + 1, salt: round)
            let group = try EntryGroup(drafts, behind: point, in: place, limit: 1 << 20)
            _ = try log.append(drafts)
            #expect(group.last == ChainPoint(position: log.tail, hash: log.chainHash))
            #expect(
                try log.read(from: point.position.next, maximumBytes: .max) == group.entries)
            point = group.last
        }
        log.close()
    }

    @Test func whatDoesNotContinueThePlaceIsRefused() throws {
        let group = try EntryGroup(drafts, behind: .start, in: place, limit: 4096)
        let next = try EntryGroup(drafts, behind: group.last, in: place, limit: 4096)
        #expect(next.previous == group.last)
        #expect(throws: LogError.self) { _ = try EntryGroup(next.bytes, behind: .start, in: place) }
        #expect(throws: LogError.self) {
            _ = try EntryGroup(group.bytes + [0], behind: .start, in: place)
        }
        let other = EntryGroup.Place(log: Sample.log, mount: .root, epoch: 2, name: "etcd:2")
        #expect(throws: LogError.self) {
            _ = try EntryGroup(group.bytes, behind: .start, in: other)
        }
        #expect(throws: LogError.self) { _ = try EntryGroup([], behind: nil, in: place) }
    }

    @Test func aGroupHasALimit() throws {
        #expect(throws: LogError.nothingToAppend) {
            _ = try EntryGroup([], behind: .start, in: place, limit: 4096)
        }
        let bytes = Fixture.bytes(Fixture.batch).count
        #expect(throws: LogError.tooLarge(what: "group", bytes: bytes, limit: bytes - 1)) {
            _ = try EntryGroup(drafts, behind: .start, in: place, limit: bytes - 1)
        }
    }
}
