public import Host
internal import Resources

/// The manifests of a log's directory. Two are kept, so that one damaged checkpoint is no loss.
public struct Checkpoints<D: Disk>: Sendable {
    let disk: D
    let directory: String

    /// The manifests beside the log of `directory`.
    public init(disk: D, directory: String) {
        self.disk = disk
        self.directory = directory + "/checkpoints"
    }

    /// How many manifests are kept.
    public static var kept: Int { 2 }
    private static var suffix: String { ".manifest" }

    /// Keeps a manifest and lets go of the oldest beyond two. The state it names must be durable.
    public func keep(_ manifest: CheckpointManifest) throws(LogError) {
        let (disk, directory) = (disk, directory)
        let name = LogletFiles.padded(manifest.position.rawValue) + Self.suffix
        try onDisk { () throws(DiskError) in
            try disk.createDirectory(directory)
            try disk.syncDirectory(parent(of: directory))
            try disk.replace(name, in: directory, with: manifest.encode())
        }
        // Read back before anything older goes.
        let list = try list()
        guard list.contains(manifest) else {
            throw .corrupt(
                Defect(
                    position: manifest.position, file: directory + "/" + name, offset: 0,
                    reason: "the manifest reads back differently"))
        }
        let doomed = list.dropLast(Self.kept)
        try onDisk { () throws(DiskError) in
            for manifest in doomed {
                let name = LogletFiles.padded(manifest.position.rawValue) + Self.suffix
                try disk.remove(directory + "/" + name)
            }
            if !doomed.isEmpty { try disk.syncDirectory(directory) }
        }
    }

    /// The manifests that are there, oldest first. A damaged one is an error that names it.
    public func list() throws(LogError) -> [CheckpointManifest] {
        let (disk, directory) = (disk, directory)
        let files = try onDisk { () throws(DiskError) -> [(String, [UInt8])] in
            let names: [String]
            do throws(DiskError) {
                names = try disk.list(directory).filter { $0.hasSuffix(Self.suffix) }
            } catch  where error.errno == DiskError.notFound {
                return []
            }
            var files: [(String, [UInt8])] = []
            for name in names {
                let path = directory + "/" + name
                files.append(
                    (path, try disk.contents(path, limit: CheckpointManifest.bytesMost)))
            }
            return files
        }
        var manifests: [CheckpointManifest] = []
        for (path, bytes) in files {
            switch CheckpointManifest.decode(bytes) {
            case .success(let manifest): manifests.append(manifest)
            case .failure(let flaw):
                throw .corrupt(
                    Defect(position: .zero, file: path, offset: 0, reason: flaw.reason))
            }
        }
        return manifests
    }

    /// The newest position a readable manifest vouches for. Recovery wants every witness of what
    /// was durable and must not fail for a damaged one; `list` reports that.
    func witness() throws(LogError) -> Position {
        do {
            return try list().last?.position ?? .zero
        } catch LogError.corrupt {
            return .zero
        }
    }
}
