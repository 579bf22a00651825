internal import CHost
internal import Glibc

/// Facts of this process and machine that the node's shell needs.
public enum LinuxSystem {
    /// The host name.
    public static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The effective user's number.
    public static var userID: UInt32 { geteuid() }

    /// True for the first program of a machine, which ends with it.
    public static var isFirstProcess: Bool { getpid() == 1 }

    /// The number of this process.
    public static var processID: Int32 { getpid() }

    /// Bytes of memory this process has resident (proc(5), statm).
    public static var residentBytes: Int64 {
        let fields = text("/proc/self/statm").split(separator: " ")
        return (fields.count > 1 ? Int64(fields[1]) ?? 0 : 0) * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Bytes this process caused to be written to storage (proc(5), io).
    public static var writtenBytes: Int64 {
        for line in text("/proc/self/io").split(separator: "\n")
        where line.hasPrefix("write_bytes: ") {
            return Int64(line.dropFirst(13)) ?? 0
        }
        return 0
    }

    /// The path of this program.
    public static var executable: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe readlink(
                "/proc/self/exe", base.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    /// The working directory.
    public static var workingDirectory: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        guard unsafe getcwd(&buffer, buffer.count) != nil else { return "/" }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The environment of this process.
    public static var environment: [String: String] {
        let bytes = (try? LinuxFile.read("/proc/self/environ")) ?? []
        var environment: [String: String] = [:]
        for pair in bytes.split(separator: 0) {
            let text = String(decoding: pair, as: UTF8.self)
            guard let equals = text.firstIndex(of: "=") else { continue }
            environment[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return environment
    }

    /// Leaves no image of this process's memory behind when it crashes: opened secrets are in it.
    public static func refuseCores() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }

    /// Blocks the signals that end a node, so that ``waitForEnd()`` alone gets them. Call before
    /// the first thread starts.
    public static func claimSignals() {
        var signals = endSignals
        _ = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// What a node was asked to do by a signal.
    public enum EndRequest: Sendable {
        /// SIGTERM or SIGHUP: end. A machine whose first program it is switches off.
        case end
        /// SIGINT, which is also Ctrl-Alt-Del: end; such a machine starts anew.
        case restart
    }

    /// Waits for SIGTERM, SIGINT or SIGHUP.
    @discardableResult public static func waitForEnd() -> EndRequest {
        var signals = endSignals
        var number: Int32 = 0
        _ = unsafe sigwait(&signals, &number)
        return number == SIGINT ? .restart : .end
    }

    /// True when one of the signals that ``waitForEnd()`` waits for has come (sigpending(2)).
    public static var isAskedToEnd: Bool {
        var signals = sigset_t()
        unsafe sigpending(&signals)
        return [SIGTERM, SIGINT, SIGHUP].contains { unsafe sigismember(&signals, $0) == 1 }
    }

    /// True while a process of that number is there and has not ended.
    public static func isAlive(_ pid: Int32) -> Bool {
        guard kill(pid, 0) == 0 || errno == EPERM else { return false }
        let fields = text("/proc/\(pid)/stat")
        return !fields.isEmpty
            && !fields[(fields.lastIndex(of: ")") ?? fields.startIndex)...]
                .hasPrefix(") Z")
    }

    /// Keeps the heap in few arenas, before the first thread starts: glibc gives eight to each
    /// core, and what was freed in one of them serves no other (mallopt(3)).
    public static func boundHeap() { chost_bound_heap(2) }

    /// Gives freed memory back to the kernel; a few milliseconds (malloc_trim(3)).
    public static func returnFreedMemory() { chost_trim_heap() }

    /// Asks this process to end as SIGTERM does, or SIGINT.
    public static func requestEnd(_ request: EndRequest = .end) {
        kill(getpid(), request == .end ? SIGTERM : SIGINT)
    }

    /// Waits so long.
    public static func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

    /// Writes a line to standard error.
    public static func note(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { buffer in
            unsafe write(STDERR_FILENO, buffer.baseAddress, buffer.count)
        }
    }

    /// Ends the process at once.
    public static func exitNow(_ code: Int32) -> Never { _exit(code) }

    private static var endSignals: sigset_t {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, number) }
        return signals
    }

    private static func text(_ path: String) -> String {
        String(decoding: (try? LinuxFile.read(path)) ?? [], as: UTF8.self)
    }
}
