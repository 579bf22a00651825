internal import Drivers
internal import Host
internal import Resources
internal import Synchronization
internal import Testing
internal import Trust

/// A folder of one test with a store, an app and a place for what is installed.
struct StoreFolder {
    let scratch: Scratch
    let files = LinuxFiles()

    init() throws {
        scratch = try Scratch()
        try write("app/app.yaml", Self.appFile(version: "1.4.0"))
        try write("app/bin/server", "#!/bin/sh\necho hello\n", mode: 0o755)
        try write("app/bin/copy", "#!/bin/sh\necho hello\n", mode: 0o700)
        try write("app/page.html", "<p>hello</p>\n")
        try files.makeFolder(app + "/empty")
        try files.link(app + "/index.html", to: "page.html")
    }

    static func appFile(version: String) -> String {
        """
        app: guestbook
        version: \(version)
        directory: bin
        components:
          web:
            run: {native: ./server --port $PORT}
            ports: {http: 8080}

        """
    }

    var app: String { scratch.path + "/app" }
    var apps: String { scratch.path + "/apps" }
    var store: Store { Store(path: scratch.path + "/store") }

    func store(_ name: String) -> Store { Store(path: scratch.path + "/" + name) }

    /// A store that gives up before the step of that number, as a kill would.
    func store(endingBefore step: Int) -> Store {
        let left = Mutex(step)
        return Store(path: scratch.path + "/store") { (_) throws(BundleError) in
            let isOver = left.withLock { left in
                left -= 1
                return left < 0
            }
            guard isOver else { return }
            throw BundleError(
                .cancelled, operation: "go on", subject: "the test", cause: "it ends here",
                remedy: "start again")
        }
    }

    func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
        let path = scratch.path + "/" + name
        try files.makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        try files.replace(path, with: Array(text.utf8))
        try files.setMode(path, mode)
    }

    /// Every path below a folder with its kind, permissions and content.
    func tree(_ folder: String) throws -> [String] {
        var lines: [String] = []
        for name in try files.names(in: folder) {
            let path = folder + "/" + name
            let status = try #require(files.status(path))
            let mode = String(status.mode, radix: 8)
            switch status.kind {
            case .folder:
                lines += ["\(name)/ \(mode)"] + (try tree(path).map { name + "/" + $0 })
            case .link: lines.append("\(name) -> \(try files.target(ofLink: path))")
            case .file:
                let bytes = try files.read(path, atMost: 1 << 20) ?? []
                lines.append("\(name) \(mode) \(ContentDigest(of: bytes).hex.prefix(8))")
            case .other: lines.append("\(name) other")
            }
        }
        return lines
    }

    func remove() {
        // Installed folders are read-only, which stops nobody who is root, and others here.
        try? store.collect(apps: apps, keeping: [])
        scratch.remove()
    }
}

/// The key whose seed is 00…3f.
func signer(_ start: UInt8 = 0) throws -> MachineKey {
    try MachineKey(seed: SecretBytes(copying: (0..<64).map { start &+ UInt8($0) }))
}

func refusal(_ body: () throws -> Void) -> BundleError? {
    #expect(throws: BundleError.self) { try body() }
}
