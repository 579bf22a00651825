internal import Host
public import Trust

extension Store {
    /// What a collection removed.
    public struct Collected: Hashable, Sendable {
        /// How many pieces of content.
        public var objects = 0
        /// Their bytes.
        public var bytes = 0

        /// Nothing.
        public init() {}
    }

    /// Removes a bundle and the content that no other has; nothing when it is gone. What is
    /// installed of it stays.
    @discardableResult
    public func remove(_ digest: ContentDigest) throws(BundleError) -> Collected {
        try alone { () throws(BundleError) in
            try onStep(.forget(digest))
            try onFiles { () throws(ProcessError) in
                try files.remove(record(digest))
                try files.sync(folder: path + "/bundles")
            }
            return try sweep()
        }
    }

    /// Removes content that no bundle has, and what interrupted copies left.
    @discardableResult
    public func collect() throws(BundleError) -> Collected {
        try alone { () throws(BundleError) in try sweep() }
    }

    /// Removes unpacked bundles but those to keep, and what interrupted installs left.
    public func collect(apps: String, keeping digests: Set<ContentDigest>) throws(BundleError) {
        let names = try onFiles { () throws(ProcessError) in try files.names(in: apps) }
        for name in names {
            if let digest = ContentDigest(name), !digests.contains(digest) {
                try uninstall(digest, from: apps)
            }
            let isLeft = name.hasPrefix(".") && (name.hasSuffix(".new") || name.hasSuffix(".old"))
            if isLeft, ContentDigest(String(name.dropFirst().dropLast(4))) != nil {
                try alone { () throws(BundleError) in try removeFolder(apps + "/" + name) }
            }
        }
    }

    /// A bundle that cannot be read keeps all content: what it needs is not known.
    private func sweep() throws(BundleError) -> Collected {
        var used = Set<ContentDigest>()
        for bundle in try bundles() {
            used.insert(bundle.digest)
            used.formUnion(bundle.manifest.objects.map(\.digest))
        }
        var collected = Collected()
        for digest in try objects.all() where !used.contains(digest) {
            try onStep(.sweep(digest))
            collected.bytes += objects.size(digest) ?? 0
            collected.objects += 1
            try objects.remove(digest)
        }
        try objects.removePartial()
        try objects.sync()
        return collected
    }
}
