internal import NIOCore

/// Writes PackStream into chunked messages, straight into one buffer.
///
/// A message is begun, written in one piece behind room for one chunk header, and ended. Only a
/// message longer than one chunk is cut up afterwards, which moves its bytes once.
struct PackWriter {
    /// The largest chunk that a 16-bit header can name.
    static let chunkBytes = 0xFFFF

    private(set) var buffer: ByteBuffer
    /// How values are written; known once versions are agreed and HELLO has come.
    var dialect: PackDialect
    /// Where the header of the message under way is.
    private var start = 0

    init(dialect: PackDialect) {
        buffer = ByteBuffer()
        self.dialect = dialect
    }

    /// Bytes of the messages written since the last `take`.
    var count: Int { buffer.readableBytes }

    /// Gives what was written and begins anew, with room for the next piece.
    mutating func take() -> ByteBuffer {
        let taken = buffer
        buffer = ByteBuffer()
        return taken
    }

    // Messages.

    mutating func begin() {
        start = buffer.writerIndex
        buffer.writeInteger(UInt16(0))
    }

    /// Drops the message under way.
    mutating func cancel() { buffer.moveWriterIndex(to: start) }

    mutating func end() {
        let length = buffer.writerIndex - start - 2
        if length <= Self.chunkBytes {
            buffer.setInteger(UInt16(truncatingIfNeeded: length), at: start)
        } else {
            cut(length)
        }
        buffer.writeInteger(UInt16(0))
    }

    /// Lays a long message out again as several chunks.
    private mutating func cut(_ length: Int) {
        guard var body = buffer.getSlice(at: start + 2, length: length) else { return }
        buffer.moveWriterIndex(to: start)
        while body.readableBytes > 0 {
            let size = min(body.readableBytes, Self.chunkBytes)
            guard let piece = body.readSlice(length: size) else { return }
            buffer.writeInteger(UInt16(truncatingIfNeeded: size))
            buffer.writeImmutableBuffer(piece)
        }
    }

    // Values.

    mutating func writeNull() { buffer.writeInteger(UInt8(0xC0)) }

    mutating func write(_ value: Bool) { buffer.writeInteger(UInt8(value ? 0xC3 : 0xC2)) }

    mutating func write(_ value: Double) {
        buffer.writeMultipleIntegers(UInt8(0xC1), value.bitPattern)
    }

    /// The shortest form, as the specification asks.
    mutating func write(_ value: Int64) {
        switch value {
        case -16...127: buffer.writeInteger(Int8(truncatingIfNeeded: value))
        case -128...(-17):
            buffer.writeMultipleIntegers(UInt8(0xC8), Int8(truncatingIfNeeded: value))
        case -32_768...32_767:
            buffer.writeMultipleIntegers(UInt8(0xC9), Int16(truncatingIfNeeded: value))
        case -2_147_483_648...2_147_483_647:
            buffer.writeMultipleIntegers(UInt8(0xCA), Int32(truncatingIfNeeded: value))
        default: buffer.writeMultipleIntegers(UInt8(0xCB), value)
        }
    }

    mutating func write(_ text: String) {
        let count = text.utf8.count
        writeHeader(tiny: 0x80, 0xD0, 0xD1, 0xD2, count)
        buffer.writeString(text)
    }

    mutating func write(_ bytes: [UInt8]) {
        writeHeader(tiny: nil, 0xCC, 0xCD, 0xCE, bytes.count)
        buffer.writeBytes(bytes)
    }

    mutating func writeList(_ count: Int) { writeHeader(tiny: 0x90, 0xD4, 0xD5, 0xD6, count) }

    mutating func writeMap(_ count: Int) { writeHeader(tiny: 0xA0, 0xD8, 0xD9, 0xDA, count) }

    mutating func writeStructure(_ signature: UInt8, fields: UInt8) {
        buffer.writeMultipleIntegers(0xB0 | fields, signature)
    }

    private mutating func writeHeader(
        tiny: UInt8?, _ small: UInt8, _ middle: UInt8, _ large: UInt8, _ count: Int
    ) {
        switch count {
        case 0...15 where tiny != nil:
            buffer.writeInteger((tiny ?? 0) | UInt8(truncatingIfNeeded: count))
        case 0...0xFF: buffer.writeMultipleIntegers(small, UInt8(truncatingIfNeeded: count))
        case 0...0xFFFF: buffer.writeMultipleIntegers(middle, UInt16(truncatingIfNeeded: count))
        default: buffer.writeMultipleIntegers(large, UInt32(truncatingIfNeeded: count))
        }
    }
}
