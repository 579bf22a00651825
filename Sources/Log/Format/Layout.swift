internal import Host
internal import Resources

/// Offsets and sizes of the log format, version 1 (Docs/Formats/log.md).
enum Layout {
    static let version: UInt32 = 1
    /// The unit a device writes whole or not at all.
    static let sector = 512

    // A record: 96 bytes, author, payload, zeros up to a multiple of 8.
    static let recordHeader = 96
    static let headerCRC = 0
    static let payloadCRC = 4
    static let watermark = 8
    /// The hash of record n is that of the bytes from here to the end of its payload.
    static let previousHash = 16
    static let logID = 48
    static let position = 64
    static let epoch = 72
    static let time = 80
    static let payloadLength = 88
    static let authorLength = 92
    static let kind = 93
    static let reserved = 94

    // A trailer has the frame of a record and other fields in these places.
    static let trailerMark = 4
    static let lastHash = 16
    static let firstPosition = 72
    static let batchBytes = 80
    static let entryCount = 88
    static let zeroSectors = 94

    static let kindEntry: UInt8 = 1
    static let kindTrailer: UInt8 = 2
    /// "TEND"
    static let trailerMagic: UInt32 = 0x444E_4554

    /// The most a payload may have in any configuration; a longer length is damage.
    static let payloadMost = Limits.batchBytes.range.upperBound
    /// The most an author may have.
    static let authorMost = 128

    /// Bytes of a record with such an author and payload.
    static func recordBytes(author: Int, payload: Int) -> Int {
        (recordHeader + author + payload + 7) & ~7
    }

    /// Sectors whose part within the range is all zero. `bytes` is what the range holds.
    static func zeroSectors(_ bytes: UnsafeRawBufferPointer, at fileOffset: Int) -> Int {
        var count = 0
        var offset = 0
        while offset < bytes.count {
            let length = min(sector - (fileOffset + offset) % sector, bytes.count - offset)
            if unsafe bytes.part(offset, length).isZero { count += 1 }
            offset += length
        }
        return count
    }
}

/// The first sector of a segment.
struct SegmentHeader: Equatable {
    var cluster: Identifier
    var log: Identifier
    /// The loglet's number on this machine.
    var loglet: UInt64
    /// The epoch of its entries.
    var epoch: UInt64
    /// The position of its first entry.
    var first: Position
    /// The hash of the entry before it.
    var previous: ChainHash

    static let bytes = Layout.sector
    /// "PISCLOG\0"
    static let magic: UInt64 = 0x0047_4F4C_4353_4950

    /// The sector.
    func encode() -> [UInt8] {
        var sector = [UInt8](repeating: 0, count: Self.bytes)
        unsafe sector.withUnsafeMutableBytes { buffer in
            unsafe buffer.put(Self.magic, at: 0)
            unsafe buffer.put(Layout.version, at: 8)
            unsafe buffer.put(UInt32(Self.bytes), at: 12)
            unsafe buffer.put(cluster, at: 16)
            unsafe buffer.put(log, at: 32)
            unsafe buffer.put(first.rawValue, at: 48)
            unsafe buffer.put(epoch, at: 56)
            unsafe previous.store(to: buffer, at: 64)
            unsafe buffer.put(loglet, at: 96)
            let crc = unsafe CRC32C.of(UnsafeRawBufferPointer(buffer).part(0, 508))
            unsafe buffer.put(crc, at: 508)
        }
        return sector
    }

    /// Reads the sector; a text says what is wrong with it.
    static func decode(_ sector: [UInt8]) -> Result<SegmentHeader, FormatFlaw> {
        guard sector.count == bytes else { return .failure(FormatFlaw("no room for a header")) }
        return unsafe sector.withUnsafeBytes { buffer in
            guard unsafe CRC32C.of(buffer.part(0, 508)) == buffer.word(508, as: UInt32.self) else {
                return .failure(FormatFlaw("the checksum of the segment header is wrong"))
            }
            guard unsafe buffer.word(0, as: UInt64.self) == magic else {
                return .failure(FormatFlaw("this is not a segment of a log"))
            }
            let version = unsafe buffer.word(8, as: UInt32.self)
            guard version == Layout.version else {
                return .failure(
                    FormatFlaw("format \(version) is unknown; this binary reads 1"))
            }
            return .success(
                unsafe SegmentHeader(
                    cluster: buffer.identifier(16), log: buffer.identifier(32),
                    loglet: buffer.word(96, as: UInt64.self),
                    epoch: buffer.word(56, as: UInt64.self),
                    first: Position(buffer.word(48, as: UInt64.self)), previous: buffer.hash(64)))
        }
    }
}

/// What is wrong with bytes of the format.
struct FormatFlaw: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// One of the two alternating sectors that say what is durable.
struct Watermark: Equatable {
    var log: Identifier
    var loglet: UInt64
    /// Rises with each write; its parity is the slot.
    var sequence: UInt64
    /// The highest position known durable.
    var position: Position

    /// The slots are this far apart, so that no page holds both.
    static let stride = 4096
    static let fileBytes = 2 * stride
    /// "PISCWMK\0"
    static let magic: UInt64 = 0x004B_4D57_4353_4950

    /// Where this one goes.
    var offset: Int { Int(sequence & 1) * Self.stride }

    /// The sector.
    func encode() -> [UInt8] {
        var sector = [UInt8](repeating: 0, count: Layout.sector)
        unsafe sector.withUnsafeMutableBytes { buffer in
            unsafe buffer.put(Self.magic, at: 0)
            unsafe buffer.put(Layout.version, at: 8)
            unsafe buffer.put(log, at: 16)
            unsafe buffer.put(loglet, at: 32)
            unsafe buffer.put(sequence, at: 40)
            unsafe buffer.put(position.rawValue, at: 48)
            let crc = unsafe CRC32C.of(UnsafeRawBufferPointer(buffer).part(0, 508))
            unsafe buffer.put(crc, at: 508)
        }
        return sector
    }

    /// Reads a sector; nil when it is not a valid one.
    static func decode(_ sector: [UInt8]) -> Watermark? {
        guard sector.count == Layout.sector else { return nil }
        return unsafe sector.withUnsafeBytes { buffer in
            guard unsafe CRC32C.of(buffer.part(0, 508)) == buffer.word(508, as: UInt32.self),
                unsafe buffer.word(0, as: UInt64.self) == magic,
                unsafe buffer.word(8, as: UInt32.self) == Layout.version
            else { return nil }
            return unsafe Watermark(
                log: buffer.identifier(16), loglet: buffer.word(32, as: UInt64.self),
                sequence: buffer.word(40, as: UInt64.self),
                position: Position(buffer.word(48, as: UInt64.self)))
        }
    }
}
