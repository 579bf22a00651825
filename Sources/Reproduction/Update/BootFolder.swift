public import Host
internal import Resources
internal import Trust

/// The loader's volume of a machine: which systems it may start.
///
/// FAT has no journal. A rename that is cut off may leave both names of one run of clusters; so a
/// new system's waiting name is never removed while its entry is there, and is removed right after
/// it. The volume is mounted with `errors=continue`: then the second removal finds free clusters
/// and leaves them (Docs/Formats/boot.md).
public struct BootFolder<D: Disk>: Sendable {
    let disk: D
    /// Where the volume is mounted.
    public let path: String

    /// Where systems wait that are not whole yet; the loader does not look there.
    static var waiting: String { "EFI/pisces" }

    /// The volume mounted there.
    public init(disk: D, path: String) {
        self.disk = disk
        self.path = path
    }

    private var folder: String { "\(path)/\(LoaderEntry.folder)" }
    private var waitingFolder: String { "\(path)/\(Self.waiting)" }
    private func place(_ entry: LoaderEntry) -> String { "\(folder)/\(entry.fileName)" }
    private func waitingPlace(_ sequence: Int) -> String {
        "\(waitingFolder)/pisces_\(sequence).part"
    }

    /// The entries of the loader that are ours, in order of their sequence.
    public func entries() throws(ReproductionError) -> [LoaderEntry] {
        let names = try onDisk { () throws(DiskError) in try disk.list(folder) }
        guard names.count <= Limits.bootEntries.value else {
            throw ReproductionError(
                .tooLarge, operation: "read", subject: folder,
                cause: "it has \(names.count) names; the limit is \(Limits.bootEntries.value)",
                remedy: "remove what does not belong there")
        }
        return names.compactMap { LoaderEntry($0) }.sorted { $0.sequence < $1.sequence }
    }

    /// Bytes free on the volume.
    public func freeBytes() throws(ReproductionError) -> Int64 {
        try onDisk { () throws(DiskError) in Int64(clamping: try disk.freeBytes(path)) }
    }

    /// Bytes of an entry.
    public func bytes(of entry: LoaderEntry) throws(ReproductionError) -> Int64 {
        try onDisk { () throws(DiskError) in
            let file = try disk.open(place(entry), writing: false)
            defer { file.close() }
            return Int64(try file.size())
        }
    }

    /// Takes systems from the loader, durably; their slots may be written then.
    public func remove(_ entries: [LoaderEntry]) throws(ReproductionError) {
        for entry in entries {
            try removeFile(place(entry))
            try removeFile(waitingPlace(entry.sequence))
        }
        try sync()
    }

    /// Keeps a system for good: strips the counter from its entry. Nothing is done when it is so.
    public func bless(_ entry: LoaderEntry) throws(ReproductionError) {
        if entry.tries == nil { return }
        try onDisk { () throws(DiskError) in
            try disk.rename(place(entry), to: place(entry.blessed))
            try disk.syncDirectory(folder)
        }
    }

    /// Takes all tries from a system on trial, when the loader has another that it can start.
    public func exhaust(_ entry: LoaderEntry) throws(ReproductionError) {
        let others = try entries().filter { $0.sequence != entry.sequence && !$0.isExhausted }
        if others.isEmpty || entry.tries == nil || entry.isExhausted { return }
        try onDisk { () throws(DiskError) in
            try disk.rename(place(entry), to: place(entry.exhausted))
            try disk.syncDirectory(folder)
        }
    }

    /// Gives the loader a new system: written under a name it does not see, made durable, read
    /// back past all caches, then renamed. The rename is the commit point. Done again after it was
    /// cut off, it keeps what is whole.
    public func install(
        _ entry: LoaderEntry, _ content: Rope, from blobs: some BlobSource
    ) throws(ReproductionError) {
        let known = try entries().filter { $0.sequence == entry.sequence }
        if let first = known.first, known.count == 1 {
            let digest = try Self.digest(of: content, from: blobs)
            if try self.digest(of: place(first), count: content.size) == digest { return }
        }
        try remove(known)
        try sweepWaiting()
        let target = waitingPlace(entry.sequence)
        let digest = try write(content, to: target, from: blobs)
        let found = try self.digest(of: target, count: content.size)
        guard found == digest else {
            throw ReproductionError(
                .damaged, operation: "read back", subject: target,
                cause: "the volume gave back \(found), not \(digest)", remedy: "look after the disk"
            )
        }
        try onDisk { () throws(DiskError) in
            try disk.rename(target, to: place(entry))
        }
        try sync()
    }

    private func write(
        _ content: Rope, to path: String, from blobs: some BlobSource
    ) throws(ReproductionError) -> ContentDigest {
        var hasher = ContentHasher()
        let target = try DiskTarget.newFile(disk, path, size: content.size)
        defer { target.close() }
        var writer = TargetWriter(target)
        try content.write(from: blobs) { (bytes) throws(ReproductionError) in
            hasher.update(bytes)
            try writer.take(bytes)
        }
        try target.sync()
        try sync()
        return hasher.finish()
    }

    private static func digest(
        of content: Rope, from blobs: some BlobSource
    ) throws(ReproductionError) -> ContentDigest {
        var hasher = ContentHasher()
        try content.write(from: blobs) { hasher.update($0) }
        return hasher.finish()
    }

    /// The digest of a file as the device gives it; that of nothing when its size is another.
    private func digest(
        of path: String, count: Int64
    ) throws(ReproductionError) -> ContentDigest {
        let target = try DiskTarget.existing(disk, path)
        defer { target.close() }
        guard target.size == count else { return ContentHasher().finish() }
        return try DirectTarget(target).digest(of: count)
    }

    /// Removes what updates that were cut off left; not what may be an entry under another name.
    private func sweepWaiting() throws(ReproductionError) {
        let taken = Set(try entries().map { waitingPlace($0.sequence) })
        try onDisk { () throws(DiskError) in
            try disk.createDirectory(waitingFolder)
            try disk.syncDirectory("\(path)/EFI")
        }
        let names = try onDisk { () throws(DiskError) in try disk.list(waitingFolder) }
        for name in names where !taken.contains("\(waitingFolder)/\(name)") {
            try removeFile("\(waitingFolder)/\(name)")
        }
        try sync()
    }

    private func removeFile(_ path: String) throws(ReproductionError) {
        try onDisk { () throws(DiskError) in
            do throws(DiskError) { try disk.remove(path) } catch
                where error.errno
                == DiskError.notFound
            { return }
        }
    }

    private func sync() throws(ReproductionError) {
        try onDisk { () throws(DiskError) in
            try disk.syncDirectory(folder)
            do throws(DiskError) { try disk.syncDirectory(waitingFolder) } catch
                where error.errno
                == DiskError.notFound
            { return }
        }
    }

    private func onDisk<Answer>(
        _ work: () throws(DiskError) -> Answer
    ) throws(ReproductionError) -> Answer {
        do throws(DiskError) { return try work() } catch { throw ReproductionError(error, nil) }
    }
}

/// A target that is read past all caches.
struct DirectTarget<File: DiskFile>: ImageTarget {
    private let inner: DiskTarget<File>

    init(_ inner: DiskTarget<File>) { self.inner = inner }

    var name: String { inner.name }
    var size: Int64 { inner.size }
    var isBlank: Bool { inner.isBlank }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(ReproductionError) {
        try inner.write(bytes, at: offset)
    }
    func read(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        try inner.readBack(at: offset, count: count)
    }
    func sync() throws(ReproductionError) { try inner.sync() }
}
