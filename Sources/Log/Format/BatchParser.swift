internal import Host
internal import Resources

/// What a batch must continue to be accepted.
struct Expectation: Equatable {
    var log: Identifier
    var position: Position
    var previous: ChainHash
    var epoch: UInt64
}

/// What is wrong at a batch's place.
struct Flaw: Equatable {
    /// From the start of the bytes that were parsed.
    var offset: Int
    /// The first position that is not accepted there.
    var position: Position
    var reason: String
    /// The checksums are right and the content is that of another place: never a torn write.
    var misplaced = false
}

/// A batch that is complete and continues the chain.
struct ParsedBatch: Equatable {
    var last: Position
    var hash: ChainHash
    var epoch: UInt64
    /// With its trailer.
    var bytes: Int
    /// The highest position it says is durable.
    var watermark: Position
}

/// What the bytes at a batch's place are.
enum BatchReading: Equatable {
    case batch(ParsedBatch)
    /// Nothing was written there.
    case zeros
    /// The batch goes on behind these bytes.
    case short
    case invalid(Flaw)
}

/// Reads one batch, checking everything before it is used.
struct BatchParser {
    let expected: Expectation

    /// Reads the batch that starts at `start` of `bytes`; its entries go to `sink`.
    func parse(
        _ bytes: UnsafeRawBufferPointer, at start: Int, sink: inout EntrySink
    ) -> BatchReading {
        var batch = ParsedBatch(
            last: Position(expected.position.rawValue - 1), hash: expected.previous,
            epoch: expected.epoch, bytes: 0, watermark: .zero)
        var offset = start
        while true {
            guard bytes.count - offset >= Layout.recordHeader else { return .short }
            let header = unsafe bytes.part(offset, Layout.recordHeader)
            if offset == start, unsafe header.isZero { return .zeros }
            let author = Int(unsafe header.word(Layout.authorLength, as: UInt8.self))
            guard author <= Layout.authorMost else {
                return .invalid(flaw(offset, batch, "the length of an author is impossible"))
            }
            guard bytes.count - offset >= Layout.recordHeader + author else { return .short }
            let frame = unsafe bytes.part(offset, Layout.recordHeader + author)
            guard unsafe Self.hasValidHeader(frame) else {
                return .invalid(flaw(offset, batch, "the checksum of a record header is wrong"))
            }
            batch.watermark = max(
                batch.watermark, Position(unsafe header.word(Layout.watermark, as: UInt64.self)))
            if unsafe header.word(Layout.kind, as: UInt8.self) == Layout.kindTrailer {
                return unsafe close(batch, header, trailerAt: offset, start: start)
            }
            let payload = Int(unsafe header.word(Layout.payloadLength, as: UInt32.self))
            let length = Layout.recordBytes(author: author, payload: payload)
            if payload > Layout.payloadMost {
                return .invalid(flaw(offset, batch, "the length of a payload is impossible"))
            }
            guard bytes.count - offset >= length else { return .short }
            let record = unsafe bytes.part(offset, length)
            if let flaw = unsafe check(record, author, payload, batch, at: offset) {
                return .invalid(flaw)
            }
            unsafe accept(record, author, payload, into: &batch, sink: &sink)
            offset += length
        }
    }

    /// True when the checksum of a header and its author is right.
    static func hasValidHeader(_ frame: UnsafeRawBufferPointer) -> Bool {
        unsafe CRC32C.of(frame.part(4, frame.count - 4))
            == frame.word(Layout.headerCRC, as: UInt32.self)
    }

    private func check(
        _ record: UnsafeRawBufferPointer, _ author: Int, _ payload: Int, _ batch: ParsedBatch,
        at offset: Int
    ) -> Flaw? {
        let kind = unsafe record.word(Layout.kind, as: UInt8.self)
        let reserved = unsafe record.word(Layout.reserved, as: UInt16.self)
        guard kind == Layout.kindEntry, reserved == 0, author > 0 else {
            return misplaced(offset, batch, "the kind of a record is unknown")
        }
        guard unsafe record.identifier(Layout.logID) == expected.log else {
            return misplaced(offset, batch, "a record of another log")
        }
        let position = Position(unsafe record.word(Layout.position, as: UInt64.self))
        guard position == batch.last.next else {
            return misplaced(offset, batch, "the record of position \(position)")
        }
        guard unsafe record.word(Layout.epoch, as: UInt64.self) >= batch.epoch else {
            return misplaced(offset, batch, "a record of an older epoch")
        }
        guard unsafe record.hash(Layout.previousHash) == batch.hash else {
            return misplaced(offset, batch, "the chain of hashes is broken")
        }
        let start = Layout.recordHeader + author
        guard
            unsafe CRC32C.of(record.part(start, payload))
                == record.word(Layout.payloadCRC, as: UInt32.self)
        else { return flaw(offset, batch, "the checksum of a payload is wrong") }
        guard unsafe record.part(start + payload, record.count - start - payload).isZero else {
            return flaw(offset, batch, "the padding of a record is not zero")
        }
        return nil
    }

    private func accept(
        _ record: UnsafeRawBufferPointer, _ author: Int, _ payload: Int,
        into batch: inout ParsedBatch, sink: inout EntrySink
    ) {
        let chained = Layout.recordHeader + author + payload - Layout.previousHash
        batch.last = batch.last.next
        batch.hash = unsafe ChainHash(of: record.part(Layout.previousHash, chained))
        batch.epoch = unsafe record.word(Layout.epoch, as: UInt64.self)
        unsafe sink.take(record, author: author, payload: payload, batch: batch)
    }

    private func close(
        _ batch: ParsedBatch, _ trailer: UnsafeRawBufferPointer, trailerAt: Int, start: Int
    ) -> BatchReading {
        let count = batch.last.rawValue + 1 - expected.position.rawValue
        let fits =
            unsafe trailer.word(Layout.trailerMark, as: UInt32.self) == Layout.trailerMagic
            && trailer.identifier(Layout.logID) == expected.log
            && trailer.word(Layout.position, as: UInt64.self) == batch.last.rawValue
            && trailer.word(Layout.firstPosition, as: UInt64.self) == expected.position.rawValue
            && trailer.word(Layout.batchBytes, as: UInt64.self) == UInt64(trailerAt - start)
            && UInt64(trailer.word(Layout.entryCount, as: UInt32.self)) == count
            && trailer.hash(Layout.lastHash) == batch.hash
        guard fits, count > 0 else {
            return .invalid(misplaced(trailerAt, batch, "the trailer of another batch"))
        }
        var batch = batch
        batch.bytes = trailerAt + Layout.recordHeader - start
        return .batch(batch)
    }

    private func flaw(_ offset: Int, _ batch: ParsedBatch, _ reason: String) -> Flaw {
        Flaw(offset: offset, position: batch.last.next, reason: reason)
    }

    private func misplaced(_ offset: Int, _ batch: ParsedBatch, _ reason: String) -> Flaw {
        Flaw(offset: offset, position: batch.last.next, reason: reason, misplaced: true)
    }
}

/// Takes the entries of a read as they are parsed.
struct EntrySink {
    /// Nil when nobody wants entries.
    let mount: Namespace?
    let from: Position
    let limit: Position
    let maximumBytes: Int
    private(set) var entries: [LogEntry] = []
    private(set) var bytes = 0
    private var lastAuthor: Identity?

    /// A sink that only counts.
    static let none = EntrySink(mount: nil, from: .zero, limit: .zero, maximumBytes: 0)

    /// A sink for entries of `from...limit`, until they exceed `maximumBytes`.
    init(mount: Namespace?, from: Position, limit: Position, maximumBytes: Int) {
        self.mount = mount
        self.from = from
        self.limit = limit
        self.maximumBytes = maximumBytes
    }

    /// True when no further entry will be taken.
    var isFull: Bool { !entries.isEmpty && bytes >= maximumBytes }

    /// Forgets what came after `count` entries, when a batch turned out to be incomplete.
    mutating func rewind(to mark: (count: Int, bytes: Int)) {
        entries.removeLast(entries.count - mark.count)
        bytes = mark.bytes
    }

    /// Where to rewind to.
    var mark: (count: Int, bytes: Int) { (entries.count, bytes) }

    fileprivate mutating func take(
        _ record: UnsafeRawBufferPointer, author: Int, payload: Int, batch: ParsedBatch
    ) {
        guard let mount, batch.last >= from, batch.last <= limit else { return }
        let size = payload + author + Layout.recordHeader
        guard entries.isEmpty || bytes + size <= maximumBytes else {
            bytes = max(bytes, maximumBytes)
            return
        }
        let text = unsafe record.part(Layout.recordHeader, author)
        let identity = unsafe identity(text)
        let header = EntryHeader(
            log: mount, position: batch.last, author: identity,
            time: WallTime(milliseconds: unsafe record.word(Layout.time, as: Int64.self)))
        entries.append(
            LogEntry(
                header: header, epoch: batch.epoch,
                payload: unsafe Array(record.part(Layout.recordHeader + author, payload)),
                chainHash: batch.hash))
        bytes += size
    }

    /// Most entries have the author of the one before, which need not be made again.
    private mutating func identity(_ utf8: UnsafeRawBufferPointer) -> Identity {
        if let last = lastAuthor, unsafe last.text.utf8.elementsEqual(utf8) { return last }
        let text = unsafe String(decoding: utf8, as: UTF8.self)
        let identity = Identity(text) ?? Identity.system("unknown")
        lastAuthor = identity
        return identity
    }
}
