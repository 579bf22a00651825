internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Commands inside running instances, with and without a terminal.
@Suite(.serialized) struct ExecTests {
    /// Reads, boundedly, until the program has said `words` or all it has to say.
    private func listen(
        _ process: ExecProcess, errors: Bool = false, for words: String? = nil,
        turns: Int = 500
    ) throws -> String {
        var text = ""
        for _ in 0..<turns {
            guard let bytes = try process.read(errors: errors, milliseconds: 100) else { continue }
            if bytes.isEmpty { break }
            text += String(decoding: bytes, as: UTF8.self)
            if let words, text.contains(words) { break }
        }
        return text
    }

    private func withSleeper(
        _ device: Instance.Device, _ body: (ImageMachine, Instance) throws -> Void
    ) throws {
        try ImageMachine.with { machine in
            var instance = Instance(
                id: identifier(), name: "box-0", device: device, command: ["sleep", "1000"])
            instance.environment = ["COLOR": "red", "PATH": ExecutablePath.standard]
            instance.secrets["TOKEN"] = "planted"
            _ = try machine.driver.start(instance)
            try body(machine, instance)
        }
    }

    @Test(arguments: Instance.Device.allCases)
    func aCommandReadsAndSaysAndEnds(device: Instance.Device) throws {
        try withSleeper(device) { machine, instance in
            let process = try machine.driver.exec(
                instance.id,
                ["/bin/sh", "-c", "cat; echo $COLOR $TOKEN $MORE; echo no >&2; exit 7"],
                environment: ["MORE": "more"])
            try process.write(Array("said\n".utf8))
            process.endInput()
            #expect(try listen(process) == "said\nred planted more\n")
            #expect(try listen(process, errors: true) == "no\n")
            #expect(process.exit(milliseconds: 10_000) == .code(7))
            #expect(process.exit(milliseconds: 0) == .code(7))
        }
    }

    @Test(arguments: Instance.Device.allCases)
    func aTerminalHasASizeThatChanges(device: Instance.Device) throws {
        try withSleeper(device) { machine, instance in
            let process = try machine.driver.exec(
                instance.id, ["/bin/sh"], terminal: .init(rows: 33, columns: 101))
            try expectSize("33 101", process)
            try process.resize(.init(rows: 44, columns: 90))
            try expectSize("44 90", process)
            try process.write(Array("exit 5\n".utf8))
            _ = try listen(process)
            #expect(process.exit(milliseconds: 10_000) == .code(5))
        }
    }

    /// Asks until the runtime has passed the size on, which it does in its own time.
    private func expectSize(_ size: String, _ process: ExecProcess) throws {
        #expect(
            try eventually {
                try process.write(Array("test -t 0 && stty size\n".utf8))
                return try listen(process, for: size, turns: 3).contains(size)
            })
    }

    @Test func aCommandIsAsConfinedAsItsInstance() throws {
        try withSleeper(.oci) { machine, instance in
            let process = try machine.driver.exec(
                instance.id, ["/bin/cat", "/proc/self/status", "/proc/1/cmdline"])
            let text = try listen(process)
            #expect(text.contains("CapEff:\t0000000000000000"), "\(text)")
            #expect(text.contains("NoNewPrivs:\t1") && text.contains("Seccomp:\t2"))
            #expect(text.contains("sleep"))
            #expect(process.exit(milliseconds: 10_000) == .code(0))
        }
    }

    @Test func whatDoesNotRunTakesNoCommand() throws {
        try ImageMachine.with { machine in
            var instance = Instance(
                id: identifier(), name: "box-0", device: .host, command: ["true"])
            instance.environment = ["PATH": ExecutablePath.standard]
            _ = try machine.driver.start(instance)
            #expect(machine.ends.wait(for: instance.id) != nil)
            for id in [instance.id, identifier()] {
                do {
                    _ = try machine.driver.exec(id, ["true"])
                    Issue.record("ran in what does not run")
                } catch { #expect(error is DriverError) }
            }
        }
    }
}
