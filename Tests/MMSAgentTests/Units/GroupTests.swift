import Host
import Resources
import Testing

@testable import MMSAgent

@Suite struct GroupTests {
    private static let root = "/sys/fs/cgroup"

    private func machine() -> SimulatedKernel {
        let kernel = SimulatedKernel()
        kernel.write(
            "/proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
        kernel.write("\(Self.root)/cgroup.controllers", "cpu memory pids\n")
        kernel.write("\(Self.root)/cgroup.procs", "1\n")
        return kernel
    }

    private func make(_ name: String, _ files: [String: String], on kernel: SimulatedKernel) {
        let place = Self.root + name
        kernel.write("\(place)/cgroup.controllers", "cpu memory pids\n")
        kernel.write("\(place)/cgroup.events", "populated 0\nfrozen 0\n")
        kernel.write("\(place)/cgroup.procs", "")
        for (file, text) in files { kernel.write("\(place)/\(file)", text) }
    }

    @Test func limitsAndMembersAreRead() throws {
        let kernel = machine()
        let pid = try #require(kernel.fork(1))
        make(
            "/app",
            [
                "cpu.max": "50000 100000\n", "memory.max": "1048576\n", "pids.max": "max\n",
                "memory.events": "low 0\noom_kill 3\n", "cgroup.type": "domain\n",
                "cgroup.events": "populated 1\nfrozen 0\n", "cgroup.procs": "\(pid)\n",
            ], on: kernel)
        make("/app/memory.evil", [:], on: kernel)
        let rig = LevelRig(CgroupSource(), on: kernel)
        let app = try #require(rig.picture["/app"])
        #expect(app.data["cpuMax"] == .float(0.5))
        #expect(app.data["memoryMax"] == .int(1_048_576))
        #expect(app.data["pidsMax"] == nil)
        #expect(app.data["oomKills"] == .int(3))
        #expect(app.links["PARENT"]?.first?.name.text == "/")
        // A group may have a name such as the kernel gives its files.
        #expect(rig.picture["/app/memory.evil"]?.links["PARENT"]?.first?.name.text == "/app")
        #expect(rig.edges["\(pid)"]?.links["IN"]?.first?.name.text == "/app")
        #expect(rig.edges["1"] == nil)
        #expect(rig.open == 0 && rig.causes == ["start"])
    }

    @Test func aChangeIsSeenAndASweepFindsNoDrift() {
        let kernel = machine()
        make("/app", [:], on: kernel)
        var rig = LevelRig(CgroupSource(), on: kernel)
        #expect(rig.picture["/app"]?.data["frozen"] == false)
        kernel.write("\(Self.root)/app/cgroup.events", "populated 1\nfrozen 1\n")
        kernel.write("\(Self.root)/app/memory.events", "oom_kill 1\n")
        rig.settle()
        #expect(rig.picture["/app"]?.data["frozen"] == true)
        #expect(rig.picture["/app"]?.data["oomKills"] == .int(1))
        kernel.remove("\(Self.root)/app")
        rig.settle()
        #expect(rig.picture["/app"] == nil)
        rig.sweep()
        #expect(rig.sensor.statistics.sweeps == 1 && rig.sensor.statistics.drift == 0)
    }

    @Test(arguments: ["", "populated", "populated x\n", "\u{0}\u{FF}", "populated 1 2\n"])
    func whatIsNoNumberIsLeftOut(_ text: String) {
        let kernel = machine()
        make(
            "/app",
            ["cgroup.events": text, "memory.max": "99999999999999999999\n", "cpu.max": text],
            on: kernel)
        let rig = LevelRig(CgroupSource(), on: kernel)
        #expect(rig.picture["/app"] != nil)
        #expect(rig.picture["/app"]?.data["populated"] == nil)
        #expect(rig.picture["/app"]?.data["memoryMax"] == nil)
        #expect(rig.picture["/app"]?.data["cpuMax"] == nil)
    }

    @Test func theFirstHierarchyOfTheProcessesOwnListCounts() throws {
        let kernel = SimulatedKernel()
        let pid = try #require(kernel.fork(1))
        kernel.write(
            "/proc/self/mountinfo",
            """
            32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
            33 31 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids

            """)
        kernel.write("/proc/self/cgroup", "8:pids:/\n1:cpu:/\n")
        kernel.write("/sys/fs/cgroup/cpu/a/cgroup.procs", "\(pid)\n")
        kernel.write("/sys/fs/cgroup/pids/z/cgroup.procs", "\(pid)\n")
        kernel.write("/sys/fs/cgroup/pids/z/pids.max", "7\n")
        let rig = LevelRig(CgroupSource(), on: kernel)
        #expect(rig.edges["\(pid)"]?.links["IN"]?.map(\.name.text) == ["/z"])
        #expect(rig.picture["/z"]?.data["pidsMax"] == .int(7))
        #expect(rig.picture["/a"]?.data["controllers"] == ["cpu"])
    }

    @Test func namespacesHaveTheirOwnIdentity() throws {
        let kernel = SimulatedKernel()
        let pid = try #require(kernel.fork(1))
        kernel.link("/proc/1/ns/net", to: "net:[10]")
        kernel.link("/proc/\(pid)/ns/net", to: "net:[20]")
        kernel.link("/proc/\(pid)/ns/mnt", to: "mnt:[x]")
        kernel.write(
            "/proc/self/mountinfo", "9 1 0:4 net:[30] /run/netns/blue rw - nsfs nsfs rw\n")
        var rig = LevelRig(NamespaceSource(), on: kernel)
        #expect(rig.picture.keys.sorted() == ["net:[10]", "net:[20]", "net:[30]"])
        #expect(rig.picture["net:[10]"]?.data["initial"] == true)
        #expect(rig.picture["net:[30]"]?.data["mountPoints"] == ["/run/netns/blue"])
        #expect(rig.edges["\(pid)"]?.links["IN_NAMESPACE"]?.map(\.name.text) == ["net:[20]"])
        let first = rig.picture["net:[20]"]?.identity
        // The number goes and is given out again.
        kernel.remove("/proc/\(pid)/ns/net")
        for _ in 0..<6 { rig.settle() }
        #expect(rig.picture["net:[20]"] == nil)
        kernel.link("/proc/\(pid)/ns/net", to: "net:[20]")
        for _ in 0..<6 { rig.settle() }
        #expect(rig.picture["net:[20]"] != nil)
        #expect(rig.picture["net:[20]"]?.identity != first)
        kernel.namespaces["/proc/\(pid)/ns/net"] = 77
        for _ in 0..<6 { rig.settle() }
        #expect(rig.picture["net:[20]"]?.identity == "namespace:77")
    }
}
