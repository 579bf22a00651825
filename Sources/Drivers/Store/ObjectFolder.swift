internal import Host
internal import Resources
internal import Trust

/// Content kept under its digest: `objects/<digest>`, and what is being copied, `partial/<digest>`.
struct ObjectFolder {
    /// The store's folder.
    let path: String
    private let disk = LinuxDisk()
    private let files = LinuxFiles()

    /// Bytes read and written at once.
    static let piece = 1 << 18

    /// Gives up to `count` bytes of some content from an offset; fewer only at its end.
    typealias Reading = (_ offset: Int, _ count: Int) throws(BundleError) -> [UInt8]

    init(_ path: String) { self.path = path }

    func place(_ digest: ContentDigest) -> String { path + "/objects/" + digest.hex }

    private func partial(_ digest: ContentDigest) -> String { path + "/partial/" + digest.hex }

    /// Bytes of an object; nil when there is none.
    func size(_ digest: ContentDigest) -> Int? {
        guard let status = files.status(place(digest)), case .file = status.kind else {
            return nil
        }
        return status.size
    }

    /// Copies content in, verified, going on where an earlier copy was cut off. Nothing is done
    /// when it is there. Durable only after the folder is synced.
    func take(_ digest: ContentDigest, size: Int, _ read: Reading) throws(BundleError) {
        if self.size(digest) == size { return }
        let path = partial(digest)
        let resumed = files.status(path)?.size ?? 0
        let file = try onDisk { () throws(DiskError) in
            try disk.exists(path) ? disk.open(path, writing: true) : disk.create(path)
        }
        defer { file.close() }
        // What an interrupted copy left may be damaged by a cut of the power: then all is read.
        var isWhole = try fill(file, from: min(resumed, size), size, digest, read)
        if !isWhole && resumed > 0 { isWhole = try fill(file, from: 0, size, digest, read) }
        guard isWhole else {
            try onDisk { () throws(DiskError) in try disk.remove(path) }
            throw BundleError(
                .damaged, operation: "take", subject: digest.description,
                cause: "what was read has another digest or length",
                remedy: "it was changed while it was read, or is damaged at its source; try again")
        }
        try onDisk { () throws(DiskError) in
            try file.syncData()
            try disk.rename(path, to: place(digest))
        }
    }

    private func fill(
        _ file: LinuxDiskFile, from start: Int, _ size: Int, _ digest: ContentDigest,
        _ read: Reading
    ) throws(BundleError) -> Bool {
        var (hasher, offset) = (ContentHasher(), 0)
        while offset < start {
            let count = min(Self.piece, start - offset)
            let bytes = try onDisk { () throws(DiskError) in
                try file.read(at: offset, count: count)
            }
            if bytes.count < count { return false }
            hasher.update(bytes)
            offset += count
        }
        try onDisk { () throws(DiskError) in try file.truncate(to: start) }
        while offset < size {
            let bytes = try read(offset, min(Self.piece, size - offset))
            if bytes.isEmpty || bytes.count > size - offset { return false }
            hasher.update(bytes)
            try onDisk { () throws(DiskError) in try unsafe file.write(bytes.span.bytes, at: offset)
            }
            offset += bytes.count
        }
        return hasher.finish() == digest
    }

    /// Reads a part of an object.
    func read(_ digest: ContentDigest, at offset: Int, count: Int) throws(BundleError) -> [UInt8] {
        try onDisk { () throws(DiskError) in
            let file = try disk.open(place(digest), writing: false)
            defer { file.close() }
            return try file.read(at: offset, count: count)
        }
    }

    /// Gives an object piece by piece and verifies it. One that is damaged is removed, so that
    /// adding its bundle again brings it back.
    func pieces(
        _ digest: ContentDigest, _ take: ([UInt8]) throws(BundleError) -> Void
    ) throws(BundleError) {
        let file = try onDisk { () throws(DiskError) in
            try disk.open(place(digest), writing: false)
        }
        defer { file.close() }
        var (hasher, offset) = (ContentHasher(), 0)
        while true {
            let bytes = try onDisk { () throws(DiskError) in
                try file.read(at: offset, count: Self.piece)
            }
            if bytes.isEmpty { break }
            hasher.update(bytes)
            try take(bytes)
            offset += bytes.count
        }
        guard hasher.finish() == digest else {
            try onDisk { () throws(DiskError) in try disk.remove(place(digest)) }
            throw BundleError(
                .damaged, operation: "read", subject: digest.description,
                cause: "the store's copy was damaged and is removed",
                remedy: "add its bundle again; what is whole is not copied again")
        }
    }

    /// The digests of all objects, in order.
    func all() throws(BundleError) -> [ContentDigest] {
        try onFiles { () throws(ProcessError) in try files.names(in: path + "/objects") }
            .compactMap { ContentDigest($0) }
    }

    /// Removes an object; nothing when it is gone.
    func remove(_ digest: ContentDigest) throws(BundleError) {
        try onFiles { () throws(ProcessError) in try files.remove(place(digest)) }
    }

    /// Removes what interrupted copies left.
    func removePartial() throws(BundleError) {
        try onFiles { () throws(ProcessError) in
            for name in try files.names(in: path + "/partial") {
                try files.remove(path + "/partial/" + name)
            }
        }
    }

    /// Makes the names durable.
    func sync() throws(BundleError) {
        try onDisk { () throws(DiskError) in try disk.syncDirectory(path + "/objects") }
    }
}
