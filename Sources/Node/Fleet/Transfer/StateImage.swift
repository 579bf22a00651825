internal import Bus
internal import MMSGraph
internal import Resources

/// All of a log's state at one position, as another machine gave it.
struct StateImage: Equatable {
    /// The identity of the log.
    var log: Identifier
    /// Where it stood, with epoch and chain hash of that entry and the latest time up to there.
    var position: Position
    var epoch: UInt64
    var chain: [UInt8]
    var time: WallTime
    /// The digest that its resources have together.
    var digest: [UInt8]
    /// Their stored forms.
    var resources: [[UInt8]] = []
    /// The last requests of clients.
    var requests: [LogSession] = []

    private static let version: UInt64 = 1

    /// What is kept of it beside the log until it is installed (Docs/Formats/log.md): `[1, log,
    /// position, epoch, chain hash, time, digest, [resource …], [[client, sequence, position] …]]`.
    var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 4096)
        writer.beginList(9)
        writer.write(unsigned: Self.version)
        writer.write(bytes: log.bytes)
        writer.write(unsigned: position.rawValue)
        writer.write(unsigned: epoch)
        writer.write(bytes: chain)
        writer.write(time.milliseconds)
        writer.write(bytes: digest)
        writer.beginList(resources.count)
        for resource in resources { writer.write(bytes: resource) }
        ImageForm.write(requests, to: &writer)
        return writer.bytes
    }

    init(_ first: ImageForm.Piece) {
        log = first.log
        position = first.position
        epoch = first.epoch
        chain = first.chain
        time = first.time
        digest = first.digest
    }

    /// Reads what was kept.
    init(encoded bytes: [UInt8]) throws(BusError) {
        self = try EntryForm.reading(bytes, "a state that was kept") {
            (reader) throws(CBORError) in
            try reader.expectList(9)
            guard try reader.readUnsigned() == Self.version else { return nil }
            var image = StateImage(
                .init(
                    number: 0, log: try reader.readIdentifier(),
                    position: Position(try reader.readUnsigned()),
                    epoch: try reader.readUnsigned(), chain: try reader.readBytes(),
                    time: WallTime(milliseconds: try reader.readInt()),
                    digest: try reader.readBytes(), last: nil))
            image.resources = try reader.readList { (reader) throws(CBORError) in
                try reader.readBytes()
            }
            image.requests = try ImageForm.requests(&reader)
            return image
        }
    }
}
