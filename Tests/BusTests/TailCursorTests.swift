import Host
import Log
import LogSuite
import Resources
import Testing

@testable import Bus

/// The guards of design/01 against what etcd was found to do.
@Suite struct TailCursorTests {
    private let place = EtcdSample.place()
    private let keys = EtcdKeys(log: Sample.log, loglet: "etcd:1")

    private func cursor() -> TailCursor {
        TailCursor(
            place: place, keys: keys, start: .start,
            state: .at(TailCursor.Seen(version: 0, revision: 4, point: .start)))
    }

    private func groups(_ count: Int) throws -> [EntryGroup] {
        var (groups, point): ([EntryGroup], ChainPoint) = ([], .start)
        for round in 0..<count {
            let group = try EntryGroup(
                Sample.drafts(round + 1, salt: round), behind: point, in: place, limit: 1 << 20)
            groups.append(group)
            point = group.last
        }
        return groups
    }

    private func put(
        _ group: EntryGroup, version: UInt64, at revision: UInt64
    ) -> EtcdWatchMessage.Event {
        EtcdWatchMessage.Event(
            keyValue: EtcdKeyValue(
                key: keys.entries, value: group.bytes, createRevision: 5, modRevision: revision,
                version: version))
    }

    @Test func putsThatFollowEachOtherAreTaken() throws {
        var cursor = cursor()
        for (index, group) in try groups(3).enumerated() {
            let step = cursor.take(
                put(group, version: UInt64(index + 1), at: UInt64(5 + index * 2)))
            guard case .group(let taken, let seen) = step else {
                Issue.record("\(step)")
                return
            }
            #expect(taken == group)
            #expect(seen.version == UInt64(index + 1))
        }
        #expect(cursor.version == 3)
    }

    @Test func aRepeatedPutIsDropped() throws {
        var cursor = cursor()
        let groups = try groups(2)
        _ = cursor.take(put(groups[0], version: 1, at: 5))
        _ = cursor.take(put(groups[1], version: 2, at: 7))
        let again = cursor.take(put(groups[1], version: 2, at: 7))
        #expect(again == .nothing)
        let before = cursor.take(put(groups[0], version: 1, at: 5))
        #expect(before == .nothing)
        #expect(cursor.version == 2)
    }

    @Test func aGapIsNotPassed() throws {
        var cursor = cursor()
        let groups = try groups(3)
        _ = cursor.take(put(groups[0], version: 1, at: 5))
        guard case .missing(.corrupt(let defect)) = cursor.take(put(groups[2], version: 3, at: 9))
        else {
            Issue.record("the gap was passed")
            return
        }
        #expect(defect.reason.contains("version 3 follows version 1"))
        #expect(cursor.version == 1)
    }

    /// A store that was put back from a copy counts again from there.
    @Test(arguments: [(1, 9, "version 1 follows version 2"), (3, 6, "revision 6 follows")])
    func aStepBackStops(version: Int, revision: Int, reason: String) throws {
        var cursor = cursor()
        let groups = try groups(3)
        _ = cursor.take(put(groups[0], version: 1, at: 5))
        _ = cursor.take(put(groups[1], version: 2, at: 7))
        let step = cursor.take(
            put(groups[version - 1], version: UInt64(version), at: UInt64(revision)))
        guard case .stop(.corrupt(let defect)) = step else {
            Issue.record("\(step)")
            return
        }
        #expect(defect.reason.contains(reason))
    }

    @Test func aDeletedKeyStops() throws {
        var cursor = cursor()
        var event = put(try groups(1)[0], version: 1, at: 5)
        event.isDeletion = true
        guard case .stop = cursor.take(event) else {
            Issue.record("a deletion was taken")
            return
        }
    }

    /// Every bit of a group counts: record, payload, padding, trailer.
    @Test func aDamagedPutIsNotTaken() throws {
        let group = try groups(1)[0]
        for byte in group.bytes.indices {
            var damaged = put(group, version: 1, at: 5)
            damaged.keyValue.value[byte] ^= 0x10
            var cursor = cursor()
            let step = cursor.take(damaged)
            guard case .missing = step else {
                Issue.record("byte \(byte) does not count: \(step)")
                return
            }
        }
        for count in group.bytes.indices {
            var cut = put(group, version: 1, at: 5)
            cut.keyValue.value = Array(group.bytes.prefix(count))
            var cursor = cursor()
            guard case .missing = cursor.take(cut) else {
                Issue.record("\(count) bytes were taken")
                return
            }
        }
    }

    @Test func aPutOfAnotherLogOrEpochIsNotTaken() throws {
        let strangers = [
            EntryGroup.Place(
                log: Identifier(high: 9, low: 9), mount: .root, epoch: 1, name: "etcd:1"),
            EtcdSample.place(epoch: 2),
        ]
        for stranger in strangers {
            let group = try EntryGroup(
                Sample.drafts(1), behind: .start, in: stranger, limit: 1 << 20)
            var cursor = cursor()
            guard case .missing = cursor.take(put(group, version: 1, at: 5)) else {
                Issue.record("\(stranger) was taken")
                return
            }
        }
    }

    /// Behind a compaction the first put says itself what it continues.
    @Test func aReaderBehindACompactionTakesTheFirstPutThatIsLeft() throws {
        let groups = try groups(3)
        var cursor = TailCursor(place: place, keys: keys, start: .start, state: .anywhere)
        guard case .group(let group, _) = cursor.take(put(groups[1], version: 2, at: 7)) else {
            Issue.record("the put was not taken")
            return
        }
        #expect(group.previous == groups[0].last)
        guard case .group = cursor.take(put(groups[2], version: 3, at: 9)) else {
            Issue.record("the next put was not taken")
            return
        }
    }

    @Test func theSealIsSeenBeforeThePutItFollows() throws {
        var cursor = cursor()
        let seal = EtcdWatchMessage.Event(
            keyValue: EtcdKeyValue(
                key: keys.seal, createRevision: 6, modRevision: 6, version: 1))
        let step = cursor.take(seal)
        #expect(step == .nothing)
        #expect(cursor.isSealed)
        guard case .group = cursor.take(put(try groups(1)[0], version: 1, at: 5)) else {
            Issue.record("the put before the seal was not taken")
            return
        }
    }
}
