internal import CHost

/// Decompresses one stream, piece by piece.
@safe public final class Inflater {
    /// How a stream is compressed.
    public enum Form: Hashable, Sendable {
        /// RFC 1952, several members after each other allowed.
        case gzip
        /// RFC 8878, several frames after each other allowed.
        case zstd

        /// The form of a stream that begins with these bytes; nil for none of them.
        public init?(magic bytes: ArraySlice<UInt8>) {
            if bytes.starts(with: [0x1F, 0x8B]) {
                self = .gzip
            } else if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
                self = .zstd
            } else {
                return nil
            }
        }
    }

    private let handle: OpaquePointer

    /// A stream of that form, at its start.
    public init(_ form: Form) throws(ProcessError) {
        let kind = form == .gzip ? CHOST_INFLATE_GZIP : CHOST_INFLATE_ZSTD
        guard let handle = unsafe chost_inflater_open(Int32(kind.rawValue)) else {
            throw ProcessError(
                .exhausted, operation: "decompress", subject: "stream", cause: "no memory")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe chost_inflater_close(handle) }

    /// Takes from `input` and fills `output` from its start; how much of each.
    public func step(
        _ input: ArraySlice<UInt8>, into output: inout [UInt8]
    ) throws(ProcessError) -> (used: Int, made: Int) {
        var used = 0
        var made = 0
        let result = unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe chost_inflater_step(
                    handle, source.baseAddress, source.count, &used, target.baseAddress,
                    target.count, &made)
            }
        }
        if result == 0 { return (used, made) }
        throw ProcessError(
            result == -2 ? .exhausted : .failed, operation: "decompress", subject: "stream",
            cause: result == -2 ? "no memory" : "the compressed data is damaged")
    }

    /// True where the stream may end.
    public var isWhole: Bool { unsafe chost_inflater_is_whole(handle) != 0 }
}
