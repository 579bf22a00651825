internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// The app of the repository in its containers, from the file to an HTTP answer.
@Suite(.serialized) struct HelloTests {
    private var top: String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    }

    @Test func theAppFileGivesTwoServersThatAnswer() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let ends = Ends()
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        var make = Launch("make", ["-C", top + "/Apps/hello"])
        make.environment = ["PATH": ExecutablePath.standard]
        let built = try processes.run(
            make, output: scratch.path + "/make", milliseconds: 60_000)
        let said = try LinuxFiles().text(scratch.path + "/make") ?? ""
        #expect(built == .code(0), "\(said)")
        let runtime = try OCIRuntime.probe(
            state: scratch.path + "/runtime", processes: processes, identifier: identifier())
        let driver = ProcessDriver(processes: processes, runtime: runtime) { ends.note($0, $1) }

        let file = try LinuxFiles().read(top + "/Apps/hello/app.yaml", atMost: 65_536)
        let text = String(decoding: try #require(file), as: UTF8.self)
        // The app's own ports may be in use by the app itself.
        let base = freePorts()
        let bytes = Array(text.replacing("18080", with: "\(base)").utf8)
        let app = try #require(try AppFile.read(bytes, folder: top + "/Apps/hello").first)
        let instances = try app.tasks().map { $0.instance(identifier()) }
        defer {
            for instance in instances {
                try? driver.stop(instance.id, graceMilliseconds: 0)
                _ = ends.wait(for: instance.id)
                try? driver.remove(instance.id)
            }
        }
        for instance in instances { _ = try driver.start(instance) }
        for (number, instance) in instances.enumerated() {
            let port = base + number
            var text = ""
            eventually {
                text = get("/", port)
                return text.contains("hello from")
            }
            #expect(text.contains("hello from \(instance.name), pid 1, port \(port)"), "\(text)")
            #expect(get("/healthz", port).hasSuffix("\r\n\r\nok\n"))
            #expect(get("/none", port).hasPrefix("HTTP/1.1 404"))
        }
        try driver.stop(instances[0].id)
        guard case .ended(let exit, _) = ends.wait(for: instances[0].id) else {
            Issue.record("not ended")
            return
        }
        #expect(exit == .code(0), "SIGTERM ends it in order")
    }

    /// The first of two ports that nobody has.
    private func freePorts() -> Int {
        for _ in 0..<100 {
            let port = 20_000 + Int(LinuxEntropy().next() % 10_000)
            if isFree(port), isFree(port + 1) { return port }
        }
        return 18_080
    }

    private func isFree(_ port: Int) -> Bool {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { _ = close(file) }
        return unsafe withAddress(port) { unsafe bind(file, $0, $1) } == 0
    }

    private func withAddress(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe body(generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// One request over loopback; the whole reply, or nothing.
    private func get(_ path: String, _ port: Int) -> String {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { _ = close(file) }
        let connected = unsafe withAddress(port) { unsafe connect(file, $0, $1) }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        guard connected == 0, unsafe send(file, request, request.count, 0) == request.count else {
            return ""
        }
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while reply.count < 65_536 {
            let count = unsafe recv(file, &buffer, buffer.count, 0)
            if count <= 0 { break }
            reply += buffer.prefix(count)
        }
        return String(decoding: reply, as: UTF8.self)
    }
}
