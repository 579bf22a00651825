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

    private func data(_ rig: LevelRig, _ id: String) -> ValueMap { rig.picture[id]?.data ?? [:] }

    /// Layout of github.com/containers/storage (store.go, containers.go) and of libpod; metadata
    /// of CRI-O by internal/storage/runtime.go.
    @Test func storagesOfPodmanAndCRIOAreRead() throws {
        let kernel = SimulatedKernel()
        let pid = try #require(kernel.fork(1))
        kernel.write(
            "/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n")
        let kept = "/var/lib/containers/storage/overlay-containers"
        kernel.write(
            "\(kept)/volatile-containers.json",
            #"[{"id":"gone1","names":["job"],"image":"aa","created":"2026-01-02T03:04:05Z","#
                + #""metadata":"{\"image-name\":\"alpine:3\",\"name\":\"job\"}"}]"#)
        kernel.write(
            "\(kept)/containers.json",
            #"[{"id":"crio1","names":["k8s_api_web-0_default_u_0"],"image":"bb","#
                + #""created":"2026-01-02T03:04:05Z","metadata":"{\"pod-name\":\"web-0\","#
                + #"\"pod-id\":\"p1\",\"image-name\":\"api:2\",\"image-id\":\"bb\","#
                + #"\"name\":\"k8s_api_web-0_default_u_0\",\"metadata-name\":\"api\","#
                + #"\"privileged\":true}"}]"#)
        kernel.write("/run/containers/storage/overlay-containers/gone1/userdata/pidfile", "\(pid)")
        kernel.write("/proc/\(pid)/cgroup", "0::/machine.slice/libpod-gone1.scope/container\n")
        let home = "/home/ann/.local/share/containers/storage/vfs-containers"
        kernel.write("\(home)/containers.json", #"[{"id":"own1","names":["mine"],"image":"cc"}]"#)
        kernel.write("/run/user/1000/containers/vfs-containers/own1/userdata/pidfile", "\(pid)")
        var rig = LevelRig(ContainerSource(), on: kernel)
        #expect(rig.picture.keys.sorted() == ["crio1", "gone1", "own1"])
        #expect(
            data(rig, "gone1") == [
                "id": "gone1", "engine": "podman", "name": "job", "image": "alpine:3",
                "imageId": "aa", "created": 1_767_323_045_000, "status": "running",
                "pid": .int(Int64(pid)), "cgroup": "/machine.slice/libpod-gone1.scope/container",
            ])
        #expect(
            rig.picture["gone1"]?.links["IN"]?.map(\.name.text)
                == ["/machine.slice/libpod-gone1.scope/container"])
        #expect(
            data(rig, "crio1") == [
                "id": "crio1", "engine": "cri-o", "name": "api", "image": "api:2", "imageId": "bb",
                "pod": "web-0", "privileged": true, "created": 1_767_323_045_000,
                "status": "stopped",
            ])
        #expect(data(rig, "own1")["name"] == "mine" && data(rig, "own1")["status"] == "running")
        // What `--rm` takes away is told at once.
        kernel.write("\(kept)/volatile-containers.json", "[]")
        rig.settle()
        #expect(rig.picture["gone1"] == nil)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    /// `data-root` of dockerd's daemon.json; without root in a user's home, with its runtime's
    /// state below `/run/user` (docs.docker.com, rootless mode).
    @Test func dockersDataIsFoundWhereItLies() throws {
        let kernel = SimulatedKernel()
        kernel.write("/etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n")
        kernel.write("/etc/docker/daemon.json", #"{"data-root":"/srv/docker"}"#)
        for (folder, id) in [
            ("/srv/docker", "a1"), ("/home/ann/.local/share/docker", "b1"),
            ("/var/snap/docker/common/var-lib-docker", "c1"),
        ] {
            kernel.write(
                "\(folder)/containers/\(id)/config.v2.json",
                #"{"ID":"\#(id)","Name":"/\#(id)x","State":{"Pid":0}}"#)
        }
        kernel.write(
            "/run/user/1000/docker/runtime-runc/moby/b1/state.json",
            #"{"id":"b1","config":{"rootfs":"/r"}}"#)
        var rig = LevelRig(ContainerSource(), on: kernel)
        #expect(rig.picture.keys.sorted() == ["a1", "b1", "c1"])
        #expect(rig.picture.values.allSatisfy { $0.data["engine"] == "docker" })
        #expect(data(rig, "b1")["rootFolder"] == "/r")
        kernel.write("/etc/docker/daemon.json", "{}")
        rig.settle()
        #expect(rig.picture["a1"] == nil)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    /// What LXD and Incus write before they start a container (driver_lxc.go), and liblxc's group
    /// `lxc.payload.<name>`.
    @Test func containersOfLXDAndIncusComeAndGo() throws {
        let kernel = SimulatedKernel()
        kernel.write(
            "/proc/self/mountinfo",
            "30 20 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n")
        kernel.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
        let folder = "/var/snap/lxd/common/lxd"
        kernel.write("\(folder)/logs/lxd.log", "time=1\n")
        kernel.write("\(folder)/logs/vm1/qemu.conf", "[machine]\n")
        kernel.write(
            "\(folder)/logs/c1/lxc.conf",
            """
            lxc.log.file = \(folder)/logs/c1/lxc.log
            lxc.hook.pre-start = /proc/7/exe callhook \(folder) "default" "c1" start
            lxc.environment = TOKEN=hunter5
            lxc.uts.name = c1
            lxc.mount.entry = \(folder)/shmounts/c1 dev/.lxd-mounts none bind,create=dir 0 0
            lxc.apparmor.profile = lxd-c1_<var-snap-lxd-common-lxd>
            lxc.net.0.type = phys
            lxc.net.0.link = veth8d1f
            lxc.rootfs.path = dir:\(folder)/storage-pools/default/containers/c1/rootfs

            """)
        kernel.write(
            "/run/incus/user-1000_poc/lxc.conf",
            "lxc.uts.name = poc\nlxc.rootfs.path = dir:/var/lib/incus/containers/p/rootfs\n")
        var rig = LevelRig(ContainerSource(), on: kernel)
        #expect(rig.picture.keys.sorted() == ["c1", "user-1000_poc"])
        #expect(
            data(rig, "c1") == [
                "id": "c1", "engine": "lxd", "name": "c1", "runtime": "lxc", "hostname": "c1",
                "rootFolder": .text("dir:\(folder)/storage-pools/default/containers/c1/rootfs"),
                "networks": ["veth8d1f"],
                "mounts": [
                    .text("\(folder)/shmounts/c1 dev/.lxd-mounts none bind,create=dir 0 0")
                ], "securityOptions": ["apparmor=lxd-c1_<var-snap-lxd-common-lxd>"],
                "cgroup": "/lxc.payload.c1", "status": "stopped",
            ])
        #expect(!"\(rig.picture)".contains("hunter"))
        #expect(data(rig, "user-1000_poc")["engine"] == "incus")
        #expect(data(rig, "user-1000_poc")["name"] == "poc")
        #expect(data(rig, "user-1000_poc")["space"] == "user-1000")
        // It starts: its group is made, and then there is somebody in it.
        let pid = try #require(kernel.fork(1))
        kernel.write("/sys/fs/cgroup/lxc.payload.c1/cgroup.procs", "\(pid)\n")
        kernel.write("/sys/fs/cgroup/lxc.payload.c1/cgroup.events", "populated 1\nfrozen 0\n")
        kernel.write("/sys/fs/cgroup/lxc.payload.c1", "")
        rig.settle()
        #expect(data(rig, "c1")["status"] == "running")
        #expect(rig.picture["c1"]?.links["HAS"]?.map(\.name.text) == ["\(pid)"])
        kernel.write("/sys/fs/cgroup/lxc.payload.c1/cgroup.events", "populated 1\nfrozen 1\n")
        rig.settle()
        #expect(data(rig, "c1")["status"] == "paused")
        // And is deleted.
        kernel.remove("\(folder)/logs/c1")
        rig.settle()
        #expect(rig.picture["c1"] == nil)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
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
