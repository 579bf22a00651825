internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Trust

/// The system that this program runs, as it is described: what it was built of, where its content
/// is, and what it must not tell.
struct RunningSystem {
    let node: LinuxNode
    private let files = LinuxFiles()

    init(_ node: LinuxNode) { self.node = node }

    private var state: String { node.apps.directory }

    /// What this machine runs from: nothing is copied there.
    var places: [String] { [state, "/pisces"] }

    /// What it was described as last.
    var current: Description? {
        get throws(ReproductionError) { try known.max { $0.sequence < $1.sequence } }
    }

    /// What it was described as: by whoever built the image it runs from, and by itself.
    private var known: [Description] {
        get throws(ReproductionError) {
            [try image, try described(state + "/description")].compactMap(\.self)
        }
    }

    /// The description of that generation, when it is that of this system; nil for another.
    func description(of generation: ContentDigest) throws(ReproductionError) -> Description? {
        try known.first { $0.digest == generation }
    }

    /// What whoever built the image it runs from described; nil on another Linux.
    var image: Description? {
        get throws(ReproductionError) { try described("/pisces/description") }
    }

    private func described(_ path: String) throws(ReproductionError) -> Description? {
        let bytes: [UInt8]?
        do throws(ProcessError) {
            bytes = try files.read(path, atMost: Limits.descriptionBytes.value)
        } catch {
            throw ReproductionError(
                .failed, operation: "read", subject: path, cause: error.cause,
                remedy: "remove it; it is written again")
        }
        return try bytes.map { (bytes) throws(ReproductionError) in try Description(bytes) }
    }

    /// Describes it, keeps the description as the one it goes by now, and says what of it cannot
    /// be copied.
    func describe() throws(ReproductionError) -> Describer.Result {
        let materials = try materials
        let builtIn = Set(InstalledTypes.all.map(\.name))
        let reader: CommittedReader<RocksStore>
        do throws(GraphError) { reader = try node.circle.graph.reader() } catch {
            throw ReproductionError(
                .failed, operation: "describe", subject: error.subject, cause: error.cause,
                remedy: "see pisces status")
        }
        let describer = Describer(materials, builtIn: builtIn)
        let known = try known
        // Also a system that was something else meanwhile is again what it was described as.
        for one in known {
            let result = try describer.describe(reader, current: one)
            if result.description == one { return result }
        }
        let current = try current
        let highest = try data(of: ReproductionTypes.generation, below: node.identity.namespace)
            .compactMap { $0["sequence"]?.int }.max()
        let result = try describer.describe(reader, current: current, above: highest ?? 0)
        if result.description != current {
            do throws(ProcessError) {
                try files.replace(state + "/description", with: result.description.encoded)
            } catch {
                throw ReproductionError(
                    .failed, operation: "keep", subject: "the description", cause: error.cause,
                    remedy: "free some space and try again")
            }
        }
        return result
    }

    /// Refuses a copy of so many bytes that people do not allow: the kill switch and all quotas of
    /// `birthpolicy` count for every copy.
    func checkPolicy(bytes: Int64) throws(ReproductionError) {
        let own = node.identity.namespace
        let made = try data(of: ReproductionTypes.reproduction, below: own).filter {
            // A birth that is under way counts: its machine may be good any time.
            $0["kind"] == "machine"
                ? $0["state"] != "aborted" : $0["state"] == "good" && $0["kind"] != "directory"
        }
        // A host that is copied to again is the same child.
        let hosts = Set(made.filter { $0["kind"] == "host" }.compactMap { $0["target"]?.text })
        let births = made.count { $0["kind"] != "host" } + hosts.count
        let depth = try LineageBook(node).chain().last?.number ?? 0
        try policy.check(children: Int64(births), depth: depth, bytes: bytes)
    }

    /// How often and how far it may copy itself.
    var policy: BirthPolicy {
        get throws(ReproductionError) {
            BirthPolicy(try data(of: ReproductionTypes.birthpolicy, below: .root))
        }
    }

    private func data(
        of type: TypeDefinition, below namespace: Namespace
    ) throws(ReproductionError) -> [ValueMap] {
        do throws(GraphError) {
            return try node.circle.graph.reader().resources(of: type.name, below: namespace)
                .map(\.data)
        } catch {
            throw ReproductionError(
                .failed, operation: "read \(type.name) of", subject: error.subject,
                cause: error.cause, remedy: "see pisces status")
        }
    }

    /// Where its content is.
    var sources: [any BlobSource] {
        get throws(ReproductionError) {
            var paths: [ContentDigest: String] = [:]
            for file in try image?.files ?? [] {
                if let blob = file.blob { paths[blob.digest] = "/" + file.path }
            }
            if try image == nil {
                let program = LinuxSystem.executable
                paths[try FolderBlobs.blob(of: program).digest] = program
            }
            let folders = [state + "/store/objects", state + "/images/blobs"]
            return [
                FolderBlobs(paths: paths, folders: folders),
                BlobStore(disk: LinuxDisk(), path: state + "/blobs"),
                BlobStore(disk: LinuxDisk(), path: "/pisces/blobs"),
            ]
        }
    }

    private var materials: Describer.Materials {
        get throws(ReproductionError) {
            var materials = Describer.Materials()
            if let image = try image {
                materials.architecture = image.architecture
                materials.files = image.files
                materials.boot = image.boot
                materials.modules = image.modules
                materials.parameters = image.parameters
                materials.provenance = image.provenance
            } else {
                let program = try FolderBlobs.blob(of: LinuxSystem.executable)
                materials.files = [
                    .init("pisces", mode: 0o755, .directory),
                    .init("pisces/bin", mode: 0o755, .directory),
                    .init(CopyDirectory.program, mode: 0o755, .file(program)),
                ]
                materials.provenance = [
                    .init(
                        program.digest, package: "pisces", version: Version.text,
                        source: "pisces \(Version.text)", license: "Apache-2.0")
                ]
            }
            materials.bundles = try bundles
            materials.images = try images
            return materials
        }
    }

    private var bundles: [ContentDigest: Describer.Bundle] {
        get throws(ReproductionError) {
            do throws(BundleError) {
                let store = Store(path: state + "/store")
                var bundles: [ContentDigest: Describer.Bundle] = [:]
                for bundle in try store.bundles() {
                    let manifest = try store.manifest(bundle.digest)
                    let content = bundle.manifest.objects.map {
                        Blob($0.digest, size: Int64($0.size))
                    }
                    bundles[bundle.digest] = Describer.Bundle(
                        version: bundle.manifest.version, signature: bundle.signature?.bytes,
                        blobs: content + [Blob(bundle.digest, size: Int64(manifest.count))])
                }
                return bundles
            } catch {
                throw ReproductionError(
                    error.kind == .damaged ? .damaged : .failed, operation: error.operation,
                    subject: error.subject, cause: error.cause, remedy: error.remedy)
            }
        }
    }

    private var images: [Description.Image] {
        get throws(ReproductionError) {
            let found: [Image]
            do throws(DriverError) { found = try node.apps.devices.images?.list() ?? [] } catch {
                throw ReproductionError(
                    .failed, operation: error.operation, subject: error.subject,
                    cause: error.cause, remedy: error.remedy ?? "see pisces image list")
            }
            var images: [Description.Image] = []
            for image in found {
                let digests = Set([image.digest, image.configuration] + image.layers.map(\.blob))
                var blobs: [Blob] = []
                for digest in digests.sorted() {
                    guard let content = ContentDigest(digest.digits),
                        let size = files.status("\(state)/images/blobs/\(digest.digits)")?.size
                    else { continue }
                    blobs.append(Blob(content, size: Int64(size)))
                }
                guard let digest = ContentDigest(image.digest.digits), blobs.count == digests.count
                else { continue }
                images.append(Description.Image(digest, blobs: blobs))
            }
            return images
        }
    }
}
