internal import Resources

/// Follows a chunked body (RFC 9112, 7.1) byte by byte, in pieces of any size, and refuses whatever
/// another reader could take for something else.
struct ChunkedBody: Equatable {
    private enum Place: UInt8 {
        case size, `extension`, sizeEnd, data, dataEnd, dataLast
        case trailerStart, trailer, trailerEnd, bodyEnd
    }

    private var place = Place.size
    private var digits = 0
    private var rest: UInt64 = 0
    /// Bytes of an extension or of the trailers.
    private var extra = 0
    /// Bytes of data so far.
    private(set) var total: UInt64 = 0
    /// All of it has come.
    private(set) var isDone = false

    /// How many of `bytes` from `start` belong to the body.
    mutating func take(_ bytes: Span<UInt8>, from start: Int) throws(HTTPRefusal) -> Int {
        var at = start
        while at < bytes.count, !isDone {
            if place == .data {
                let count = Int(min(rest, UInt64(bytes.count - at)))
                at += count
                rest -= UInt64(count)
                if rest == 0 { place = .dataEnd }
            } else {
                try step(bytes[at])
                at += 1
            }
        }
        return at - start
    }

    private mutating func step(_ byte: UInt8) throws(HTTPRefusal) {
        switch place {
        case .size: try size(byte)
        case .extension:
            if byte == 0x0D { place = .sizeEnd } else { try count(byte) }
        case .sizeEnd:
            guard byte == 0x0A else { throw .badChunk }
            place = rest == 0 ? .trailerStart : .data
            digits = 0
            extra = 0
        case .data: break
        case .dataEnd:
            guard byte == 0x0D else { throw .badChunk }
            place = .dataLast
        case .dataLast:
            guard byte == 0x0A else { throw .badChunk }
            place = .size
        case .trailerStart:
            if byte == 0x0D { place = .bodyEnd; return }
            guard byte.isToken else { throw .badChunk }
            place = .trailer
            try count(byte)
        case .trailer:
            if byte == 0x0D { place = .trailerEnd } else { try count(byte) }
        case .trailerEnd:
            guard byte == 0x0A else { throw .badChunk }
            place = .trailerStart
        case .bodyEnd:
            guard byte == 0x0A else { throw .badChunk }
            isDone = true
        }
    }

    private mutating func size(_ byte: UInt8) throws(HTTPRefusal) {
        if let digit = byte.hexadecimal {
            digits += 1
            // Fifteen digits cannot overflow, and nobody sends a chunk of an exabyte.
            guard digits <= 15 else { throw .badChunk }
            rest = rest << 4 | digit
            return
        }
        guard digits > 0 else { throw .badChunk }
        total += rest
        switch byte {
        case 0x0D: place = .sizeEnd
        case 0x3B: place = .extension
        default: throw .badChunk
        }
    }

    private mutating func count(_ byte: UInt8) throws(HTTPRefusal) {
        extra += 1
        guard byte.isFieldByte, extra <= Limits.balancerTrailer.value else { throw .badChunk }
    }
}
