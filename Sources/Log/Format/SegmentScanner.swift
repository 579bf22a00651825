internal import Host
internal import Resources

/// Reads the batches of one segment through a window, so that memory does not grow with the file.
struct SegmentScanner<File: DiskFile> {
    let file: File
    /// The size of the segment.
    let size: Int
    /// Read past the page cache, which may hold what a failed sync never wrote.
    let direct: Bool
    private var window: [UInt8] = []
    private var windowAt = 0
    private let chunk: Int

    init(_ file: File, size: Int, direct: Bool, chunk: Int) {
        self.file = file
        self.size = size
        self.direct = direct
        self.chunk = chunk
    }

    /// Reads the header of the segment.
    mutating func header() throws(DiskError) -> Result<SegmentHeader, FormatFlaw> {
        try load(0, chunk)
        return SegmentHeader.decode(Array(window.prefix(SegmentHeader.bytes)))
    }

    /// Reads the batch at `offset`; offsets of flaws are those in the file.
    mutating func next(
        _ expected: Expectation, at offset: Int, sink: inout EntrySink
    ) throws(DiskError) -> BatchReading {
        let parser = BatchParser(expected: expected)
        var wanted = chunk
        if offset < windowAt || offset >= windowAt + window.count { try load(offset, wanted) }
        while true {
            let mark = sink.mark
            let start = offset - windowAt
            let reading = unsafe window.withUnsafeBytes { bytes in
                unsafe parser.parse(bytes, at: start, sink: &sink)
            }
            switch reading {
            case .batch, .zeros: return reading
            case .invalid(var flaw):
                sink.rewind(to: mark)
                flaw.offset += windowAt
                return .invalid(flaw)
            case .short:
                sink.rewind(to: mark)
                if windowAt + window.count >= size { return atEnd(expected, offset) }
                try load(offset, wanted)
                wanted *= 2
            }
        }
    }

    /// The first offset from `offset` on whose byte is not zero.
    mutating func firstNonZero(from offset: Int) throws(DiskError) -> Int? {
        var offset = offset
        while offset < size {
            try load(offset, chunk)
            if window.isEmpty { return nil }
            let isZero = unsafe window.withUnsafeBytes { unsafe $0.isZero }
            if !isZero, let index = window.firstIndex(where: { $0 != 0 }) {
                return windowAt + index
            }
            offset += window.count
        }
        return nil
    }

    /// The offset behind the last byte from `offset` on that is not zero.
    mutating func endOfData(from offset: Int) throws(DiskError) -> Int {
        var (offset, end) = (offset, offset)
        while offset < size {
            try load(offset, chunk)
            if window.isEmpty { break }
            let isZero = unsafe window.withUnsafeBytes { unsafe $0.isZero }
            if !isZero, let index = window.lastIndex(where: { $0 != 0 }) {
                end = windowAt + index + 1
            }
            offset += window.count
        }
        return end
    }

    /// The bytes of a range.
    mutating func bytes(_ range: Range<Int>) throws(DiskError) -> [UInt8] {
        direct
            ? try file.readDirect(at: range.lowerBound, count: range.count)
            : try file.read(at: range.lowerBound, count: range.count)
    }

    private func atEnd(_ expected: Expectation, _ offset: Int) -> BatchReading {
        let rest = window[(offset - windowAt)...]
        if rest.allSatisfy({ $0 == 0 }) { return .zeros }
        return .invalid(
            Flaw(
                offset: offset, position: expected.position,
                reason: "the segment ends inside a batch"))
    }

    private mutating func load(_ offset: Int, _ count: Int) throws(DiskError) {
        let count = min(count, size - offset)
        window = count > 0 ? try bytes(offset..<offset + count) : []
        windowAt = offset
    }
}

/// A place from which a segment can be read without its beginning.
struct IndexPoint: Equatable {
    var position: Position
    var offset: Int
    var previous: ChainHash
    var epoch: UInt64

    /// Bytes between two points.
    static let stride = 64 << 10
}

/// What a whole segment holds.
struct SegmentScan {
    /// The last position accepted; that before the segment when there is none.
    var last: Position
    var hash: ChainHash
    var epoch: UInt64
    /// Where the next batch would go.
    var end: Int
    /// The highest position that accepted or stray records say is durable.
    var watermark: Position
    /// Entries accepted.
    var entries: UInt64 = 0
    var index: [IndexPoint]
    var rest: Rest

    /// What follows the last accepted batch.
    enum Rest: Equatable {
        case zeros
        /// An unfinished write, up to that offset.
        case torn(Flaw, through: Int)
        case corrupt(Flaw)
    }
}

extension SegmentScanner {
    /// Reads all batches and judges what follows them by the recovery rule of design/01.
    /// `durable` is the highest position known durable from elsewhere. With a `limit` it stops
    /// behind that position, because a writer may be at work there.
    mutating func scan(
        _ header: SegmentHeader, durable: Position, limit: Position? = nil
    ) throws(DiskError) -> SegmentScan {
        var scan = SegmentScan(
            last: Position(header.first.rawValue - 1), hash: header.previous, epoch: header.epoch,
            end: SegmentHeader.bytes, watermark: Position(header.first.rawValue - 1), index: [],
            rest: .zeros)
        while limit == nil || scan.last < limit ?? .zero {
            let expected = Expectation(
                log: header.log, position: scan.last.next, previous: scan.hash, epoch: scan.epoch)
            var sink = EntrySink.none
            switch try next(expected, at: scan.end, sink: &sink) {
            case .batch(let batch): scan.accept(batch)
            case .zeros:
                scan.rest = try judgeZeros(expected, &scan, durable)
                return scan
            case .invalid(let flaw):
                scan.rest = try judge(flaw, expected, &scan, durable)
                return scan
            case .short: preconditionFailure("the scanner resolves short windows itself")
            }
        }
        return scan
    }

    private mutating func judgeZeros(
        _ expected: Expectation, _ scan: inout SegmentScan, _ durable: Position
    ) throws(DiskError) -> SegmentScan.Rest {
        let flaw = Flaw(
            offset: scan.end, position: expected.position,
            reason: "entries known to be durable are missing")
        if let found = try firstNonZero(from: scan.end) {
            var stray = flaw
            stray.reason = "zeros where a batch begins, data at offset \(found)"
            return try judge(stray, expected, &scan, durable)
        }
        let known = max(durable, scan.watermark)
        return expected.position <= known ? .corrupt(flaw) : .zeros
    }

    /// Torn only when nothing says the position was durable, nothing of this log that belongs
    /// elsewhere follows, and the trailer is bad or a sector that should hold data is zero.
    private mutating func judge(
        _ flaw: Flaw, _ expected: Expectation, _ scan: inout SegmentScan, _ durable: Position
    ) throws(DiskError) -> SegmentScan.Rest {
        if flaw.misplaced { return .corrupt(flaw) }
        let through = try endOfData(from: scan.end)
        let strays = try strays(expected, from: scan.end, through: through)
        scan.watermark = max(scan.watermark, strays.watermark)
        if expected.position <= max(durable, scan.watermark) { return .corrupt(flaw) }
        if let older = strays.older {
            var flaw = flaw
            flaw.reason += "; a record of the older position \(older) follows"
            return .corrupt(flaw)
        }
        if let trailer = strays.trailer {
            let bytes = try bytes(scan.end..<trailer.end)
            let zeros = unsafe bytes.withUnsafeBytes {
                unsafe Layout.zeroSectors($0, at: scan.end)
            }
            if zeros <= trailer.zeroSectors { return .corrupt(flaw) }
        }
        return .torn(flaw, through: through)
    }

    /// What valid headers of this log say in a range that is not accepted.
    private struct Strays {
        var watermark = Position.zero
        /// A position before the expected one.
        var older: Position?
        /// The trailer of the batch that is expected.
        var trailer: (end: Int, zeroSectors: Int)?
    }

    private mutating func strays(
        _ expected: Expectation, from start: Int, through end: Int
    ) throws(DiskError) -> Strays {
        var strays = Strays()
        var offset = start
        // Windows overlap by the longest header, so that none is cut.
        let overlap = Layout.recordHeader + Layout.authorMost + 8
        while offset < end {
            let count = min(max(chunk, 2 * overlap), min(end + overlap, size) - offset)
            let bytes = try bytes(offset..<offset + count)
            unsafe bytes.withUnsafeBytes { buffer in
                var at = 0
                while at + Layout.recordHeader <= buffer.count {
                    unsafe Self.note(
                        buffer, at: at, in: &strays, expected, base: offset, start: start)
                    at += 8
                }
            }
            offset += max(8, (count - overlap) & ~7)
        }
        return strays
    }

    private static func note(
        _ buffer: UnsafeRawBufferPointer, at: Int, in strays: inout Strays,
        _ expected: Expectation, base: Int, start: Int
    ) {
        let header = unsafe buffer.part(at, Layout.recordHeader)
        guard unsafe header.word(Layout.logID, as: UInt64.self).byteSwapped == expected.log.high
        else { return }
        let author = Int(unsafe header.word(Layout.authorLength, as: UInt8.self))
        let length = Layout.recordHeader + author
        guard author <= Layout.authorMost, at + length <= buffer.count,
            unsafe BatchParser.hasValidHeader(buffer.part(at, length)),
            unsafe header.identifier(Layout.logID) == expected.log
        else { return }
        let position = Position(unsafe header.word(Layout.position, as: UInt64.self))
        let durable = Position(unsafe header.word(Layout.watermark, as: UInt64.self))
        strays.watermark = max(strays.watermark, durable)
        if position < expected.position { strays.older = strays.older ?? position }
        let isTrailer = unsafe header.word(Layout.kind, as: UInt8.self) == Layout.kindTrailer
        if isTrailer,
            unsafe header.word(Layout.firstPosition, as: UInt64.self) == expected.position.rawValue,
            unsafe header.word(Layout.batchBytes, as: UInt64.self) == UInt64(base + at - start)
        {
            let zeros = Int(unsafe header.word(Layout.zeroSectors, as: UInt16.self))
            strays.trailer = (base + at + Layout.recordHeader, zeros)
        }
    }
}

extension SegmentScan {
    fileprivate mutating func accept(_ batch: ParsedBatch) {
        if end - (index.last?.offset ?? -IndexPoint.stride) >= IndexPoint.stride {
            index.append(
                IndexPoint(position: last.next, offset: end, previous: hash, epoch: epoch))
        }
        entries += batch.last.rawValue - last.rawValue
        last = batch.last
        hash = batch.hash
        epoch = batch.epoch
        end += batch.bytes
        watermark = max(watermark, batch.watermark)
    }
}
