internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Programs and runtimes that misbehave.
@Suite(.serialized) struct FaultTests {
    private let files = LinuxFiles()

    @Test func whoReachesALimitIsSaidToHave() throws {
        try ImageMachine.with { machine in
            var hungry = Instance(
                id: identifier(), name: "hungry", device: .oci,
                command: ["/bin/sh", "-c", "exec tail /dev/zero"])
            hungry.limits.memory = 32 << 20
            _ = try machine.driver.start(hungry)
            #expect(machine.ends.wait(for: hungry.id) == machine.ends[hungry.id])
            let reached = try #require(machine.driver.limitsReached(by: hungry.id))
            #expect(reached.kills >= 1)
            #expect("\(reached)".contains("out of memory"))

            var forking = Instance(
                id: identifier(), name: "forking", device: .oci,
                command: ["/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 9 & done"])
            forking.limits.processes = 4
            _ = try machine.driver.start(forking)
            #expect(machine.ends.wait(for: forking.id) != nil)
            #expect(machine.driver.limitsReached(by: forking.id)?.refusedProcesses ?? 0 >= 1)

            let calm = Instance(
                id: identifier(), name: "calm", device: .oci, command: ["/bin/true"])
            _ = try machine.driver.start(calm)
            #expect(machine.ends.wait(for: calm.id) != nil)
            #expect(machine.driver.limitsReached(by: calm.id) == nil)
        }
    }

    @Test(arguments: Instance.Device.allCases)
    func orphansInSessionsOfTheirOwnEndWithTheirTask(device: Instance.Device) throws {
        try ImageMachine.with { machine in
            let mark = "4\(LinuxEntropy().next() % 1_000_000_000)"
            var instance = Instance(
                id: identifier(), name: "forks", device: device,
                command: ["/bin/sh", "-c", "setsid setsid sleep \(mark) & echo up; sleep 0.2"])
            instance.environment = ["PATH": ExecutablePath.standard]
            _ = try machine.driver.start(instance)
            #expect(machine.ends.wait(for: instance.id) != nil)
            #expect(try machine.output(instance.id) == "up\n")
            #expect(eventually { !isRunning(mark) })
        }
    }

    private func isRunning(_ mark: String) -> Bool {
        let names = (try? files.names(in: "/proc")) ?? []
        return names.contains { name in
            guard Int32(name) != nil else { return false }
            let bytes = (try? files.read("/proc/\(name)/cmdline", atMost: 1 << 16)) ?? nil
            return bytes.map { $0.split(separator: 0).last.map(Array.init) == Array(mark.utf8) }
                ?? false
        }
    }

    @Test func aContainerThatIgnoresSIGTERMIsKilledAfterItsGrace() throws {
        try ImageMachine.with { machine in
            let instance = Instance(
                id: identifier(), name: "deaf", device: .oci,
                command: ["/bin/sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"])
            _ = try machine.driver.start(instance)
            #expect(try eventually { try machine.output(instance.id) == "up\n" })
            try machine.driver.stop(instance.id, graceMilliseconds: 100)
            guard case .ended(let exit, _) = machine.ends.wait(for: instance.id) else {
                Issue.record("not ended")
                return
            }
            #expect(exit == .signal(SIGKILL))
        }
    }

    @Test func aBrokenRuntimeSaysWhatItSaid() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        let broken = scratch.path + "/crun"
        try files.replace(
            broken, with: Array("#!/bin/sh\necho out of order; exit 1\n".utf8), mode: 0o755)
        do throws(DriverError) {
            _ = try OCIRuntime.probe(
                state: scratch.path + "/runtime", processes: processes, among: [broken],
                identifier: identifier())
            Issue.record("a broken runtime was taken")
        } catch {
            #expect(error.kind == .deviceMissing)
            #expect(error.cause.contains("out of order"), "\(error)")
        }
    }

    @Test func aRuntimeThatGoesAwayLeavesNothingHalfStarted() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let machine = try ImageMachine(scratch)
        let own = scratch.path + "/runc"
        let found = ["runc", "crun"].compactMap {
            try? ExecutablePath.find($0, on: nil, in: nil)
        }
        var runtime: OCIRuntime?
        for path in found where runtime == nil {
            let bytes = try files.read(path, atMost: 1 << 28) ?? []
            try files.replace(own, with: bytes, mode: 0o755)
            runtime = try? OCIRuntime.probe(
                state: scratch.path + "/other", processes: machine.processes, among: [own],
                images: machine.images, identifier: identifier())
        }
        let working = try #require(runtime)
        try files.remove(own)
        let ends = Ends()
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        let driver = ProcessDriver(processes: processes, runtime: working) { ends.note($0, $1) }
        var instance = machine.instance(try machine.image(), "echo ran")
        instance.secrets["TOKEN"] = "x"
        do {
            _ = try driver.start(instance)
            Issue.record("started without a runtime")
        } catch { #expect("\(error)".contains("no such program"), "\(error)") }
        #expect(try driver.observe().isEmpty)
        #expect(files.kind(processes.folder(of: instance.id)) == nil)
        // The same key starts once the machine is whole again.
        #expect(try machine.say(instance) == "ran\n")
        machine.clean()
    }
}
