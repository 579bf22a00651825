internal import Resources
internal import Trust

/// What a system consists of, in one canonical document: every file, what boots it, its apps and
/// what of its desired state is heritable. Format: Docs/Formats/description.md.
///
/// It is used twice (von Neumann 1949): the constructor reads it, the copier carries it unread.
/// Its digest is the generation: two systems are equal when it is. What can be computed from it is
/// not in it: the root's hash, the boot image, the file system of the ESP, the partition table.
public struct Description: Hashable, Sendable {
    /// The number of the format.
    public static let format: Int64 = 1

    /// Its place in its lineage; grows with every description that is to replace another.
    public let sequence: Int64
    /// The kind of processor it runs on.
    public let architecture: Architecture
    /// Files, directories and symbolic links of the root, in bytewise order of their paths.
    public let files: [File]
    /// What boots it; nil for an installation on somebody else's Linux.
    public let boot: Boot?
    /// Kernel modules of the initramfs in the order in which they are loaded.
    public let modules: [Module]
    /// The installed bundles of apps, in order of namespace and name.
    public let apps: [App]
    /// The images that containers start from, in order of their digests.
    public let images: [Image]
    /// Desired state whose type is heritable, in order of type, namespace and name.
    public let resources: [Heritable]
    /// What the writers of the image are told.
    public let parameters: Parameters
    /// Where content comes from, in order of the digests.
    public let provenance: [Origin]

    /// The kinds of processor, as `uname -m` names them.
    public enum Architecture: String, Hashable, Sendable, CaseIterable {
        case x86_64
        case aarch64

        /// That of this program.
        public static var own: Architecture {
            #if arch(x86_64)
                .x86_64
            #else
                .aarch64
            #endif
        }
    }

    /// A description of these parts, which may come in any order except modules and the words of
    /// the kernel. Refused when a path, an order or a limit is violated.
    public init(
        sequence: Int64, architecture: Architecture, files: [File], boot: Boot? = nil,
        modules: [Module] = [], apps: [App] = [], images: [Image] = [],
        resources: [Heritable] = [], parameters: Parameters = Parameters(),
        provenance: [Origin] = []
    ) throws(ReproductionError) {
        self.init(
            sorted: sequence, architecture, files.sorted { $0.path.precedes($1.path) }, boot,
            modules, apps.sorted { $0.key.precedes($1.key) },
            images.sorted { $0.digest < $1.digest },
            resources.sorted { $0.key.precedes($1.key) }, parameters,
            provenance.sorted { $0.digest < $1.digest })
        try check()
    }

    /// Takes parts that are in order; nothing is checked.
    init(
        sorted sequence: Int64, _ architecture: Architecture, _ files: [File], _ boot: Boot?,
        _ modules: [Module], _ apps: [App], _ images: [Image], _ resources: [Heritable],
        _ parameters: Parameters, _ provenance: [Origin]
    ) {
        self.sequence = sequence
        self.architecture = architecture
        self.files = files
        self.boot = boot
        self.modules = modules
        self.apps = apps
        self.images = images
        self.resources = resources
        self.parameters = parameters
        self.provenance = provenance
    }

    /// All content it names, once each, in order of the digests: what the copier brings.
    public var blobs: [Blob] {
        var sizes: [ContentDigest: Int64] = [:]
        for blob in mentioned { sizes[blob.digest] = blob.size }
        return sizes.sorted { $0.key < $1.key }.map { Blob($0.key, size: $0.value) }
    }

    /// Every mention of content.
    var mentioned: [Blob] {
        files.compactMap(\.blob) + (boot?.blobs ?? []) + modules.map(\.blob)
            + apps.flatMap(\.blobs) + images.flatMap(\.blobs)
    }
}

extension String {
    /// Bytewise order, which is that of the encoding and of every locale alike.
    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
