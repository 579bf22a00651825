import Host
import Resources
import Testing

@testable import MMSAgent

@Suite struct MountEventTests {
    /// A mount event as the kernel writes it.
    private func event(_ mask: UInt64, _ unique: UInt64, head: UInt16 = 24) -> [UInt8] {
        var bytes = little(UInt32(40)) + [3, 0] + little(head) + little(mask)
        bytes += little(UInt32.max) + little(UInt32(1))
        return bytes + [7, 0] + little(UInt16(16)) + little(UInt32(0)) + little(unique)
    }

    private func little(_ word: some FixedWidthInteger) -> [UInt8] {
        stride(from: 0, to: word.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }

    private func read(_ bytes: [UInt8]) -> MountEvent? {
        unsafe MountEvent(bytes.span.bytes)
    }

    @Test func anEventSaysWhichMountCameWentOrMoved() throws {
        let came = try #require(read(event(0x100_0000, 1 << 32 | 7)))
        #expect(came.unique == 1 << 32 | 7)
        #expect(came.isAttached && !came.isDetached)
        let went = try #require(read(event(0x200_0000, 9)))
        #expect(!went.isAttached && went.isDetached)
        let moved = try #require(read(event(0x300_0000, 9)))
        #expect(moved.isAttached && moved.isDetached)
        // A record of another kind may stand before.
        let pidfd: [UInt8] = [4, 0, 8, 0, 1, 0, 0, 0]
        let whole = event(0x100_0000, 11)
        #expect(read(whole[..<24] + pidfd + whole[24...])?.unique == 11)
    }

    @Test func whatIsCutShortOrOfSomethingElseIsNone() {
        let whole = event(0x100_0000, 7)
        for count in 0..<whole.count { #expect(read(Array(whole[..<count])) == nil, "\(count)") }
        #expect(read(event(0x8, 7)) == nil)
        #expect(read(event(0x100_0000, 7, head: 0)) == nil)
        #expect(read(event(0x100_0000, 7, head: 60_000)) == nil)
        var endless = whole
        endless[26] = 0
        endless[24] = 9
        #expect(read(endless) == nil, "a record of no length")
    }

    @Test func onlyWhatNoReadingHadHasPassed() throws {
        var passages = MountPassages()
        let attach = { (unique: UInt64) in read(event(0x100_0000, unique)) }
        let detach = { (unique: UInt64) in read(event(0x200_0000, unique)) }
        // 1 is read before its event is taken, 2 comes and goes, 3 is read and then goes.
        passages.take(read: [1])
        for one in [attach(1), attach(2), detach(2), attach(3)] {
            #expect(passages.take(try #require(one)))
        }
        passages.take(read: [1, 3])
        for one in [detach(1), detach(3)] { #expect(passages.take(try #require(one))) }
        #expect(passages.takePassed() == [2])
        #expect(passages.takePassed() == [])
        // 4 is out of sight of two readings: when it goes, nothing that could be seen is gone.
        #expect(passages.take(try #require(attach(4))))
        passages.take(read: [])
        passages.take(read: [])
        #expect(passages.take(try #require(detach(4))))
        #expect(passages.takePassed() == [])
        // 5 goes between a reading that lacks it and the next.
        #expect(passages.take(try #require(attach(5))))
        passages.take(read: [])
        #expect(passages.take(try #require(detach(5))))
        #expect(passages.takePassed() == [5])
    }

    @Test func aMountThatWasGoneBeforeItWasReadIsToldOf() throws {
        let kernel = SimulatedKernel()
        let sensor = LevelSensor(MountSource(), on: kernel)
        var out: [Observation] = []
        sensor.start(&out)
        #expect(sensor.contract.mechanism.hasPrefix("fanotify on the mount namespace"))
        out = []
        kernel.mount("/mnt/short")
        let unique = kernel.lastUnique
        kernel.unmount("/mnt/short")
        settle(sensor, kernel, &out)
        #expect(out.count == 2)
        guard case .present(let one) = out.first, case .absent(let gone, let origin, _) = out.last
        else {
            Issue.record("\(out)")
            return
        }
        #expect(one.identity == "mount:\(unique)")
        #expect(one.data["mountPoint"] == nil)
        #expect(
            one.data["unread"]?.list?.compactMap(\.text)
                == ["mountPoint", "fileSystem", "source", "options"])
        #expect(gone == one.subject)
        #expect(origin == .intercepted)
        sweep(sensor, kernel, &out)
        #expect(sensor.statistics.drift == 0)
        #expect(sensor.statistics.gaps == 1, "that of the start")
    }

    @Test func aQueueThatOverflowsIsAGapAndEndsInTheTruth() {
        let kernel = SimulatedKernel()
        var rig = LevelRig(MountSource(), on: kernel)
        for n in 0..<40 {
            kernel.mount("/mnt/\(n)")
            if !n.isMultiple(of: 4) { kernel.unmount("/mnt/\(n)") }
        }
        rig.settle()
        #expect(rig.causes == ["start", "the receive buffer overflowed (ENOBUFS)"])
        #expect(rig.open == 0)
        let points = rig.picture.values.compactMap { $0.data["mountPoint"]?.text }
        #expect(points.sorted() == kernel.mounts.map(\.point).sorted())
    }

    @Test func withoutThePrivilegeThePollTellsAndTheContractSaysSo() {
        let kernel = SimulatedKernel()
        kernel.isUnprivileged = true
        var rig = LevelRig(MountSource(), on: kernel)
        #expect(rig.sensor.contract.mechanism == "poll of /proc/self/mountinfo")
        #expect(rig.sensor.contract.why.contains("CAP_SYS_ADMIN"))
        #expect(rig.sensor.contract.mayMiss.hasPrefix("a mount that comes and goes"))
        kernel.mount("/mnt/one")
        rig.settle()
        #expect(rig.picture["/mnt/one"]?.origin == .intercepted)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    private func settle(
        _ sensor: LevelSensor, _ kernel: SimulatedKernel, _ out: inout [Observation]
    ) {
        for _ in 0..<40 {
            for index in sensor.feeds.indices { sensor.ready(index, &out) }
            kernel.time.advance(milliseconds: 50)
            if let due = sensor.deadline, due <= kernel.clock.ticks {
                sensor.expire(kernel.clock.ticks, &out)
            }
        }
    }

    private func sweep(
        _ sensor: LevelSensor, _ kernel: SimulatedKernel, _ out: inout [Observation]
    ) {
        sensor.sweep(slices: false, &out)
        settle(sensor, kernel, &out)
    }
}
