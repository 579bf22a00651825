public import Resources
public import Trust

/// What a bundle consists of; its digest is the bundle's identity. Format: Docs/Formats/bundle.md.
public struct BundleManifest: Hashable, Sendable {
    /// The app's name.
    public let app: String
    /// Its version.
    public let version: String
    /// The app as a resource has it, `directory` relative to the bundle.
    public let data: ValueMap
    /// Its files, links and empty folders in bytewise order of their paths.
    public let files: [File]
    /// Who vouches for it; nil when nobody does.
    public let signer: SignerKey?

    /// A file, a symbolic link or an empty folder.
    public struct File: Hashable, Sendable {
        /// Where it is, relative, parts separated by `/`.
        public let path: String
        /// What it is.
        public let kind: Kind

        /// What may be in a bundle.
        public enum Kind: Hashable, Sendable {
            /// A file of that content.
            case file(digest: ContentDigest, size: Int, executable: Bool)
            /// A symbolic link that leads to something inside.
            case link(target: String)
            /// A folder with nothing in it.
            case folder
        }

        /// What is at `path`.
        public init(path: String, kind: Kind) {
            self.path = path
            self.kind = kind
        }
    }

    /// A manifest; refused when a path, a link, the order or a limit is violated.
    public init(
        app: String, version: String, data: ValueMap, files: [File], signer: SignerKey?
    ) throws(BundleError) {
        self.app = app
        self.version = version
        self.data = data
        self.files = files
        self.signer = signer
        try check()
    }

    /// Bytes of all files, each counted as often as it occurs.
    public var size: Int {
        files.reduce(0) { sum, file in
            if case .file(_, let size, _) = file.kind { sum + size } else { sum }
        }
    }

    /// The content of all files, once each, in the order of the digests.
    public var objects: [(digest: ContentDigest, size: Int)] {
        var sizes: [ContentDigest: Int] = [:]
        for file in files {
            if case .file(let digest, let size, _) = file.kind { sizes[digest] = size }
        }
        return sizes.keys.sorted().map { ($0, sizes[$0] ?? 0) }
    }

    /// `guestbook 1.4.0`, for people.
    public var title: String { "\(printable(app)) \(printable(version))" }

    private func check() throws(BundleError) {
        guard !app.isEmpty, !version.isEmpty, version.utf8.count <= 128,
            (try? ResourceName("\(app)-\(version)")) != nil
        else {
            throw refusal(.badForm, "it has no proper name and version", "name both in app.yaml")
        }
        let most = Limits.bundleFiles
        guard files.count <= most.value else {
            throw refusal(
                .tooLarge, "it has \(files.count) files; the limit is \(most.value)",
                "pack them into fewer, such as one archive")
        }
        try checkSizes()
        try BundlePaths.check(files, of: title)
    }

    private func checkSizes() throws(BundleError) {
        var (total, sizes) = (0, [ContentDigest: Int]())
        for file in files {
            guard case .file(let digest, let size, _) = file.kind else { continue }
            let sum = total.addingReportingOverflow(size)
            guard size >= 0, !sum.overflow, sum.partialValue <= Limits.bundleBytes.value else {
                throw refusal(
                    .tooLarge, "its files exceed \(Limits.bundleBytes.value) bytes",
                    "keep large data in a volume")
            }
            total = sum.partialValue
            guard sizes.updateValue(size, forKey: digest) ?? size == size else {
                throw refusal(
                    .badForm, "\(digest) has two sizes", "get it again from who made it")
            }
        }
    }

    private func refusal(
        _ kind: BundleError.Kind, _ cause: String, _ remedy: String
    ) -> BundleError {
        BundleError(kind, operation: "bundle", subject: title, cause: cause, remedy: remedy)
    }
}
