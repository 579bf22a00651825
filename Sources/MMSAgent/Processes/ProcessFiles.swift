/// `/proc/<pid>/stat` (proc(5)): one line, the name in parentheses and free to hold any byte.
struct ProcessStat: Hashable, Sendable {
    var pid: Int32
    var name: String
    var state: UInt8
    var parent: Int32
    var kernelThread: Bool
    /// CPU time used in user and kernel mode, in clock ticks.
    var cpuTicks: UInt64
    var threads: UInt64
    /// Clock ticks after boot at which it started.
    var start: UInt64

    /// True when it has ended and only waits to be reaped; a process whose first thread ended
    /// while others run has more threads than one.
    var isEnded: Bool { (state == UInt8(ascii: "Z") || state == UInt8(ascii: "X")) && threads <= 1 }

    /// Reads the line; nil when it is cut short before the start time or malformed.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")),
            let close = bytes.lastIndex(of: UInt8(ascii: ")")), open < close,
            let pid = decimal(bytes[..<open].dropLast()).flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.pid = pid
        // Fields from the third on, by their number in proc(5).
        var fields = bytes[(close + 1)...].split(separator: 32, maxSplits: 20).makeIterator()
        guard let state = fields.next()?.first, let parent = Self.next(&fields) else { return nil }
        self.state = state
        self.parent = Int32(truncatingIfNeeded: parent)
        for _ in 5...8 { _ = fields.next() }
        guard let flags = Self.next(&fields) else { return nil }
        kernelThread = flags & 0x20_0000 != 0
        for _ in 10...13 { _ = fields.next() }
        guard let user = Self.next(&fields), let system = Self.next(&fields) else { return nil }
        cpuTicks = user &+ system
        for _ in 16...19 { _ = fields.next() }
        guard let threads = Self.next(&fields) else { return nil }
        self.threads = threads
        _ = fields.next()
        guard let start = Self.next(&fields) else { return nil }
        self.start = start
        name = Self.steadyName(lossyText(bytes[(open + 1)..<close]), kernelThread)
    }

    private static func next(_ fields: inout IndexingIterator<[ArraySlice<UInt8>]>) -> UInt64? {
        fields.next().flatMap { decimal($0) }
    }

    /// A worker of the kernel shows the work it does after a `-` or `+`; that churns.
    private static func steadyName(_ name: String, _ kernelThread: Bool) -> String {
        guard kernelThread, name.hasPrefix("kworker/"), !name.hasPrefix("kworker/R") else {
            return name
        }
        return String(name.prefix { $0 != "-" && $0 != "+" })
    }
}

/// Effective user and group of `/proc/<pid>/status`.
struct ProcessOwner: Hashable, Sendable {
    var user: UInt32
    var group: UInt32

    /// Reads the lines `Uid:` and `Gid:` (real, effective, saved, file system); the `Name:` line
    /// escapes newlines, so that no process can write these lines itself.
    init?(_ bytes: ArraySlice<UInt8>) {
        var user: UInt32?
        var group: UInt32?
        for line in bytes.split(separator: 10) {
            let isUser = line.starts(with: "Uid:\t".utf8)
            guard isUser || line.starts(with: "Gid:\t".utf8) else { continue }
            let words = line.dropFirst(5).split(separator: 9)
            guard words.count >= 2, let number = decimal(words[1]).flatMap({ UInt32(exactly: $0) })
            else { return nil }
            if isUser { user = number } else { group = number }
        }
        guard let user, let group else { return nil }
        self.user = user
        self.group = group
    }
}

/// The control group of `/proc/<pid>/cgroup`: that of the unified tree, else the first that is
/// not the root.
func controlGroup(_ bytes: ArraySlice<UInt8>) -> String? {
    var best: String?
    for line in bytes.split(separator: 10) {
        let parts = line.split(separator: 58, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[2].isEmpty else { continue }
        let path = lossyText(parts[2])
        if path != "/", parts[0].elementsEqual("0".utf8) { return path }
        if best == nil || best == "/" { best = path }
    }
    return best
}
