internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// A machine with a container runtime and an image made of a few programs of the host.
struct ImageMachine {
    let scratch: Scratch
    let ends = Ends()
    let processes: LinuxProcesses
    let images: ImageStore
    let driver: ProcessDriver<LinuxProcesses>
    private let files = LinuxFiles()

    init(_ scratch: Scratch, state: String? = nil) throws {
        self.scratch = scratch
        let ends = ends
        let state = state ?? scratch.path
        processes = try LinuxProcesses(ledger: state + "/instances")
        images = try ImageStore(state + "/images")
        let runtime = try OCIRuntime.probe(
            state: state + "/runtime", processes: processes, images: images,
            identifier: identifier())
        driver = ProcessDriver(processes: processes, runtime: runtime) { ends.note($0, $1) }
    }

    /// Runs `body` on a machine; what is left of instances is ended and removed.
    static func with(_ body: (ImageMachine) throws -> Void) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let machine = try ImageMachine(scratch)
        defer { machine.clean() }
        try body(machine)
    }

    func clean() {
        for (id, state) in (try? driver.observe()) ?? [:] {
            if state.pid != nil {
                try? driver.stop(id, graceMilliseconds: 0)
                _ = ends.wait(for: id)
            }
            do { try driver.remove(id) } catch { Issue.record("\(error)") }
        }
    }

    /// A layer with a shell and what it needs.
    static func programs() throws -> TarMaker {
        let files = LinuxFiles()
        var tar = TarMaker()
        tar.folder("bin/")
        tar.folder("tmp/", mode: 0o1777)
        var needed: Set<String> = []
        for name in [
            "sh", "cat", "env", "sleep", "pwd", "mkdir", "rm", "dd", "touch", "tty", "stty",
        ] {
            guard let path = files.resolve("/bin/" + name) else { continue }
            let bytes = try files.read(path, atMost: 1 << 24) ?? []
            tar.entry("bin/" + name, kind: "0", body: bytes, mode: 0o755)
            needed.formUnion(["libc.so.6", "libselinux.so.1", "libpcre2-8.so.0"])
        }
        let folders = ["/lib64", "/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib"]
        for folder in folders {
            let loaders = try files.names(in: folder).filter { $0.hasPrefix("ld-linux") }
            for name in loaders + needed.sorted() {
                guard let path = files.resolve(folder + "/" + name),
                    let bytes = try files.read(path, atMost: 1 << 24)
                else { continue }
                tar.entry("\(folder.dropFirst())/\(name)", kind: "0", body: bytes, mode: 0o755)
            }
        }
        return tar
    }

    /// Imports an image of the programs, with a second layer above when one is given.
    func image(_ config: ValueMap = ValueMap(), above: TarMaker? = nil) throws -> Image {
        var base = try Self.programs()
        base.folder("etc/")
        base.file(
            "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:123:45:web:/srv:/bin/sh\n")
        base.file("etc/group", "root:x:0:\nweb:x:45:\nmore:x:77:web\n")
        base.file("etc/note", "from below")
        base.file("etc/gone", "hidden later")
        let layout = scratch.path + "/layout-\(LinuxEntropy().next())"
        var maker = try LayoutMaker(layout)
        try maker.add(
            [base.whole] + (above.map { [$0.whole] } ?? []), config: config,
            architecture: ImageStore.machine)
        return try images.importImage(from: layout)
    }

    func instance(_ image: Image, _ script: String) -> Instance {
        var instance = Instance(
            id: identifier(), name: "box-0", device: .oci, command: ["/bin/sh", "-c", script])
        instance.image = image.digest
        return instance
    }

    func output(_ id: Identifier) throws -> String {
        try files.text(processes.output(of: id), atMost: 1 << 24) ?? ""
    }

    /// Runs an instance to its end and gives what it said.
    func say(_ instance: Instance) throws -> String {
        _ = try driver.start(instance)
        #expect(ends.wait(for: instance.id) != nil)
        return try output(instance.id)
    }
}
