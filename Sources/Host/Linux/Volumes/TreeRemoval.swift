internal import Glibc

/// Removes a folder with all in it, however deep: what lies too deep to be reached by open folders
/// is first moved up.
public struct TreeRemoval {
    private let root: Folder
    private var moved = 0

    /// Removes a file, or a folder with all in it; follows no link. Nothing there is no failure.
    public static func remove(_ path: String) throws(ProcessError) {
        if unsafe unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw LinuxFiles().failure("remove", path) }
        let folder = try Folder(path: path)
        defer { folder.close() }
        var removal = TreeRemoval(root: folder)
        while try !folder.names().isEmpty { try removal.empty(folder, depth: 0) }
        guard unsafe rmdir(path) == 0 || errno == ENOENT else {
            throw LinuxFiles().failure("remove", path)
        }
        LastStep.taken()
    }

    private init(root: Folder) { self.root = root }

    private mutating func empty(_ folder: Folder, depth: Int) throws(ProcessError) {
        for name in try folder.names() {
            if unsafe unlinkat(folder.descriptor, name, 0) == 0 {
                LastStep.taken()
                continue
            }
            guard errno == EISDIR || errno == EPERM else { throw folder.failure("remove", name) }
            if depth >= 64 {
                try moveUp(name, of: folder)
                continue
            }
            let inner = try folder.folder(name)
            defer { inner.close() }
            try empty(inner, depth: depth + 1)
            guard unsafe unlinkat(folder.descriptor, name, AT_REMOVEDIR) == 0 else {
                throw folder.failure("remove", name)
            }
        }
    }

    /// The next round over the root finds it.
    private mutating func moveUp(_ name: EntryName, of folder: Folder) throws(ProcessError) {
        repeat {
            moved += 1
            let higher = Array("deep-\(moved)".utf8CString)
            if unsafe renameat(folder.descriptor, name, root.descriptor, higher) == 0 { return }
        } while errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
        throw folder.failure("move", name)
    }
}

extension LinuxFiles {
    /// Gives what is `name` in a folder another name there, durably.
    public func move(
        in folder: String, _ name: String, to newName: String
    ) throws(ProcessError) {
        guard unsafe Glibc.rename(folder + "/" + name, folder + "/" + newName) == 0 else {
            throw failure("rename", folder + "/" + name)
        }
        LastStep.taken()
        try sync(folder: folder)
    }
}
