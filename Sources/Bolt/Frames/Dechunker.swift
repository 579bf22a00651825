internal import NIOCore
internal import Resources

/// Joins chunks into messages. A chunk is a 16-bit length and as many bytes; an empty chunk ends
/// the message, or, between messages, only says that the peer lives.
struct Dechunker {
    /// Bytes that came and are not yet part of a message.
    private var input = ByteBuffer()
    /// Chunks of the message under way.
    private var partial: ByteBuffer?
    /// The size that no message may exceed; small until the client has logged in.
    var limit = Limits.boltLoginBytes

    /// True when a message or a chunk has begun and not ended.
    var isInside: Bool { partial != nil || input.readableBytes > 0 }

    /// Takes bytes as they came.
    mutating func feed(_ bytes: ByteBuffer) {
        if input.readableBytes == 0 {
            input = bytes
        } else {
            input.writeImmutableBuffer(bytes)
        }
    }

    /// The next whole message; nil when more bytes are needed.
    mutating func next() throws(BoltError) -> ByteBuffer? {
        while let length = input.getInteger(at: input.readerIndex, as: UInt16.self) {
            try check(Int(length))
            guard input.readableBytes >= Int(length) + 2 else { return nil }
            input.moveReaderIndex(forwardBy: 2)
            if length == 0 {
                guard let message = partial else { continue }
                partial = nil
                return message
            }
            guard let chunk = input.readSlice(length: Int(length)) else { return nil }
            append(chunk)
        }
        if input.readableBytes == 0 { input = ByteBuffer() }
        return nil
    }

    private func check(_ more: Int) throws(BoltError) {
        guard (partial?.readableBytes ?? 0) + more <= limit.value else {
            throw .beyond(limit, "send the data in several statements")
        }
    }

    private mutating func append(_ chunk: ByteBuffer) {
        guard var joined = partial else {
            partial = chunk
            return
        }
        partial = nil
        joined.writeImmutableBuffer(chunk)
        partial = joined
    }
}
