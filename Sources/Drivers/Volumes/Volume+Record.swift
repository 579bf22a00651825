internal import Resources

/// The record of a volume: a canonical CBOR map (Docs/Formats/volumes.md).
extension Volume {
    /// The version this code writes.
    private static let version: Int64 = 1

    /// The bytes of its record.
    var record: [UInt8] {
        var map: ValueMap = [
            "version": .int(Self.version), "id": .bytes(id.bytes), "name": .text(name),
            "device": .text(device.rawValue), "size": .int(size),
            "created": .int(created.milliseconds),
            "fence": .int(Int64(clamping: fence.rawValue)),
        ]
        if let holder {
            map["holder"] = .map([
                "task": .bytes(holder.task.bytes), "name": .text(holder.name),
                "position": .int(Int64(clamping: holder.position.rawValue)),
                "since": .int(holder.since.milliseconds),
            ])
        }
        if let origin {
            map["origin"] = .map([
                "volume": .bytes(origin.volume.bytes), "snapshot": .text(origin.snapshot),
            ])
        }
        var writer = CBORWriter()
        writer.write(map)
        return writer.bytes
    }

    /// Reads a record; nil when it is none of this version.
    init?(record bytes: [UInt8]) {
        guard let map = (try? CBORReader.decode(bytes))?.map, map["version"]?.int == Self.version,
            let id = map["id"]?.bytes.flatMap({ Identifier(bytes: $0) }),
            let name = map["name"]?.text, let size = map["size"]?.int, size > 0,
            let device = map["device"]?.text.flatMap({ VolumeDevice(rawValue: $0) }),
            let created = map["created"]?.int, let fence = map["fence"]?.int, fence >= 0
        else { return nil }
        self.init(
            id: id, name: name, device: device, size: size,
            created: WallTime(milliseconds: created))
        self.fence = Position(UInt64(fence))
        if let part = map["holder"] {
            guard let holder = VolumeHolder(part.map) else { return nil }
            self.holder = holder
        }
        if let part = map["origin"] {
            guard let origin = VolumeOrigin(part.map) else { return nil }
            self.origin = origin
        }
    }
}

extension VolumeHolder {
    fileprivate init?(_ map: ValueMap?) {
        guard let task = map?["task"]?.bytes.flatMap({ Identifier(bytes: $0) }),
            let name = map?["name"]?.text, let position = map?["position"]?.int, position >= 0,
            let since = map?["since"]?.int
        else { return nil }
        self.init(
            task: task, name: name, position: Position(UInt64(position)),
            since: WallTime(milliseconds: since))
    }
}

extension VolumeOrigin {
    fileprivate init?(_ map: ValueMap?) {
        guard let volume = map?["volume"]?.bytes.flatMap({ Identifier(bytes: $0) }),
            let snapshot = map?["snapshot"]?.text
        else { return nil }
        self.init(volume: volume, snapshot: snapshot)
    }
}

/// The record of a snapshot, written the same way.
extension VolumeSnapshot {
    var record: [UInt8] {
        var writer = CBORWriter()
        writer.write(
            [
                "version": 1, "name": .text(name), "created": .int(created.milliseconds),
                "size": .int(size), "copied": .int(copied), "shared": .int(shared),
                "entries": .int(Int64(entries)),
            ] as ValueMap)
        return writer.bytes
    }

    init?(record bytes: [UInt8]) {
        guard let map = (try? CBORReader.decode(bytes))?.map, map["version"]?.int == 1,
            let name = map["name"]?.text, let created = map["created"]?.int,
            let size = map["size"]?.int, let copied = map["copied"]?.int,
            let shared = map["shared"]?.int, let entries = map["entries"]?.int
        else { return nil }
        self.init(
            name: name, created: WallTime(milliseconds: created), size: size, copied: copied,
            shared: shared, entries: Int(entries))
    }
}
