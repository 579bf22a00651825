internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Device `oci` with the runtime of this machine.
@Suite(.serialized) struct ContainerTests {
    /// A machine with a runtime that works; containers that are left are killed at the end.
    private struct Machine {
        let scratch: Scratch
        let ends: Ends
        let processes: LinuxProcesses
        let runtime: OCIRuntime
        let driver: ProcessDriver<LinuxProcesses>

        init(_ scratch: Scratch) throws {
            self.scratch = scratch
            let ends = Ends()
            self.ends = ends
            processes = try LinuxProcesses(ledger: scratch.path + "/instances")
            runtime = try OCIRuntime.probe(
                state: scratch.path + "/runtime", processes: processes, identifier: identifier())
            driver = ProcessDriver(processes: processes, runtime: runtime) { ends.note($0, $1) }
        }

        func output(_ id: Identifier) throws -> String {
            try LinuxFiles().text(processes.output(of: id)) ?? ""
        }

        func clean() throws {
            for (id, state) in try driver.observe() {
                if state.pid != nil {
                    try driver.stop(id, graceMilliseconds: 0)
                    _ = ends.wait(for: id)
                }
                try driver.remove(id)
            }
        }
    }

    private func withMachine(_ body: (Machine) throws -> Void) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let machine = try Machine(scratch)
        do { try body(machine) } catch {
            try machine.clean()
            throw error
        }
        try machine.clean()
    }

    /// A node that is killed while it tries its runtime leaves both waiting for each other.
    @Test func whatATrialLeftIsEndedByTheNext() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let machine = try Machine(scratch)
        let left = container("sleep 600")
        _ = try machine.driver.start(left)
        try LinuxFiles().replace(
            scratch.path + "/runtime/probe/group", with: Array("\(left.id)".utf8))
        _ = try OCIRuntime.probe(
            state: scratch.path + "/runtime", processes: machine.processes,
            identifier: identifier())
        guard case .ended(.signal(SIGKILL)?, _)? = machine.ends.wait(for: left.id) else {
            Issue.record("it runs on")
            return
        }
        try machine.clean()
    }

    private func container(_ script: String) -> Instance {
        Instance(
            id: identifier(), name: "box-0", device: .oci, command: ["/bin/sh", "-c", script])
    }

    /// Runs a script to its end in a container and gives what it said.
    private func say(_ machine: Machine, _ instance: Instance) throws -> String {
        _ = try machine.driver.start(instance)
        #expect(machine.ends.wait(for: instance.id) != nil)
        return try machine.output(instance.id)
    }

    @Test func theRootIsReadOnlyAndOnlyTheOwnLayerTakesWrites() throws {
        try withMachine { machine in
            let instance = container(
                """
                for path in /x /usr/x /etc/x /app/x /bin/x; do
                  touch $path && echo "wrote $path"
                done
                echo kept > /data/kept && cat /data/kept
                touch /tmp/x /dev/shm/x && echo temporary
                """)
            let text = try say(machine, instance)
            #expect(!text.contains("wrote"), "\(text)")
            #expect(text.contains("kept\n") && text.contains("temporary\n"), "\(text)")
            let kept = machine.processes.folder(of: instance.id) + "/data/kept"
            #expect(try LinuxFiles().text(kept) == "kept\n")
            try machine.driver.remove(instance.id)
            #expect(LinuxFiles().kind(kept) == nil)
        }
    }

    @Test func theHostsSecretsHomesAndStateAreNotThere() throws {
        try withMachine { machine in
            let text = try say(
                machine,
                container(
                    """
                    ls -d /root /home /etc/shadow /etc/ssl/private /sys /boot /work \
                    \(machine.scratch.path) 2>/dev/null
                    ls /proc | grep -c '^[0-9]'
                    """))
            #expect(!text.contains("/"), "\(text)")
        }
    }

    @Test func theKernelHoldsItTight() throws {
        try withMachine { machine in
            let instance = container("exec sleep 1000")
            let state = try machine.driver.start(instance)
            let pid = try #require(state.pid)
            let status = try #require(try LinuxFiles().text("/proc/\(pid)/status"))
            let lines = status.split(separator: "\n").map {
                String($0.replacing("\t", with: " "))
            }
            for line in [
                "NoNewPrivs: 1", "Seccomp: 2", "CapEff: 0000000000000000",
                "CapPrm: 0000000000000000", "CapBnd: 0000000000000000",
            ] {
                #expect(lines.contains(line), "\(line) not in \(lines)")
            }
            #expect(!lines.contains { $0.hasPrefix("Uid: 0 ") })
            for space in ["pid", "mnt", "ipc", "uts"] {
                let own = try LinuxFiles().target(ofLink: "/proc/self/ns/\(space)")
                let its = try LinuxFiles().target(ofLink: "/proc/\(pid)/ns/\(space)")
                #expect(own != its, "\(space)")
            }
        }
    }

    @Test func refusedSystemCallsFail() throws {
        try withMachine { machine in
            let text = try say(
                machine, container("unshare --user true || echo refused; unshare -m true || :"))
            #expect(text.contains("refused"), "\(text)")
        }
    }

    @Test func limitsAreInTheControlGroup() throws {
        try withMachine { machine in
            var instance = container("exec sleep 1000")
            instance.limits = .init(cpu: 0.25, memory: 48 << 20, processes: 17)
            _ = try machine.driver.start(instance)
            let group = "/pisces/\(instance.id)"
            #expect(
                limit("memory", group, v1: "memory.limit_in_bytes", v2: "memory.max")
                    == "\(48 << 20)")
            #expect(limit("pids", group, v1: "pids.max", v2: "pids.max") == "17")
            let quota = limit("cpu", group, v1: "cpu.cfs_quota_us", v2: "cpu.max")
            #expect(quota == "25000" || quota == "25000 100000")
        }
    }

    private func limit(
        _ controller: String, _ group: String, v1: String, v2: String
    ) -> String? {
        let candidates = [
            "/sys/fs/cgroup/\(controller)\(group)/\(v1)", "/sys/fs/cgroup\(group)/\(v2)",
        ]
        for path in candidates {
            if let text = (try? LinuxFiles().text(path)) ?? nil {
                return String(text.dropLast())
            }
        }
        return nil
    }

    @Test func theMemoryLimitKills() throws {
        try withMachine { machine in
            var instance = container("exec tail /dev/zero")
            instance.limits.memory = 32 << 20
            _ = try machine.driver.start(instance)
            guard case .ended(let exit, _) = machine.ends.wait(for: instance.id) else {
                Issue.record("not ended")
                return
            }
            #expect(exit == .signal(SIGKILL))
        }
    }

    @Test func theProcessLimitHolds() throws {
        try withMachine { machine in
            var instance = container(
                "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 100 & done; echo all; exit 0")
            instance.limits.processes = 5
            let text = try say(machine, instance)
            #expect(!text.contains("all"), "\(text)")
        }
    }

    @Test func theExitStatusComesThrough() throws {
        try withMachine { machine in
            let instance = container("sleep 0.3; exit 9")
            _ = try machine.driver.start(instance)
            guard case .ended(let exit, _) = machine.ends.wait(for: instance.id) else {
                Issue.record("not ended")
                return
            }
            #expect(exit == .code(9))
        }
    }

    @Test func anotherLifeAdoptsAndStopsAContainer() throws {
        try withMachine { machine in
            let instance = container("trap 'exit 0' TERM; while :; do sleep 0.05; done")
            let first = try machine.driver.start(instance)
            #expect(first.pid != nil)
            let again = try Machine(machine.scratch)
            #expect(try again.driver.observe()[instance.id] == first)
            #expect(try again.driver.start(instance) == first)
            try again.driver.stop(instance.id)
            guard case .ended = again.ends.wait(for: instance.id) else {
                Issue.record("not ended")
                return
            }
            #expect(again.processes.process(first.pid ?? 0) == nil)
        }
    }

    @Test func aNativeProgramOfAnAppRunsFromItsReadOnlyFolder() throws {
        try withMachine { machine in
            let app = machine.scratch.path + "/app"
            try LinuxFiles().makeFolder(app, mode: 0o755)
            let script = "#!/bin/sh\necho here $0 $1 $NAME; pwd; touch /app/x || echo safe\n"
            try LinuxFiles().replace(app + "/run", with: Array(script.utf8), mode: 0o755)
            var instance = container("")
            instance.command = ["./run", "one"]
            instance.directory = app
            instance.environment = ["NAME": "value"]
            let text = try say(machine, instance)
            #expect(text.contains("here /app/run one value\n/app\n"), "\(text)")
            #expect(text.contains("safe"), "\(text)")
        }
    }

    @Test func anUnknownProgramIsNamedAndNothingIsLeft() throws {
        try withMachine { machine in
            for program in ["no-such-program", "/usr/bin/no-such-program", "/etc/hosts"] {
                var instance = container("")
                instance.command = [program]
                do {
                    _ = try machine.driver.start(instance)
                    Issue.record("started \(program)")
                } catch {
                    let error = try #require(error as? DriverError)
                    #expect(error.subject.contains(program), "\(error)")
                    #expect(error.kind == .programNotFound || program == "/etc/hosts")
                }
            }
            #expect(try machine.driver.observe().isEmpty)
        }
    }

    @Test func noAppGetsTheHostsFoldersAsItsOwn() throws {
        try withMachine { machine in
            for folder in ["/", "/etc", "/root", machine.processes.root, machine.scratch.path] {
                var instance = container("true")
                instance.directory = folder
                #expect(kind { _ = try machine.driver.start(instance) } == .unsupported)
            }
        }
    }

    @Test func aMissingRuntimeSaysWhatToInstall() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        do {
            _ = try OCIRuntime.probe(
                state: scratch.path + "/runtime", processes: processes,
                among: ["no-such-runtime"], identifier: identifier())
            Issue.record("found a runtime")
        } catch {
            #expect(error.kind == .deviceMissing)
            #expect(error.description.contains("no-such-runtime"))
            #expect(error.remedy == "install crun or runc, or use device host")
        }
    }
}
