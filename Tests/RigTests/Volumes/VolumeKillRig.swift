internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Pisces killed with SIGKILL at every step of its work on volumes: no volume is lost or half
/// made, no fence goes back, no mount, loop device or half copy stays.
@Suite(.serialized, .enabled(if: LinuxSystem.userID == 0, "mounts need root"))
struct VolumeKillRig {
    @Test func aKilledLifeLeavesNothingHalf() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let kills = LinuxSystem.environment["PISCES_VOLUME_KILLS"].flatMap { Int($0) } ?? 60
        var random = SeededRandom(seed: 20_261_121)
        for turn in 0..<kills {
            let pid = try start(rig, rounds: 1000, first: 1 + 1000 * turn)
            usleep(random.next(upperBound: UInt32(500_000)))
            kill(pid, SIGKILL)
            #expect(wait(pid) == SIGKILL, "\(log(rig))")
        }
        let last = try start(rig, rounds: 1, first: 1 + 1000 * kills)
        #expect(wait(last) == 0, "\(log(rig))")

        let driver = try rig.next()
        let list = try driver.list()
        #expect(list.broken == [])
        #expect(list.volumes.map(\.volume.id) == [0, 1].map { Identifier(high: 1, low: $0) })
        #expect(list.volumes.allSatisfy { $0.volume.holder == nil && $0.snapshots.isEmpty })
        #expect(list.volumes.allSatisfy { $0.volume.fence == Position(1 + 1000 * UInt64(kills)) })
        #expect(try LinuxFiles().names(in: driver.root).count == 2)
        #expect(rig.mounted == [])
        #expect(eventually { rig.loops.isEmpty })
        let image = "\(driver.root)/\(Identifier(high: 1, low: 1))/image"
        #expect(try rig.shell("e2fsck -fn \(image)") == 0, "\(rig.said)")
    }

    @Test func noKillTakesAGrantBack() throws {
        let rig = try Rig()
        defer { rig.remove() }
        var random = SeededRandom(seed: 7)
        for turn in 0..<20 {
            let pid = try start(rig, rounds: 1000, first: 1 + 1000 * turn)
            usleep(random.next(upperBound: UInt32(400_000)))
            kill(pid, SIGKILL)
            #expect(wait(pid) == SIGKILL, "\(log(rig))")
            let driver = try rig.next()
            for number in [0, 1] as [UInt64] {
                guard let text = try LinuxFiles().text("\(rig.path)/granted-\(number)"),
                    let granted = UInt64(text)
                else { continue }
                let id = Identifier(high: 1, low: number)
                let fence = try #require(try driver.state(id)?.volume.fence)
                #expect(fence >= Position(granted))
                let older = refusal {
                    _ = try rig.attach(id, 5, at: granted - 1, with: driver)
                }
                #expect(older?.kind == .fenced || granted == 1)
            }
        }
    }

    /// The helper beside the test bundle: the test runner gets the bundle as an argument.
    private var program: String {
        let own = LinuxFiles().resolve("/proc/self/exe") ?? ""
        let folders = (CommandLine.arguments + [own]).map {
            "/" + $0.split(separator: "/").dropLast().joined(separator: "/")
        }
        let candidates = folders.map { $0 + "/VolumeRig" } + [".build/debug/VolumeRig"]
        return candidates.first { LinuxFiles().kind($0) == .file(executable: true) } ?? "VolumeRig"
    }

    private func log(_ rig: Rig) -> String {
        ((try? LinuxFiles().text(rig.path + "/life")) ?? nil) ?? ""
    }

    /// A child of the test, without any of the code under test.
    private func start(_ rig: Rig, rounds: Int, first: Int) throws -> pid_t {
        let words = [program, rig.path, "\(rounds)", "\(first)"]
        var list = unsafe words.map { unsafe strdup($0) }
        defer { unsafe list.forEach { unsafe free($0) } }
        unsafe list.append(nil)
        var pid: pid_t = 0
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(
            &actions, 1, rig.path + "/life", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let error = unsafe posix_spawn(&pid, words[0], &actions, nil, list, environ)
        try #require(error == 0, "\(words[0]) does not start: \(error)")
        return pid
    }

    /// The code or signal that ended a child.
    private func wait(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, 0) == pid else { return -1 }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : signal
    }
}
