internal import Bus
internal import MMSGraph
internal import Resources

/// The state of a log as one node gives it to another, in pieces (Docs/Formats/forward.md).
enum ImageForm {
    static let version: UInt64 = 2

    /// What is asked for.
    enum Part: UInt64 {
        /// Resources, and no more than those.
        case resources = 0
        /// Resources, of a state whose requests are asked for behind them.
        case begin = 1
        /// The last requests of clients.
        case requests = 2
    }

    /// What a node asks of another.
    struct Question: Equatable {
        var mount: Namespace
        /// The number that the first piece had; 0 for the first.
        var number: UInt64
        var part = Part.resources
        /// The last resource or client it has.
        var behind: Identifier?
        /// Bytes it takes; none when it only asks which log this is.
        var bytes: Int
    }

    /// A piece.
    struct Piece: Equatable {
        /// Under which number the rest is asked for; 0 when there is no rest.
        var number: UInt64
        /// The identity of the log.
        var log: Identifier
        /// Where the log stood, with epoch and chain hash of that entry, and its time.
        var position: Position
        var epoch: UInt64
        var chain: [UInt8]
        var time: WallTime
        /// The digest of all resources.
        var digest: [UInt8]
        /// Stored forms, when it was asked for resources.
        var resources: [[UInt8]] = []
        /// What else was asked for.
        var requests: [LogSession] = []
        /// The last of them, when there are more.
        var last: Identifier?
    }

    /// `[2, mount, number, part, resource or client or null, bytes]`.
    static func encode(_ question: Question) -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(6)
        writer.write(unsigned: version)
        writer.write(question.mount.path)
        writer.write(unsigned: question.number)
        writer.write(unsigned: question.part.rawValue)
        write(question.behind, to: &writer)
        writer.write(unsigned: UInt64(question.bytes))
        return writer.bytes
    }

    static func question(_ bytes: [UInt8]) throws(BusError) -> Question {
        try EntryForm.reading(bytes, "a question for a state") { (reader) throws(CBORError) in
            try reader.expectList(6)
            guard try reader.readUnsigned() == version else { return nil }
            let path = try reader.readText()
            let number = try reader.readUnsigned()
            let part = Part(rawValue: try reader.readUnsigned())
            let behind = try identifier(&reader)
            let bytes = Int(clamping: try reader.readUnsigned())
            guard let mount = try? Namespace(path), let part else { return nil }
            return Question(
                mount: mount, number: number, part: part, behind: behind,
                bytes: min(bytes, Limits.entriesBytes.value))
        }
    }

    /// `[2, number, log, position, epoch, chain hash, time, digest, [resource …], [[client,
    /// sequence, position] …], last or null]`.
    static func encode(_ piece: Piece) -> [UInt8] {
        var writer = CBORWriter(capacity: 4096)
        writer.beginList(11)
        writer.write(unsigned: version)
        writer.write(unsigned: piece.number)
        writer.write(bytes: piece.log.bytes)
        writer.write(unsigned: piece.position.rawValue)
        writer.write(unsigned: piece.epoch)
        writer.write(bytes: piece.chain)
        writer.write(piece.time.milliseconds)
        writer.write(bytes: piece.digest)
        writer.beginList(piece.resources.count)
        for resource in piece.resources { writer.write(bytes: resource) }
        write(piece.requests, to: &writer)
        write(piece.last, to: &writer)
        return writer.bytes
    }

    static func piece(_ bytes: [UInt8]) throws(BusError) -> Piece {
        try EntryForm.reading(bytes, "a state") { (reader) throws(CBORError) in
            try reader.expectList(11)
            guard try reader.readUnsigned() == version else { return nil }
            let number = try reader.readUnsigned()
            let log = try reader.readIdentifier()
            let position = Position(try reader.readUnsigned())
            let epoch = try reader.readUnsigned()
            let chain = try reader.readBytes()
            let time = WallTime(milliseconds: try reader.readInt())
            let digest = try reader.readBytes()
            let resources = try reader.readList { (reader) throws(CBORError) in
                try reader.readBytes()
            }
            let requests = try requests(&reader)
            return Piece(
                number: number, log: log, position: position, epoch: epoch, chain: chain,
                time: time, digest: digest, resources: resources, requests: requests,
                last: try identifier(&reader))
        }
    }

    static func write(_ requests: [LogSession], to writer: inout CBORWriter) {
        writer.beginList(requests.count)
        for request in requests {
            writer.beginList(3)
            writer.write(bytes: request.client.bytes)
            writer.write(unsigned: request.sequence)
            writer.write(unsigned: request.position.rawValue)
        }
    }

    static func requests(_ reader: inout CBORReader) throws(CBORError) -> [LogSession] {
        try reader.readList { (reader) throws(CBORError) in
            try reader.expectList(3)
            return LogSession(
                client: try reader.readIdentifier(), sequence: try reader.readUnsigned(),
                position: Position(try reader.readUnsigned()))
        }
    }

    private static func write(_ id: Identifier?, to writer: inout CBORWriter) {
        if let id { writer.write(bytes: id.bytes) } else { writer.writeNull() }
    }

    private static func identifier(_ reader: inout CBORReader) throws(CBORError) -> Identifier? {
        reader.skipNull() ? nil : try reader.readIdentifier()
    }
}
