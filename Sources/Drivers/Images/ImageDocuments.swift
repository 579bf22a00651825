internal import Host
internal import Resources

/// A pointer from one document of an image to a blob (OCI image specification 1.1, descriptor).
struct ImageDescriptor: Hashable {
    var digest: ImageDigest
    var size: Int
    var media: String
    var architecture: String?
    var system: String?
    /// The name people gave it in an index.
    var reference: String?

    init(_ value: Value, in document: String) throws(DriverError) {
        guard let map = value.map, let size = map["size"]?.int, size >= 0,
            let text = map["digest"]?.text
        else { throw .image(document, "has a pointer without digest or size") }
        guard let digest = ImageDigest(text) else {
            throw .image(document, "names a digest that is no SHA-256: \(printable(text))")
        }
        self.digest = digest
        self.size = Int(size)
        media = map["mediaType"]?.text ?? ""
        architecture = map["platform"]?.map?["architecture"]?.text
        system = map["platform"]?.map?["os"]?.text
        let notes = map["annotations"]?.map
        reference = notes?["org.opencontainers.image.ref.name"]?.text
    }

    init(_ digest: ImageDigest, size: Int) {
        self.digest = digest
        self.size = size
        media = ""
    }

    /// True when it points to an index, not to a manifest.
    var isIndex: Bool {
        media == "application/vnd.oci.image.index.v1+json"
            || media == "application/vnd.docker.distribution.manifest.list.v2+json"
    }
}

/// Reading the JSON documents of an image.
enum ImageDocuments {
    static func json(_ bytes: [UInt8], _ name: String) throws(DriverError) -> ValueMap {
        do throws(JSONError) {
            if let map = try JSONReader.decode(bytes).map { return map }
        } catch {
            throw .image(name, "line \(error.line), column \(error.column): \(error.reason)")
        }
        throw .image(name, "is no JSON object")
    }

    /// The pointers of an index.
    static func manifests(
        _ map: ValueMap, _ name: String
    ) throws(DriverError) -> [ImageDescriptor] {
        guard let list = map["manifests"]?.list else { throw .image(name, "has no manifests") }
        var found: [ImageDescriptor] = []
        for value in list { found.append(try ImageDescriptor(value, in: name)) }
        return found
    }

    /// The pointers of a manifest: its configuration and its layers, the lowest first.
    static func parts(
        _ map: ValueMap, _ name: String
    ) throws(DriverError) -> (config: ImageDescriptor, layers: [ImageDescriptor]) {
        guard let config = map["config"], let list = map["layers"]?.list else {
            throw .image(name, "is no manifest of an image")
        }
        guard list.count <= Limits.imageLayers.value else {
            throw .beyond(Limits.imageLayers, Limits.imageLayers.value, name)
        }
        guard !list.isEmpty else { throw .image(name, "has no layers") }
        var layers: [ImageDescriptor] = []
        for value in list { layers.append(try ImageDescriptor(value, in: name)) }
        return (try ImageDescriptor(config, in: name), layers)
    }

    /// The digests of the uncompressed layers, the lowest first.
    static func diffs(_ map: ValueMap, _ name: String) throws(DriverError) -> [ImageDigest] {
        guard let list = map["rootfs"]?.map?["diff_ids"]?.list else {
            throw .image(name, "has no rootfs.diff_ids")
        }
        let digests = list.compactMap { $0.text.flatMap(ImageDigest.init(_:)) }
        guard digests.count == list.count else {
            throw .image(name, "names a layer by a digest that is no SHA-256")
        }
        return digests
    }
}
