internal import Bus
internal import Log
internal import Resources

/// Entries as one node gives them to another (Docs/Formats/forward.md).
enum EntryForm {
    static let version: UInt64 = 1

    /// What a node asks of another: entries of a log behind a position.
    struct Question: Equatable {
        var mount: Namespace
        var behind: Position
        var milliseconds: Int
        var bytes: Int
    }

    static func encode(_ question: Question) -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(5)
        writer.write(unsigned: version)
        writer.write(question.mount.path)
        writer.write(unsigned: question.behind.rawValue)
        writer.write(unsigned: UInt64(question.milliseconds))
        writer.write(unsigned: UInt64(question.bytes))
        return writer.bytes
    }

    static func question(_ bytes: [UInt8]) throws(BusError) -> Question {
        try reading(bytes, "a question for entries") { (reader) throws(CBORError) in
            try reader.expectList(5)
            guard try reader.readUnsigned() == version else { return nil }
            let path = try reader.readText()
            let behind = Position(try reader.readUnsigned())
            let milliseconds = Int(clamping: try reader.readUnsigned())
            let bytes = Int(clamping: try reader.readUnsigned())
            guard let mount = try? Namespace(path) else { return nil }
            return Question(
                mount: mount, behind: behind,
                milliseconds: min(milliseconds, Limits.followWait.value),
                bytes: min(bytes, Limits.entriesBytes.value))
        }
    }

    /// `[1, first kept or null, [[position, epoch, author, time, payload, chain hash] …]]`: a first
    /// position says that what was asked for is gone.
    static func encode(_ entries: [LogEntry], trimmed: Position? = nil) -> [UInt8] {
        var writer = CBORWriter(capacity: 256 * (entries.count + 1))
        writer.beginList(3)
        writer.write(unsigned: version)
        if let trimmed { writer.write(unsigned: trimmed.rawValue) } else { writer.writeNull() }
        writer.beginList(entries.count)
        for entry in entries {
            writer.beginList(6)
            writer.write(unsigned: entry.header.position.rawValue)
            writer.write(unsigned: entry.epoch)
            writer.write(entry.header.author.text)
            writer.write(entry.header.time.milliseconds)
            writer.write(bytes: entry.payload)
            writer.write(bytes: entry.hash)
        }
        return writer.bytes
    }

    /// Reads entries of the log at `mount`.
    static func entries(
        _ bytes: [UInt8], of mount: Namespace
    ) throws(BusError) -> (entries: [LogEntry], trimmed: Position?) {
        try reading(bytes, "entries of \(mount)") { (reader) throws(CBORError) in
            try reader.expectList(3)
            guard try reader.readUnsigned() == version else { return nil }
            let trimmed = reader.skipNull() ? nil : Position(try reader.readUnsigned())
            let found = try reader.readList { (reader) throws(CBORError) in
                try entry(&reader, mount)
            }
            let entries = found.compactMap(\.self)
            return entries.count == found.count ? (entries, trimmed) : nil
        }
    }

    private static func entry(
        _ reader: inout CBORReader, _ mount: Namespace
    ) throws(CBORError) -> LogEntry? {
        try reader.expectList(6)
        let position = Position(try reader.readUnsigned())
        let epoch = try reader.readUnsigned()
        let author = Identity(try reader.readText())
        let time = WallTime(milliseconds: try reader.readInt())
        let payload = try reader.readBytes()
        let hash = ChainHash(bytes: try reader.readBytes())
        guard let author, let hash else { return nil }
        return LogEntry(
            header: EntryHeader(log: mount, position: position, author: author, time: time),
            epoch: epoch, payload: payload, chainHash: hash)
    }

    /// Reads all of what another node sent: nil from `body` and what is left over are malformed.
    static func reading<Answer>(
        _ bytes: [UInt8], _ what: String,
        _ body: (inout CBORReader) throws(CBORError) -> Answer?
    ) throws(BusError) -> Answer {
        var cause = "it has another form"
        do throws(CBORError) {
            var reader = CBORReader(bytes)
            if let answer = try body(&reader) {
                try reader.finish()
                return answer
            }
        } catch {
            cause = error.reason.rawValue
        }
        throw BusError(
            .malformed, operation: "read", subject: what, cause: cause,
            remedy: "let all nodes run the same version of Pisces")
    }
}
