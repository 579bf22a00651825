internal import CHost
internal import Glibc

extension LinuxFiles {
    /// What is at a path itself, no link followed.
    public struct Status: Hashable, Sendable {
        /// Its kind.
        public let kind: Kind
        /// Its permissions, the lowest 12 bits.
        public let mode: UInt32
        /// Bytes of a file.
        public let size: Int
        /// The number of the user it belongs to.
        public let owner: UInt32
    }

    /// Looks at a path without following a link; nil when nothing is there.
    public func status(_ path: String) -> Status? {
        var info = stat()
        guard unsafe lstat(path, &info) == 0 else { return nil }
        let kind: Kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .file(executable: info.st_mode & 0o111 != 0)
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        return Status(
            kind: kind, mode: info.st_mode & 0o7777, size: Int(info.st_size),
            owner: info.st_uid)
    }

    /// When the youngest file in a folder, two folders deep, was last written, in milliseconds
    /// since 1970; nil when there is none.
    public func newest(in folder: String, depth: Int = 2) -> Int64? {
        // What cannot be listed has no youngest file.
        let names = (try? self.names(in: folder)) ?? []
        return names.compactMap { name -> Int64? in
            var info = stat()
            let path = "\(folder)/\(name)"
            guard unsafe lstat(path, &info) == 0 else { return nil }
            if info.st_mode & S_IFMT == S_IFDIR {
                return depth > 0 ? newest(in: path, depth: depth - 1) : nil
            }
            let time = info.st_mtim
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        }.max()
    }

    /// The permissions of a path, no link followed; nil when nothing is there.
    public func mode(_ path: String) -> UInt32? { status(path)?.mode }

    /// Renames a file, link or folder within a file system, replacing a file or link there.
    public func move(_ path: String, to newPath: String) throws(ProcessError) {
        guard unsafe Glibc.rename(path, newPath) == 0 else { throw failure("rename", path) }
        LastStep.taken()
    }

    /// True when nothing can be written below a path, because its file system is read-only.
    public func isReadOnly(_ path: String) -> Bool {
        var info = statvfs()
        // ST_RDONLY of statvfs(3) is 1.
        return unsafe statvfs(path, &info) == 0 && info.f_flag & 1 != 0
    }

    /// True when the file system of a path keeps its files in memory (tmpfs or ramfs).
    public func isMemory(_ path: String) -> Bool {
        unsafe chost_is_memory(path) == 1
    }
}
