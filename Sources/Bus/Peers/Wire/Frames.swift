internal import NIOCore
internal import Resources

/// Cuts a stream of bytes into messages: four bytes of length, little-endian, then so many bytes.
///
/// A length is held against the limit before anything is kept for it.
struct FrameReader {
    private var bytes = ByteBuffer()
    /// The most a message may have from now on.
    var limit: Limit

    init(limit: Limit) { self.limit = limit }

    /// Takes what arrived.
    mutating func feed(_ arrived: ByteBuffer) {
        if bytes.readableBytes == 0 {
            bytes = arrived
        } else {
            bytes.discardReadBytes()
            bytes.writeImmutableBuffer(arrived)
        }
    }

    /// True when a message has begun and not ended.
    var isInside: Bool { bytes.readableBytes > 0 }

    /// The next whole message; nil when there is none yet.
    mutating func next() throws(BusError) -> [UInt8]? {
        guard
            let length = bytes.getInteger(
                at: bytes.readerIndex, endianness: .little, as: UInt32.self)
        else { return nil }
        guard length > 0 else { throw .malformed("read", "a message", "it is empty") }
        guard length <= UInt32(limit.value) else {
            throw .beyond(limit, Int(length), "read", "a message")
        }
        guard bytes.readableBytes >= 4 + Int(length) else { return nil }
        bytes.moveReaderIndex(forwardBy: 4)
        return bytes.readBytes(length: Int(length))
    }

    /// A message in its frame.
    static func frame(_ message: PeerMessage) -> ByteBuffer {
        let bytes = message.bytes
        var buffer = ByteBuffer()
        buffer.reserveCapacity(4 + bytes.count)
        buffer.writeInteger(UInt32(bytes.count), endianness: .little)
        buffer.writeBytes(bytes)
        return buffer
    }
}
