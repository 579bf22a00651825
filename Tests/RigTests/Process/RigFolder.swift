internal import Drivers
internal import Glibc
internal import Host
internal import Resources

/// A folder of one rig, with the lives of Pisces started in it.
struct RigFolder {
    let path: String
    let device: Instance.Device
    let count: Int
    private let files = LinuxFiles()

    init(device: Instance.Device, count: Int) throws {
        self.device = device
        self.count = count
        path = "/tmp/pisces-rig-\(LinuxEntropy().next())"
        try files.makeFolder(path, mode: 0o755)
    }

    func remove() { try? files.remove(path) }

    /// What the lives said.
    var log: String { ((try? files.text(path + "/life")) ?? nil) ?? "" }

    /// The helper beside the test bundle: the test runner gets the bundle as an argument.
    private var program: String {
        let own = files.resolve("/proc/self/exe") ?? ""
        let folders = (CommandLine.arguments + [own]).map {
            "/" + $0.split(separator: "/").dropLast().joined(separator: "/")
        }
        let candidates = folders.map { $0 + "/ProcessRig" } + [".build/debug/ProcessRig"]
        return candidates.first { files.kind($0) == .file(executable: true) } ?? "ProcessRig"
    }

    /// A child of the test, without any of the code under test.
    func startLife() throws -> pid_t {
        let words = [program, path, "\(count)", device.rawValue]
        var list = unsafe words.map { unsafe strdup($0) }
        defer { unsafe list.forEach { unsafe free($0) } }
        unsafe list.append(nil)
        var pid: pid_t = 0
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        let log = path + "/life"
        unsafe posix_spawn_file_actions_addopen(
            &actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
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

    /// One more life, in the test itself.
    func driver() throws -> ProcessDriver<LinuxProcesses> {
        let processes = try LinuxProcesses(ledger: path + "/instances")
        let probe = LinuxEntropy().identifier(at: LinuxClock().now)
        let runtime =
            device == .oci
            ? try OCIRuntime.probe(
                state: path + "/runtime", processes: processes, identifier: probe) : nil
        return ProcessDriver(processes: processes, runtime: runtime) { _, _ in }
    }

    /// The states once no container runtime is at work any more; waits boundedly.
    func settledStates(
        _ driver: ProcessDriver<LinuxProcesses>
    ) throws -> [Identifier: InstanceState] {
        var states = try driver.observe()
        for _ in 0..<1000 where states.values.contains(.unknown) {
            usleep(10_000)
            states = try driver.observe()
        }
        return states
    }

    /// What the program of an instance said; waits, boundedly, for one that has only just begun.
    func signatures(of id: Identifier) -> String {
        for _ in 0..<500 {
            let text = ((try? files.text("\(path)/instances/\(id)/output")) ?? nil) ?? ""
            if !text.isEmpty { return text }
            usleep(10_000)
        }
        return ""
    }

    /// The processes whose output goes into this folder.
    func sleepers() -> Set<Int32> {
        let names = (try? files.names(in: "/proc")) ?? []
        let pids = names.compactMap { Int32($0) }.filter { pid in
            (try? files.target(ofLink: "/proc/\(pid)/fd/1"))?.hasPrefix(path + "/instances") == true
        }
        return Set(pids)
    }

    func end(_ states: [Identifier: InstanceState], _ driver: ProcessDriver<LinuxProcesses>) {
        for id in states.keys { try? driver.stop(id, graceMilliseconds: 0) }
        for id in states.keys {
            for _ in 0..<500 {
                do {
                    try driver.remove(id)
                    break
                } catch { usleep(10_000) }
            }
        }
    }
}

struct RigFailure: Error { let what: String }
