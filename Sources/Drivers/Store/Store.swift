internal import Host
internal import Resources
public import Trust

/// The bundles of a machine, in a folder: `objects/<digest>` is content, manifests among it,
/// `bundles/<digest>` says which manifests are bundles and holds their signatures.
///
/// A bundle is there once its record is, which is written last; whatever was killed before leaves
/// content that `collect` removes, or that adding the bundle again goes on with.
public struct Store: Sendable {
    /// Its folder.
    public let path: String
    let objects: ObjectFolder
    let files = LinuxFiles()
    let onStep: @Sendable (Step) throws(BundleError) -> Void

    /// What is done next, for whoever shows progress or wants to give up.
    public enum Step: Hashable, Sendable {
        /// Content of that size is copied, the number-th of so many.
        case object(ContentDigest, size: Int, number: Int, of: Int)
        /// All content is there; the bundle is recorded.
        case record(ContentDigest)
        /// A file, link or folder is unpacked.
        case unpack(path: String)
        /// All is unpacked; the folder gets its name.
        case publish(ContentDigest)
        /// A bundle's record or an installed folder is removed.
        case forget(ContentDigest)
        /// Content that no bundle has is removed.
        case sweep(ContentDigest)
    }

    /// The store in that folder. Before each step `onStep` is told; what it throws ends the work,
    /// which can be taken up again.
    public init(
        path: String, onStep: @escaping @Sendable (Step) throws(BundleError) -> Void = { _ in }
    ) {
        self.path = path
        objects = ObjectFolder(path)
        self.onStep = onStep
    }

    /// All bundles by name, newest version first.
    public func bundles() throws(BundleError) -> [Bundle] {
        let names = try onFiles { () throws(ProcessError) in
            try files.names(in: path + "/bundles")
        }
        var bundles: [Bundle] = []
        for digest in names.compactMap({ ContentDigest($0) }) {
            bundles.append(try bundle(digest))
        }
        return bundles.sorted(by: Bundle.precedes)
    }

    /// The bundle of that digest, its signature verified.
    public func bundle(_ digest: ContentDigest) throws(BundleError) -> Bundle {
        let record = try onFiles { () throws(ProcessError) in
            try files.read(self.record(digest), atMost: 1024)
        }
        guard let record else {
            throw BundleError(
                .notFound, operation: "find", subject: digest.description,
                cause: "there is no such bundle in the store",
                remedy: "see pisces store search, or add it")
        }
        guard let map = (try? CBORReader.decode(record))?.map else {
            throw BundleError(
                .damaged, operation: "read", subject: self.record(digest),
                cause: "it is damaged", remedy: "add the bundle again")
        }
        return try Bundle(manifest(digest), signature: Self.signature(map["signature"]?.bytes))
    }

    /// The bundle of an app and version; of its newest version when none is named.
    public func bundle(app: String, version: String? = nil) throws(BundleError) -> Bundle {
        let found = try bundles().first { bundle in
            bundle.manifest.app == app
                && (version ?? bundle.manifest.version)
                    == bundle.manifest.version
        }
        if let found { return found }
        throw BundleError(
            .notFound, operation: "find",
            subject: printable(app + (version.map { " " + $0 } ?? "")),
            cause: "there is no such bundle in the store",
            remedy: "see pisces store search, or add it")
    }

    /// The bundles whose name, version, description or components have all words of `text`; those
    /// of exactly that name first, then by name, newest version first.
    public func search(_ text: String) throws(BundleError) -> [Bundle] {
        let words = text.lowercased().split(separator: " ")
        let found = try bundles().filter { bundle in
            let data = bundle.manifest.data
            let parts =
                [bundle.manifest.app, bundle.manifest.version, data["description"]?.text ?? ""]
                + (data["components"]?.map?.keys ?? [])
            let whole = parts.joined(separator: " ").lowercased()
            return words.allSatisfy { whole.contains($0) }
        }
        let exact = found.filter { $0.manifest.app == text }
        return exact + found.filter { $0.manifest.app != text }
    }

    /// The encoded manifest of a bundle, verified.
    public func manifest(_ digest: ContentDigest) throws(BundleError) -> [UInt8] {
        var bytes: [UInt8] = []
        try objects.pieces(digest) { (piece) throws(BundleError) in bytes += piece }
        return bytes
    }

    /// A part of some content, for who copies it and verifies it as a whole; fewer bytes only at
    /// its end.
    public func object(
        _ digest: ContentDigest, at offset: Int, count: Int
    ) throws(BundleError) -> [UInt8] {
        try objects.read(digest, at: offset, count: min(max(0, count), 1 << 20))
    }

    /// Bytes of some content; nil when the store does not have it.
    public func size(of digest: ContentDigest) -> Int? { objects.size(digest) }

    func record(_ digest: ContentDigest) -> String { path + "/bundles/" + digest.hex }

    static func signature(_ bytes: [UInt8]?) throws(BundleError) -> Signature? {
        guard let bytes else { return nil }
        do throws(TrustError) { return try Signature(bytes: bytes) } catch {
            throw BundleError(error)
        }
    }

    /// Does what changes the store while nobody else does.
    func alone<Result>(_ body: () throws(BundleError) -> Result) throws(BundleError) -> Result {
        try onFiles { () throws(ProcessError) in
            for folder in ["objects", "partial", "bundles"] {
                try files.makeFolder(path + "/" + folder)
            }
        }
        let lock = try lock()
        defer { lock.close() }
        return try body()
    }

    private func lock() throws(BundleError) -> LinuxDiskFile {
        let clock = LinuxClock()
        let start = clock.ticks
        while true {
            do throws(DiskError) { return try LinuxDisk().lock(path + "/lock") } catch {
                guard error.errno == DiskError.wouldBlock else { throw BundleError(error) }
                let waited = clock.ticks.nanoseconds(since: start) / 1_000_000
                guard waited < UInt64(Limits.storeWait.value) else {
                    throw BundleError(
                        .busy, operation: "change", subject: path,
                        cause: "another has been changing it for \(waited) ms",
                        remedy: "try again when it is done")
                }
                LinuxSystem.pause(milliseconds: 5)
            }
        }
    }
}

extension Bundle {
    /// By name, newest version first.
    static func precedes(_ left: Bundle, _ right: Bundle) -> Bool {
        guard left.manifest.app == right.manifest.app else {
            return left.manifest.app < right.manifest.app
        }
        return isOlder(right.manifest.version, than: left.manifest.version)
    }

    /// Compares versions part by part, numbers as numbers; `1.0-rc1` is older than `1.0`.
    static func isOlder(_ left: String, than right: String) -> Bool {
        let parts = { (text: String) in text.split { ".-+_".contains($0) } }
        let (old, new) = (parts(left), parts(right))
        for (one, other) in zip(old, new) where one != other {
            if let one = UInt64(one), let other = UInt64(other) { return one < other }
            // A word is a pre-release: older than a number.
            if (UInt64(one) == nil) != (UInt64(other) == nil) { return UInt64(one) == nil }
            return one < other
        }
        if old.count == new.count { return left < right }
        let longer = old.count > new.count ? old[new.count] : new[old.count]
        let isPreRelease = UInt64(longer) == nil
        return (old.count > new.count) == isPreRelease
    }
}
