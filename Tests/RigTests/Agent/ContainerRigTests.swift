import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

@Suite(.serialized) struct ContainerRigTests {
    private static let runtimes = ["runc", "crun"].filter {
        exists("/usr/sbin/\($0)") || exists("/usr/bin/\($0)")
    }

    /// A runtime as it runs here: crun refuses a machine with control groups of both versions, so
    /// it gets to see those of the second one alone.
    private func command(_ runtime: String) -> String {
        guard runtime == "crun", exists("/sys/fs/cgroup/unified") else { return runtime }
        return "unshare -m --propagation private sh -c "
            + "'mount -t cgroup2 none /sys/fs/cgroup; exec crun \"$@\"' crun"
    }

    @Test(
        .enabled(if: getuid() == 0 && !runtimes.isEmpty, "needs root, and runc or crun"),
        arguments: runtimes)
    func aContainerRunsAndIsKilled(runtime: String) throws {
        let base = String(shell("mktemp -d").dropLast())
        let id = "pisces-box-\(getpid())"
        let run = "\(command(runtime)) --root \(base)/state"
        defer {
            _ = shell(
                "\(run) kill \(id) KILL 2>/dev/null; sleep 0.2; \(run) delete -f \(id) 2>/dev/null; "
                    + "rm -rf \(base)")
        }
        let text = shell(
            """
            mkdir -p \(base)/b/rootfs/bin \(base)/b/rootfs/proc \(base)/b/rootfs/dev; cd \(base)/b
            cp "$(command -v busybox || echo /bin/sleep)" rootfs/bin/sleep
            for f in $(ldd /bin/sleep | grep -o '/[^ ]*'); do mkdir -p rootfs$(dirname $f)
            cp -L $f rootfs$f; done
            \(runtime) spec && jq '.process.terminal=false | .process.args=["/bin/sleep","300"]
            | del(.linux.resources) | .linux.cgroupsPath="/\(id)"' config.json > c && mv c config.json && echo made
            """)
        #expect(text.contains("made"))
        let picture = Picture()
        let group = try SensorGroup(
            [
                {
                    LevelSensor(
                        ContainerSource(pisces: [base + "/state"]), on: LinuxKernel())
                }
            ], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { $0.openGaps["containers"] == 0 })
        _ = shell("\(run) create --bundle \(base)/b \(id) </dev/null >\(base)/log 2>&1")
        #expect(shell("cat \(base)/log") == "")
        #expect(reaches(picture, id, "created"))
        _ = shell("\(run) start \(id)")
        #expect(reaches(picture, id, "running"))
        let one = try #require(picture.all("container")[id])
        let told = shell("\(run) list -f json | jq '.[0].pid, .[0].bundle'").split(separator: "\n")
        #expect(one.data["pid"]?.int == told.first.flatMap { Int64($0) })
        #expect(one.data["bundle"]?.text.map { "\"\($0)\"" } == told.last.map { String($0) })
        #expect(one.links["HAS"]?.first?.name.text == told.first.map { String($0) })
        #expect(one.data["cgroup"]?.text == "/" + id)
        #expect(one.data["rootFolder"]?.text == "\(base)/b/rootfs")
        // The kernel tells of a stop in the container's group.
        _ = shell("\(run) pause \(id)")
        #expect(reaches(picture, id, "paused"))
        _ = shell("\(run) resume \(id)")
        #expect(reaches(picture, id, "running"))
        _ = shell("\(run) kill \(id) KILL")
        #expect(reaches(picture, id, "stopped"))
        _ = shell("\(run) delete \(id)")
        #expect(picture.reaches { !$0.subjects.keys.contains { $0.name.text == id } })
        group.sweep()
        #expect(picture.reaches { _ in group.reports.first?.statistics.sweeps == 1 })
        let statistics = try #require(group.reports.first?.statistics)
        #expect(statistics.drift == 0)
        #expect(picture.state.withLock { $0.faults } == [])
        print("containers: one reading \(statistics.readNanoseconds / 1000) µs")
    }

    private func reaches(_ picture: Picture, _ id: String, _ status: String) -> Bool {
        picture.reaches { state in
            state.subjects.contains {
                $0.key.name.text == id && $0.value.data["status"]?.text == status
            }
        }
    }
}
