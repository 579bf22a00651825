import Reproduction
import Resources
import Testing

@Suite struct MachineTimeTests {
    static let year2026 = WallTime(milliseconds: 1_767_225_600_000)

    @Test func aClockIn1970IsSetToTheLastKnownTime() {
        let clock = WallTime(milliseconds: 12_000)
        let known = [WallTime(milliseconds: 5), Self.year2026]
        #expect(MachineTime.correction(clock: clock, known: known) == Self.year2026)
    }

    @Test func aClockThatIsAheadStays() {
        let later = Self.year2026.advanced(byMilliseconds: 1)
        #expect(MachineTime.correction(clock: later, known: [Self.year2026]) == nil)
        #expect(MachineTime.correction(clock: later, known: []) == nil)
    }

    @Test func aClockIn1970IsSaidToBeWrong() {
        let clock = WallTime(milliseconds: 12_000)
        #expect(
            MachineTime.finding(clock: clock, known: [])?.hasPrefix(
                "the clock stands at 1970-01-01T00:00:12.000Z, ") == true)
        // A file of a boot whose clock was wrong as well does not make it right.
        let known = [WallTime(milliseconds: 500_000)]
        #expect(
            MachineTime.finding(clock: clock, known: known)?.hasPrefix(
                "the clock stands at 1970-01-01T00:08:20.000Z, ") == true)
        let corrected = MachineTime.finding(clock: clock, known: [Self.year2026])
        #expect(corrected?.contains("stood at 1970-01-01T00:00:12.000Z") == true)
        #expect(corrected?.contains("goes on from 2026-01-01T00:00:00.000Z") == true)
    }

    @Test(arguments: [(-60_000, false), (-60_001, true), (0, false), (1, false)])
    func aClockThatIsALittleSlowIsNoFinding(difference: Int64, isOne: Bool) {
        let clock = Self.year2026.advanced(byMilliseconds: difference)
        #expect((MachineTime.finding(clock: clock, known: [Self.year2026]) != nil) == isOne)
        #expect(MachineTime.finding(clock: clock, known: []) == nil)
    }

    @Test func theFileIsReadAsItWasWritten() {
        #expect(MachineTime.time(file: MachineTime.file(Self.year2026)) == Self.year2026)
    }

    @Test(arguments: [
        "", "\n", "1767225600000", "x\n", "-5\n", "12000\n", "99999999999999999999\n",
        "9999999999999\n", " 1767225600000\n",
    ]) func aDamagedFileSaysNothing(text: String) {
        #expect(MachineTime.time(file: Array(text.utf8)) == nil)
    }
}

@Suite struct MountPlanTests {
    @Test func whatContainsOthersIsMountedFirst() {
        let targets = MountPlan.early.map(\.target)
        for (index, target) in targets.enumerated() {
            for later in targets[index...] where later != target {
                #expect(!target.hasPrefix(later + "/"), "\(target) would be hidden by \(later)")
            }
        }
    }

    @Test func onlyControllersThatAreThereAreEnabled() {
        #expect(
            MountPlan.enabling("cpuset cpu io memory hugetlb pids rdma\n")
                == "+cpuset +cpu +io +memory +pids")
        #expect(MountPlan.enabling("pids\n") == "+pids")
        #expect(MountPlan.enabling("") == "")
    }

    @Test func theLastMountedGoesFirstAndTheKernelsOwnStay() {
        let mounts = """
            /dev/dm-0 / erofs ro 0 0
            proc /proc proc rw 0 0
            cgroup2 /sys/fs/cgroup cgroup2 rw 0 0
            run /run tmpfs rw 0 0
            /dev/vda6 /data ext4 rw 0 0
            overlay /data/pisces/a\\040b overlay rw 0 0

            """
        #expect(MountPlan.toUnmount(mounts) == ["/data/pisces/a b", "/data", "/run"])
    }

    @Test(arguments: ["", "x", "/dev/vda1 /a\\ ext4 rw", "a b\\09 ext4", "\\\\\\ \\777 ext4"])
    func arbitraryLinesDoNotHarm(text: String) { _ = MountPlan.toUnmount(text) }
}

@Suite struct MachineNotesTests {
    /// While a log cannot be written each attempt has another wording.
    @Test func ofOneMatterOnlyTheNewestIsSaid() {
        var notes = MachineNotes()
        notes.say(nil, of: "restart")
        #expect(notes.texts == [])
        for attempt in 1...100 { notes.say("attempt \(attempt)", of: "restart") }
        notes.add("no clock")
        notes.say("no driver", of: "network")
        #expect(notes.texts == ["no clock", "attempt 100", "no driver"])
        notes.say(nil, of: "restart")
        #expect(notes.texts == ["no clock", "no driver"])
    }
}

@Suite struct ConsoleScreenTests {
    @Test func theScreenShowsWhoAndWhere() {
        var screen = ConsoleScreen()
        screen.name = "pi"
        screen.state = "ready"
        screen.addresses = ["http://10.0.2.15:7117"]
        screen.slot = "b"
        screen.warnings = (0..<10).map { "warning \($0)" }
        let text = screen.text
        #expect(text.contains("PISCES  pi  ready\n"))
        #expect(text.contains("  address      http://10.0.2.15:7117\n"))
        #expect(text.contains("slot b\n"))
        #expect(text.contains("and 2 more\n"))
    }

    @Test func nothingOnTheScreenSteersTheTerminal() {
        var screen = ConsoleScreen()
        screen.name = "a\u{1B}[2Jb\u{9B}c\rd" + String(repeating: "x", count: 500)
        for line in screen.text.split(separator: "\n") {
            #expect(line.unicodeScalars.allSatisfy { (0x20..<0x7F).contains($0.value) })
            #expect(line.count <= 160)
        }
    }
}
