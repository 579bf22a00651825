internal import CBoot
internal import Glibc
internal import Resources

/// What the first program of a machine does to the machine as a whole. Only process 1 calls it.
public enum LinuxMachine {
    /// What the kernel refused.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// What was being done.
        public let operation: String
        /// To what.
        public let subject: String
        /// The system's error number.
        public let code: Int32

        /// The failure of `operation` on `subject`.
        public init(operation: String, subject: String, code: Int32) {
            self.operation = operation
            self.subject = subject
            self.code = code
        }

        /// The system's words for it.
        public var cause: String { unsafe String(cString: strerror(code)) }
        /// One line for people.
        public var description: String { "cannot \(operation) \(subject): \(cause)" }
    }

    /// How a file system is mounted.
    public struct MountFlags: OptionSet, Sendable {
        /// The bits of mount(2).
        public let rawValue: UInt

        /// These bits.
        public init(rawValue: UInt) { self.rawValue = rawValue }

        /// Nobody can write.
        public static let readOnly = MountFlags(rawValue: cboot_read_only)
        /// Programs do not become other users.
        public static let noSetUser = MountFlags(rawValue: cboot_no_set_user)
        /// Device files are only names.
        public static let noDevices = MountFlags(rawValue: cboot_no_devices)
        /// Nothing is executed from it.
        public static let noPrograms = MountFlags(rawValue: cboot_no_programs)
        /// What is mounted there changes its options.
        public static let again = MountFlags(rawValue: cboot_again)
    }

    /// Mounts a file system; `options` are its own words. The folder is made when it can be.
    public static func mount(
        _ source: String, at target: String, type: String, flags: MountFlags = [],
        options: String? = nil
    ) throws(Failure) {
        unsafe _ = mkdir(target, 0o755)
        let code = unsafe cboot_mount(source, target, type, flags.rawValue, options)
        try check(code, "mount", target)
    }

    /// Unmounts; what still uses it keeps it when `lazy`, otherwise it is refused.
    public static func unmount(_ target: String, lazy: Bool = false) throws(Failure) {
        try check(unsafe cboot_unmount(target, lazy ? 1 : 0), "unmount", target)
    }

    /// Makes all file systems read-only, whoever has files open in them, and waits until the one
    /// mounted there is. Nothing can be written any more until the next boot.
    public static func forbidWriting(_ target: String) throws(Failure) {
        // The kernel's emergency remount (sysrq.rst): mount(2) refuses while a file is open.
        try write("u", to: "/proc/sysrq-trigger")
        for _ in 0..<250 {
            let mounts = (try? LinuxFile.read("/proc/self/mounts")) ?? []
            let lines = String(decoding: mounts, as: UTF8.self).split(separator: "\n")
            let own = lines.last { $0.split(separator: " ").dropFirst().first ?? "" == target }
            let options = own?.split(separator: " ").dropFirst(3).first ?? ""
            if options == "ro" || options.hasPrefix("ro,") { return }
            usleep(20_000)
        }
        throw Failure(operation: "forbid writing to", subject: target, code: EBUSY)
    }

    /// Loads a kernel module from its file.
    public static func loadModule(_ path: String) throws(Failure) {
        try check(unsafe cboot_load_module(path), "load", path)
    }

    /// Gives this machine its name.
    public static func setHostName(_ name: String) throws(Failure) {
        try check(unsafe cboot_set_host_name(name), "name", "this machine \(name)")
    }

    /// Sets the wall clock.
    public static func setClock(milliseconds: Int64) throws(Failure) {
        try check(cboot_set_clock(milliseconds), "set", "the clock")
    }

    /// Lets Ctrl-Alt-Del ask this program instead of resetting at once.
    public static func claimRestartKeys() throws(Failure) {
        try check(cboot_claim_restart_keys(), "claim", "Ctrl-Alt-Del")
    }

    /// Writes a line into a control file of the kernel.
    public static func write(_ text: String, to path: String) throws(Failure) {
        let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure(operation: "open", subject: path, code: errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.write(file, buffer.baseAddress, buffer.count)
        }
        if count != bytes.count { throw Failure(operation: "write", subject: path, code: errno) }
    }

    /// Waits until somebody at the console ends a line; false when there is no console.
    public static func awaitLine() -> Bool {
        var byte: UInt8 = 0
        while true {
            let count = unsafe read(STDIN_FILENO, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            if byte == UInt8(ascii: "\n") { return true }
        }
    }

    /// Writes all that is not on its disk yet.
    public static func syncAll() { Glibc.sync() }

    /// How a machine ends.
    public enum End: Sendable { case restart, powerOff }

    /// Ends the machine. All must be written before; returns only what the kernel refused.
    public static func end(_ end: End) -> Failure {
        let code = end == .restart ? cboot_restart() : cboot_power_off()
        return Failure(operation: "end", subject: "this machine", code: -code)
    }

    /// Asks all other processes to end, waits for them so long, and kills what is left. Gives how
    /// many had to be killed.
    public static func endProcesses(graceMilliseconds: UInt64) -> Int {
        _ = kill(-1, SIGTERM)
        // A stopped process could not hear it.
        _ = kill(-1, SIGCONT)
        let deadline = LinuxClock().ticks.advanced(byMilliseconds: graceMilliseconds)
        while true {
            if !reapAny() { return 0 }
            if LinuxClock().ticks >= deadline { break }
            usleep(20_000)
        }
        let left = children
        _ = kill(-1, SIGKILL)
        for _ in 0..<250 where reapAny() { usleep(20_000) }
        return left
    }

    /// Takes what has ended; false when there is no child any more.
    private static func reapAny() -> Bool {
        while true {
            var status: Int32 = 0
            let pid = unsafe waitpid(-1, &status, WNOHANG)
            if pid == 0 { return true }
            if pid < 0 && errno != EINTR { return false }
        }
    }

    private static var children: Int {
        let text = (try? LinuxFile.read("/proc/1/task/1/children")) ?? []
        return text.split(separator: UInt8(ascii: " ")).count
    }

    static func check(
        _ code: Int32, _ operation: String, _ subject: String
    ) throws(Failure) {
        if code < 0 { throw Failure(operation: operation, subject: subject, code: -code) }
    }
}
