internal import Host
internal import Resources
public import Trust

extension Store {
    /// Unpacks a bundle, read-only, to `<apps>/<digest>` and gives that path; one that is there is
    /// left as it is.
    ///
    /// Files are copies, not links to the store: an app that is no container's and runs as root
    /// could write through a link. The folder gets its name when all in it is durable, so a name
    /// without all of its files is never seen, whatever step a kill or a power cut comes at.
    public func install(
        _ digest: ContentDigest, to apps: String, trust: BundleTrust
    ) throws(BundleError) -> String {
        let bundle = try bundle(digest)
        try trust.check(bundle)
        let place = Self.place(digest, in: apps)
        return try alone { () throws(BundleError) in
            if files.status(place)?.kind == .folder { return place }
            let new = apps + "/." + digest.hex + ".new"
            try removeFolder(new)
            try onFiles { () throws(ProcessError) in try files.makeFolder(new, mode: 0o755) }
            for file in bundle.manifest.files {
                try onStep(.unpack(path: file.path))
                try unpack(file, in: new)
            }
            try close(new, bundle.manifest)
            try onStep(.publish(digest))
            try onFiles { () throws(ProcessError) in
                try files.move(new, to: place)
                try files.sync(folder: apps)
            }
            return place
        }
    }

    /// Where a bundle is unpacked: the folder `/app` of its containers, `directory` below it.
    public static func place(_ digest: ContentDigest, in apps: String) -> String {
        apps + "/" + digest.hex
    }

    /// Removes an unpacked bundle. Whoever calls knows that nothing runs from it.
    public func uninstall(_ digest: ContentDigest, from apps: String) throws(BundleError) {
        try alone { () throws(BundleError) in
            let place = Self.place(digest, in: apps)
            let old = apps + "/." + digest.hex + ".old"
            try removeFolder(old)
            guard files.status(place)?.kind == .folder else { return }
            try onStep(.forget(digest))
            try onFiles { () throws(ProcessError) in
                try files.move(place, to: old)
                try files.sync(folder: apps)
            }
            try removeFolder(old)
        }
    }

    /// Reads an unpacked bundle again and refuses it when anything differs from the manifest.
    public func verify(_ digest: ContentDigest, in apps: String) throws(BundleError) {
        let place = Self.place(digest, in: apps)
        for file in try bundle(digest).manifest.files {
            let path = place + "/" + file.path
            guard try Self.matches(file, path) else {
                throw BundleError(
                    .damaged, operation: "verify", subject: path,
                    cause: "it is not what the bundle has",
                    remedy: "uninstall the bundle and install it again")
            }
        }
    }

    private static func matches(
        _ file: BundleManifest.File, _ path: String
    ) throws(BundleError) -> Bool {
        let status = LinuxFiles().status(path)
        switch file.kind {
        case .folder: return status?.kind == .folder
        case .link(let target):
            guard status?.kind == .link else { return false }
            return try onFiles { () throws(ProcessError) in
                try LinuxFiles().target(ofLink: path)
            } == target
        case .file(let content, let size, let executable):
            guard status?.kind == .file(executable: executable), status?.size == size else {
                return false
            }
            return try digest(path) == content
        }
    }

    private static func digest(_ path: String) throws(BundleError) -> ContentDigest {
        var hasher = ContentHasher()
        do throws(LinuxFile.Failure) {
            _ = try LinuxFile.pieces(of: path) { piece in
                hasher.update(piece)
                return true
            }
        } catch {
            throw BundleError(
                .failed, operation: "read", subject: path, cause: error.cause, remedy: "try again")
        }
        return hasher.finish()
    }

    private func unpack(_ file: BundleManifest.File, in folder: String) throws(BundleError) {
        let path = folder + "/" + file.path
        let above = BundlePaths.folders(above: file.path).last.map { folder + "/" + $0 }
        try onFiles { () throws(ProcessError) in
            if let above { try files.makeFolder(above, mode: 0o755) }
        }
        switch file.kind {
        case .folder:
            try onFiles { () throws(ProcessError) in try files.makeFolder(path, mode: 0o755) }
        case .link(let target):
            try onFiles { () throws(ProcessError) in try files.link(path, to: target) }
        case .file(let digest, _, let executable):
            let new = try onDisk { () throws(DiskError) in try LinuxDisk().create(path) }
            defer { new.close() }
            var offset = 0
            try objects.pieces(digest) { (piece) throws(BundleError) in
                try onDisk { () throws(DiskError) in
                    try unsafe new.write(piece.span.bytes, at: offset)
                }
                offset += piece.count
            }
            try onFiles { () throws(ProcessError) in
                try files.setMode(path, executable ? 0o555 : 0o444)
            }
            try onDisk { () throws(DiskError) in try new.syncData() }
        }
    }

    /// Makes all folders read-only and their names durable, the innermost first.
    private func close(_ folder: String, _ manifest: BundleManifest) throws(BundleError) {
        var inner = Set<String>()
        for file in manifest.files {
            inner.formUnion(BundlePaths.folders(above: file.path))
            if case .folder = file.kind { inner.insert(file.path) }
        }
        try onFiles { () throws(ProcessError) in
            for path in inner.sorted(by: >).map({ folder + "/" + $0 }) + [folder] {
                try files.setMode(path, 0o555)
                try files.sync(folder: path)
            }
        }
    }

    /// Removes a folder, read-only ones inside included.
    func removeFolder(_ path: String) throws(BundleError) {
        try onFiles { () throws(ProcessError) in
            try open(path, depth: 0)
            try files.remove(path)
        }
    }

    private func open(_ path: String, depth: Int) throws(ProcessError) {
        guard files.status(path)?.kind == .folder, depth < 128 else { return }
        try files.setMode(path, 0o755)
        for name in try files.names(in: path) { try open(path + "/" + name, depth: depth + 1) }
    }
}
