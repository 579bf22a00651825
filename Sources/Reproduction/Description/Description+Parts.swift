public import Resources
public import Trust

/// Content by its digest, with the bytes it has.
public struct Blob: Hashable, Sendable {
    /// Its SHA-256.
    public let digest: ContentDigest
    /// Its bytes.
    public let size: Int64

    /// Content of that digest and size.
    public init(_ digest: ContentDigest, size: Int64) {
        self.digest = digest
        self.size = size
    }

    /// The blob of bytes at hand.
    public init(of content: [UInt8]) {
        self.init(ContentDigest(of: content), size: Int64(content.count))
    }
}

extension Description {
    /// A file, directory or symbolic link of the root; all belong to user and group 0.
    public struct File: Hashable, Sendable {
        /// Relative to the root, parts separated by `/`; what it is in is listed as a directory.
        public let path: String
        /// Its permissions, the lowest 12 bits; 0777 for a symbolic link.
        public let mode: UInt16
        /// What it is.
        public let kind: Kind

        /// What a path may be.
        public enum Kind: Hashable, Sendable {
            /// A file of that content.
            case file(Blob)
            /// A directory.
            case directory
            /// A symbolic link and where it leads.
            case symlink(String)
        }

        /// What is at `path`.
        public init(_ path: String, mode: UInt16, _ kind: Kind) {
            self.path = path
            self.mode = mode
            self.kind = kind
        }

        /// The content of a file; nil for what has none.
        public var blob: Blob? { if case .file(let blob) = kind { blob } else { nil } }
    }

    /// What firmware and loader start, before the root is there.
    public struct Boot: Hashable, Sendable {
        /// The kernel, a bzImage or its like.
        public var kernel: Blob
        /// The small program of the initramfs that finds, proves and enters the root.
        public var program: Blob
        /// The boot loader (systemd-boot).
        public var loader: Blob
        /// The stub that makes one image of kernel, initramfs and command line.
        public var stub: Blob
        /// The first program, which resets the machine when the loader gives up.
        public var guardian: Blob
        /// The words of the kernel's command line, in order, without those that are derived.
        public var commandLine: [String]

        /// What boots a system.
        public init(
            kernel: Blob, program: Blob, loader: Blob, stub: Blob, guardian: Blob,
            commandLine: [String]
        ) {
            self.kernel = kernel
            self.program = program
            self.loader = loader
            self.stub = stub
            self.guardian = guardian
            self.commandLine = commandLine
        }

        /// All of its content.
        public var blobs: [Blob] { [kernel, program, loader, stub, guardian] }

        /// Words that begin so are computed from the root, never listed.
        public static let derived = [
            "pisces.id=", "pisces.blocks=", "pisces.root=", "pisces.salt=", "pisces.generation=",
        ]
    }

    /// A kernel module of the initramfs.
    public struct Module: Hashable, Sendable {
        /// Where it is in the initramfs, relative.
        public let path: String
        /// Its content.
        public let blob: Blob

        /// The module at `path`.
        public init(_ path: String, _ blob: Blob) {
            self.path = path
            self.blob = blob
        }
    }

    /// An installed bundle of an app (Docs/Formats/bundle.md).
    public struct App: Hashable, Sendable {
        /// Where the app lives.
        public let namespace: Namespace
        /// Its name.
        public let name: ResourceName
        /// Its version.
        public let version: String
        /// The digest of the bundle's manifest.
        public let bundle: ContentDigest
        /// The signature of the manifest, 64 bytes; nil when nobody signed it.
        public let signature: [UInt8]?
        /// The manifest and all it names, in order of the digests: the copier reads neither.
        public let blobs: [Blob]

        /// A bundle of an app.
        public init(
            namespace: Namespace, name: ResourceName, version: String, bundle: ContentDigest,
            signature: [UInt8]?, blobs: [Blob]
        ) {
            self.namespace = namespace
            self.name = name
            self.version = version
            self.bundle = bundle
            self.signature = signature
            self.blobs = blobs.sorted { $0.digest < $1.digest }
        }

        var key: String { "\(namespace)\u{0}\(name)" }
    }

    /// An OCI image that containers start from.
    public struct Image: Hashable, Sendable {
        /// The digest of its manifest.
        public let digest: ContentDigest
        /// Manifest, configuration and layers, in order of the digests.
        public let blobs: [Blob]

        /// An image.
        public init(_ digest: ContentDigest, blobs: [Blob]) {
            self.digest = digest
            self.blobs = blobs.sorted { $0.digest < $1.digest }
        }
    }

    /// A resource that a child is born with: all of it that is not of one machine or one time.
    public struct Heritable: Hashable, Sendable {
        /// Its type.
        public let type: TypeName
        /// Where it lives.
        public let namespace: Namespace
        /// Its name.
        public let name: ResourceName
        /// Its tags.
        public let tags: SortedMap<String>
        /// Its fields.
        public let data: ValueMap

        /// What is heritable of a resource.
        public init(
            type: TypeName, namespace: Namespace, name: ResourceName,
            tags: SortedMap<String> = [:], data: ValueMap
        ) {
            self.type = type
            self.namespace = namespace
            self.name = name
            self.tags = tags
            self.data = data
        }

        var key: String { "\(type)\u{0}\(namespace)\u{0}\(name)" }
    }

    /// Where content comes from.
    public struct Origin: Hashable, Sendable {
        /// The content.
        public let digest: ContentDigest
        /// The package it is from.
        public let package: String
        /// The package's version.
        public let version: String
        /// The source it was built from: a source package, or a repository and commit.
        public let source: String
        /// Its licence as its author writes it; empty when unknown.
        public let license: String

        /// The origin of content.
        public init(
            _ digest: ContentDigest, package: String, version: String, source: String,
            license: String = ""
        ) {
            self.digest = digest
            self.package = package
            self.version = version
            self.source = source
            self.license = license
        }
    }
}
