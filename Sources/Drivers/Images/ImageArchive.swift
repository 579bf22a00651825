internal import Host
internal import Resources

extension ImageStore {
    /// Reads an archive in one pass: its blobs go into the store under their digests, which for
    /// those of a layout must be their names.
    func readArchive(_ path: String) throws(DriverError) -> ImageSource {
        var ceilings = ceilings
        // The archive holds all layers, and one that is compressed as a whole is rare and small.
        ceilings.layer = ceilings.layer.multipliedReportingOverflow(by: 4).partialValue
        let stream = try ArchiveStream(path, ceilings: ceilings)
        var reader = TarReader(stream)
        var contents = ArchiveContents()
        var count = 0
        while let entry = try reader.next() {
            count += 1
            guard count <= ceilings.entries else {
                throw .beyond(Limits.layerEntries, ceilings.entries, path)
            }
            guard entry.kind == .file else { continue }
            switch entry.text {
            case "index.json": contents.index = try small(entry, &reader)
            case "manifest.json": contents.manifest = try small(entry, &reader)
            default: try keep(entry, &reader, &contents)
            }
        }
        if let index = contents.index { return .archive(index: index, manifest: nil) }
        guard let manifest = contents.manifest else {
            return .archive(index: nil, manifest: nil)
        }
        return .archive(index: nil, manifest: try convert(manifest, contents.names, path))
    }

    private func small(
        _ entry: TarEntry, _ reader: inout TarReader
    ) throws(DriverError) -> [UInt8] {
        guard entry.size <= Limits.imageDocument.value else {
            throw .beyond(Limits.imageDocument, Limits.imageDocument.value, entry.text)
        }
        var bytes: [UInt8] = []
        while bytes.count < entry.size { bytes += try reader.data() }
        return bytes
    }

    private func keep(
        _ entry: TarEntry, _ reader: inout TarReader, _ contents: inout ArchiveContents
    ) throws(DriverError) {
        var expected: ImageDigest?
        if entry.path.starts(with: ["blobs", "sha256"]), entry.path.count == 3 {
            expected = ImageDigest(digits: entry.path[2])
            // What is there already has been verified when it came.
            if let expected, files.kind(blob(expected)) != nil { return }
        }
        var blob = try IncomingBlob(in: self)
        while true {
            let piece = try reader.data()
            if piece.isEmpty { break }
            try blob.add(piece)
        }
        let digest = try blob.keep(as: expected)
        contents.names[entry.text] = ImageDescriptor(digest, size: entry.size)
    }

    /// Writes the manifest that an archive of `docker save` of before version 25 lacks.
    private func convert(
        _ bytes: [UInt8], _ names: [String: ImageDescriptor], _ path: String
    ) throws(DriverError) -> ImageDescriptor {
        let list: Value
        do throws(JSONError) { list = try JSONReader.decode(bytes) } catch {
            throw .image("manifest.json", error.reason)
        }
        guard let images = list.list, let map = images.first?.map,
            let config = map["Config"]?.text, let layers = map["Layers"]?.list
        else { throw .image(path, "its manifest.json names no image") }
        guard images.count == 1 else {
            throw .image(path, "holds \(images.count) images", "save one image alone")
        }
        func pointer(_ name: String?, _ media: String) throws(DriverError) -> Value {
            guard let name, let found = names[name] else {
                throw .image(path, "does not hold \(printable(name ?? "a layer"))")
            }
            return [
                "mediaType": .text("application/vnd.oci.image." + media),
                "digest": .text("\(found.digest)"), "size": .int(Int64(found.size)),
            ]
        }
        var pointers: [Value] = []
        for layer in layers { pointers.append(try pointer(layer.text, "layer.v1.tar")) }
        var writer = JSONWriter()
        let document: Value = [
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": try pointer(config, "config.v1+json"), "layers": .list(pointers),
        ]
        writer.write(document)
        var blob = try IncomingBlob(in: self)
        try blob.add(writer.bytes[...])
        return ImageDescriptor(try blob.keep(), size: writer.bytes.count)
    }
}

/// What the one pass over an archive has found.
private struct ArchiveContents {
    var index: [UInt8]?
    var manifest: [UInt8]?
    /// Blobs by their names in the archive, where those are no digests.
    var names: [String: ImageDescriptor] = [:]
}
