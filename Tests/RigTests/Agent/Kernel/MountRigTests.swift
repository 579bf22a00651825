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
