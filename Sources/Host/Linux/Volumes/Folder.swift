internal import CHost
internal import Glibc

/// A name as the kernel has it: any bytes but `/`, with the zero at its end.
typealias EntryName = [CChar]

/// An open folder (or file) of a tree, with the path that messages name.
struct Folder {
    let descriptor: Int32
    let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    init(path: String) throws(ProcessError) {
        let file = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw LinuxFiles().failure("open", path) }
        self.init(descriptor: file, path: path)
    }

    func close() { _ = Glibc.close(descriptor) }

    func failure(_ operation: String, _ name: EntryName = []) -> ProcessError {
        ProcessError(errno: errno, operation: operation, subject: self.path(of: name))
    }

    /// The path of an entry, for people.
    func path(of name: EntryName) -> String {
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? path : path + "/" + String(decoding: bytes, as: UTF8.self)
    }

    func folder(_ name: EntryName) throws(ProcessError) -> Folder {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let file = unsafe openat(descriptor, name, flags)
        guard file >= 0 else { throw failure("open", name) }
        return Folder(descriptor: file, path: self.path(of: name))
    }

    func status() throws(ProcessError) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("look at") }
        return status
    }

    func status(of name: EntryName) throws(ProcessError) -> stat {
        var status = stat()
        guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw failure("look at", name)
        }
        return status
    }

    /// The folder and the one above it.
    private static let own: [EntryName] = [[0x2E, 0], [0x2E, 0x2E, 0]]

    /// The names in it, in order.
    func names() throws(ProcessError) -> [EntryName] {
        let own = dup(descriptor)
        guard own >= 0, let stream = unsafe fdopendir(own) else { throw failure("list") }
        defer { unsafe _ = closedir(stream) }
        unsafe rewinddir(stream)
        var names: [EntryName] = []
        errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
            }
            if !Self.own.contains(name) { names.append(name) }
        }
        guard errno == 0 else { throw failure("list") }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Where the symbolic link of that name leads.
    func link(_ name: EntryName) throws(ProcessError) -> EntryName {
        var buffer = EntryName(repeating: 0, count: 4096)
        let count = unsafe readlinkat(descriptor, name, &buffer, 4095)
        guard count >= 0 else { throw failure("read link", name) }
        return Array(buffer.prefix(count)) + [0]
    }

    /// Gives a link, pipe or device of that name its owner and times.
    func own(_ name: EntryName, _ status: stat) throws(ProcessError) {
        let flags = AT_SYMLINK_NOFOLLOW
        guard unsafe fchownat(descriptor, name, status.st_uid, status.st_gid, flags) == 0 else {
            throw failure("give", name)
        }
        var times = [status.st_atim, status.st_mtim]
        guard unsafe utimensat(descriptor, name, &times, flags) == 0 else {
            throw failure("set times of", name)
        }
    }

    /// Gives this very folder or file the owner, mode, attributes and times of another. In that
    /// order: a change of owner takes set-user-id and capabilities away.
    func take(_ status: stat, attributesOf source: Int32) throws(ProcessError) {
        guard fchown(descriptor, status.st_uid, status.st_gid) == 0 else {
            throw failure("give")
        }
        guard fchmod(descriptor, status.st_mode & 0o7777) == 0 else {
            throw failure("set mode of")
        }
        let code = chost_copy_attributes(source, descriptor)
        if code < 0 {
            throw ProcessError(errno: -code, operation: "set attributes of", subject: path)
        }
        var times = [status.st_atim, status.st_mtim]
        guard unsafe futimens(descriptor, &times) == 0 else { throw failure("set times of") }
    }
}
