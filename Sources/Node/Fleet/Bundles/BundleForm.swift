internal import Bus
internal import Resources
internal import Trust

/// Pieces of a bundle's archive as one node gives them to another (Docs/Formats/forward.md).
enum BundleForm {
    static let version: UInt64 = 1
    /// The service.
    static let path = "/bus/bundle"

    /// Which bytes of which bundle.
    struct Question: Equatable {
        var digest: ContentDigest
        var offset: Int
        var count: Int
    }

    /// `[1, digest, offset, count]`.
    static func encode(_ question: Question) -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(4)
        writer.write(unsigned: version)
        writer.write(bytes: question.digest.bytes)
        writer.write(unsigned: UInt64(question.offset))
        writer.write(unsigned: UInt64(question.count))
        return writer.bytes
    }

    static func question(_ bytes: [UInt8]) throws(BusError) -> Question {
        try EntryForm.reading(bytes, "a question for a bundle") { (reader) throws(CBORError) in
            try reader.expectList(4)
            guard try reader.readUnsigned() == version,
                let digest = ContentDigest(bytes: try reader.readBytes())
            else { return nil }
            let offset = Int(clamping: try reader.readUnsigned())
            let count = Int(clamping: try reader.readUnsigned())
            return Question(
                digest: digest, offset: offset, count: min(count, Limits.entriesBytes.value))
        }
    }

    /// `[1, bytes]`.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var writer = CBORWriter(capacity: bytes.count + 16)
        writer.beginList(2)
        writer.write(unsigned: version)
        writer.write(bytes: bytes)
        return writer.bytes
    }

    static func bytes(_ answer: [UInt8]) throws(BusError) -> [UInt8] {
        try EntryForm.reading(answer, "a piece of a bundle") { (reader) throws(CBORError) in
            try reader.expectList(2)
            guard try reader.readUnsigned() == version else { return nil }
            return try reader.readBytes()
        }
    }
}
