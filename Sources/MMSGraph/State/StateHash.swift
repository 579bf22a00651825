internal import Crypto

/// A digest of a set of resources that grows and shrinks with the set: the sum modulo 2^256 of the
/// SHA-256 of each resource's stored form (additive multiset hash, Bellare and Micciancio 1997).
/// Replicas compare in O(1). It finds divergence, it does not stop a forger: a sum of 256 bits
/// falls to a generalised birthday search, so who must be mistrusted is checked by the hash chain.
public struct StateHash: Hashable, Sendable, CustomStringConvertible {
    /// The sum, the least significant word first.
    private var words: [4 of UInt64]

    /// The digest of the empty set.
    public static let empty = StateHash(words: [0, 0, 0, 0])

    private init(words: [4 of UInt64]) { self.words = words }

    /// The digest of a set of one element.
    public init(of element: [UInt8]) {
        var hasher = SHA256()
        unsafe element.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        self.init(little: hasher.finalize())
    }

    /// Reads 32 bytes; nil for any other count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(little: bytes)
    }

    private init(little bytes: some Sequence<UInt8>) {
        var words: [4 of UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() {
            words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
        }
        self.init(words: words)
    }

    /// The 32 bytes, the least significant first.
    public var bytes: [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64($0 % 8 * 8)) }
    }

    /// The 64 hexadecimal digits of its bytes.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Adds the elements of another set.
    public static func += (left: inout StateHash, right: StateHash) {
        var carry: UInt64 = 0
        for index in 0..<4 {
            let (sum, first) = left.words[index].addingReportingOverflow(right.words[index])
            let (total, second) = sum.addingReportingOverflow(carry)
            left.words[index] = total
            carry = first || second ? 1 : 0
        }
    }

    /// Removes the elements of another set.
    public static func -= (left: inout StateHash, right: StateHash) {
        var borrow: UInt64 = 0
        for index in 0..<4 {
            let (difference, first) = left.words[index].subtractingReportingOverflow(
                right.words[index])
            let (total, second) = difference.subtractingReportingOverflow(borrow)
            left.words[index] = total
            borrow = first || second ? 1 : 0
        }
    }

    public static func == (left: StateHash, right: StateHash) -> Bool {
        (0..<4).allSatisfy { left.words[$0] == right.words[$0] }
    }

    public func hash(into hasher: inout Hasher) {
        for index in 0..<4 { hasher.combine(words[index]) }
    }
}
