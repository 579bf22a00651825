internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// A name server on a port of its own, and programs that ask it.
struct NameRig {
    let server: NameServer
    private let path: String
    static var local: IPAddress { IPAddress(bytes: [127, 0, 0, 1]) ?? anybody }
    private static var anybody: IPAddress { preconditionFailure("four bytes are an address") }

    static var hasDig: Bool {
        (try? ExecutablePath.find("dig", on: nil, in: nil)) != nil
    }

    init(forward: NameForward? = nil) throws {
        path = "/tmp/pisces-names-\(LinuxEntropy().next())"
        try LinuxFiles().makeFolder(path)
        server = try NameServer(addresses: [Self.local], port: 0, forward: forward)
        server.publish(try Self.zones())
    }

    func remove() {
        server.stop()
        try? LinuxFiles().remove(path)
    }

    static func zones() throws -> [Zone] {
        let six = try #require(IPAddress("fd00::1"))
        func service(_ third: UInt8, _ last: UInt8) throws -> IPAddress {
            try #require(IPAddress(bytes: [127, 77, third, last]))
        }
        let hosts = [
            NamedHost(
                "guestbook.prod", addresses: [try service(0, 1), six],
                ports: [NamedPort("http", 8000)], texts: ["version=1.4.0"]),
            NamedHost("many", addresses: try (1...60).map { try service(3, $0) }),
        ]
        return try Zone.zones(of: hosts, servers: [local], serial: 7)
    }

    /// Runs dig against the server; what it said.
    func dig(_ words: String) throws -> String {
        try run("dig @127.0.0.1 -p \(server.endpoints[0].port) +tries=1 +time=5 \(words)")
    }

    func run(_ script: String) throws -> String {
        let output = path + "/said-\(LinuxEntropy().next())"
        let processes = try LinuxProcesses(ledger: path + "/instances")
        var launch = Launch("/bin/sh", ["-c", script])
        launch.environment = ["PATH": ExecutablePath.standard]
        _ = try processes.run(launch, output: output, milliseconds: 30_000)
        let text = try LinuxFiles().text(output, atMost: 1 << 20) ?? ""
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// A question for an address in wire form.
    static func question(_ name: String, id: UInt16, type: UInt8 = 1) throws -> [UInt8] {
        [UInt8(id >> 8), UInt8(id & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
            + (try #require(DNSName(name))).wire + [0, type, 0, 1]
    }
}

/// Polls a condition for at most ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<1000 {
        if condition() { return true }
        usleep(10_000)
    }
    return false
}
