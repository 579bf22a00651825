import Host
import Resources
import Testing

@testable import MMSAgent

@Suite struct ContainerTests {
    private static let id = "4f66c2a1"

    private func docker(_ kernel: SimulatedKernel, pid: Int32, running: Bool = true) {
        let place = "/var/lib/docker/containers/\(Self.id)"
        kernel.write(
            "\(place)/config.v2.json",
            """
            {"ID":"\(Self.id)","Created":"2026-01-02T03:04:05.678901234Z","Name":"/web",
            "State":{"Running":\(running),"Paused":false,"Restarting":false,"Dead":false,
            "Pid":\(running ? pid : 0),"ExitCode":137,"StartedAt":"2026-01-02T03:04:06Z"},
            "Config":{"Hostname":"box","Env":["PATH=/bin","DB_PASSWORD=hunter2"],
            "Image":"nginx:1.25","Labels":{"team":"a","token":"hunter3"}},
            "Image":"sha256:aa","Path":"/entry","Args":["--password","hunter4"],
            "NetworkSettings":{"Networks":{"bridge":{"IPAddress":"172.17.0.2"}},
            "Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"443/tcp":null}},
            "MountPoints":{"/data":{"Source":"/srv","RW":false}}}
            """)
        kernel.write(
            "\(place)/hostconfig.json",
            #"{"Privileged":true,"ReadonlyRootfs":false,"Runtime":"runc","#
                + #""RestartPolicy":{"Name":"always"},"NetworkMode":"bridge","SecurityOpt":null}"#)
    }

    @Test func dockersContainersAreReadWithoutSecrets() throws {
        let kernel = SimulatedKernel()
        let pid = try #require(kernel.fork(1))
        docker(kernel, pid: pid)
        var rig = LevelRig(ContainerSource(), on: kernel)
        let one = try #require(rig.picture[Self.id])
        #expect(one.data["name"] == "web" && one.data["image"] == "nginx:1.25")
        #expect(one.data["status"] == "running" && one.data["pid"] == .int(Int64(pid)))
        #expect(one.data["created"] == .int(1_767_323_045_678))
        #expect(one.data["environment"] == ["DB_PASSWORD", "PATH"])
        #expect(
            one.data["ports"] == ["443/tcp", "0.0.0.0:8080->80/tcp"]
                || one.data["ports"]?.list?.count == 2)
        #expect(one.data["mounts"] == ["/srv:/data:ro"])
        #expect(one.data["networks"] == ["bridge=172.17.0.2"])
        #expect(one.data["privileged"] == true && one.data["restart"] == "always")
        #expect(one.links["HAS"]?.first?.name.text == "\(pid)")
        #expect(!"\(one)".contains("hunter"))
        docker(kernel, pid: pid, running: false)
        rig.settle()
        #expect(rig.picture[Self.id]?.data["status"] == "exited")
        #expect(rig.picture[Self.id]?.data["exitCode"] == .int(137))
        #expect(rig.picture[Self.id]?.links["HAS"] == nil)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    @Test func anEnginesAccountAndItsRuntimesAreOne() throws {
        let kernel = SimulatedKernel()
        let pid = try #require(kernel.fork(1))
        docker(kernel, pid: pid)
        let start = try #require(kernel.table[pid]?.start)
        kernel.write(
            "/run/docker/runtime-runc/moby/\(Self.id)/state.json",
            #"{"id":"\#(Self.id)","init_process_pid":\#(pid),"init_process_start":\#(start),"#
                + #""created":"2026-01-02T03:04:05Z","config":{"rootfs":"/r","labels":["bundle=/b"],"#
                + #""cgroups":{"path":"/docker/\#(Self.id)"}},"cgroup_paths":{"":"/sys/fs/cgroup/x"}}"#
        )
        let rig = LevelRig(ContainerSource(), on: kernel)
        #expect(rig.picture.count == 1)
        let one = try #require(rig.picture[Self.id])
        #expect(one.data["engine"] == "docker" && one.data["bundle"] == "/b")
        #expect(one.data["cgroup"]?.text == "/docker/\(Self.id)")
    }

    @Test func aNumberUsedAgainIsNotTheContainersProcess() throws {
        let kernel = SimulatedKernel()
        let pid = try #require(kernel.fork(1))
        kernel.write(
            "/run/crun/box/status",
            #"{"pid":\#(pid),"process-start-time":5,"cgroup-path":"box","rootfs":"/r","bundle":"/b"}"#
        )
        let rig = LevelRig(ContainerSource(), on: kernel)
        #expect(rig.picture["box"]?.data["status"] == "stopped")
        #expect(rig.picture["box"]?.links["HAS"] == nil)
        #expect(rig.picture["box"]?.data["cgroup"] == "/box")
    }

    /// Where the hierarchies of both versions are mounted, whichever the group is in.
    @Test(arguments: [
        ("/sys/fs/cgroup/unified/box/cgroup.events", "populated 1\nfrozen 1\n"),
        ("/sys/fs/cgroup/freezer/box/freezer.state", "FROZEN\n"),
    ])
    func aContainerOfCrunIsPausedAndGoesOn(file: String, frozen: String) throws {
        let kernel = SimulatedKernel()
        kernel.write(
            "/proc/self/mountinfo",
            """
            30 20 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw
            31 20 0:27 / /sys/fs/cgroup/freezer rw shared:9 - cgroup cgroup rw,freezer
            32 20 0:28 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu\n
            """)
        let pid = try #require(kernel.fork(1))
        let start = try #require(kernel.table[pid]).start
        kernel.write(file, file.hasSuffix("state") ? "THAWED\n" : "populated 1\nfrozen 0\n")
        kernel.write(
            "/run/crun/box/status",
            #"{"pid":\#(pid),"process-start-time":\#(start),"cgroup-path":"/box","#
                + #""rootfs":"rootfs","bundle":"/b"}"#)
        var rig = LevelRig(ContainerSource(), on: kernel)
        #expect(rig.picture["box"]?.data["status"] == "running")
        #expect(rig.picture["box"]?.data["rootFolder"] == "/b/rootfs")
        kernel.write(file, frozen)
        rig.settle()
        #expect(rig.picture["box"]?.data["status"] == "paused")
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    @Test func otherEnginesAreRead() throws {
        let kernel = SimulatedKernel()
        let pid = try #require(kernel.fork(1))
        kernel.write(
            "/var/lib/containers/storage/overlay-containers/containers.json",
            #"[{"id":"pod1","names":["db"],"image":"sha256:bb","created":"2026-01-02T03:04:05Z","#
                + #""metadata":"{\"image-name\":\"postgres:16\"}"}]"#)
        kernel.write(
            "/run/containers/storage/overlay-containers/pod1/userdata/pidfile", "\(pid)\n")
        let task = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/task1"
        kernel.write(
            "\(task)/config.json",
            #"{"hostname":"h","root":{"path":"rootfs","readonly":true},"process":{"args":["run"]},"#
                + #""annotations":{"io.kubernetes.cri.container-name":"api"},"#
                + #""linux":{"cgroupsPath":"/kubepods/x"}}"#)
        kernel.write("\(task)/init.pid", "\(pid)")
        kernel.write("/var/lib/lxc/old/config", "# c\nlxc.uts.name = old\nlxc.rootfs.path=dir:/o\n")
        kernel.write(
            "/run/systemd/machines/vm", "NAME=vm\nCLASS=container\nLEADER=\(pid)\nROOT=/m\n")
        kernel.write("/run/systemd/machines/real", "NAME=real\nCLASS=vm\n")
        let rig = LevelRig(ContainerSource(), on: kernel)
        #expect(rig.picture.keys.sorted() == ["old", "pod1", "task1", "vm"])
        #expect(rig.picture["pod1"]?.data["image"] == "postgres:16")
        #expect(rig.picture["pod1"]?.data["status"] == "running")
        #expect(rig.picture["task1"]?.data["name"] == "api")
        #expect(rig.picture["task1"]?.data["space"] == "k8s.io")
        #expect(rig.picture["old"]?.data["hostname"] == "old")
        #expect(rig.picture["vm"]?.links["HAS"]?.first?.name.text == "\(pid)")
    }

    @Test(arguments: ["", "{", "[]", #"{"id":"other"}"#, #"{"id":7}"#, "{\"id\":\"bad\u{0}\"}"])
    func whatIsNoStateIsNoContainer(_ text: String) {
        let kernel = SimulatedKernel()
        kernel.write("/run/runc/box/state.json", text)
        kernel.write("/var/lib/docker/containers/box/config.v2.json", text)
        let rig = LevelRig(ContainerSource(), on: kernel)
        #expect(rig.picture.isEmpty && rig.open == 0)
    }
}
