internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// The process driver on the real machine, device `host`.
@Suite struct HostDriverTests {
    private func sleeper(_ script: String = "exec sleep 100000") -> Instance {
        Instance(
            id: identifier(), name: "sleeper", device: .host, command: ["/bin/sh", "-c", script])
    }

    private func withDriver(
        _ body: (ProcessDriver<LinuxProcesses>, Ends, LinuxProcesses) throws -> Void
    ) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let ends = Ends()
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        try body(ProcessDriver(processes: processes) { ends.note($0, $1) }, ends, processes)
    }

    @Test func startsObservesAndStopsAProcess() throws {
        try withDriver { driver, ends, _ in
            let instance = sleeper()
            let state = try driver.start(instance)
            let pid = try #require(state.pid)
            #expect(kill(pid, 0) == 0)
            #expect(getsid(pid) == pid)
            #expect(try driver.observe() == [instance.id: state])
            #expect(try driver.instance(instance.id) == instance)
            try driver.stop(instance.id)
            let end = ends.wait(for: instance.id)
            guard case .ended(.signal(SIGTERM), .some) = end else {
                Issue.record("ended as \(String(describing: end))")
                return
            }
            #expect(try driver.observe()[instance.id] == end)
            try driver.remove(instance.id)
            #expect(try driver.observe().isEmpty)
        }
    }

    @Test func startingTwiceStartsOnce() throws {
        try withDriver { driver, ends, _ in
            let instance = sleeper()
            let first = try driver.start(instance)
            #expect(try driver.start(instance) == first)
            try driver.stop(instance.id, graceMilliseconds: 0)
            let end = ends.wait(for: instance.id)
            #expect(try driver.start(instance) == end)
        }
    }

    @Test func manyStartsAtOnceStartOnce() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let ends = Ends()
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        let driver = ProcessDriver(processes: processes) { ends.note($0, $1) }
        for _ in 0..<20 {
            let instance = sleeper("echo signed; exec sleep 100000")
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask { _ = try? driver.start(instance) }
                }
            }
            let state = try #require(try driver.observe()[instance.id])
            #expect(state.pid != nil)
            try eventually { try LinuxFiles().text(processes.output(of: instance.id)) != "" }
            try driver.stop(instance.id, graceMilliseconds: 0)
            #expect(ends.wait(for: instance.id) != nil)
            #expect(try LinuxFiles().text(processes.output(of: instance.id)) == "signed\n")
        }
    }

    @Test(arguments: [(0, "exit 0"), (7, "exit 7")])
    func reportsTheExitCode(code: Int32, script: String) throws {
        try withDriver { driver, ends, _ in
            let instance = sleeper(script)
            _ = try driver.start(instance)
            guard case .ended(let exit, _) = ends.wait(for: instance.id) else {
                Issue.record("no end")
                return
            }
            #expect(exit == .code(code))
        }
    }

    @Test func killsWhatIgnoresSIGTERMAndAllOfItsGroup() throws {
        try withDriver { driver, ends, processes in
            let instance = sleeper("trap '' TERM; sleep 100000 & echo child $!; wait; wait; wait")
            _ = try driver.start(instance)
            var child: Int32?
            eventually {
                let text = (try? LinuxFiles().text(processes.output(of: instance.id))) ?? nil
                child = text.flatMap { Int32($0.dropFirst(6).dropLast()) }
                return child != nil
            }
            try driver.stop(instance.id, graceMilliseconds: 50)
            guard case .ended(let exit, _) = ends.wait(for: instance.id) else {
                Issue.record("no end")
                return
            }
            #expect(exit == .signal(SIGKILL))
            let pid = try #require(child)
            #expect(eventually { processes.process(pid) == nil })
        }
    }

    @Test func orphansOfAnInstanceAreReaped() throws {
        try withDriver { driver, ends, processes in
            let instance = sleeper("(sleep 0.05 & echo $!); exec sleep 100000")
            _ = try driver.start(instance)
            var orphan: Int32?
            eventually {
                let text = (try? LinuxFiles().text(processes.output(of: instance.id))) ?? nil
                orphan = text.flatMap { Int32($0.dropLast()) }
                return orphan != nil
            }
            let pid = try #require(orphan)
            #expect(eventually { LinuxFiles().kind("/proc/\(pid)") == nil })
            try driver.stop(instance.id, graceMilliseconds: 0)
            #expect(ends.wait(for: instance.id) != nil)
        }
    }

    @Test func anotherLifeAdoptsWhatRuns() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let instance = sleeper()
        var first: InstanceState?
        do {
            let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
            let driver = ProcessDriver(processes: processes) { _, _ in }
            first = try driver.start(instance)
        }
        let ends = Ends()
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        let driver = ProcessDriver(processes: processes) { ends.note($0, $1) }
        #expect(try driver.observe()[instance.id] == first)
        try driver.stop(instance.id)
        #expect(ends.wait(for: instance.id) != nil)
    }

    @Test func aRecordOfAnotherBootOrAReusedNumberIsEnded() throws {
        try withDriver { driver, _, processes in
            for record in ["1 1 1 another-boot", "\(getpid()) 1 1 \(bootIdentity())"] {
                let instance = sleeper()
                try processes.intend(instance.id, [0xA0])
                try LinuxFiles().replace(
                    processes.folder(of: instance.id) + "/process", with: Array(record.utf8))
                #expect(
                    try driver.observe()[instance.id] == .ended(exit: nil, at: nil))
            }
        }
    }

    @Test func anIntentWithoutAStartIsNoInstanceAndMayStart() throws {
        try withDriver { driver, ends, processes in
            let instance = sleeper("exit 3")
            try processes.intend(instance.id, [0xA0])
            #expect(try driver.observe().isEmpty)
            _ = try driver.start(instance)
            #expect(ends.wait(for: instance.id) != nil)
        }
    }

    @Test func theProgramGetsNothingButWhatItIsGiven() throws {
        try withDriver { driver, ends, processes in
            var instance = sleeper("env; pwd; ls -l /proc/self/fd | wc -l; cat; exit 0")
            instance.environment = ["GREETING": "hello", "PATH": "/usr/bin:/bin"]
            instance.directory = "/usr"
            _ = try driver.start(instance)
            #expect(ends.wait(for: instance.id) != nil)
            let text = try LinuxFiles().text(processes.output(of: instance.id)) ?? ""
            let lines = text.split(separator: "\n").filter { !$0.hasPrefix("_=") }
            #expect(lines.contains("GREETING=hello"))
            #expect(lines.contains("/usr"))
            #expect(lines.filter { $0.contains("=") }.count <= 3, "\(lines)")
            #expect(lines.contains("5"), "0, 1, 2 and the folder itself: \(lines)")
        }
    }

    @Test func anUnknownProgramIsNamed() throws {
        try withDriver { driver, _, _ in
            var instance = sleeper()
            for (program, directory) in [
                ("no-such-program", nil), ("/no/such/program", nil), ("./none", "/usr"),
            ] as [(String, String?)] {
                instance.command = [program]
                instance.directory = directory
                do {
                    _ = try driver.start(instance)
                    Issue.record("started \(program)")
                } catch {
                    let error = try #require(error as? DriverError)
                    #expect(error.kind == .programNotFound)
                    let last = program.split(separator: "/").last ?? ""
                    #expect(error.subject.contains(last))
                }
                #expect(try driver.observe().isEmpty)
            }
        }
    }

    @Test func refusesLimitsItCannotEnforceAndAContainerWithoutARuntime() throws {
        try withDriver { driver, _, _ in
            var instance = sleeper()
            instance.limits.memory = 1 << 20
            #expect(kind { _ = try driver.start(instance) } == .unsupported)
            instance.device = .oci
            #expect(kind { _ = try driver.start(instance) } == .deviceMissing)
        }
    }

    @Test func refusesToRemoveWhatRunsAndToStopWhatIsUnknown() throws {
        try withDriver { driver, ends, _ in
            let instance = sleeper()
            _ = try driver.start(instance)
            #expect(kind { try driver.remove(instance.id) } == .stillRunning)
            #expect(kind { try driver.stop(identifier()) } == .unknownInstance)
            try driver.stop(instance.id, graceMilliseconds: 0)
            #expect(ends.wait(for: instance.id) != nil)
        }
    }
}

/// The kind of the driver's error, when there was one.
func kind(_ body: () throws -> Void) -> DriverError.Kind? {
    do { try body() } catch { return (error as? DriverError)?.kind }
    return nil
}

func bootIdentity() -> String {
    let text = (try? LinuxFiles().text("/proc/sys/kernel/random/boot_id")) ?? nil
    return text.map { String($0.dropLast()) } ?? ""
}
