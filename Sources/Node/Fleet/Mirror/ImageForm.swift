internal import Bus
internal import Resources

/// The state of a log as one node gives it to another, in pieces (Docs/Formats/forward.md).
enum ImageForm {
    static let version: UInt64 = 1

    /// What a node asks of another.
    struct Question: Equatable {
        var mount: Namespace
        /// The number that the first piece had; 0 for the first.
        var number: UInt64
        /// The last resource it has.
        var behind: Identifier?
        /// Bytes of resources it takes; none when it only asks which log this is.
        var bytes: Int
    }

    /// A piece.
    struct Piece: Equatable {
        /// Under which number the rest is asked for; 0 when there is no rest.
        var number: UInt64
        /// The identity of the log.
        var log: Identifier
        /// Where the log stood, its chain hash there and its time.
        var position: Position
        var chain: [UInt8]
        var time: WallTime
        /// The digest of all resources.
        var digest: [UInt8]
        /// Stored forms.
        var resources: [[UInt8]]
        /// The last of them, when there are more.
        var last: Identifier?
    }

    /// `[1, mount, number, resource or null, bytes]`.
    static func encode(_ question: Question) -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(5)
        writer.write(unsigned: version)
        writer.write(question.mount.path)
        writer.write(unsigned: question.number)
        write(question.behind, to: &writer)
        writer.write(unsigned: UInt64(question.bytes))
        return writer.bytes
    }

    static func question(_ bytes: [UInt8]) throws(BusError) -> Question {
        try EntryForm.reading(bytes, "a question for a state") { (reader) throws(CBORError) in
            try reader.expectList(5)
            guard try reader.readUnsigned() == version else { return nil }
            let path = try reader.readText()
            let number = try reader.readUnsigned()
            let behind = try identifier(&reader)
            let bytes = Int(clamping: try reader.readUnsigned())
            guard let mount = try? Namespace(path) else { return nil }
            return Question(
                mount: mount, number: number, behind: behind,
                bytes: min(bytes, Limits.entriesBytes.value))
        }
    }

    /// `[1, number, log, position, chain hash, time, digest, [resource …], last or null]`.
    static func encode(_ piece: Piece) -> [UInt8] {
        var writer = CBORWriter(capacity: 4096)
        writer.beginList(9)
        writer.write(unsigned: version)
        writer.write(unsigned: piece.number)
        writer.write(bytes: piece.log.bytes)
        writer.write(unsigned: piece.position.rawValue)
        writer.write(bytes: piece.chain)
        writer.write(piece.time.milliseconds)
        writer.write(bytes: piece.digest)
        writer.beginList(piece.resources.count)
        for resource in piece.resources { writer.write(bytes: resource) }
        write(piece.last, to: &writer)
        return writer.bytes
    }

    static func piece(_ bytes: [UInt8]) throws(BusError) -> Piece {
        try EntryForm.reading(bytes, "a state") { (reader) throws(CBORError) in
            try reader.expectList(9)
            guard try reader.readUnsigned() == version else { return nil }
            let number = try reader.readUnsigned()
            let log = try reader.readIdentifier()
            let position = Position(try reader.readUnsigned())
            let chain = try reader.readBytes()
            let time = WallTime(milliseconds: try reader.readInt())
            let digest = try reader.readBytes()
            let resources = try reader.readList { (reader) throws(CBORError) in
                try reader.readBytes()
            }
            return Piece(
                number: number, log: log, position: position, chain: chain, time: time,
                digest: digest, resources: resources, last: try identifier(&reader))
        }
    }

    private static func write(_ id: Identifier?, to writer: inout CBORWriter) {
        if let id { writer.write(bytes: id.bytes) } else { writer.writeNull() }
    }

    private static func identifier(_ reader: inout CBORReader) throws(CBORError) -> Identifier? {
        reader.skipNull() ? nil : try reader.readIdentifier()
    }
}
