internal import Host
public import Trust

/// Content in files of this machine: some by their own paths, all others in folders where each
/// file's name is its digest (the store of bundles, the images).
public struct FolderBlobs: BlobSource {
    private let paths: [ContentDigest: String]
    private let folders: [String]

    /// Content at these paths, and in these folders.
    public init(paths: [ContentDigest: String] = [:], folders: [String] = []) {
        self.paths = paths
        self.folders = folders
    }

    public func open(_ digest: ContentDigest) throws(ReproductionError) -> BlobReader {
        let places = [paths[digest]].compactMap { $0 } + folders.map { "\($0)/\(digest.hex)" }
        for place in places {
            let file: LinuxDiskFile
            do throws(DiskError) { file = try LinuxDisk().open(place, writing: false) } catch {
                if error.errno == DiskError.notFound { continue }
                throw ReproductionError(error, digest)
            }
            return try BlobReader(file, digest)
        }
        throw ReproductionError(
            .missing, operation: "open", subject: digest.description,
            cause: "this machine does not have it", remedy: "bring it from a node that has")
    }

    /// The digest and size of a file.
    public static func blob(of path: String) throws(ReproductionError) -> Blob {
        do throws(DiskError) {
            let file = try LinuxDisk().open(path, writing: false)
            defer { file.close() }
            var (hasher, offset) = (ContentHasher(), 0)
            while true {
                let bytes = try file.read(at: offset, count: 1 << 18)
                if bytes.isEmpty { break }
                hasher.update(bytes)
                offset += bytes.count
            }
            return Blob(hasher.finish(), size: Int64(offset))
        } catch { throw ReproductionError(error, nil) }
    }
}

extension BlobReader {
    /// Content of an open file, which is closed when the reader is let go.
    init(_ file: some DiskFile, _ digest: ContentDigest) throws(ReproductionError) {
        let size: Int
        do throws(DiskError) { size = try file.size() } catch {
            throw ReproductionError(error, digest)
        }
        self.init(size: Int64(size)) { (buffer, offset) throws(ReproductionError) in
            do throws(DiskError) {
                let bytes = try file.read(at: Int(offset), count: buffer.count)
                buffer.replaceSubrange(..<bytes.count, with: bytes)
                return bytes.count
            } catch { throw ReproductionError(error, digest) }
        }
    }
}
