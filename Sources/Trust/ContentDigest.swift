internal import Crypto
internal import Resources

/// The SHA-256 of some bytes, by which they are known.
public struct ContentDigest: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Its 32 bytes.
    public let bytes: [UInt8]

    /// The digest of `content`.
    public init(of content: [UInt8]) { bytes = Array(SHA256.hash(data: content)) }

    /// Takes the 32 bytes of a digest; nil for any other count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Reads 64 lower-case hexadecimal digits, with or without `sha256:` before them.
    public init?(_ text: String) {
        let digits = Array((text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]).utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.digit(digits[index]), let low = Self.digit(digits[index + 1])
            else { return nil }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    /// 64 hexadecimal digits, the name of an object's file.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// `sha256:` and the digits.
    public var description: String { "sha256:" + hex }

    public static func < (left: ContentDigest, right: ContentDigest) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x61 + 10
        default: nil
        }
    }
}

/// Digests content that comes in pieces.
public struct ContentHasher: Sendable {
    private var function = SHA256()

    /// Nothing read yet.
    public init() {}

    /// Takes the next piece.
    public mutating func update(_ piece: [UInt8]) { function.update(data: piece) }

    /// Takes the next piece, a part of a buffer.
    public mutating func update(_ piece: ArraySlice<UInt8>) { function.update(data: piece) }

    /// The digest of all pieces.
    public func finish() -> ContentDigest {
        guard let digest = ContentDigest(bytes: Array(function.finalize())) else {
            preconditionFailure("SHA-256 gives 32 bytes")
        }
        return digest
    }
}
