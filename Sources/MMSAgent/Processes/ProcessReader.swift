internal import Host
internal import Resources

/// Reads processes into one buffer that is kept.
struct ProcessReader {
    private let kernel: any Kernel
    /// What is taken out of command lines.
    var redaction = Redaction.standard
    private var buffer = [UInt8](repeating: 0, count: Limits.commandLineBytes.value)

    init(_ kernel: any Kernel) { self.kernel = kernel }

    /// Reads the parts of a process; nil when it is gone.
    mutating func read(_ pid: Int32, _ parts: ProcessParts) -> ProcessReading? {
        guard let bytes = read(.stat, pid), let stat = ProcessStat(bytes), stat.pid == pid else {
            return nil
        }
        var reading = ProcessReading(parts: parts, stat: stat)
        if parts.contains(.owner) {
            reading.owner = read(.status, pid).flatMap { ProcessOwner($0) }
        }
        if parts.contains(.controlGroup) {
            reading.controlGroup = read(.cgroup, pid).flatMap { MMSAgent.controlGroup($0) }
        }
        if parts.contains(.commandLine), let line = read(.cmdline, pid) {
            reading.commandLine = CommandLine(
                line, isCut: line.count == buffer.count, redaction)
        }
        if parts.contains(.executable), !stat.kernelThread, let path = read(.executable, pid) {
            let deleted = " (deleted)"
            let text = lossyText(path)
            reading.executableGone = text.hasSuffix(deleted)
            reading.executable =
                reading.executableGone ? String(text.dropLast(deleted.count)) : text
        }
        return reading
    }

    private mutating func read(_ file: ProcessFile, _ pid: Int32) -> ArraySlice<UInt8>? {
        switch kernel.read(file, of: pid, into: &buffer) {
        case .bytes(let count): buffer[..<count]
        case .gone, .refused: nil
        }
    }
}
