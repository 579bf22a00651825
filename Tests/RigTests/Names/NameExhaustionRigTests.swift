internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// A name server that may open few files, in a process of its own.
@Suite(.enabled(if: NameRig.hasDig, "needs dig: bind9-dnsutils")) struct NameExhaustionRigTests {
    /// The helper beside the test bundle: the test runner gets the bundle as an argument.
    private var program: String {
        let own = LinuxFiles().resolve("/proc/self/exe") ?? ""
        let folders = (CommandLine.arguments + [own]).map {
            "/" + $0.split(separator: "/").dropLast().joined(separator: "/")
        }
        let candidates = folders.map { $0 + "/NamesRig" } + [".build/debug/NamesRig"]
        return candidates.first { LinuxFiles().kind($0) == .file(executable: true) } ?? "NamesRig"
    }

    /// Clock ticks of CPU that a process has used (proc(5), stat fields 14 and 15).
    private func ticks(_ pid: Int32) throws -> Int {
        let text = try LinuxFiles().text("/proc/\(pid)/stat") ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }

    @Test func withoutDescriptorsItRestsAndAnswersDatagrams() throws {
        let rig = try NameRig()
        defer { rig.remove() }
        let port = UInt16(30_000 + LinuxEntropy().next() % 2_000)
        let start = "(ulimit -n 16; exec \(program) \(port) 5) >/dev/null 2>&1 & echo $!"
        let pid = try #require(Int32(try rig.run(start)))
        defer { kill(pid, SIGKILL) }
        let ask = "dig @127.0.0.1 -p \(port) +short +time=1 service-1.prod.pisces.internal"
        #expect(eventually { (try? rig.run(ask)) == "127.77.0.1" })
        // More than it can take: the rest waits in the backlog of the kernel.
        var open: [StreamSocket] = []
        for _ in 0..<40 { open.append(try StreamSocket(.tcp(host: "127.0.0.1", port: port))) }
        let before = try ticks(pid)
        for _ in 0..<40 { #expect(try rig.run(ask) == "127.77.0.1") }
        #expect(try ticks(pid) - before < 20, "it does not turn in a circle")
        open.removeAll()
        #expect(eventually { (try? rig.run(ask + " +tcp")) == "127.77.0.1" })
    }
}
