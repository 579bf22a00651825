public import Host
public import Resources
internal import Synchronization
public import Trust

/// Content kept under its digest: `blobs/<2 digits>/<62 digits>`, and beside it `….part` while it
/// is copied. Format: Docs/Formats/copy.md.
///
/// A name without `.part` has all its bytes, whatever step a kill or a cut of the power came at:
/// content is synced before it is renamed. Names are durable after `sync`. Several processes may
/// put at once; of one blob only one.
public final class BlobStore<D: Disk>: Sendable {
    let disk: D
    /// The store's folder.
    public let path: String
    /// Bytes that all content may take.
    public let quota: Int64
    /// Folders with names that are not durable yet.
    private let unsynced = Mutex<Set<String>>([])
    /// Bytes of all content as far as this process knows; nil before it looked.
    private let used = Mutex<Int64?>(nil)

    /// Bytes read and written at once.
    static var piece: Int { 1 << 18 }

    /// The store in a folder, whose parent exists. Nothing is made before something is put.
    public init(
        disk: D, path: String, quota: Int64 = Int64(Limits.blobStoreBytes.value)
    ) {
        self.disk = disk
        self.path = path
        self.quota = quota
    }

    func folder(_ digest: ContentDigest) -> String { "\(path)/\(digest.hex.prefix(2))" }
    func place(_ digest: ContentDigest) -> String {
        "\(folder(digest))/\(digest.hex.dropFirst(2))"
    }
    func partial(_ digest: ContentDigest) -> String { place(digest) + ".part" }

    /// Bytes of content; nil when it is not there.
    public func size(of digest: ContentDigest) throws(ReproductionError) -> Int64? {
        do throws(DiskError) {
            let file = try disk.open(place(digest), writing: false)
            defer { file.close() }
            return Int64(try file.size())
        } catch  where error.errno == DiskError.notFound {
            return nil
        } catch { throw ReproductionError(error, digest) }
    }

    /// True when content of that digest and size is there.
    public func has(_ blob: Blob) throws(ReproductionError) -> Bool {
        try size(of: blob.digest) == blob.size
    }

    /// Bytes of content that was copied in part.
    public func partialSize(of digest: ContentDigest) throws(ReproductionError) -> Int64 {
        do throws(DiskError) {
            let file = try disk.open(partial(digest), writing: false)
            defer { file.close() }
            return Int64(try file.size())
        } catch  where error.errno == DiskError.notFound {
            return 0
        } catch { throw ReproductionError(error, digest) }
    }

    /// All content in order of the digests; what is copied in part is not listed.
    public func list() throws(ReproductionError) -> [Blob] {
        var found: [Blob] = []
        for (digest, isPartial) in try names() where !isPartial {
            if let size = try size(of: digest) { found.append(Blob(digest, size: size)) }
        }
        return found
    }

    /// Every name of the store that is one.
    func names() throws(ReproductionError) -> [(digest: ContentDigest, isPartial: Bool)] {
        var found: [(digest: ContentDigest, isPartial: Bool)] = []
        for prefix in try listed(path) where prefix.utf8.count == 2 {
            for name in try listed("\(path)/\(prefix)") {
                let isPartial = name.hasSuffix(".part")
                guard
                    let digest = ContentDigest(
                        prefix + (isPartial ? String(name.dropLast(5)) : name))
                else { continue }
                found.append((digest, isPartial))
            }
        }
        return found
    }

    private func listed(_ folder: String) throws(ReproductionError) -> [String] {
        do throws(DiskError) { return try disk.list(folder) } catch {
            if error.errno == DiskError.notFound { return [] }
            throw ReproductionError(error, nil)
        }
    }

    /// Makes the names of what was put durable.
    public func sync() throws(ReproductionError) {
        let folders = unsynced.withLock { folders in
            defer { folders = [] }
            return folders.sorted()
        }
        for (index, folder) in folders.enumerated() {
            do throws(DiskError) { try disk.syncDirectory(folder) } catch {
                unsynced.withLock { $0.formUnion(folders[index...]) }
                throw ReproductionError(error, nil)
            }
        }
    }

    /// Bytes of all content.
    public var usedBytes: Int64 {
        get throws(ReproductionError) {
            if let known = used.withLock({ $0 }) { return known }
            let bytes = try list().reduce(0) { $0 + $1.size }
            used.withLock { $0 = bytes }
            return bytes
        }
    }

    func noteUsed(_ bytes: Int64) { used.withLock { $0 = $0.map { $0 + bytes } } }
    func forgetUsed() { used.withLock { $0 = nil } }

    func note(unsynced folder: String) { unsynced.withLock { _ = $0.insert(folder) } }

    /// Notes all names that lead to content: who made a folder may have died before it was synced.
    func noteUnsynced(_ digest: ContentDigest) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        for place in [folder(digest), path, parent] { note(unsynced: place) }
    }
}

extension BlobStore: BlobSource {
    public func open(_ digest: ContentDigest) throws(ReproductionError) -> BlobReader {
        let file: D.File
        do throws(DiskError) { file = try disk.open(place(digest), writing: false) } catch {
            throw ReproductionError(error, digest)
        }
        return try BlobReader(file, digest)
    }
}

extension ReproductionError {
    /// A failure of the disk, while content was read or written.
    init(_ error: DiskError, _ digest: ContentDigest?) {
        let kind: Kind =
            if error.isNoSpace {
                .noSpace
            } else if error.errno == DiskError.notFound, digest != nil {
                .missing
            } else if [DiskError.wouldBlock, DiskError.busy].contains(error.errno) {
                .busy
            } else {
                .failed
            }
        let remedy =
            switch kind {
            case .noSpace: "free some space and try again; what was copied is kept"
            case .missing: "copy it from a node or medium that has it"
            case .busy: "wait until the other is done"
            default: "look after the disk, then try again"
            }
        self.init(
            kind, operation: error.operation.rawValue,
            subject: digest.map { "\($0)" } ?? error.path, cause: error.description,
            remedy: remedy)
    }
}
