import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

@Suite(.serialized) struct GroupsRigTests {
    /// Where the unified hierarchy is mounted, alone or beside the older ones.
    private static let unified =
        exists("/sys/fs/cgroup/cgroup.procs")
        ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified"
    private static let older = "/sys/fs/cgroup/pids"

    private func run(
        _ source: @escaping @Sendable () -> any LevelSource, _ name: String,
        _ body: (Picture, SensorGroup) throws -> Void
    ) throws {
        let picture = Picture()
        let group = try SensorGroup(
            [{ LevelSensor(source(), on: LinuxKernel()) }], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { !$0.subjects.isEmpty && $0.openGaps[name] == 0 })
        try body(picture, group)
        let before = group.reports.first?.statistics.sweeps ?? 0
        group.sweep()
        #expect(
            picture.reaches { _ in (group.reports.first?.statistics.sweeps ?? 0) > before })
        #expect(group.reports.first?.statistics.drift == 0)
        #expect(picture.state.withLock { $0.faults } == [])
        if let statistics = group.reports.first?.statistics {
            print(
                "\(name): \(statistics.subjects) subjects, one reading "
                    + "\(statistics.readNanoseconds / 1000) µs")
        }
    }

    private func reaches(
        _ picture: Picture, _ type: String, _ name: String,
        _ condition: (ValueMap) -> Bool = { _ in true }
    ) -> Bool {
        picture.reaches { state in
            state.subjects.contains {
                $0.key.type.text == type && $0.key.name.text == name && condition($0.value.data)
            }
        }
    }

    // Needs root and a unified hierarchy.
    @Test(.enabled(if: getuid() == 0 && exists(unified)))
    func controlGroupsAreFollowed() throws {
        let name = "/pisces-rig-\(getpid())"
        let place = Self.unified + name
        try run({ CgroupSource() }, "cgroups") { picture, group in
            defer {
                _ = shell("echo 1 > \(place)/a/cgroup.kill; sleep 0.1; rmdir \(place)/a \(place)")
            }
            // Made at once: the folder inside is there before the outer one is watched.
            _ = shell("mkdir -p \(place)/a/b")
            #expect(reaches(picture, "cgroup", name + "/a/b") { $0["populated"] == false })
            let parent = picture.all("cgroup")[name + "/a"]?.links["PARENT"]
            #expect(parent?.first?.name.text == name)
            _ = shell(
                "rmdir \(place)/a/b; sleep 300 >/dev/null 2>&1 & echo $! > \(place)/a/cgroup.procs")
            #expect(reaches(picture, "cgroup", name + "/a") { $0["populated"] == true })
            #expect(reaches(picture, "cgroup", name) { $0["populated"] == true })
            #expect(
                picture.reaches { state in
                    state.edges.values.contains {
                        $0.links["IN"]?.first?.name.text == name + "/a"
                    }
                })
            _ = shell("echo 1 > \(place)/a/cgroup.freeze")
            #expect(reaches(picture, "cgroup", name + "/a") { $0["frozen"] == true })
            _ = shell("echo 0 > \(place)/a/cgroup.freeze; echo 1 > \(place)/a/cgroup.kill")
            #expect(reaches(picture, "cgroup", name + "/a") { $0["populated"] == false })
            _ = shell("rmdir \(place)/a \(place)")
            #expect(
                picture.reaches { state in
                    !state.subjects.keys.contains { $0.name.text.hasPrefix(name) }
                })
            try compare(picture)
        }
    }

    // Needs root and the older hierarchy of process numbers.
    @Test(.enabled(if: getuid() == 0 && exists(older)))
    func limitsOfTheOlderHierarchiesAreFollowed() throws {
        let name = "/pisces-rig-older-\(getpid())"
        try run({ CgroupSource() }, "cgroups") { picture, group in
            _ = shell("mkdir \(Self.older)\(name)")
            defer { _ = shell("rmdir \(Self.older)\(name) 2>/dev/null") }
            #expect(reaches(picture, "cgroup", name) { $0["pidsMax"] == nil })
            _ = shell("echo 77 > \(Self.older)\(name)/pids.max")
            #expect(reaches(picture, "cgroup", name) { $0["pidsMax"] == 77 })
            _ = shell("echo max > \(Self.older)\(name)/pids.max")
            #expect(reaches(picture, "cgroup", name) { $0["pidsMax"] == nil })
        }
    }

    /// Compares with what `find` says.
    private func compare(_ picture: Picture) throws {
        let mounts = shell("findmnt -n -l -o TARGET -t cgroup,cgroup2").split(separator: "\n")
        var paths: Set<String> = []
        for mount in mounts {
            let found = shell("find '\(mount)' -type d").split(separator: "\n")
            for one in found { paths.insert(one == mount ? "/" : "\(one.dropFirst(mount.count))") }
        }
        #expect(Set(picture.all("cgroup").keys) == paths)
    }

    // Needs root.
    @Test(.enabled(if: getuid() == 0))
    func networkNamespacesComeAndGoInNumbers() throws {
        let prefix = "pisces-\(getpid())-"
        try run({ NamespaceSource() }, "namespaces") { picture, group in
            defer {
                _ = shell("ip netns list | grep -o '^\(prefix)[0-9]*' | xargs -r -n1 ip netns del")
            }
            _ = shell("for i in $(seq 1 200); do ip netns add \(prefix)$i; done")
            #expect(picture.reaches { pins($0, prefix) == 200 })
            _ = shell("for i in $(seq 1 200); do ip netns del \(prefix)$i; done")
            #expect(picture.reaches { pins($0, prefix) == 0 })
            // A storm is merged into few readings.
            let statistics = try #require(group.reports.first?.statistics)
            #expect(statistics.lost == 0)
            // The number is used again at once; the identity is not.
            _ = shell("ip netns add \(prefix)1")
            #expect(picture.reaches { pins($0, prefix) == 1 })
            let first = identity(picture, prefix)
            _ = shell("ip netns del \(prefix)1; ip netns add \(prefix)2")
            #expect(
                picture.reaches {
                    $0.subjects.values.contains { "\($0.data)".contains(prefix + "2") }
                })
            #expect(identity(picture, prefix) != first)
            _ = shell("ip netns del \(prefix)2")
            #expect(picture.reaches { pins($0, prefix) == 0 })
        }
    }

    private func pins(_ state: borrowing Picture.State, _ prefix: String) -> Int {
        state.subjects.values.count { one in
            (one.data["mountPoints"]?.list ?? []).contains { $0.text?.contains(prefix) == true }
        }
    }

    private func identity(_ picture: Picture, _ prefix: String) -> String? {
        picture.all("namespace").values.first { "\($0.data)".contains(prefix) }?.identity
    }

    // Needs root; `lsns` is the judge.
    @Test(.enabled(if: getuid() == 0))
    func namespacesAreThoseThatLsnsLists() throws {
        try run({ NamespaceSource() }, "namespaces") { picture, group in
            let pid = shell("unshare -u -i sleep 300 >/dev/null 2>&1 & echo $!").dropLast()
            defer { _ = shell("kill -9 \(pid)") }
            // No event tells of it.
            group.resync("namespaces")
            #expect(
                picture.reaches { state in
                    state.edges.contains { $0.key.name.text == pid }
                })
            let links = picture.state.withLock { state in
                state.edges.first { $0.key.name.text == pid }?.value.links["IN_NAMESPACE"] ?? []
            }
            let told = ["uts", "ipc"].map { kind in
                String(shell("readlink /proc/\(pid)/ns/\(kind)").dropLast())
            }
            #expect(Set(links.map(\.name.text)).isSuperset(of: told))
            let listed = shell("lsns -n -o TYPE,NS | awk '{print $1\":[\"$2\"]\"}'")
            let seen = Set(picture.all("namespace").keys)
            // Other programs of the machine come and go meanwhile; those of this test do not.
            #expect(told.allSatisfy { listed.contains($0) && seen.contains($0) })
            for name in ["net", "mnt", "pid", "user", "uts", "ipc", "cgroup", "time"] {
                let own = shell("readlink /proc/2/ns/\(name)").dropLast()
                #expect(picture.all("namespace")[String(own)]?.data["initial"] == true)
            }
        }
    }
}

/// True when there is something at that path.
func exists(_ path: String) -> Bool { LinuxKernel().status(path, following: true) != nil }
