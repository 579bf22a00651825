internal import Resources
internal import Trust

extension BundleManifest {
    /// The number of the format.
    static let format: Int64 = 1

    /// Its deterministic CBOR.
    public var encoded: [UInt8] {
        let map: ValueMap = [
            "format": .int(Self.format), "app": .text(app), "version": .text(version),
            "data": .map(data), "files": .list(files.map(\.value)),
            "signer": signer.map { .bytes($0.bytes) } ?? .null,
        ]
        var writer = CBORWriter(capacity: 256 + files.count * 128)
        writer.write(map)
        return writer.bytes
    }

    /// Reads a manifest and refuses any other form than its own encoding.
    public init(_ bytes: [UInt8]) throws(BundleError) {
        guard bytes.count <= Limits.manifestBytes.value else {
            throw BundleError(
                .tooLarge, operation: "read", subject: "a manifest",
                cause: "it has \(bytes.count) bytes; the limit is \(Limits.manifestBytes.value)",
                remedy: "bundle fewer files")
        }
        let value: Value
        do throws(CBORError) { value = try CBORReader.decode(bytes) } catch {
            throw Self.badForm("at byte \(error.offset) \(error.reason.rawValue)")
        }
        guard let map = value.map, map["format"] == .int(Self.format) else {
            throw Self.badForm("it is no manifest of format \(Self.format)")
        }
        guard let app = map["app"]?.text, let version = map["version"]?.text,
            let data = map["data"]?.map, let list = map["files"]?.list
        else { throw Self.badForm("a part is missing or of another kind") }
        var files: [File] = []
        files.reserveCapacity(list.count)
        for element in list {
            guard let file = File(element) else {
                throw Self.badForm("entry \(files.count) of its files is malformed")
            }
            files.append(file)
        }
        try self.init(
            app: app, version: version, data: data, files: files,
            signer: Self.signer(map["signer"]))
        guard encoded == bytes else { throw Self.badForm("it has parts that are not known") }
    }

    private static func signer(_ value: Value?) throws(BundleError) -> SignerKey? {
        if value == .null { return nil }
        guard let bytes = value?.bytes else { throw badForm("its signer is no key") }
        do throws(TrustError) { return try SignerKey(bytes: bytes) } catch {
            throw BundleError(error)
        }
    }

    private static func badForm(_ cause: String) -> BundleError {
        BundleError(
            .badForm, operation: "read", subject: "a manifest", cause: cause,
            remedy: "get it again from who made it")
    }
}

extension BundleManifest.File {
    /// The permissions a file has in the manifest: what matters is whether it may be executed.
    static func mode(executable: Bool) -> Int64 { executable ? 0o755 : 0o644 }

    var value: Value {
        switch kind {
        case .file(let digest, let size, let executable):
            [
                "path": .text(path), "mode": .int(Self.mode(executable: executable)),
                "size": .int(Int64(size)), "digest": .bytes(digest.bytes),
            ]
        case .link(let target): ["path": .text(path), "link": .text(target)]
        case .folder: ["path": .text(path), "folder": true]
        }
    }

    init?(_ value: Value) {
        guard let map = value.map, let path = map["path"]?.text else { return nil }
        if let target = map["link"]?.text {
            self.init(path: path, kind: .link(target: target))
        } else if map["folder"] == true {
            self.init(path: path, kind: .folder)
        } else {
            guard let digest = map["digest"]?.bytes.flatMap({ ContentDigest(bytes: $0) }),
                let size = map["size"]?.int, size >= 0, let mode = map["mode"]?.int,
                mode == 0o755 || mode == 0o644
            else { return nil }
            self.init(
                path: path,
                kind: .file(digest: digest, size: Int(size), executable: mode == 0o755))
        }
    }
}
