internal import Glibc
internal import Resources

/// What one user has in a tree, given to another.
public enum TreeGiving {
    /// Everything below a folder that belongs to `before` becomes that of `user` and `group`. Links
    /// are not followed. The folder itself stays as it is: whoever gives it afterwards knows by it
    /// that all below was given, also when this was cut off and repeated.
    public static func give(
        below path: String, of before: UInt32, to user: UInt32, group: UInt32
    ) throws(ProcessError) {
        let folder = try Folder(path: path)
        defer { folder.close() }
        var walk = try TreeWalk(of: folder)
        try give(folder, before, user, group, &walk, depth: 0)
    }

    private static func give(
        _ folder: Folder, _ before: UInt32, _ user: UInt32, _ group: UInt32,
        _ walk: inout TreeWalk, depth: Int
    ) throws(ProcessError) {
        for name in try folder.names() {
            let status = try folder.status(of: name)
            try walk.note(name, of: folder, status, depth: depth)
            if status.st_mode & S_IFMT == S_IFDIR {
                let inner = try folder.folder(name)
                defer { inner.close() }
                try give(inner, before, user, group, &walk, depth: depth + 1)
            }
            guard status.st_uid == before else { continue }
            let flags = AT_SYMLINK_NOFOLLOW
            guard unsafe fchownat(folder.descriptor, name, user, group, flags) == 0 else {
                throw folder.failure("give", name)
            }
        }
    }
}
