internal import CHost
internal import Glibc

/// A folder and all below it, worked on by names that come from outside: no step leaves the
/// folder, whatever links lie in it (openat2(2)). Names are lists without `.` and `..`.
public struct FolderTree {
    /// Who owns a thing and what its owner may do.
    public struct Traits: Hashable, Sendable {
        /// The owner.
        public var user: UInt32
        /// The owner's group.
        public var group: UInt32
        /// Permissions.
        public var mode: UInt32
        /// Seconds since 1970 of the last change; nil keeps now.
        public var modified: Int64?

        /// Traits; root's when not said.
        public init(
            user: UInt32 = 0, group: UInt32 = 0, mode: UInt32, modified: Int64? = nil
        ) {
            self.user = user
            self.group = group
            self.mode = mode
            self.modified = modified
        }
    }

    /// What a name in the tree is.
    public enum Kind: Hashable, Sendable { case file, folder, link, whiteout, other }

    /// The folder itself.
    public let root: OpenFile
    /// The folder that was worked in last: entries of an archive come folder by folder.
    private var latest: (path: [String], folder: OpenFile)?

    /// The tree below a folder.
    public init(_ path: String) throws(ProcessError) { root = try OpenFile.folder(path) }

    private func open(
        _ path: [String], _ flags: Int32, mode: UInt32 = 0, following: Bool = false
    ) throws(ProcessError) -> OpenFile {
        let name = path.isEmpty ? "." : path.joined(separator: "/")
        let file = unsafe chost_tree_open(
            root.descriptor, name, flags, mode, following ? 1 : 0)
        if file >= 0 { return OpenFile(file, path: name) }
        if file == -ELOOP {
            throw ProcessError(
                .failed, operation: "open", subject: name, cause: "leads through a symbolic link")
        }
        throw ProcessError(errno: -file, operation: "open", subject: name)
    }

    /// The folder that holds a name, made with all above it when absent.
    private mutating func parent(of path: [String]) throws(ProcessError) -> OpenFile {
        let above = Array(path.dropLast())
        if above.isEmpty { return root }
        if let latest, latest.path == above { return latest.folder }
        let folder = try self.folder(above)
        latest = (above, folder)
        return folder
    }

    private mutating func folder(_ path: [String]) throws(ProcessError) -> OpenFile {
        do throws(ProcessError) { return try open(path, O_RDONLY | O_DIRECTORY) } catch {
            guard error.kind == .notFound, let name = path.last else { throw error }
            let above = path.count > 1 ? try folder(Array(path.dropLast())) : root
            guard unsafe mkdirat(above.descriptor, name, 0o755) == 0 || errno == EEXIST else {
                throw failure("make folder", path)
            }
            return try open(path, O_RDONLY | O_DIRECTORY)
        }
    }

    /// Makes a folder, or gives one that is there other traits. What is there and no folder goes.
    public mutating func makeFolder(
        _ path: [String], _ traits: Traits
    ) throws(ProcessError) {
        guard let name = path.last else {
            return try root.set(user: traits.user, group: traits.group, mode: traits.mode)
        }
        let above = try parent(of: path)
        if unsafe mkdirat(above.descriptor, name, 0o700) != 0 {
            guard errno == EEXIST else { throw failure("make folder", path) }
            let before = kind(above, name)
            if before != .folder {
                try drop(above, name, path)
                guard unsafe mkdirat(above.descriptor, name, 0o700) == 0 else {
                    throw failure("make folder", path)
                }
            }
            // The folder is new in this layer: what lower ones had of that name stays hidden.
            if before == .whiteout { try hideLower(path) }
        }
        let folder = try open(path, O_RDONLY | O_DIRECTORY)
        try folder.set(user: traits.user, group: traits.group, mode: traits.mode)
    }

    /// Makes an empty file in the place of whatever file or link was there.
    public mutating func makeFile(_ path: [String]) throws(ProcessError) -> OpenFile {
        let (above, name) = try place(path)
        try drop(above, name, path)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = unsafe openat(above.descriptor, name, flags, 0o600)
        guard file >= 0 else { throw failure("make", path) }
        return OpenFile(file, path: path.joined(separator: "/"))
    }

    /// Makes a symbolic link, which nothing here ever follows.
    public mutating func makeLink(
        _ path: [String], to target: String, _ traits: Traits
    ) throws(ProcessError) {
        let (above, name) = try place(path)
        try drop(above, name, path)
        guard unsafe symlinkat(target, above.descriptor, name) == 0 else {
            throw failure("link", path)
        }
        try own(above, name, path, traits)
    }

    /// Gives a file of the tree a second name.
    public mutating func makeHardLink(
        _ path: [String], to target: [String]
    ) throws(ProcessError) {
        let (above, name) = try place(path)
        guard let file = target.last, target != path else {
            throw ProcessError(
                .failed, operation: "link", subject: path.joined(separator: "/"),
                cause: "leads to itself")
        }
        let folder = try open(Array(target.dropLast()), O_RDONLY | O_DIRECTORY)
        guard kind(folder, file) != .folder else {
            throw ProcessError(
                .failed, operation: "link", subject: path.joined(separator: "/"),
                cause: "leads to a folder")
        }
        try drop(above, name, path)
        // Without AT_SYMLINK_FOLLOW the link itself gets the name, never what it leads to.
        let result = unsafe linkat(folder.descriptor, file, above.descriptor, name, 0)
        guard result == 0 else { throw failure("link", path) }
    }

    /// Makes a named pipe.
    public mutating func makePipe(
        _ path: [String], _ traits: Traits
    ) throws(ProcessError) {
        let (above, name) = try place(path)
        try drop(above, name, path)
        guard unsafe mkfifoat(above.descriptor, name, 0o600) == 0,
            unsafe fchmodat(above.descriptor, name, traits.mode, 0) == 0
        else { throw failure("make pipe", path) }
        try own(above, name, path, traits)
    }

    /// Says that lower layers' name is not there any more; what this layer has there stays.
    public mutating func makeWhiteout(_ path: [String]) throws(ProcessError) {
        let (above, name) = try place(path)
        switch kind(above, name) {
        case .folder: return try hideLower(path)
        case .file, .link, .other, .whiteout: return
        case nil: break
        }
        let error = unsafe chost_tree_whiteout(above.descriptor, name)
        if error != 0 { throw failure(error, "make whiteout", path) }
    }

    /// Says that nothing of lower layers is in a folder any more.
    public mutating func hideLower(_ path: [String]) throws(ProcessError) {
        let folder = try self.folder(path)
        let error = chost_tree_hide(folder.descriptor)
        if error != 0 { throw failure(error, "make opaque", path) }
    }

    /// True when a folder hides what lower layers have in it.
    public func hidesLower(_ path: [String]) throws(ProcessError) -> Bool {
        let folder = try open(path, O_RDONLY | O_DIRECTORY)
        return withExtendedLifetime(folder) { chost_tree_hides(folder.descriptor) != 0 }
    }

    /// What a name is; nil when nothing is there.
    public func kind(_ path: [String]) throws(ProcessError) -> Kind? {
        guard let name = path.last else { return .folder }
        let above = try open(Array(path.dropLast()), O_RDONLY | O_DIRECTORY)
        return kind(above, name)
    }

    /// A regular file's bytes, with links followed as if the tree were `/`; nil when there is
    /// none. Whatever is no regular file is refused.
    public func read(_ path: [String], atMost limit: Int) throws(ProcessError) -> [UInt8]? {
        let file: OpenFile
        do throws(ProcessError) {
            file = try open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, following: true)
        } catch {
            if error.kind == .notFound { return nil }
            throw error
        }
        let status = try file.status()
        guard status.isFile, status.bytes <= Int64(limit) else {
            throw ProcessError(
                .failed, operation: "read", subject: file.path,
                cause: status.isFile ? "has more than \(limit) bytes" : "is not a regular file")
        }
        return try file.read(at: 0, atMost: Int(status.bytes))
    }

    private mutating func place(
        _ path: [String]
    ) throws(ProcessError) -> (above: OpenFile, name: String) {
        guard let name = path.last else {
            throw ProcessError(
                .failed, operation: "make", subject: ".", cause: "is the root itself")
        }
        return (try parent(of: path), name)
    }

    private func kind(_ above: OpenFile, _ name: String) -> Kind? {
        var info = stat()
        let found = unsafe fstatat(above.descriptor, name, &info, AT_SYMLINK_NOFOLLOW)
        guard found == 0 else { return nil }
        switch info.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK: return .link
        case S_IFCHR where info.st_rdev == 0: return .whiteout
        default: return .other
        }
    }

    /// Takes away what is in the way; a folder must be empty.
    private mutating func drop(
        _ above: OpenFile, _ name: String, _ path: [String]
    ) throws(ProcessError) {
        if unsafe unlinkat(above.descriptor, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR else { throw failure("replace", path) }
        guard unsafe unlinkat(above.descriptor, name, AT_REMOVEDIR) == 0 else {
            throw failure("replace", path)
        }
        latest = nil
    }

    private func own(
        _ above: OpenFile, _ name: String, _ path: [String], _ traits: Traits
    ) throws(ProcessError) {
        let result = unsafe fchownat(
            above.descriptor, name, traits.user, traits.group, AT_SYMLINK_NOFOLLOW)
        guard result == 0 else { throw failure("give", path) }
    }

    private func failure(_ operation: String, _ path: [String]) -> ProcessError {
        failure(errno, operation, path)
    }

    private func failure(
        _ number: Int32, _ operation: String, _ path: [String]
    ) -> ProcessError {
        ProcessError(
            errno: number, operation: operation,
            subject: path.isEmpty ? "." : path.joined(separator: "/"))
    }
}
