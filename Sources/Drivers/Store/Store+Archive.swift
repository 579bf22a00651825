internal import Host
internal import Resources
public import Trust

extension Store {
    /// Writes a bundle to one file: a tar archive (POSIX ustar) in which nothing but the content
    /// decides the bytes. Format: Docs/Formats/bundle.md.
    public func export(_ digest: ContentDigest, to file: String) throws(BundleError) {
        let bundle = try bundle(digest)
        let layout = ArchiveLayout(bundle, manifest: try manifest(digest))
        let new = file + ".new"
        try onFiles { () throws(ProcessError) in try files.remove(new) }
        let output = try onDisk { () throws(DiskError) in try LinuxDisk().create(new) }
        defer { output.close() }
        var writer = ArchiveWriter(file: output)
        let count = bundle.manifest.objects.count
        var number = 0
        for entry in layout.entries {
            switch entry.content {
            case .bytes(let bytes): try writer.write(entry.name, bytes)
            case .object(let digest):
                number += 1
                try onStep(.object(digest, size: entry.size, number: number, of: count))
                try writer.begin(entry.name, size: entry.size)
                try objects.pieces(digest) { (piece) throws(BundleError) in
                    try writer.append(piece)
                }
                try writer.end(size: entry.size)
            }
        }
        try writer.append([UInt8](repeating: 0, count: 1024))
        try onDisk { () throws(DiskError) in try output.syncData() }
        try onFiles { () throws(ProcessError) in
            try files.setMode(new, 0o644)
            try files.move(new, to: file)
        }
    }

    /// Adds the bundle of such a file; any byte that `export` would not have written is refused.
    /// With `digest`, only that bundle is taken.
    public func add(
        archive path: String, expecting digest: ContentDigest? = nil, trust: BundleTrust
    ) throws(BundleError) -> Bundle {
        guard let status = files.status(files.resolve(path) ?? path), case .file = status.kind
        else { throw Self.nothing(at: path) }
        let file = try onDisk { () throws(DiskError) in
            try LinuxDisk().open(path, writing: false)
        }
        defer { file.close() }
        var reader = ArchiveReader(path) { (offset, count) throws(BundleError) in
            try onDisk { () throws(DiskError) in try file.read(at: offset, count: count) }
        }
        let (bundle, manifest) = try head(&reader, expecting: digest, trust)
        var offsets: [ContentDigest: Int] = [:]
        for content in bundle.manifest.objects {
            offsets[content.digest] = try reader.skip(
                "objects/" + content.digest.hex, size: content.size)
        }
        try reader.finish()
        return try add(manifest: manifest, signature: bundle.signature, trust: trust) {
            (digest, offset, count) throws(BundleError) in
            try reader.bytes(at: (offsets[digest] ?? 0) + offset, count: count)
        }
    }

    /// Adds the bundle of an archive that is far away: `read` gives up to `count` bytes of it from
    /// an offset. Signature, signer and `digest` are checked before any content is asked for;
    /// content that is here already, or in part, is not asked for again. What stands between the
    /// contents is not read: where each begins follows from the manifest.
    public func add(
        archiveAt name: String, expecting digest: ContentDigest? = nil, trust: BundleTrust,
        read: @escaping (_ offset: Int, _ count: Int) throws(BundleError) -> [UInt8]
    ) throws(BundleError) -> Bundle {
        var reader = ArchiveReader(name, read)
        let (bundle, manifest) = try head(&reader, expecting: digest, trust)
        let offsets = ArchiveLayout(bundle, manifest: manifest).objects
        return try add(manifest: manifest, signature: bundle.signature, trust: trust) {
            (digest, offset, count) throws(BundleError) in
            try read((offsets[digest] ?? 0) + offset, count)
        }
    }

    /// What comes before the contents, checked.
    private func head(
        _ reader: inout ArchiveReader, expecting digest: ContentDigest?, _ trust: BundleTrust
    ) throws(BundleError) -> (Bundle, manifest: [UInt8]) {
        guard try reader.read("pisces-bundle", atMost: 16) == BundleArchive.mark else {
            throw reader.refusal("it is of another format")
        }
        let manifest = try reader.read("manifest", atMost: Limits.manifestBytes.value)
        let found = ContentDigest(of: manifest)
        guard digest ?? found == found else {
            throw BundleError(
                .damaged, operation: "take", subject: reader.name,
                cause: "it is the bundle \(found), not the one that was asked for",
                remedy: "ask its maker for the digest, and for where it is")
        }
        let isSigned = try BundleManifest(manifest).signer != nil
        let signature = isSigned ? try reader.read("signature", atMost: 64) : nil
        let bundle = try Bundle(manifest, signature: Self.signature(signature))
        try trust.check(bundle)
        return (bundle, manifest)
    }
}
