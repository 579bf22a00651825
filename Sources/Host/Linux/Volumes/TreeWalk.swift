internal import Glibc
internal import Resources

/// What a folder holds: how much, and a signature that tells whether something changed.
public struct TreeWalk: Sendable {
    /// Bytes on the disk; a file of several names counts once.
    public private(set) var taken: Int64 = 0
    /// Files, folders, links and others below the folder.
    public private(set) var entries = 0
    /// Of all names, inodes, sizes and times of change, in order (FNV-1a).
    private(set) var signature: UInt64 = 0xCBF2_9CE4_8422_2325
    private let device: UInt64
    private var linked: Set<UInt64> = []

    /// Walks all of a folder, which is not followed when it is a link.
    public static func measure(_ path: String) throws(ProcessError) -> TreeWalk {
        let folder = try Folder(path: path)
        defer { folder.close() }
        var walk = try TreeWalk(of: folder)
        try walk.walk(folder, depth: 0)
        return walk
    }

    /// Nothing walked yet of a folder that is open.
    init(of folder: Folder) throws(ProcessError) {
        let status = try folder.status()
        device = UInt64(status.st_dev)
        taken = Int64(status.st_blocks) * 512
    }

    private mutating func walk(_ folder: Folder, depth: Int) throws(ProcessError) {
        for name in try folder.names() {
            do throws(ProcessError) {
                let status = try folder.status(of: name)
                try note(name, of: folder, status, depth: depth)
                guard status.st_mode & S_IFMT == S_IFDIR else { continue }
                let inner = try folder.folder(name)
                defer { inner.close() }
                try walk(inner, depth: depth + 1)
            } catch  where error.kind == .notFound {
                // It went while we looked; what is gone takes no bytes.
                continue
            }
        }
    }

    /// Counts one entry; refuses trees past the limits and other file systems inside.
    mutating func note(
        _ name: EntryName, of folder: Folder, _ status: stat, depth: Int
    ) throws(ProcessError) {
        func refuse(_ cause: String) -> ProcessError {
            ProcessError(
                .exhausted, operation: "walk", subject: folder.path(of: name), cause: cause)
        }
        entries += 1
        guard entries <= Limits.volumeEntries.value else {
            throw refuse("the tree has more than \(Limits.volumeEntries.value) entries")
        }
        guard depth < Limits.volumeDepth.value else {
            throw refuse("the tree is deeper than \(Limits.volumeDepth.value) folders")
        }
        guard UInt64(status.st_dev) == device else {
            throw refuse("another file system is mounted there; unmount it")
        }
        if status.st_mode & S_IFMT == S_IFDIR || status.st_nlink < 2
            || linked.insert(UInt64(status.st_ino)).inserted
        {
            taken += Int64(status.st_blocks) * 512
        }
        for byte in name { mix(UInt64(UInt8(bitPattern: byte))) }
        mix(UInt64(status.st_ino))
        mix(UInt64(bitPattern: Int64(status.st_size)))
        mix(UInt64(bitPattern: Int64(status.st_ctim.tv_sec)))
        mix(UInt64(bitPattern: Int64(status.st_ctim.tv_nsec)))
    }

    private mutating func mix(_ word: UInt64) {
        signature = (signature ^ word) &* 0x0000_0100_0000_01B3
    }
}
