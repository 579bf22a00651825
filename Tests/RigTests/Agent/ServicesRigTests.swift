import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

@Suite(.serialized) struct ServicesRigTests {
    private static let hasSystemd = getuid() == 0 && exists("/lib/systemd/systemd")

    /// What a manager is started by. As root it takes all processes of the group it is in, and
    /// tidies the groups below: it gets groups of its own and sees the others read-only.
    private static let alone = """
        base=$1
        group=pisces-rig-manager-$$
        for tree in $(findmnt -n -l -o TARGET -t cgroup,cgroup2); do
            mkdir "$tree/$group" || exit 77
            for set in cpuset.cpus cpuset.mems; do
                if [ -e "$tree/$set" ]; then cat "$tree/$set" > "$tree/$group/$set"; fi
            done
            echo $$ > "$tree/$group/cgroup.procs" || exit 77
            mount --bind "$tree/$group" "$tree/$group" || exit 77
            mount -o remount,bind,ro "$tree" || exit 77
        done
        grep -v ":/$group$" /proc/self/cgroup && exit 77
        mount -t tmpfs none /run && mkdir -p /run/systemd/system "$base/run" || exit 77
        mkdir -p "$base/home/.config/systemd/user"
        chmod 700 "$base/run"
        echo $$ $group > "$base/manager"
        export XDG_RUNTIME_DIR=$base/run HOME=$base/home
        unset DBUS_SESSION_BUS_ADDRESS XDG_CONFIG_HOME
        exec /lib/systemd/systemd --user --log-target=null
        """

    /// A user's manager of the machine's own systemd, where the machine looks booted by it, for
    /// `body`; gives its folder of sockets and that of its units.
    private func withManager(_ body: (_ runtime: String, _ units: String) throws -> Void) throws {
        let base = String(shell("mktemp -d").dropLast())
        let before = shell("cat /proc/1/cgroup /proc/self/cgroup")
        try LinuxFile.replace("\(base)/start", with: Array(Self.alone.utf8))
        _ = shell("unshare --mount sh \(base)/start \(base) </dev/null >\(base)/log 2>&1 &")
        defer {
            // The groups are the manager's own: what is in them is its services.
            _ = shell(
                """
                read pid group < \(base)/manager || exit
                case "$group" in pisces-rig-manager-[0-9]*) ;; *) exit ;; esac
                kill -9 $pid
                for tree in $(findmnt -n -l -o TARGET -t cgroup,cgroup2); do
                for one in $(find "$tree/$group" -name cgroup.procs); do
                for process in $(cat $one); do kill -9 $process; done; done; done
                sleep 0.3; find /sys/fs/cgroup -depth -type d \\( -path "*/$group" -o -path "*/$group/*" \\) -exec rmdir {} +
                rm -rf \(base)
                """)
            #expect(shell("cat /proc/1/cgroup /proc/self/cgroup") == before)
        }
        let socket = "\(base)/run/systemd/private"
        for _ in 0..<2000 where !exists(socket) { usleep(5000) }
        #expect(exists(socket), "systemd did not start: \(shell("cat \(base)/log"))")
        try body("\(base)/run", "\(base)/home/.config/systemd/user")
    }

    private func control(_ runtime: String, _ words: String) -> String {
        // Where the manager is: elsewhere the machine does not look booted by systemd.
        shell(
            """
            read pid group < \(runtime)/../manager; nsenter --mount=/proc/$pid/ns/mnt \
            env HOME=\(runtime)/../home XDG_RUNTIME_DIR=\(runtime) systemctl --user \(words) 2>&1
            """)
    }

    // Needs root for the namespaces, and systemd's program.
    @Test(.enabled(if: hasSystemd)) func servicesStartAndStop() throws {
        try withManager { runtime, units in
            _ = shell(
                """
                printf '[Unit]\\nDescription=One of Pisces\\n[Service]\\nExecStart=/bin/sleep 300\\n\
                Environment=SECRET=hidden\\n[Install]\\nWantedBy=default.target\\n' \
                > \(units)/pisces-one.service
                printf '[Timer]\\nOnCalendar=daily\\nUnit=pisces-one.service\\n' \
                > \(units)/pisces-one.timer
                printf '[Service]\\nExecStart=/bin/false\\n' > \(units)/pisces-bad.service
                """)
            _ = control(runtime, "daemon-reload")
            let picture = Picture()
            let group = try SensorGroup(
                [
                    {
                        let source = ServiceSource(
                            [.init(socket: "\(runtime)/systemd/private", isBus: false)],
                            folders: UnitFolders(folders: [
                                .init(path: units, role: .administrator),
                                .init(path: "/usr/lib/systemd/user", role: .vendor),
                            ]))
                        return LevelSensor(source, on: LinuxKernel())
                    }
                ], sweepInterval: nil
            ) { picture.take($0) }
            try group.start()
            defer { group.stop() }
            #expect(picture.reaches { !$0.subjects.isEmpty && $0.openGaps["services"] == 0 })
            // A manager that was slow to answer is found by the next look.
            #expect(
                picture.reaches { _ in
                    group.reports.first?.contract.mechanism.contains("D-Bus") == true
                }, "\(group.reports.first?.contract.why ?? "")")
            try startAndStop(picture, runtime)
            try compare(picture, runtime)
            let before = group.reports.first?.statistics.sweeps ?? 0
            group.sweep()
            #expect(
                picture.reaches { _ in (group.reports.first?.statistics.sweeps ?? 0) > before })
            let statistics = try #require(group.reports.first?.statistics)
            #expect(statistics.drift == 0)
            #expect(picture.state.withLock { $0.faults } == [])
            print(
                "services: \(statistics.subjects) subjects, one reading "
                    + "\(statistics.readNanoseconds / 1000) µs")
            try lose(picture, group, runtime)
        }
    }

    private func startAndStop(_ picture: Picture, _ runtime: String) throws {
        let name = "pisces-one.service"
        #expect(picture.all("unit")[name]?.data["enabled"] == "disabled")
        let answer = control(runtime, "enable --now \(name)")
        #expect(control(runtime, "is-active \(name)") == "active\n", "\(answer)")
        #expect(reaches(picture, name) { $0["subState"] == "running" && $0["pid"] != nil })
        #expect(reaches(picture, name) { $0["enabled"] == "enabled" })
        let one = try #require(picture.all("unit")[name])
        #expect(one.data["description"] == "One of Pisces")
        #expect(one.data["environment"] == ["SECRET"])
        #expect(!"\(one)".contains("hidden"))
        #expect(one.data["command"] == ["/bin/sleep", "300"])
        let timer = picture.all("unit")["pisces-one.timer"]
        #expect(timer?.links["TRIGGERS"]?.first?.name.text == name)
        let told = control(runtime, "show -p MainPID --value \(name)").dropLast()
        #expect(one.data["pid"]?.int == Int64(told))
        _ = control(runtime, "stop \(name)")
        #expect(reaches(picture, name) { $0["activeState"] == "inactive" && $0["pid"] == nil })
        _ = control(runtime, "start pisces-bad.service")
        #expect(reaches(picture, "pisces-bad.service") { $0["activeState"] == "failed" })
    }

    private func reaches(
        _ picture: Picture, _ name: String, _ condition: (ValueMap) -> Bool
    ) -> Bool {
        picture.reaches { state in
            state.subjects.contains { $0.key.name.text == name && condition($0.value.data) }
        }
    }

    /// Compares with what `systemctl` lists, and what it lists no more with what it shows.
    private func compare(_ picture: Picture, _ runtime: String) throws {
        let lines = control(
            runtime, "list-units --all --plain --no-legend --no-pager --full"
        ).split(separator: "\n")
        var told: [String: String] = [:]
        for line in lines {
            let words = line.split(separator: " ").map { String($0) }
            guard words.count >= 4, !words[0].hasSuffix(".device") else { continue }
            told[words[0]] = "\(words[2]) \(words[3])"
        }
        #expect(told.count > 10)
        var seen: [String: String] = [:]
        for (name, one) in picture.all("unit") {
            guard let sub = one.data["subState"]?.text, let active = one.data["activeState"]?.text
            else { continue }
            seen[name] = "\(active) \(sub)"
        }
        #expect(seen.filter { told[$0.key] != nil } == told)
        let unloaded = seen.filter { told[$0.key] == nil }
        let shown = control(
            runtime,
            "show -p ActiveState --value \(unloaded.keys.map { "'\($0)'" }.joined(separator: " "))"
        ).split(separator: "\n")
        #expect(shown.count == unloaded.count)
        #expect(shown.allSatisfy { $0 == "inactive" }, "\(unloaded)")
        #expect(unloaded.values.allSatisfy { $0 == "inactive dead" }, "\(unloaded)")
    }

    /// The manager begins anew and its connections end: a gap, and all is there again.
    private func lose(_ picture: Picture, _ group: SensorGroup, _ runtime: String) throws {
        let before = picture.state.withLock { $0.causes.count }
        #expect(control(runtime, "daemon-reexec") == "")
        #expect(control(runtime, "start pisces-one.service") == "")
        group.sweep()
        var runs = reaches(picture, "pisces-one.service") { $0["subState"] == "running" }
        if !runs {
            // A sweep that fell into the moment without a manager is made good by the next one.
            group.sweep()
            runs = reaches(picture, "pisces-one.service") { $0["subState"] == "running" }
        }
        #expect(runs, "systemctl says: \(control(runtime, "is-active pisces-one.service"))")
        #expect(picture.reaches { $0.causes.count > before })
        #expect(picture.reaches { $0.openGaps["services"] == 0 })
    }

    // `systemctl` reads the files of a machine that runs no systemd too.
    @Test(.enabled(if: hasSystemd)) func unitFilesAreAsSystemctlLists() throws {
        var files = UnitFiles(.system)
        let (units, isWhole) = files.read(LinuxKernel())
        #expect(isWhole)
        let lines = shell("systemctl --root=/ list-unit-files --no-legend --no-pager --plain")
        var told: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let words = line.split(separator: " ").map { String($0) }
            if words.count >= 2 { told[words[0]] = words[1] }
        }
        #expect(told.count > 100)
        let differing = told.filter { units[$0.key]?.enabled != $0.value }
            .map { "\($0.key): \($0.value), here \(units[$0.key]?.enabled ?? "-")" }.sorted()
        #expect(differing == [])
        let more = units.values.filter { told[$0.name] == nil && $0.path != nil }.map(\.name)
        #expect(more.sorted() == [])
    }

    // Needs root.
    @Test(.enabled(if: getuid() == 0)) func scriptsAndEntriesAreFollowed() throws {
        let picture = Picture()
        let group = try SensorGroup(
            [
                { LevelSensor(ServiceSource(), on: LinuxKernel()) },
                { LevelSensor(AutostartSource(), on: LinuxKernel()) },
            ], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(
            picture.reaches { $0.openGaps["services"] == 0 && $0.openGaps["autostart"] == 0 })
        let name = "pisces-rig-\(getpid())"
        defer { _ = shell("rm -f /etc/init.d/\(name) /etc/rc2.d/S01\(name)") }
        _ = shell(
            """
            printf '#!/bin/sh\\n### BEGIN INIT INFO\\n# Short-Description: of a rig\\n\
            ### END INIT INFO\\n' > /etc/init.d/\(name); chmod +x /etc/init.d/\(name)
            """)
        #expect(reaches(picture, name) { $0["enabled"] == "disabled" })
        _ = shell("ln -s ../init.d/\(name) /etc/rc2.d/S01\(name)")
        #expect(reaches(picture, name) { $0["runLevels"] == ["2"] })
        #expect(picture.all("unit")[name]?.data["description"] == "of a rig")
        _ = shell("rm /etc/init.d/\(name) /etc/rc2.d/S01\(name)")
        #expect(picture.reaches { !$0.subjects.keys.contains { $0.name.text == name } })
        group.sweep()
        #expect(picture.reaches { _ in group.reports.allSatisfy { $0.statistics.sweeps == 1 } })
        for report in group.reports {
            #expect(report.statistics.drift == 0)
            print(
                "\(report.contract.name): \(report.statistics.subjects) subjects, one reading "
                    + "\(report.statistics.readNanoseconds / 1000) µs")
        }
        let scripts = shell("ls /etc/init.d").split(separator: "\n").map { String($0) }
        let seen = picture.all("unit").values.filter { $0.data["supervisor"] == "sysv" }
        #expect(seen.compactMap { $0.data["name"]?.text }.sorted() == scripts.sorted())
    }
}
