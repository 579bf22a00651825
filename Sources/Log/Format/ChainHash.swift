internal import Crypto

/// A SHA-256 hash that stands for an entry and all before it.
public struct ChainHash: Hashable, Sendable, CustomStringConvertible {
    // Four words in memory order, so that copies cost no allocation.
    private let words: InlineWords

    private struct InlineWords: Hashable, Sendable {
        let a: UInt64
        let b: UInt64
        let c: UInt64
        let d: UInt64
    }

    /// Before the first entry of a log: 32 zero bytes.
    public static let zero = ChainHash(words: InlineWords(a: 0, b: 0, c: 0, d: 0))

    private init(words: InlineWords) { self.words = words }

    /// The hash of a buffer that holds the previous hash and what is chained to it.
    init(of buffer: UnsafeRawBufferPointer) {
        var function = SHA256()
        unsafe function.update(bufferPointer: buffer)
        self = unsafe function.finalize().withUnsafeBytes { unsafe ChainHash(loading: $0) }
    }

    /// The 32 bytes at the start of `buffer`.
    init(loading buffer: UnsafeRawBufferPointer) {
        words = unsafe buffer.loadUnaligned(as: InlineWords.self)
    }

    /// The hash of those 32 bytes; nil for any other count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self = unsafe bytes.withUnsafeBytes { unsafe ChainHash(loading: $0) }
    }

    /// Puts the 32 bytes at `offset` of `buffer`.
    func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        unsafe buffer.storeBytes(of: words, toByteOffset: offset, as: InlineWords.self)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { unsafe withUnsafeBytes(of: words) { unsafe Array($0) } }

    /// 64 hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
