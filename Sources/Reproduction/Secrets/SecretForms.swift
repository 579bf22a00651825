internal import Resources

/// The forms of a secret's bytes that a scan looks for.
enum SecretForms {
    /// Bytes of a secret that are looked for together.
    static let piece = 32
    /// The most pieces of one secret.
    static let pieces = 64

    /// All forms of all pieces.
    static func all(of secret: [UInt8]) -> [(pattern: [UInt8], encoding: SecretEncoding)] {
        var forms: [(pattern: [UInt8], encoding: SecretEncoding)] = []
        for number in 0..<pieces {
            let start = number * piece
            // A short rest says little: it is found as a part of the whole, or not at all.
            let rest = secret.count - start
            guard rest > 0, number == 0 || rest >= piece / 2 else { break }
            let part = Array(secret[start..<start + min(piece, rest)])
            forms.append((part, .raw))
            forms.append((hex(part, letters: "0123456789abcdef"), .hex))
            forms.append((hex(part, letters: "0123456789ABCDEF"), .hex))
            forms += base64(part).map { ($0, .base64) }
            if part.allSatisfy({ $0 < 0x80 }) {
                forms.append((part.flatMap { [$0, 0] }, .utf16))
                forms.append((part.flatMap { [0, $0] }, .utf16))
            }
        }
        return forms
    }

    private static func hex(_ bytes: [UInt8], letters: String) -> [UInt8] {
        let letters = Array(letters.utf8)
        return bytes.flatMap { [letters[Int($0 >> 4)], letters[Int($0 & 15)]] }
    }

    /// Base 64 of the bytes at each of the three places they may have in a group of three, without
    /// the characters that their neighbours have a part in; in both alphabets.
    private static func base64(_ bytes: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for shift in 0..<3 {
            let padded = [UInt8](repeating: 0, count: shift) + bytes
            let text = Array(Base64.encode(padded).utf8).prefix { $0 != UInt8(ascii: "=") }
            // Of the last group, the character with bits of what follows is dropped.
            let partial = padded.count % 3 == 0 ? 0 : 1
            let inner = Array(text.dropFirst([0, 2, 3][shift]).dropLast(partial))
            guard inner.count >= 6 else { continue }
            forms.append(inner)
            let url = inner.map { character in
                switch character {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                default: character
                }
            }
            if url != inner { forms.append(url) }
        }
        return forms
    }
}
