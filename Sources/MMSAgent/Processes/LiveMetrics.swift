public import Host
internal import Resources

/// What a process uses right now: for a screen, never for the log.
public struct LiveMetrics: Hashable, Sendable {
    /// Bytes resident in memory.
    public var residentBytes: UInt64
    /// Bytes of address space.
    public var virtualBytes: UInt64
    /// Milliseconds of CPU used since it started.
    public var cpuMilliseconds: UInt64
    /// Threads.
    public var threads: UInt64
}

/// What a process uses right now; nil when there is no such process.
public func liveMetrics(pid: Int32, of kernel: any Kernel) -> LiveMetrics? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    guard case .bytes(let count) = kernel.read(.stat, of: pid, into: &buffer),
        let stat = ProcessStat(buffer[..<count]),
        case .bytes(let length) = kernel.read(.status, of: pid, into: &buffer)
    else { return nil }
    // A kernel thread has no memory of its own and no such lines.
    let kibibytes = { (key: String) in
        MachineFacts.value(of: key, in: Array(buffer[..<length])).flatMap { text in
            decimal(text.utf8.prefix { (48...57).contains($0) })
        }
    }
    return LiveMetrics(
        residentBytes: (kibibytes("VmRSS") ?? 0) &* 1024,
        virtualBytes: (kibibytes("VmSize") ?? 0) &* 1024,
        cpuMilliseconds: stat.cpuTicks &* 10, threads: stat.threads)
}

/// What a process of this machine uses right now; nil when there is no such process.
public func liveMetrics(pid: Int32) -> LiveMetrics? { liveMetrics(pid: pid, of: LinuxKernel()) }
