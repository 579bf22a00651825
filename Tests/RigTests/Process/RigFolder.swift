internal import Drivers
internal import Glibc
internal import Host
internal import Resources

/// A folder of one rig, with the lives of Pisces started in it.
struct RigFolder {
    let path: String
    var ledger: String { path + "/instances" }
    private var signed: String { path + "/signed" }

    init() throws {
        var random = SystemRandomNumberGenerator()
        path = "/tmp/pisces-rig-\(random.next())"
        try LinuxFiles().makeFolder(path)
    }

    func remove() { try? LinuxFiles().remove(path) }

    /// The helper beside the test bundle.
    private var program: String {
        let own = LinuxFiles().resolve("/proc/self/exe") ?? ""
        var folders = [own.split(separator: "/").dropLast().joined(separator: "/")]
        // swift-testing runs from the toolchain with the bundle as an argument.
        folders += CommandLine.arguments.map {
            $0.split(separator: "/").dropLast().joined(separator: "/")
        }
        let candidates = folders.map { "/" + $0 + "/ProcessRig" } + [".build/debug/ProcessRig"]
        return candidates.first { LinuxFiles().kind($0) == .file(executable: true) } ?? "ProcessRig"
    }

    /// A child of the test, without any of the code under test.
    func startLife(count: Int) throws -> pid_t {
        let words = [program, ledger, signed, "\(count)"]
        var list = unsafe words.map { unsafe strdup($0) }
        defer { unsafe list.forEach { unsafe free($0) } }
        unsafe list.append(nil)
        var pid: pid_t = 0
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        let log = path + "/life"
        unsafe posix_spawn_file_actions_addopen(
            &actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let error = unsafe posix_spawn(&pid, words[0], &actions, nil, list, environ)
        guard error == 0 else { throw RigFailure(what: "\(words[0]) does not start: \(error)") }
        return pid
    }

    func wait(_ pid: pid_t) -> ExitStatus? {
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, 0) == pid else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
    }

    /// What the started programs wrote; waits, boundedly, for those that have only just started.
    func signatures(atLeast count: Int) throws -> [(number: UInt64, pid: Int32)] {
        var signatures: [(number: UInt64, pid: Int32)] = []
        for _ in 0..<1000 {
            let text = try LinuxFiles().text(signed, atMost: 1 << 20) ?? ""
            signatures = text.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard words.count == 2, let number = UInt64(words[0]), let pid = Int32(words[1])
                else { return nil }
                return (number, pid)
            }
            if signatures.count >= count { break }
            usleep(10_000)
        }
        return signatures
    }

    func killAll(_ states: [Identifier: InstanceState]) {
        for state in states.values {
            if let pid = state.pid { kill(-pid, SIGKILL) }
        }
    }
}

struct RigFailure: Error { let what: String }
