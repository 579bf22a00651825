internal import Resources
public import Trust

// The form on disk and wire: maps of exactly the keys below. Docs/Formats/description.md.

extension Description {
    /// Its canonical bytes.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 64 << 10)
        writer.write(map)
        return writer.bytes
    }

    /// Its generation: the SHA-256 of its canonical bytes.
    public var digest: ContentDigest { ContentDigest(of: encoded) }

    private var map: ValueMap {
        [
            "format": .int(Self.format), "sequence": .int(sequence),
            "architecture": .text(architecture.rawValue),
            "files": .list(files.map { .map($0.map) }),
            "boot": boot.map { .map($0.map) } ?? .null,
            "modules": .list(modules.map { .map($0.map) }),
            "apps": .list(apps.map { .map($0.map) }),
            "images": .list(images.map { .map($0.map) }),
            "resources": .list(resources.map { .map($0.map) }),
            "parameters": .map(parameters.map),
            "provenance": .list(provenance.map { .map($0.map) }),
        ]
    }
}

extension Blob {
    /// A list of digest and size.
    var value: Value { [.bytes(digest.bytes), .int(size)] }
}

extension Description.File {
    fileprivate var map: ValueMap {
        var map: ValueMap = ["path": .text(path), "mode": .int(Int64(mode))]
        switch kind {
        case .file(let blob): map["blob"] = blob.value
        case .directory: map["directory"] = true
        case .symlink(let target): map["target"] = .text(target)
        }
        return map
    }
}

extension Description.Boot {
    fileprivate var map: ValueMap {
        [
            "kernel": kernel.value, "program": program.value, "loader": loader.value,
            "stub": stub.value, "guard": guardian.value,
            "commandLine": .list(commandLine.map { .text($0) }),
        ]
    }
}

extension Description.Module {
    fileprivate var map: ValueMap { ["path": .text(path), "blob": blob.value] }
}

extension Description.App {
    fileprivate var map: ValueMap {
        [
            "namespace": .text(namespace.path), "name": .text(name.text),
            "version": .text(version), "bundle": .bytes(bundle.bytes),
            "signature": signature.map { .bytes($0) } ?? .null,
            "blobs": .list(blobs.map(\.value)),
        ]
    }
}

extension Description.Image {
    fileprivate var map: ValueMap {
        ["digest": .bytes(digest.bytes), "blobs": .list(blobs.map(\.value))]
    }
}

extension Description.Heritable {
    fileprivate var map: ValueMap {
        [
            "type": .text(type.text), "namespace": .text(namespace.path),
            "name": .text(name.text), "data": .map(data),
            "tags": .map(SortedMap(tags.entries.map { ($0.key, Value.text($0.value)) })),
        ]
    }
}

extension Description.Parameters {
    fileprivate var map: ValueMap {
        [
            "esp": .int(espBytes), "root": .int(rootBytes), "verity": .int(verityBytes),
            "data": .int(dataBytes), "block": .int(blockBytes), "salt": .bytes(salt),
            "seed": .bytes(seed), "timestamp": .int(timestamp),
        ]
    }
}

extension Description.Origin {
    fileprivate var map: ValueMap {
        [
            "digest": .bytes(digest.bytes), "package": .text(package), "version": .text(version),
            "source": .text(source), "license": .text(license),
        ]
    }
}
