internal import Drivers
internal import Host
internal import Resources

/// Makes archives by hand, also such as no tool would write.
struct TarMaker {
    private(set) var bytes: [UInt8] = []

    mutating func file(_ path: String, _ text: String, mode: UInt32 = 0o644, user: Int = 0) {
        entry(path, kind: "0", body: Array(text.utf8), mode: mode, user: user)
    }

    mutating func folder(_ path: String, mode: UInt32 = 0o755) {
        entry(path, kind: "5", mode: mode)
    }

    mutating func link(_ path: String, to target: String) {
        entry(path, kind: "2", target: target)
    }

    mutating func hardLink(_ path: String, to target: String) {
        entry(path, kind: "1", target: target)
    }

    /// An extended header of pax before the next entry.
    mutating func pax(_ records: [(String, [UInt8])], kind: Character = "x") {
        var body: [UInt8] = []
        for (key, value) in records {
            let rest = 3 + key.utf8.count + value.count
            var length = rest + 1
            while "\(length)".utf8.count + rest != length {
                length = "\(length)".utf8.count + rest
            }
            body += Array("\(length) \(key)=".utf8) + value + [0x0A]
        }
        entry("pax", kind: kind, body: body)
    }

    mutating func entry(
        _ path: String, kind: Character, target: String = "", body: [UInt8] = [],
        size: Int? = nil, mode: UInt32 = 0o644, user: Int = 0, magic: String = "ustar\u{0}00"
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8))
        }
        func octal(_ number: Int, _ offset: Int, _ width: Int) {
            let digits = String(number, radix: 8)
            put(String(repeating: "0", count: width - 1 - digits.utf8.count) + digits, offset)
        }
        put(String(path.prefix(100)), 0)
        octal(Int(mode), 100, 8)
        octal(user, 108, 8)
        octal(user, 116, 8)
        octal(size ?? body.count, 124, 12)
        octal(1_700_000_000, 136, 12)
        put("\(kind)", 156)
        put(target, 157)
        put(magic, 257)
        put("        ", 148)
        octal(header.reduce(0) { $0 + Int($1) }, 148, 7)
        bytes += header + body
        bytes += [UInt8](repeating: 0, count: (512 - body.count % 512) % 512)
    }

    /// The archive with its two closing blocks.
    var whole: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}

/// Makes OCI layouts by hand.
struct LayoutMaker {
    let folder: String
    private let files = LinuxFiles()
    private var manifests: [Value] = []

    init(_ folder: String) throws {
        self.folder = folder
        try files.makeFolder(folder + "/blobs/sha256")
        try files.replace(
            folder + "/oci-layout", with: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    }

    func json(_ value: Value) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value)
        return writer.bytes
    }

    @discardableResult
    func blob(_ bytes: [UInt8]) throws -> ImageDigest {
        let digest = ImageDigest(of: bytes)
        try files.replace("\(folder)/blobs/sha256/\(digest.digits)", with: bytes)
        return digest
    }

    /// Adds an image; `compress` gives the blob of each layer. Returns its manifest's digest.
    @discardableResult
    mutating func add(
        _ layers: [[UInt8]], config: ValueMap = ValueMap(), architecture: String = "amd64",
        reference: String = "latest", diffs: [ImageDigest]? = nil,
        compress: ([UInt8]) throws -> [UInt8] = { $0 }
    ) throws -> ImageDigest {
        let diffs = diffs ?? layers.map { ImageDigest(of: $0) }
        let settings = json([
            "architecture": .text(architecture), "os": "linux", "config": .map(config),
            "rootfs": ["type": "layers", "diff_ids": .list(diffs.map { .text("\($0)") })],
        ])
        var pointers: [Value] = []
        for layer in layers {
            let bytes = try compress(layer)
            pointers.append(
                pointer(try blob(bytes), bytes.count, "application/vnd.oci.image.layer.v1.tar"))
        }
        let manifest = json([
            "schemaVersion": 2,
            "config": pointer(
                try blob(settings), settings.count, "application/vnd.oci.image.config.v1+json"),
            "layers": .list(pointers),
        ])
        let digest = try blob(manifest)
        var entry =
            pointer(digest, manifest.count, "application/vnd.oci.image.manifest.v1+json").map
            ?? ValueMap()
        entry["platform"] = ["architecture": .text(architecture), "os": "linux"]
        entry["annotations"] = ["org.opencontainers.image.ref.name": .text(reference)]
        manifests.append(.map(entry))
        try writeIndex()
        return digest
    }

    private func writeIndex() throws {
        let index: Value = ["schemaVersion": 2, "manifests": .list(manifests)]
        try files.replace(folder + "/index.json", with: json(index))
    }

    private func pointer(_ digest: ImageDigest, _ size: Int, _ media: String) -> Value {
        ["mediaType": .text(media), "digest": .text("\(digest)"), "size": .int(Int64(size))]
    }

    /// All of the layout in one archive, the index last.
    func archive() throws -> [UInt8] {
        var tar = TarMaker()
        tar.folder("blobs/")
        for name in try files.names(in: folder + "/blobs/sha256") {
            let bytes = try files.read(folder + "/blobs/sha256/" + name, atMost: 1 << 24) ?? []
            tar.entry("blobs/sha256/" + name, kind: "0", body: bytes)
        }
        for name in ["oci-layout", "index.json"] {
            let bytes = try files.read(folder + "/" + name, atMost: 1 << 24) ?? []
            tar.entry(name, kind: "0", body: bytes)
        }
        return tar.whole
    }
}
