internal import Host
internal import Resources

/// The images of this machine (Docs/drivers.md): blobs and unpacked layers by digest, a record
/// for each image. Whoever is killed here leaves nothing that is taken for whole.
public final class ImageStore: Sendable {
    /// Its folder.
    public let root: String
    let ceilings: ImageCeilings
    let architecture: String
    let files = LinuxFiles()

    /// The architecture of this machine as images name it.
    public static var machine: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #elseif arch(riscv64)
            "riscv64"
        #else
            "unknown"
        #endif
    }

    /// The store in a folder, which is made when absent.
    public init(
        _ root: String, ceilings: ImageCeilings = ImageCeilings(),
        architecture: String = ImageStore.machine
    ) throws(DriverError) {
        self.root = root
        self.ceilings = ceilings
        self.architecture = architecture
        try translating { () throws(ProcessError) in
            for folder in ["blobs", "layers", "records", "incoming"] {
                try files.makeFolder(root + "/" + folder)
            }
        }
    }

    var incoming: String { root + "/incoming" }
    func blob(_ digest: ImageDigest) -> String { "\(root)/blobs/\(digest.digits)" }
    func layer(_ digest: ImageDigest) -> String { "\(root)/layers/\(digest.digits)" }
    func record(_ digest: ImageDigest) -> String { "\(root)/records/\(digest.digits)" }

    /// The folders of an image's layers, the uppermost first, as a mount takes them.
    public func folders(of image: Image) -> [String] {
        image.layers.reversed().map { layer($0.diff) }
    }

    /// All images in order of their digests.
    public func list() throws(DriverError) -> [Image] {
        var images: [Image] = []
        for name in try names(in: "records") {
            guard let digest = ImageDigest(digits: name), let image = try image(digest) else {
                continue
            }
            images.append(image)
        }
        return images
    }

    /// One image; nil when the store has none of that digest.
    public func image(_ digest: ImageDigest) throws(DriverError) -> Image? {
        let bytes = try translating { () throws(ProcessError) in
            try files.read(record(digest), atMost: Limits.imageDocument.value)
        }
        guard let bytes else { return nil }
        guard let image = Image(digest: digest, record: bytes) else {
            throw DriverError(
                .invalid, operation: "read image", subject: "\(digest)",
                cause: "its record is damaged", remedy: "remove and import it again")
        }
        return image
    }

    /// Removes an image and what no other image has; those `inUse` by instances stay.
    public func remove(
        _ digest: ImageDigest, inUse: Set<ImageDigest> = []
    ) throws(DriverError) {
        let lock = try lock()
        defer { _ = lock }
        guard files.kind(record(digest)) != nil else {
            throw DriverError(
                .unknownImage, operation: "remove image", subject: "\(digest)",
                cause: "this machine has no such image")
        }
        if inUse.contains(digest) {
            throw DriverError(
                .stillRunning, operation: "remove image", subject: "\(digest)",
                cause: "an instance uses it", remedy: "remove the instance first")
        }
        try translating { () throws(ProcessError) in
            try files.remove(record(digest))
            try files.sync(folder: root + "/records")
        }
        try sweep()
    }

    /// Deletes what no record names: what killed imports left, and what removed images had.
    public func collect() throws(DriverError) {
        let lock = try lock()
        defer { _ = lock }
        try sweep()
    }

    func sweep() throws(DriverError) {
        var blobs: Set<String> = []
        var layers: Set<String> = []
        for image in try list() {
            blobs.formUnion([image.digest.digits, image.configuration.digits])
            blobs.formUnion(image.layers.map(\.blob.digits))
            layers.formUnion(image.layers.map(\.diff.digits))
        }
        try drop("incoming", keeping: [])
        try drop("blobs", keeping: blobs)
        try drop("layers", keeping: layers)
    }

    func drop(_ folder: String, keeping kept: Set<String>) throws(DriverError) {
        for name in try names(in: folder) where !kept.contains(name) {
            try translating { () throws(ProcessError) in
                try files.remove("\(root)/\(folder)/\(name)")
            }
        }
    }

    func names(in folder: String) throws(DriverError) -> [String] {
        try translating { () throws(ProcessError) in try files.names(in: root + "/" + folder) }
    }

    /// One import or removal at a time, in all processes.
    func lock() throws(DriverError) -> OpenFile {
        try translating { () throws(ProcessError) in try OpenFile.locking(root + "/lock") }
    }
}
