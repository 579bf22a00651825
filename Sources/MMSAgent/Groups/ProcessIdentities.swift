internal import Host
internal import Resources

/// The identities of processes, as the sensor of processes gives them, for links to and of them.
struct ProcessIdentities {
    private var setting: ProcessTable.Setting?
    private var buffer = [UInt8](repeating: 0, count: 1024)

    static func subject(_ pid: Int32) -> Observation.Subject {
        Observation.Subject(type: Kind.process, name: subjectName(String(pid)))
    }

    /// The process of that number; nil when there is none, or it has ended.
    mutating func stat(of pid: Int32, _ kernel: any Kernel) -> ProcessStat? {
        guard case .bytes(let count) = kernel.read(.stat, of: pid, into: &buffer),
            let stat = ProcessStat(buffer[..<count]), stat.pid == pid, !stat.isEnded
        else { return nil }
        return stat
    }

    /// The identity of the process of that number now.
    mutating func identity(of pid: Int32, _ kernel: any Kernel) -> String? {
        guard let stat = stat(of: pid, kernel) else { return nil }
        return identity(of: stat, kernel)
    }

    /// Links to the process of that number as it is now; there is no link to one that has ended,
    /// whose number another may get.
    mutating func link(
        _ seen: inout Seen, _ relation: String, to pid: Int32, _ kernel: any Kernel
    ) {
        guard let identity = identity(of: pid, kernel) else { return }
        seen.links[relation] = [Self.subject(pid)]
        seen.meant[Self.subject(pid)] = identity
    }

    mutating func identity(of stat: ProcessStat, _ kernel: any Kernel) -> String {
        let setting = setting ?? bootSetting(kernel)
        self.setting = setting
        let record = ProcessRecord(pid: stat.pid, parent: stat.parent, start: .ticks(stat.start))
        return record.identity(setting)
    }
}
