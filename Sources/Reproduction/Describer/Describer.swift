public import MMSGraph
public import Resources
public import Trust

/// Makes the description of a running system from its graph and from what it was built of. Pure:
/// the same graph and materials give the same bytes.
public struct Describer: Sendable {
    /// What the system was built of.
    public var materials: Materials
    /// Types that the program brings itself: they are not inherited again.
    public var builtIn: Set<TypeName>

    /// What a system is built of besides its desired state.
    public struct Materials: Hashable, Sendable {
        /// The kind of processor it runs on.
        public var architecture = Description.Architecture.own
        /// The files of its root.
        public var files: [Description.File] = []
        /// What boots it; nil on somebody else's Linux.
        public var boot: Description.Boot?
        /// The modules of its initramfs.
        public var modules: [Description.Module] = []
        /// The bundles that are installed, by digest: version, signature and blobs.
        public var bundles: [ContentDigest: Bundle] = [:]
        /// The images that it has.
        public var images: [Description.Image] = []
        /// What writers are told.
        public var parameters = Description.Parameters()
        /// Where content comes from.
        public var provenance: [Description.Origin] = []

        /// Nothing yet.
        public init() {}
    }

    /// A bundle of the system's store, as far as a description has it.
    public struct Bundle: Hashable, Sendable {
        /// Its version.
        public var version: String
        /// The signature of its manifest.
        public var signature: [UInt8]?
        /// Its manifest and all it names.
        public var blobs: [Blob]

        /// A bundle.
        public init(version: String, signature: [UInt8]?, blobs: [Blob]) {
            self.version = version
            self.signature = signature
            self.blobs = blobs
        }
    }

    /// A description, and what could not be described.
    public struct Result: Sendable {
        /// What was described.
        public let description: Description
        /// What a child will lack, one line each.
        public let warnings: [String]
    }

    /// Describes systems of these materials.
    public init(_ materials: Materials, builtIn: Set<TypeName>) {
        self.materials = materials
        self.builtIn = builtIn
    }

    /// Describes the system whose state `graph` is. A system that still is what `current` says is
    /// described by the same bytes; one that has changed by the next sequence, which is above
    /// `highest` too: a machine may have fallen back from a system of a far higher one.
    public func describe(
        _ graph: some GraphReader, current: Description? = nil, above highest: Int64 = 0
    ) throws(ReproductionError) -> Result {
        var heirs = Inheritance(builtIn: builtIn, bundles: materials.bundles)
        try heirs.read(graph)
        let same = try description(heirs, sequence: current?.sequence ?? 1)
        guard let current, same != current else {
            return Result(description: same, warnings: heirs.warnings)
        }
        let next = max(current.sequence, highest).addingReportingOverflow(1)
        guard !next.overflow else {
            throw Description.refusal(
                .tooLarge, "its sequence cannot grow any more", "found a new lineage")
        }
        return Result(
            description: try description(heirs, sequence: next.partialValue),
            warnings: heirs.warnings)
    }

    private func description(
        _ heirs: Inheritance, sequence: Int64
    ) throws(ReproductionError) -> Description {
        try Description(
            sequence: sequence, architecture: materials.architecture, files: materials.files,
            boot: materials.boot, modules: materials.modules, apps: heirs.apps,
            images: materials.images.filter { heirs.images.contains($0.digest) },
            resources: heirs.resources, parameters: materials.parameters,
            provenance: materials.provenance)
    }
}
