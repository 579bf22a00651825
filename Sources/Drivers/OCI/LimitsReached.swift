internal import Host
internal import Resources

/// What the kernel did to an instance because of its limits.
public struct LimitsReached: Hashable, Sendable, CustomStringConvertible {
    /// Processes of it that were killed because its memory was used up.
    public var kills: Int
    /// Processes and threads it was not allowed to start.
    public var refusedProcesses: Int

    public var description: String {
        var reasons: [String] = []
        if kills > 0 { reasons.append("out of memory: its limit was reached") }
        if refusedProcesses > 0 { reasons.append("its limit of processes was reached") }
        return reasons.joined(separator: "; ")
    }
}

extension OCIRuntime {
    /// Reads the counters of an instance's control group (cgroup-v2, memory.events and
    /// pids.events; of version 1, memory.oom_control).
    func limitsReached(by id: Identifier) -> LimitsReached? {
        let files = LinuxFiles()
        func count(_ word: String, _ paths: [String]) -> Int {
            for path in paths {
                guard let text = (try? files.text("/sys/fs/cgroup" + path)) ?? nil else { continue }
                let line = text.split(separator: "\n").first { $0.hasPrefix(word + " ") }
                if let line { return Int(line.dropFirst(word.utf8.count + 1)) ?? 0 }
            }
            return 0
        }
        let group = "/pisces/\(id)/"
        let found = LimitsReached(
            kills: count(
                "oom_kill", [group + "memory.events", "/memory" + group + "memory.oom_control"]),
            refusedProcesses: count(
                "max", [group + "pids.events", "/pids" + group + "pids.events"]))
        return found.kills + found.refusedProcesses > 0 ? found : nil
    }
}
