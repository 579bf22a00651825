internal import Crypto

/// The SHA-256 digest of a blob or of an uncompressed layer: `sha256:` and 64 hexadecimal digits.
public struct ImageDigest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The 64 digits, its name in the store.
    public let digits: String

    /// The digest of that text; nil for any other form or function.
    public init?(_ text: String) {
        guard text.hasPrefix("sha256:") else { return nil }
        self.init(digits: String(text.dropFirst(7)))
    }

    /// The digest of those digits; nil for any other text.
    public init?(digits: String) {
        let valid = digits.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
        }
        guard valid, digits.utf8.count == 64 else { return nil }
        self.digits = digits
    }

    /// The digest of those bytes.
    public init(of bytes: [UInt8]) {
        var digester = Digester()
        digester.add(bytes[...])
        self = digester.digest
    }

    fileprivate init(_ digest: SHA256.Digest) {
        let alphabet = Array("0123456789abcdef".utf8)
        digits = String(
            decoding: digest.flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] },
            as: UTF8.self)
    }

    public static func < (left: ImageDigest, right: ImageDigest) -> Bool {
        left.digits < right.digits
    }

    public var description: String { "sha256:" + digits }
}

/// Computes a digest piece by piece.
struct Digester {
    private var function = SHA256()

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe function.update(bufferPointer: $0) }
    }

    var digest: ImageDigest { ImageDigest(function.finalize()) }
}
