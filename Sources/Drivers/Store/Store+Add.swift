internal import Host
internal import Resources
public import Trust

extension Store {
    /// Makes a bundle of an app's folder, which has an `app.yaml`, signed when a key is given.
    public func add(folder: String, signer: MachineKey?) throws(BundleError) -> Bundle {
        guard let folder = files.resolve(folder) else { throw Self.nothing(at: folder) }
        let manifest = try BundleFolder(folder).manifest(signer: signer?.signerKey)
        let bytes = manifest.encoded
        var signature: Signature?
        if let signer {
            do throws(TrustError) {
                signature = try signer.sign(ContentDigest(of: bytes), as: .bundle)
            } catch { throw BundleError(error) }
        }
        let bundle = try Bundle(bytes, signature: signature)
        var paths: [ContentDigest: String] = [:]
        for file in manifest.files {
            if case .file(let digest, _, _) = file.kind { paths[digest] = file.path }
        }
        try take(bundle, bytes) { (digest, offset, count) throws(BundleError) in
            try onDisk { () throws(DiskError) in
                let source = folder + "/" + (paths[digest] ?? "")
                let file = try LinuxDisk().open(source, writing: false)
                defer { file.close() }
                return try file.read(at: offset, count: count)
            }
        }
        return bundle
    }

    /// Copies the bundles of another store that is a folder of this machine; only those named when
    /// some are.
    public func add(
        store other: String, only digests: [ContentDigest]? = nil, trust: BundleTrust
    ) throws(BundleError) -> [Bundle] {
        guard files.status(other + "/bundles")?.kind == .folder else {
            throw Self.nothing(at: other)
        }
        let source = Store(path: other)
        let wanted = try source.bundles().filter { digests?.contains($0.digest) ?? true }
        for bundle in wanted {
            try add(
                manifest: source.manifest(bundle.digest), signature: bundle.signature, trust: trust
            ) { (digest, offset, count) throws(BundleError) in
                try source.object(digest, at: offset, count: count)
            }
        }
        return wanted
    }

    /// Adds a bundle from wherever its content comes from: `object` gives up to `count` bytes of
    /// some content from an offset. Content that is there is not asked for, and content that was
    /// copied in part is asked for from there.
    @discardableResult
    public func add(
        manifest: [UInt8], signature: Signature?, trust: BundleTrust,
        object: (ContentDigest, _ offset: Int, _ count: Int) throws(BundleError) -> [UInt8]
    ) throws(BundleError) -> Bundle {
        let bundle = try Bundle(manifest, signature: signature)
        try trust.check(bundle)
        try take(bundle, manifest, object)
        return bundle
    }

    /// Copies content, then the manifest, syncs, and records the bundle last.
    private func take(
        _ bundle: Bundle, _ bytes: [UInt8],
        _ object: (ContentDigest, _ offset: Int, _ count: Int) throws(BundleError) -> [UInt8]
    ) throws(BundleError) {
        try alone { () throws(BundleError) in
            try checkVersion(bundle)
            let all = bundle.manifest.objects
            for (number, content) in all.enumerated() {
                try onStep(
                    .object(content.digest, size: content.size, number: number + 1, of: all.count))
                try objects.take(content.digest, size: content.size) {
                    (offset, count) throws(BundleError) in
                    try object(content.digest, offset, count)
                }
            }
            try objects.take(bundle.digest, size: bytes.count) { (offset, count) in
                Array(bytes[offset..<min(bytes.count, offset + count)])
            }
            try objects.sync()
            try onStep(.record(bundle.digest))
            try onFiles { () throws(ProcessError) in
                try files.replace(record(bundle.digest), with: Self.record(of: bundle))
            }
        }
    }

    private static func record(of bundle: Bundle) -> [UInt8] {
        var map: ValueMap = ["format": .int(BundleManifest.format)]
        map["signature"] = bundle.signature.map { .bytes($0.bytes) }
        var writer = CBORWriter()
        writer.write(map)
        return writer.bytes
    }

    /// A version is one content for ever: who installed it can name it.
    private func checkVersion(_ bundle: Bundle) throws(BundleError) {
        let all = try bundles()
        if let other = all.first(where: {
            $0.manifest.app == bundle.manifest.app && $0.digest != bundle.digest
                && $0.manifest.version == bundle.manifest.version
        }) {
            throw BundleError(
                .taken, operation: "add", subject: bundle.manifest.title,
                cause: "the store has that version with other content, \(other.digest)",
                remedy: "raise the version, or remove the other from the store first")
        }
        guard all.count < Limits.storeBundles.value else {
            throw BundleError(
                .tooLarge, operation: "add", subject: bundle.manifest.title,
                cause: "the store has \(all.count) bundles, as many as it may",
                remedy: "remove some with pisces store remove")
        }
    }

    static func nothing(at path: String) -> BundleError {
        BundleError(
            .notFound, operation: "add", subject: printable(path),
            cause: "it is neither an app's folder nor a store",
            remedy: "name a folder with an app.yaml, or one with bundles and objects")
    }
}
