internal import CHost
internal import Glibc
internal import Resources

/// A copy of a folder with all in it: owners, modes, times, extended attributes, hard links and
/// holes are kept. Every step is relative to an open folder and follows no link, because what owns
/// the tree may not be trusted.
public struct TreeCopy: ~Copyable {
    private let target: Int32
    /// Where a file of several names was put first, by its inode.
    private var placed: [UInt64: EntryName] = [:]
    private var walk: TreeWalk
    private var report = FileCopy.Report()

    /// Copies all of the folder `source` into the empty folder `target`, which gets its owner,
    /// mode and times too. Refuses a tree that changes meanwhile.
    public static func copy(
        _ source: String, to target: String
    ) throws(ProcessError) -> FileCopy.Report {
        let from = try Folder(path: source)
        defer { from.close() }
        let to = try Folder(path: target)
        defer { to.close() }
        var copy = TreeCopy(target: to.descriptor, walk: try TreeWalk(of: from))
        try copy.copyAll(from, to, [], depth: 0)
        let code = chost_sync_file_system(to.descriptor)
        if code < 0 { throw ProcessError(errno: -code, operation: "sync", subject: target) }
        if try TreeWalk.measure(source).signature != copy.walk.signature {
            throw ProcessError(
                .failed, operation: "copy", subject: source,
                cause: "its files changed meanwhile; end what writes to it")
        }
        return copy.report
    }

    private init(target: Int32, walk: TreeWalk) {
        self.target = target
        self.walk = walk
    }

    private mutating func copyAll(
        _ from: Folder, _ to: Folder, _ path: EntryName, depth: Int
    ) throws(ProcessError) {
        for name in try from.names() {
            let status = try from.status(of: name)
            try walk.note(name, of: from, status, depth: depth)
            report.entries += 1
            let inner = path.isEmpty ? name : path.dropLast() + [0x2F] + name
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try copyFolder(name, from, to, inner, depth)
            case S_IFREG where try linkPlaced(status, name, to, inner): break
            case S_IFREG: try copyFile(name, from, to, status)
            case S_IFLNK: try copyLink(name, from, to, status)
            default: try copySpecial(name, from, to, status)
            }
        }
        try to.take(try from.status(), attributesOf: from.descriptor)
    }

    private mutating func copyFolder(
        _ name: EntryName, _ from: Folder, _ to: Folder, _ path: EntryName, _ depth: Int
    ) throws(ProcessError) {
        let source = try from.folder(name)
        defer { source.close() }
        guard unsafe mkdirat(to.descriptor, name, 0o700) == 0 else {
            throw to.failure("make", name)
        }
        let target = try to.folder(name)
        defer { target.close() }
        try copyAll(source, target, path, depth: depth + 1)
    }

    /// True when the file has another name that was copied already: then it is linked.
    private mutating func linkPlaced(
        _ status: stat, _ name: EntryName, _ to: Folder, _ path: EntryName
    ) throws(ProcessError) -> Bool {
        guard status.st_nlink > 1 else { return false }
        guard let first = placed[UInt64(status.st_ino)] else {
            placed[UInt64(status.st_ino)] = path
            return false
        }
        guard unsafe linkat(target, first, to.descriptor, name, 0) == 0 else {
            throw to.failure("link", name)
        }
        return true
    }

    private mutating func copyFile(
        _ name: EntryName, _ from: Folder, _ to: Folder, _ status: stat
    ) throws(ProcessError) {
        // Without waiting: it may have become a pipe since it was looked at.
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let source = unsafe openat(from.descriptor, name, flags)
        guard source >= 0 else { throw from.failure("open", name) }
        defer { _ = close(source) }
        var now = stat()
        guard unsafe fstat(source, &now) == 0, now.st_mode & S_IFMT == S_IFREG else {
            throw from.failure("copy", name)
        }
        let file = unsafe openat(
            to.descriptor, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw to.failure("create", name) }
        let target = Folder(descriptor: file, path: to.path(of: name))
        defer { target.close() }
        let part = try FileCopy.copy(source, file, named: from.path(of: name))
        report.copied += part.copied
        report.shared += part.shared
        try target.take(status, attributesOf: source)
    }

    private func copyLink(
        _ name: EntryName, _ from: Folder, _ to: Folder, _ status: stat
    ) throws(ProcessError) {
        let text = try from.link(name)
        guard unsafe symlinkat(text, to.descriptor, name) == 0 else {
            throw to.failure("link", name)
        }
        try to.own(name, status)
    }

    /// A pipe, socket or device.
    private func copySpecial(
        _ name: EntryName, _ from: Folder, _ to: Folder, _ status: stat
    ) throws(ProcessError) {
        guard unsafe mknodat(to.descriptor, name, status.st_mode, status.st_rdev) == 0 else {
            throw to.failure("make", name)
        }
        try to.own(name, status)
        guard unsafe fchmodat(to.descriptor, name, status.st_mode & 0o7777, 0) == 0 else {
            throw to.failure("set mode of", name)
        }
    }
}
