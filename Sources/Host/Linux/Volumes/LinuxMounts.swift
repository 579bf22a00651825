internal import CHost
internal import Glibc
internal import Resources

/// File systems of this machine: mounted, unmounted, grown, frozen, measured.
public struct LinuxMounts: Sendable {
    private let control: String
    private let files = LinuxFiles()

    /// The file systems of this machine; loop devices come from `control`.
    public init(loopControl control: String = "/dev/loop-control") { self.control = control }

    /// Whether loop devices can be had; nil when they can, else why not.
    public func loopRefusal() -> String? {
        guard geteuid() == 0 else { return "Pisces does not run as root" }
        guard files.kind(control) != nil else { return "this machine has no \(control)" }
        return nil
    }

    /// Mounts the ext4 file system of an image through a loop device, which the kernel frees when
    /// it is unmounted or when Pisces ends before it was mounted.
    public func mount(image: String, on folder: String) throws(ProcessError) {
        let file = unsafe open(image, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw files.failure("open", image) }
        defer { _ = close(file) }
        var number: Int32 = -1
        let device = unsafe chost_loop_bind(
            control, file, Int32(Limits.loopTries.value), &number)
        guard device >= 0 else { throw Self.loopFailure(-device, image) }
        defer { _ = close(device) }
        let path = "/dev/loop\(number)"
        try done(unsafe chost_mount(path, folder, "ext4", "", 0), "mount", image)
    }

    /// What it means when no loop device can be had.
    public static func loopFailure(_ number: Int32, _ image: String) -> ProcessError {
        switch number {
        case EBUSY, ENOSPC, ENODEV, ENXIO:
            ProcessError(
                .exhausted, operation: "bind loop device to", subject: image,
                cause: "no loop device is free; detach other volumes, or raise max_loop")
        case ENOENT:
            ProcessError(
                .notFound, operation: "bind loop device to", subject: image,
                cause: "this kernel has no loop devices; load the module loop")
        default: ProcessError(errno: number, operation: "bind loop device to", subject: image)
        }
    }

    /// Mounts memory of at most `size` bytes as a file system; its content ends with the mount.
    public func mount(memory size: Int64, on folder: String) throws(ProcessError) {
        let options = "size=\(size),mode=0755"
        try done(unsafe chost_mount("pisces", folder, "tmpfs", options, 0), "mount", folder)
    }

    /// Changes the bytes that a mounted tmpfs may take.
    public func resize(memory size: Int64, on folder: String) throws(ProcessError) {
        try done(
            unsafe chost_mount("pisces", folder, "tmpfs", "size=\(size)", 1), "resize", folder)
    }

    /// Unmounts; false when nothing is mounted there.
    @discardableResult
    public func unmount(_ folder: String) throws(ProcessError) -> Bool {
        guard try source(on: folder) != nil else { return false }
        let code = unsafe chost_unmount(folder)
        if code == -EBUSY {
            throw ProcessError(
                .exhausted, operation: "unmount", subject: folder,
                cause: "a process still uses it; end it first")
        }
        try done(code, "unmount", folder)
        return true
    }

    /// What is mounted on that very folder, such as `/dev/loop3`; nil when nothing is.
    public func source(on folder: String) throws(ProcessError) -> String? {
        let limit = Limits.mountTableBytes.value
        let real = files.resolve(folder) ?? folder
        guard let text = try files.text("/proc/self/mountinfo", atMost: limit) else { return nil }
        return Self.source(on: real, mountinfo: text)
    }

    /// Reads proc(5) mountinfo; of several mounts on one folder the last one is what is seen.
    static func source(on folder: String, mountinfo: String) -> String? {
        var found: String?
        for line in mountinfo.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 6, unescape(words[4]) == folder,
                let dash = words.firstIndex(of: "-"), dash + 2 < words.count
            else { continue }
            found = unescape(words[dash + 2])
        }
        return found
    }

    /// Blanks, tabs, newlines and backslashes stand as `\` and three octal digits.
    private static func unescape(_ word: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(word.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let code = UInt8(digits, radix: 8) {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether ext4 lets this process grow it while it is mounted: the capability SYS_RESOURCE,
    /// number 24 (capabilities(7)), which root may lack in a container.
    public static var growsMounted: Bool {
        let text = ((try? LinuxFiles().text("/proc/self/status")) ?? nil) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let word = line?.split(whereSeparator: { $0 == "\t" || $0 == " " }).last ?? ""
        return (UInt64(word, radix: 16) ?? 0) >> 24 & 1 == 1
    }

    /// Tells the loop device under a mount that its image has grown, and gives its path.
    public func growLoop(on folder: String) throws(ProcessError) -> String? {
        guard let source = try source(on: folder), source.hasPrefix("/dev/loop") else { return nil }
        let device = unsafe open(source, O_RDWR | O_CLOEXEC)
        guard device >= 0 else { throw files.failure("open", source) }
        defer { _ = close(device) }
        try done(chost_loop_resize(device), "grow", source)
        return source
    }

    /// Runs `body` while nothing is written to the file system of a folder and all of it is on the
    /// device. A killed process leaves it frozen: `thaw` it when starting.
    public func frozen<Result>(
        _ folder: String, _ body: () throws(ProcessError) -> Result
    ) throws(ProcessError) -> Result {
        let file = try openFolder(folder)
        defer { _ = close(file) }
        try done(chost_sync_file_system(file), "sync", folder)
        try done(chost_freeze(file), "freeze", folder)
        defer { _ = chost_thaw(file) }
        return try body()
    }

    /// Lets a file system that somebody froze go on; false when it was not frozen.
    @discardableResult
    public func thaw(_ folder: String) throws(ProcessError) -> Bool {
        let file = try openFolder(folder)
        defer { _ = close(file) }
        let code = chost_thaw(file)
        if code == -EINVAL { return false }
        try done(code, "thaw", folder)
        return true
    }

    /// Writes all of the file system of a folder to its device.
    public func sync(_ folder: String) throws(ProcessError) {
        let file = try openFolder(folder)
        defer { _ = close(file) }
        try done(chost_sync_file_system(file), "sync", folder)
    }

    /// The bytes of the file system of a folder.
    public func space(_ folder: String) throws(ProcessError) -> Space {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { throw files.failure("measure", folder) }
        let unit = Int64(clamping: status.f_frsize)
        func bytes(_ blocks: UInt) -> Int64 {
            Int64(clamping: blocks).multipliedReportingOverflow(by: unit).partialValue
        }
        return Space(
            size: bytes(status.f_blocks), free: bytes(status.f_bavail),
            used: bytes(status.f_blocks) - bytes(status.f_bfree))
    }

    /// The bytes of a file system.
    public struct Space: Hashable, Sendable {
        /// In all.
        public var size: Int64
        /// Free for this process.
        public var free: Int64
        /// Taken by files.
        public var used: Int64
    }

    /// Bytes of memory that can be had without swapping.
    public func freeMemory() throws(ProcessError) -> Int64 {
        let text = try files.text("/proc/meminfo") ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            if let number = line.split(separator: " ").dropFirst().first, let kib = Int64(number) {
                return kib << 10
            }
        }
        throw ProcessError(
            .failed, operation: "read", subject: "/proc/meminfo", cause: "has no MemAvailable")
    }

    private func openFolder(_ folder: String) throws(ProcessError) -> Int32 {
        let file = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw files.failure("open", folder) }
        return file
    }

    private func done(
        _ code: Int32, _ operation: String, _ subject: String
    ) throws(ProcessError) {
        if code < 0 { throw ProcessError(errno: -code, operation: operation, subject: subject) }
        LastStep.taken()
    }
}
