import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

@Suite(.serialized) struct MountRigTests {
    @Test func mountsComeAndGoUnderAnyName() throws {
        let picture = Picture()
        let group = try SensorGroup(
            [{ LevelSensor(MountSource(), on: LinuxKernel()) }], sweepInterval: nil
        ) {
            picture.take($0)
        }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { !$0.subjects.isEmpty && $0.openGaps["mounts"] == 0 })
        let folder = shell("mktemp -d").split(separator: "\n").first.map { String($0) }
        let base = try #require(folder)
        defer { _ = shell("umount -l '\(base)'/* 2>/dev/null; rm -rf '\(base)'") }
        let points = ["\(base)/a b", "\(base)/a\nb", "\(base)/a\\134b", "\(base)/plain"]
        for point in points {
            _ = shell("mkdir '\(point)'; mount --bind '\(base)' '\(point)'")
        }
        _ = shell("mount -t tmpfs over '\(base)/plain'")
        for point in points {
            #expect(
                picture.reaches { state in
                    state.subjects.values.contains { $0.data["mountPoint"]?.text == point }
                }, "\(point)")
        }
        #expect(
            picture.reaches { state in
                state.subjects.values.filter {
                    $0.data["mountPoint"]?.text == "\(base)/plain"
                }.count == 2
            })
        try compare(picture)
        _ = shell("umount '\(base)/plain'; umount '\(base)/plain'; umount '\(base)'/a*")
        #expect(
            picture.reaches { state in
                !state.subjects.values.contains {
                    $0.data["mountPoint"]?.text?.hasPrefix("\(base)/") == true
                }
            })
        group.sweep()
        #expect(picture.reaches { _ in group.reports.first?.statistics.sweeps == 1 })
        #expect(group.reports.first?.statistics.drift == 0)
        #expect(picture.state.withLock { $0.faults } == [])
        try compare(picture)
    }

    /// Mounts made and removed as fast as a program can, while others stay or are changed: each
    /// one is told of, and then the picture is what `findmnt` says.
    @Test func aStormOfMountsIsToldOfOneByOne() throws {
        let picture = Picture()
        let group = try SensorGroup(
            [{ LevelSensor(MountSource(), on: LinuxKernel()) }], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { !$0.subjects.isEmpty && $0.openGaps["mounts"] == 0 })
        let contract = try #require(group.reports.first?.contract)
        #expect(contract.mechanism.hasPrefix("fanotify on the mount namespace"), "\(contract.why)")
        let base = String(shell("mktemp -d").dropLast())
        defer { _ = shell("umount -l '\(base)'/* 2>/dev/null; rm -rf '\(base)'") }
        let before = picture.state.withLock { $0.history.count }
        let stays = 40
        let passes = 300
        for n in 0..<stays + passes {
            let point = "\(base)/\(n)"
            try #require(unsafe mkdir(point, 0o700) == 0)
            try #require(unsafe mount("none", point, "tmpfs", 0, "size=4k") == 0)
            if n >= stays { try #require(unsafe umount2(point, 0) == 0) }
        }
        _ = shell("mount -o remount,bind,ro '\(base)/0'; mount --make-rprivate '\(base)/2'")
        #expect(
            picture.reaches { state in
                let left = state.subjects.values.compactMap { $0.data["mountPoint"]?.text }
                return left.count { $0.hasPrefix("\(base)/") } == stays
                    && state.subjects.values.contains {
                        $0.data["mountPoint"]?.text == "\(base)/0" && $0.data["readOnly"] == true
                    }
            })
        // Presences of mounts nobody knew before, by their identity.
        let told = picture.state.withLock { state in
            Set(
                state.history[before...].compactMap { observation in
                    if case .present(let one) = observation { one.identity } else { nil }
                })
        }
        #expect(told.count >= stays + passes, "\(told.count) were told of")
        group.sweep()
        #expect(picture.reaches { _ in group.reports.first?.statistics.sweeps == 1 })
        let statistics = try #require(group.reports.first?.statistics)
        #expect(statistics.drift == 0)
        #expect(statistics.gaps == 1, "that of the start: \(picture.state.withLock(\.causes))")
        #expect(picture.state.withLock { $0.faults } == [])
        try compare(picture)
    }

    private func compare(_ picture: Picture) throws {
        let count = shell("findmnt -J -l | jq '.filesystems | length'")
        #expect(picture.all("mount").count == Int(count.split(separator: "\n").first ?? ""))
        let types = shell("findmnt -J -l | jq -r '.filesystems[] | .fstype'")
        let seen = picture.all("mount").values.compactMap { $0.data["fileSystem"]?.text }
        #expect(seen.sorted() == types.split(separator: "\n").map { String($0) }.sorted())
    }

    @Test func theMachineIsWhatItsFilesSay() throws {
        let picture = Picture()
        let group = try SensorGroup(
            [{ MachineSensor(LinuxKernel(), name: "here") }], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { $0.openGaps["machine"] == 0 })
        let machine = try #require(picture.all("machine")["here"])
        #expect(machine.data["cores"]?.int == Int64(shell("nproc --all").dropLast()))
        #expect(machine.data["kernel"]?.text == String(shell("uname -r").dropLast()))
        #expect(machine.data["architecture"]?.text == String(shell("uname -m").dropLast()))
        let kibibytes = shell("awk '/MemTotal/ {print $2}' /proc/meminfo").dropLast()
        #expect(machine.data["memory"]?.int == Int64(kibibytes).map { $0 * 1024 })
        let boot = try #require(machine.data["bootTime"]?.int)
        let kernelBoot = try #require(
            Int64(shell("awk '/btime/ {print $2}' /proc/stat").dropLast()))
        #expect(abs(boot / 1000 - kernelBoot) <= 2)
    }

    @Test func metricsAreReadLive() throws {
        let metrics = try #require(liveMetrics(pid: getpid()))
        #expect(metrics.residentBytes > 1 << 20)
        #expect(metrics.threads >= 1)
        #expect(liveMetrics(pid: Int32.max) == nil)
    }
}
