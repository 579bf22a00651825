/// Base 64 (RFC 4648), with padding, and its URL-safe form without.
public enum Base64 {
    /// The standard alphabet, padded.
    public static func encode(_ bytes: [UInt8]) -> String {
        let text = encode(bytes, standard)
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }

    /// The URL-safe alphabet, not padded.
    public static func encodeURL(_ bytes: [UInt8]) -> String { encode(bytes, urlSafe) }

    /// Reads the standard alphabet; nil when it is not canonical base 64.
    public static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count % 4 == 0 else { return nil }
        let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { return nil }
        return decode(text.utf8.dropLast(padding), count: text.utf8.count - padding, standardDigits)
    }

    /// Reads the URL-safe alphabet without padding; nil when it is not canonical.
    public static func decodeURL(_ text: String) -> [UInt8]? {
        decode(text.utf8, count: text.utf8.count, urlSafeDigits)
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standard = Array((letters + "+/").utf8)
    private static let urlSafe = Array((letters + "-_").utf8)
    private static let standardDigits = digits(of: standard)
    private static let urlSafeDigits = digits(of: urlSafe)
    /// What stands for no digit.
    private static let none: UInt8 = 0xFF

    /// The digit of each byte, so that reading a character is one load.
    private static func digits(of alphabet: [UInt8]) -> [UInt8] {
        var digits = [UInt8](repeating: none, count: 256)
        for (digit, byte) in alphabet.enumerated() { digits[Int(byte)] = UInt8(digit) }
        return digits
    }

    private static func encode(_ bytes: [UInt8], _ alphabet: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var word: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            word = word << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(word >> bits & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(word << (6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func decode(
        _ text: some Sequence<UInt8>, count: Int, _ digits: [UInt8]
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * 3 / 4)
        var word: UInt32 = 0
        var bits: UInt32 = 0
        for character in text {
            let digit = digits[Int(character)]
            if digit == none { return nil }
            word = word << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> bits))
            }
        }
        let rest = word & (1 << bits - 1)
        return bits < 6 && rest == 0 ? bytes : nil
    }
}
