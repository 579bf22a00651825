internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Containers whose root is an image.
@Suite(.serialized) struct ImageContainerTests {
    private let files = LinuxFiles()

    @Test func theImageSaysWhatRunsAsWhomAndWhere() throws {
        try ImageMachine.with { machine in
            var above = TarMaker()
            above.file("etc/note", "from above")
            above.file("etc/.wh.gone", "")
            above.folder("srv/")
            let image = try machine.image(
                [
                    "Entrypoint": ["/bin/sh", "-c"],
                    "Cmd": ["pwd; cat /etc/note; echo; env; cat /etc/gone; cat /proc/self/status"],
                    "Env": ["COLOR=red", "SIZE=big"], "WorkingDir": "/srv", "User": "web",
                ], above: above)
            var instance = machine.instance(image, "")
            instance.command = []
            instance.environment["SIZE"] = "small"
            let text = try machine.say(instance)
            #expect(text.hasPrefix("/srv\nfrom above\n"), "\(text)")
            #expect(text.contains("COLOR=red\n") && text.contains("SIZE=small\n"))
            #expect(text.contains("HOME=/srv\n"))
            #expect(text.contains("/etc/gone: No such file"))
            #expect(text.contains("Uid:\t123\t123") && text.contains("Gid:\t45\t45"))
            #expect(text.contains("Groups:\t77"))
            #expect(text.contains("CapEff:\t0000000000000000"))
        }
    }

    @Test func whatIsWrittenStaysInTheInstancesOwnLayer() throws {
        try ImageMachine.with { machine in
            let image = try machine.image()
            let script = "cat /etc/note; echo changed > /etc/note; cat /etc/note; rm /etc/gone"
            for _ in 0..<2 {
                let instance = machine.instance(image, script)
                #expect(try machine.say(instance) == "from belowchanged\n")
                let word = machine.driver.layer(of: instance.id)
                #expect(word == "overlay of at most \(Limits.imageRoom.value) bytes")
            }
            let below = machine.images.folders(of: image)[0]
            #expect(try files.text(below + "/etc/note") == "from below")
            #expect(try machine.driver.imagesInUse() == [image.digest])
            for id in try machine.driver.observe().keys {
                try machine.driver.remove(id)
                #expect(files.kind(machine.processes.folder(of: id)) == nil)
            }
            #expect(try machine.driver.imagesInUse().isEmpty)
        }
    }

    @Test func volumesConfigsAndSecretsAreWhereTheyWereAskedFor() throws {
        try ImageMachine.with { machine in
            let image = try machine.image()
            let volume = machine.scratch.path + "/volume"
            try files.makeFolder(volume)
            var instance = machine.instance(
                image,
                """
                cat /etc/app/web.toml /run/key /data/inner.toml; echo "$TOKEN"
                echo kept > /data/kept; echo x > /etc/app/web.toml || echo safe
                """)
            instance.user = "web"
            instance.mounts = [.init(source: volume, target: "/data", writable: true)]
            instance.files = [
                .init(path: "/etc/app/web.toml", bytes: Array("config\n".utf8)),
                .init(
                    path: "/run/key", bytes: Array("planted-in-file\n".utf8), mode: 0o400,
                    isSecret: true),
                .init(path: "/data/inner.toml", bytes: Array("inner\n".utf8)),
            ]
            instance.secrets["TOKEN"] = "planted-in-variable"
            let text = try machine.say(instance)
            #expect(
                text.hasPrefix("config\nplanted-in-file\ninner\nplanted-in-variable\n"),
                "\(text)")
            #expect(text.hasSuffix("safe\n"), "\(text)")
            #expect(try files.text(volume + "/kept") == "kept\n")
            try expectNothingPlanted(machine)
        }
    }

    /// Looks for the secrets in all files of the machine's state that are on disk.
    private func expectNothingPlanted(_ machine: ImageMachine) throws {
        let output = machine.scratch.path + "-found"
        defer { try? files.remove(output) }
        // The instance's own output says them, which is its own doing; -x leaves memory out.
        let exit = try machine.processes.run(
            Launch(
                "find",
                [
                    machine.scratch.path, "-xdev", "-type", "f", "!", "-name", "output",
                    "-exec", "grep", "-l", "planted-in", "{}", "+",
                ]), output: output, milliseconds: 30_000)
        #expect(exit != nil)
        #expect(try files.text(output) == "")
    }

    @Test func aNewContentTakesThePlaceOfTheOldAtOnce() throws {
        try ImageMachine.with { machine in
            let image = try machine.image()
            var instance = machine.instance(
                image,
                """
                trap 'cat /etc/app.toml /run/key; exit 0' HUP
                while :; do sleep 0.05; done
                """)
            instance.files = [
                .init(path: "/etc/app.toml", bytes: Array("old ".utf8)),
                .init(path: "/run/key", bytes: Array("old\n".utf8), isSecret: true),
            ]
            _ = try machine.driver.start(instance)
            let stale = try machine.driver.refresh(
                instance.id,
                [
                    .init(path: "/etc/app.toml", bytes: Array("new ".utf8)),
                    .init(path: "/run/key", bytes: Array("newer\n".utf8), isSecret: true),
                ])
            #expect(stale.isEmpty)
            // The shell may not have set its trap yet: ask until it has ended.
            #expect(
                try eventually {
                    try machine.driver.signal(instance.id, "HUP")
                    return machine.ends[instance.id] != nil
                })
            // The sleep of the moment may be told as hung up before it.
            #expect(try machine.output(instance.id).hasSuffix("new newer\n"))
        }
    }

    @Test func anImageHasNamesOfItsOwn() throws {
        try ImageMachine.with { machine in
            let image = try machine.image()
            var instance = machine.instance(
                image, "cat /etc/hosts /etc/hostname /etc/resolv.conf; echo x > /tmp/x && echo tmp")
            instance.resolver = "127.77.0.1"
            let text = try machine.say(instance)
            #expect(text.contains("127.0.0.1 localhost\n"))
            #expect(text.contains("127.0.1.1 box-0\nbox-0\nnameserver 127.77.0.1\n"), "\(text)")
            #expect(text.hasSuffix("tmp\n"))
        }
    }

    @Test func aNativeProgramGetsTheSame() throws {
        try ImageMachine.with { machine in
            let volume = machine.scratch.path + "/volume"
            try files.makeFolder(volume)
            for life in 1...2 {
                var instance = Instance(
                    id: identifier(), name: "box-0", device: .oci,
                    command: [
                        "/bin/sh", "-c",
                        "cat /etc/web.toml /etc/resolv.conf; echo $TOKEN >> /var/lib/web/kept; "
                            + "cat /var/lib/web/kept",
                    ])
                instance.task = "web-0"
                instance.resolver = "127.77.0.1"
                instance.mounts = [
                    .init(source: volume, target: "/var/lib/web", writable: true)
                ]
                instance.files = [.init(path: "/etc/web.toml", bytes: Array("config\n".utf8))]
                instance.secrets["TOKEN"] = "token"
                let kept = String(repeating: "token\n", count: life)
                let text = try machine.say(instance)
                #expect(text == "config\nnameserver 127.77.0.1\n" + kept, "\(text)")
                try machine.driver.remove(instance.id)
            }
        }
    }

    @Test func theStopSignalOfTheImageIsSent() throws {
        try ImageMachine.with { machine in
            let image = try machine.image(["StopSignal": "SIGQUIT"])
            let instance = machine.instance(
                image, "trap 'exit 3' QUIT; echo ready; while :; do sleep 0.05; done")
            _ = try machine.driver.start(instance)
            #expect(try eventually { try machine.output(instance.id) == "ready\n" })
            try machine.driver.stop(instance.id)
            guard case .ended(let exit, _) = machine.ends.wait(for: instance.id) else {
                Issue.record("not ended")
                return
            }
            #expect(exit == .code(3))
        }
    }

    @Test func theLayerHasACeilingAndOthersDoNotFeelIt() throws {
        try ImageMachine.with { machine in
            let image = try machine.image()
            var instance = machine.instance(
                image, "dd if=/dev/zero of=/filled bs=1048576 count=64 || echo full")
            instance.limits.storage = 8 << 20
            let text = try machine.say(instance)
            let word = machine.driver.layer(of: instance.id) ?? ""
            guard word == "overlay of at most \(8 << 20) bytes" else {
                Issue.record("no ceiling here: \(word)")
                return
            }
            #expect(text.contains("No space left") && text.contains("full"), "\(text)")
            try machine.driver.remove(instance.id)
            #expect(files.kind(machine.processes.folder(of: instance.id)) == nil)
        }
    }

    @Test func aStateOnOverlayStillGivesLayers() throws {
        try ImageMachine.with { outer in
            let base = outer.scratch.path + "/nested"
            for name in ["lower", "upper", "work", "state"] {
                try files.makeFolder(base + "/" + name, mode: 0o755)
            }
            let state = base + "/state"
            try SandboxMounts().overlay(
                [base + "/lower"], upper: base + "/upper", work: base + "/work", at: state)
            defer { try? SandboxMounts().remove(state) }
            let machine = try ImageMachine(outer.scratch, state: state)
            defer { machine.clean() }
            let image = try machine.image()
            let instance = machine.instance(image, "echo changed > /etc/note; cat /etc/note")
            #expect(try machine.say(instance) == "changed\n")
            let word = machine.driver.layer(of: instance.id)
            let ceiling = "overlay of at most \(Limits.imageRoom.value) bytes"
            #expect(word == "overlay in memory" || word == ceiling, "\(word ?? "none")")
        }
    }

    @Test func anotherLifeRemovesWhatAKilledOneMounted() throws {
        try ImageMachine.with { machine in
            let image = try machine.image()
            var instance = machine.instance(image, "exec sleep 1000")
            instance.secrets["TOKEN"] = "x"
            let first = try machine.driver.start(instance)
            #expect(first.pid != nil)
            let again = try ImageMachine(machine.scratch)
            #expect(try again.driver.observe()[instance.id] == first)
            try again.driver.stop(instance.id, graceMilliseconds: 0)
            #expect(again.ends.wait(for: instance.id) != nil)
            try again.driver.remove(instance.id)
            #expect(files.kind(machine.processes.folder(of: instance.id)) == nil)
            let mounts = try files.read("/proc/self/mountinfo", atMost: 1 << 22) ?? []
            let text = String(decoding: mounts, as: UTF8.self)
            #expect(!text.contains("\(instance.id)"))
        }
    }

    @Test func whatCannotBeGivenIsRefusedWithItsName() throws {
        try ImageMachine.with { machine in
            let image = try machine.image()
            func refused(_ words: String, _ change: (inout Instance) -> Void) throws {
                var instance = machine.instance(image, "echo ran")
                change(&instance)
                do {
                    _ = try machine.driver.start(instance)
                    Issue.record("started: \(words)")
                } catch { #expect("\(error)".contains(words), "\(error)") }
            }
            let absent = ImageDigest(of: [1])
            try refused("no image") { $0.image = absent }
            try refused("no user or group nobody-here") { $0.user = "nobody-here" }
            try refused("no signal NOPE") { $0.stopSignal = "NOPE" }
            try refused("is no absolute path") {
                $0.files = [.init(path: "relative", bytes: [])]
            }
            try refused("is no absolute path") {
                $0.mounts = [.init(source: "/tmp", target: "/a/../../b", writable: false)]
            }
            try refused("lies in /proc") { $0.files = [.init(path: "/proc/x", bytes: [])] }
            try refused("is not there") {
                $0.mounts = [.init(source: "/no/such", target: "/v", writable: true)]
            }
            try refused("names no program") { $0.command = [] }
            try refused("device host runs no images") { $0.device = .host }
            try refused("device host does not write /etc/x") {
                $0.device = .host
                $0.image = nil
                $0.files = [.init(path: "/etc/x", bytes: [])]
            }
            #expect(try machine.driver.observe().isEmpty)
        }
    }
}
