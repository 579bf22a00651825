internal import Host
internal import Resources

/// Lays out a batch in one buffer that is used again for the next.
struct BatchEncoder {
    /// Holds the batch in its first bytes.
    private(set) var buffer: [UInt8] = []

    /// What a batch continues.
    struct Frame {
        var log: Identifier
        var epoch: UInt64
        var first: Position
        var previous: ChainHash
        var watermark: Position
        /// Where in its file the batch goes.
        var offset: Int
    }

    /// A buffer kept between batches has at most this many bytes.
    private static let keptMost = 1 << 20

    /// Bytes of a batch of those entries, with its trailer.
    static func bytes(of drafts: [EntryDraft]) -> Int {
        var sum = Layout.recordHeader
        for draft in drafts {
            sum += Layout.recordBytes(
                author: draft.author.text.utf8.count, payload: draft.payload.count)
        }
        return sum
    }

    /// Encodes a batch of exactly `count` bytes; gives the hash of its last entry.
    mutating func encode(_ drafts: [EntryDraft], count: Int, frame: Frame) -> ChainHash {
        reserve(count)
        return unsafe buffer.withUnsafeMutableBytes { whole in
            let batch = unsafe UnsafeMutableRawBufferPointer(rebasing: whole[..<count])
            var (offset, frame) = (0, frame)
            let (first, start) = (frame.first, frame.offset)
            for draft in drafts {
                let end = unsafe Self.put(draft, into: batch, at: offset, frame: frame)
                frame.previous = unsafe Self.finish(draft, in: batch, at: offset)
                frame.first = frame.first.next
                offset = end
            }
            unsafe Self.putTrailer(
                into: batch, at: offset, start: start, first: first, count: drafts.count,
                frame: frame)
            return frame.previous
        }
    }

    /// The chain hash of an entry of `log` behind an entry whose hash is `previous`.
    static func hash(_ entry: LogEntry, of log: Identifier, behind previous: ChainHash) -> ChainHash
    {
        var encoder = BatchEncoder()
        let drafts = [entry.draft]
        let frame = Frame(
            log: log, epoch: entry.epoch, first: entry.header.position, previous: previous,
            watermark: .zero, offset: 0)
        return encoder.encode(drafts, count: bytes(of: drafts), frame: frame)
    }

    /// Gives back a large buffer that the usual batch does not need.
    mutating func relax() {
        if buffer.count > Self.keptMost { buffer = [] }
    }

    private mutating func reserve(_ count: Int) {
        guard buffer.count < count else { return }
        var capacity = 4096
        while capacity < count { capacity *= 2 }
        buffer = [UInt8](repeating: 0, count: capacity)
    }

    /// Everything of a record but its checksums; gives the offset behind it.
    private static func put(
        _ draft: EntryDraft, into batch: UnsafeMutableRawBufferPointer, at offset: Int,
        frame: Frame
    ) -> Int {
        var author = draft.author.text
        let authorBytes = author.utf8.count
        let payloadBytes = draft.payload.count
        unsafe batch.put(frame.watermark.rawValue, at: offset + Layout.watermark)
        unsafe frame.previous.store(to: batch, at: offset + Layout.previousHash)
        unsafe batch.put(frame.log, at: offset + Layout.logID)
        unsafe batch.put(frame.first.rawValue, at: offset + Layout.position)
        unsafe batch.put(frame.epoch, at: offset + Layout.epoch)
        unsafe batch.put(draft.time.milliseconds, at: offset + Layout.time)
        unsafe batch.put(UInt32(payloadBytes), at: offset + Layout.payloadLength)
        unsafe batch.put(UInt8(authorBytes), at: offset + Layout.authorLength)
        unsafe batch.put(Layout.kindEntry, at: offset + Layout.kind)
        unsafe batch.put(UInt16(0), at: offset + Layout.reserved)
        let payloadAt = offset + Layout.recordHeader + authorBytes
        author.withUTF8 { utf8 in
            unsafe UnsafeMutableRawBufferPointer(rebasing: batch[(payloadAt - authorBytes)...])
                .copyMemory(from: UnsafeRawBufferPointer(utf8))
        }
        unsafe draft.payload.withUnsafeBytes { payload in
            unsafe UnsafeMutableRawBufferPointer(rebasing: batch[payloadAt...])
                .copyMemory(from: payload)
        }
        let end = offset + Layout.recordBytes(author: authorBytes, payload: payloadBytes)
        for index in payloadAt + payloadBytes..<end { unsafe batch[index] = 0 }
        return end
    }

    /// The checksums of a record, and its hash.
    private static func finish(
        _ draft: EntryDraft, in batch: UnsafeMutableRawBufferPointer, at offset: Int
    ) -> ChainHash {
        let bytes = UnsafeRawBufferPointer(batch)
        let payloadAt = offset + Layout.recordHeader + draft.author.text.utf8.count
        let payloadEnd = payloadAt + draft.payload.count
        let payloadCRC = unsafe CRC32C.of(bytes.part(payloadAt, draft.payload.count))
        unsafe batch.put(payloadCRC, at: offset + Layout.payloadCRC)
        let headerCRC = unsafe CRC32C.of(bytes.part(offset + 4, payloadAt - offset - 4))
        unsafe batch.put(headerCRC, at: offset + Layout.headerCRC)
        let chained = offset + Layout.previousHash
        return unsafe ChainHash(of: bytes.part(chained, payloadEnd - chained))
    }

    private static func putTrailer(
        into batch: UnsafeMutableRawBufferPointer, at offset: Int, start: Int, first: Position,
        count: Int, frame: Frame
    ) {
        let bytes = UnsafeRawBufferPointer(batch)
        unsafe batch.put(Layout.trailerMagic, at: offset + Layout.trailerMark)
        unsafe batch.put(frame.watermark.rawValue, at: offset + Layout.watermark)
        unsafe frame.previous.store(to: batch, at: offset + Layout.lastHash)
        unsafe batch.put(frame.log, at: offset + Layout.logID)
        unsafe batch.put(frame.first.rawValue - 1, at: offset + Layout.position)
        unsafe batch.put(first.rawValue, at: offset + Layout.firstPosition)
        unsafe batch.put(UInt64(offset), at: offset + Layout.batchBytes)
        unsafe batch.put(UInt32(count), at: offset + Layout.entryCount)
        unsafe batch.put(UInt8(0), at: offset + Layout.authorLength)
        unsafe batch.put(Layout.kindTrailer, at: offset + Layout.kind)
        // No part of a trailer that a sector can hold is all zero, so it counts for itself.
        let zeros = unsafe Layout.zeroSectors(bytes, at: start)
        unsafe batch.put(UInt16(clamping: zeros), at: offset + Layout.zeroSectors)
        let crc = unsafe CRC32C.of(bytes.part(offset + 4, Layout.recordHeader - 4))
        unsafe batch.put(crc, at: offset + Layout.headerCRC)
    }
}
