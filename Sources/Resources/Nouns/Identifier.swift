/// The identity of a resource, log or cluster: 128 bits, time-ordered, chosen by the proposer.
///
/// Layout and text form are those of ULID: 48 bits of milliseconds since 1970, 80 bits of
/// entropy, written as 26 characters of Crockford's base 32.
public struct Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The 48-bit time and the first 16 random bits.
    public let high: UInt64
    /// The last 64 random bits.
    public let low: UInt64

    /// An identifier of the given halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new identifier for `time` from two random words (of the first, 16 bits are used).
    public init(time: WallTime, random: (UInt64, UInt64)) {
        let milliseconds = UInt64(max(0, time.milliseconds)) & 0xFFFF_FFFF_FFFF
        self.init(high: milliseconds << 16 | random.0 & 0xFFFF, low: random.1)
    }

    public static func < (left: Identifier, right: Identifier) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// The wall time at which the proposer made it.
    public var time: WallTime { WallTime(milliseconds: Int64(high >> 16)) }

    /// The 26 characters of its text form.
    public var description: String {
        var characters: [UInt8] = []
        characters.reserveCapacity(26)
        for index in 0..<26 {
            let shift = UInt64(125 - index * 5)
            let digit =
                shift >= 64
                ? high >> (shift - 64) : high << (64 - shift) | low >> shift
            characters.append(Self.alphabet[Int(digit & 31)])
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Reads the text form, in either case. Nil when it is not 26 characters of the alphabet or
    /// does not fit 128 bits.
    public init?(_ text: some StringProtocol) {
        var (high, low): (UInt64, UInt64) = (0, 0)
        var count = 0
        for byte in text.utf8 {
            guard let digit = Self.digit(byte), high >> 59 == 0, count < 26 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | digit
            count += 1
        }
        guard count == 26 else { return nil }
        self.init(high: high, low: low)
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func digit(_ byte: UInt8) -> UInt64? {
        let upper = byte >= UInt8(ascii: "a") ? byte & 0xDF : byte
        return alphabet.firstIndex(of: upper).map(UInt64.init)
    }
}

extension Identifier {
    /// The 16 bytes, big-endian, so that byte order is identifier order.
    public var bytes: [UInt8] {
        (0..<16).map { index in
            let word = index < 8 ? high : low
            return UInt8(truncatingIfNeeded: word >> UInt64(56 - index % 8 * 8))
        }
    }

    /// Reads 16 big-endian bytes; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) },
        )
    }
}
