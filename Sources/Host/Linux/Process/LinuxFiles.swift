internal import Glibc
internal import Resources
internal import Synchronization

/// Small files and folders of this machine: written whole and durably, read whole and bounded.
public struct LinuxFiles: Sendable {
    /// The files of this machine.
    public init() {}

    /// The bytes of a file; nil when there is none.
    public func read(_ path: String, atMost limit: Int) throws(ProcessError) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        defer { _ = close(file) }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let room = min(limit + 1 - bytes.count, 65_536)
            var buffer = [UInt8](repeating: 0, count: room)
            let count = unsafe Glibc.read(file, &buffer, room)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
        }
        throw ProcessError(
            .failed, operation: "read", subject: path, cause: "has more than \(limit) bytes")
    }

    /// The text of a file; nil when there is none or it is no UTF-8.
    public func text(_ path: String, atMost limit: Int = 65_536) throws(ProcessError) -> String? {
        guard let bytes = try read(path, atMost: limit) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static let replacements = Atomic<Int>(0)

    /// Writes a file under a temporary name, syncs it, renames it into place and syncs the folder:
    /// whoever sees the name sees all bytes, also after a power cut.
    public func replace(
        _ path: String, with bytes: [UInt8], mode: UInt32 = 0o600,
        owner: (user: UInt32, group: UInt32)? = nil
    ) throws(ProcessError) {
        // A name of its own: a second writer of the same file would cut what the first renames.
        let number = Self.replacements.wrappingAdd(1, ordering: .relaxed).newValue
        let temporary = path + ".new-\(getpid())-\(number)"
        do throws(ProcessError) {
            try write(bytes, to: temporary, mode)
            LastStep.taken()
            if let owner {
                guard unsafe lchown(temporary, owner.user, owner.group) == 0,
                    unsafe chmod(temporary, mode) == 0
                else { throw failure("give", path) }
            }
            guard unsafe Glibc.rename(temporary, path) == 0 else { throw failure("rename", path) }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
        LastStep.taken()
        try sync(folder: parent(of: path))
    }

    private func write(
        _ bytes: [UInt8], to path: String, _ mode: UInt32
    ) throws(ProcessError) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure("write", path) }
        defer { _ = close(file) }
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                guard let start = buffer.baseAddress else { return 0 }
                return unsafe Glibc.write(file, start + offset, buffer.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { throw failure("write", path) }
            offset += count
        }
        guard fsync(file) == 0 else { throw failure("sync", path) }
    }

    /// Gives a file or folder another name on the same file system.
    public func rename(_ path: String, to name: String) throws(ProcessError) {
        guard unsafe Glibc.rename(path, name) == 0 else { throw failure("rename", path) }
        LastStep.taken()
    }

    /// Makes a folder and those above it.
    public func makeFolder(_ path: String, mode: UInt32 = 0o700) throws(ProcessError) {
        if unsafe mkdir(path, mode) == 0 { return LastStep.taken() }
        if errno == EEXIST { return }
        guard errno == ENOENT, path != "/" else { throw failure("make folder", path) }
        try makeFolder(parent(of: path), mode: mode)
        guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else {
            throw failure("make folder", path)
        }
        LastStep.taken()
    }

    /// Makes the names in a folder durable.
    public func sync(folder: String) throws(ProcessError) {
        let file = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure("open", folder) }
        defer { _ = close(file) }
        guard fsync(file) == 0 else { throw failure("sync", folder) }
    }

    /// The names in a folder in order; none when there is no folder.
    public func names(in folder: String) throws(ProcessError) -> [String] {
        guard let stream = unsafe opendir(folder) else {
            if errno == ENOENT { return [] }
            throw failure("list", folder)
        }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    unsafe String(cString: text)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file or a folder with all in it; follows no symbolic link.
    public func remove(_ path: String, depth: Int = 0) throws(ProcessError) {
        if unsafe unlink(path) == 0 { return LastStep.taken() }
        if errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw failure("remove", path) }
        guard depth < 128 else {
            throw ProcessError(
                .failed, operation: "remove", subject: path, cause: "is nested too deeply")
        }
        for name in try names(in: path) { try remove(path + "/" + name, depth: depth + 1) }
        guard unsafe rmdir(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
        LastStep.taken()
    }

    /// The kind of what a path leads to, symbolic links followed unless told not to.
    public func kind(_ path: String, following: Bool = true) -> Kind? {
        var info = stat()
        let result = unsafe following ? stat(path, &info) : lstat(path, &info)
        guard result == 0 else { return nil }
        switch info.st_mode & S_IFMT {
        case S_IFREG: return .file(executable: info.st_mode & 0o111 != 0)
        case S_IFDIR: return .folder
        case S_IFLNK: return .link
        default: return .other
        }
    }

    /// What a path may lead to.
    public enum Kind: Hashable, Sendable { case file(executable: Bool), folder, link, other }

    /// Where a symbolic link leads.
    public func target(ofLink path: String) throws(ProcessError) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), 4096)
        }
        guard count >= 0 else { throw failure("read link", path) }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// Makes a symbolic link.
    public func link(_ path: String, to target: String) throws(ProcessError) {
        guard unsafe symlink(target, path) == 0 || errno == EEXIST else {
            throw failure("link", path)
        }
    }

    /// Sets the permissions of a file or folder, whatever the umask.
    public func setMode(_ path: String, _ mode: UInt32) throws(ProcessError) {
        guard unsafe chmod(path, mode) == 0 else { throw failure("set mode of", path) }
    }

    /// Gives a file or folder to a user and group of that number.
    public func give(_ path: String, to user: UInt32) throws(ProcessError) {
        guard unsafe lchown(path, user, user) == 0 else { throw failure("give", path) }
    }

    /// The path without symbolic links; nil when nothing is there.
    public func resolve(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    private func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    func failure(_ operation: String, _ subject: String) -> ProcessError {
        ProcessError(errno: errno, operation: operation, subject: subject)
    }
}

extension ProcessError {
    /// The failure with the words of an errno.
    init(errno number: Int32, operation: String, subject: String) {
        let kind: Kind =
            switch number {
            case ENOENT, ENOTDIR: .notFound
            case EACCES, EPERM: .notAllowed
            case EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSPC: .exhausted
            default: .failed
            }
        let cause = unsafe String(cString: strerror(number))
        self.init(kind, operation: operation, subject: subject, cause: cause)
    }
}
