internal import Host
public import Resources

/// A place in a log's chain of hashes: what the next entry continues.
public struct ChainPoint: Hashable, Sendable {
    /// The last position.
    public let position: Position
    /// The chain hash there.
    public let hash: ChainHash

    /// Before the first entry of a log.
    public static let start = ChainPoint(position: .zero, hash: .zero)

    /// The place behind the entry at `position`.
    public init(position: Position, hash: ChainHash) {
        self.position = position
        self.hash = hash
    }
}

/// Entries that were appended as one, with their bytes outside of a file: a batch of the log's
/// format (Docs/Formats/log.md) as it stands at the start of a segment. Whoever appends the same
/// entries to a log of their own has the same chain of hashes.
public struct EntryGroup: Hashable, Sendable {
    /// The entries, in order; at least one.
    public let entries: [LogEntry]
    /// The batch.
    public let bytes: [UInt8]
    /// What the group continues.
    public let previous: ChainPoint
    /// Its end.
    public let last: ChainPoint

    /// In whose log, and in which part of it, a group stands.
    public struct Place: Hashable, Sendable {
        /// The log.
        public let log: Identifier
        /// Where the log is mounted.
        public let mount: Namespace
        /// The epoch of all entries.
        public let epoch: UInt64
        /// What messages call it, such as the name of a loglet.
        public let name: String

        /// A place in `log`.
        public init(log: Identifier, mount: Namespace, epoch: UInt64, name: String) {
            self.log = log
            self.mount = mount
            self.epoch = epoch
            self.name = name
        }
    }

    /// The group of `drafts` right behind `previous`; at most `limit` bytes.
    public init(
        _ drafts: [EntryDraft], behind previous: ChainPoint, in place: Place, limit: Int
    ) throws(LogError) {
        if drafts.isEmpty { throw .nothingToAppend }
        for draft in drafts where draft.payload.count > Limits.batchBytes.value {
            throw .tooLarge(
                what: "batch", bytes: draft.payload.count, limit: Limits.batchBytes.value)
        }
        let count = BatchEncoder.bytes(of: drafts)
        if count > limit { throw .tooLarge(what: "group", bytes: count, limit: limit) }
        var encoder = BatchEncoder()
        _ = encoder.encode(
            drafts, count: count,
            frame: BatchEncoder.Frame(
                log: place.log, epoch: place.epoch, first: previous.position.next,
                previous: previous.hash, watermark: previous.position, offset: 0))
        try self.init(Array(encoder.buffer.prefix(count)), behind: previous, in: place)
    }

    /// Reads a group and checks all of it: checksums, log, epoch, positions and chain. Without
    /// `previous` its own word is taken for what it continues.
    public init(
        _ bytes: [UInt8], behind previous: ChainPoint?, in place: Place
    ) throws(LogError) {
        guard let start = previous ?? Self.start(of: bytes) else {
            throw Self.corrupt(Position(1), place, 0, "the header of the first record is damaged")
        }
        let expected = Expectation(
            log: place.log, position: start.position.next, previous: start.hash, epoch: place.epoch)
        var sink = EntrySink(
            mount: place.mount, from: .zero, limit: Position(.max), maximumBytes: .max)
        let reading = unsafe bytes.withUnsafeBytes {
            unsafe BatchParser(expected: expected).parse($0, at: 0, sink: &sink)
        }
        switch reading {
        case .batch(let batch):
            guard batch.bytes == bytes.count, batch.epoch == place.epoch else {
                throw Self.corrupt(
                    expected.position, place, batch.bytes,
                    batch.epoch == place.epoch
                        ? "bytes follow the batch" : "an entry of epoch \(batch.epoch)")
            }
            entries = sink.entries
            self.bytes = bytes
            self.previous = start
            last = ChainPoint(position: batch.last, hash: batch.hash)
        case .invalid(let flaw):
            throw Self.corrupt(flaw.position, place, flaw.offset, flaw.reason)
        case .zeros, .short:
            throw Self.corrupt(expected.position, place, bytes.count, "the batch is cut short")
        }
    }

    /// What the first record says that it continues; nil when its header is damaged.
    private static func start(of bytes: [UInt8]) -> ChainPoint? {
        unsafe bytes.withUnsafeBytes { buffer in
            guard buffer.count >= Layout.recordHeader else { return nil }
            let author = Int(unsafe buffer.word(Layout.authorLength, as: UInt8.self))
            guard buffer.count >= Layout.recordHeader + author,
                unsafe BatchParser.hasValidHeader(buffer.part(0, Layout.recordHeader + author)),
                case let position = unsafe buffer.word(Layout.position, as: UInt64.self),
                position > 0
            else { return nil }
            return ChainPoint(
                position: Position(position - 1), hash: unsafe buffer.hash(Layout.previousHash))
        }
    }

    private static func corrupt(
        _ position: Position, _ place: Place, _ offset: Int, _ reason: String
    ) -> LogError {
        .corrupt(Defect(position: position, file: place.name, offset: offset, reason: reason))
    }
}
