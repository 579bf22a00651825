import Testing

@testable import MMSAgent

struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
                + "klmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func standardMessagesHaveTheirDigests(_ message: String, _ digest: String) {
        #expect(hex(SHA256.digest(message.utf8)) == digest)
    }

    @Test func aMillionLettersHaveTheirDigest() {
        let letters = [UInt8](repeating: 0x61, count: 1_000_000)
        #expect(
            hex(SHA256.digest(letters))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    /// Every way to cut a message gives one digest, around the lengths where padding changes.
    @Test func piecesGiveTheDigestOfTheWhole() {
        for count in [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 300] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
            let whole = SHA256.digest(bytes)
            for piece in [1, 3, 63, 64, 65, 200] {
                var hash = SHA256()
                for start in stride(from: 0, to: count, by: piece) {
                    hash.update(Array(bytes[start..<min(count, start + piece)]))
                }
                #expect(hash.finish() == whole)
            }
        }
    }
}
