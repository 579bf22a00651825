internal import Glibc

/// What `/proc` says of processes.
struct ProcFS {
    /// The boot of this machine.
    static func bootIdentity() -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        // Absence is the answer: without /proc every record is of another boot.
        let text = (try? LinuxFiles().text(path)) ?? nil
        return text?.split(separator: "\n").first.map(String.init) ?? "unknown"
    }

    /// State letter and start time of a process; nil when there is none.
    static func status(of pid: Int32) -> (state: Character, start: UInt64)? {
        guard let text = (try? LinuxFiles().text("/proc/\(pid)/stat")) ?? nil,
            // The name may hold blanks and parentheses: fields count from its last parenthesis.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let start = UInt64(fields[19]) else {
            return nil
        }
        return (state, start)
    }

    /// The start time of a process that has not ended.
    static func start(ofLiving pid: Int32) -> UInt64? {
        guard let status = status(of: pid), status.state != "Z", status.state != "X" else {
            return nil
        }
        return status.start
    }
}
