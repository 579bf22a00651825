internal import FoundationEssentials
internal import Testing
internal import Trust

/// What of a secret can be seen: nothing.
@Suite struct SecretBytesTests {
    private static let planted = "correct horse battery staple"
    private let secret = SecretBytes(copying: planted.utf8)

    struct Holder: Encodable {
        let name = "holder"
        let secret: SecretBytes
    }

    @Test func noTextOfItShowsContent() throws {
        var dumped = ""
        dump(secret, to: &dumped)
        dump(Holder(secret: secret), to: &dumped)
        dump(Optional(secret), to: &dumped)
        let encoded = try JSONEncoder().encode(Holder(secret: secret))
        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), dumped,
            "\([secret])", "\(Optional(secret) as Any)", String(reflecting: ["key": secret]),
            "\(Holder(secret: secret))", String(decoding: encoded, as: UTF8.self),
        ]
        let bytes = "\(Array(Self.planted.utf8))".dropFirst().dropLast()
        for text in texts {
            #expect(!text.contains("horse"))
            #expect(!text.contains(bytes))
            #expect(!text.contains("28"), "the count is not shown: \(text)")
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(texts[8].contains(SecretBytes.mask))
    }

    @Test func itIsComparedByContent() {
        #expect(secret == SecretBytes(copying: Self.planted.utf8))
        #expect(secret != SecretBytes(copying: Self.planted.dropLast().utf8))
        #expect(SecretBytes(copying: []) == SecretBytes(copying: []))
        #expect(SecretBytes(copying: []).isEmpty)
    }

    @Test func whatIsTakenIsOverwritten() {
        var bytes = Array(Self.planted.utf8)
        let taken = SecretBytes(taking: &bytes)
        #expect(bytes.isEmpty)
        #expect(taken == secret)
    }

    @Test func wipingOverwritesTheStorageItself() {
        var bytes = [UInt8](repeating: 7, count: 4096)
        // The storage is kept alive by its owner below, so that it can be looked at afterwards.
        let seen = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe wipe(buffer)
            return unsafe buffer.allSatisfy { $0 == 0 }
        }
        #expect(seen)
        #expect(bytes == [UInt8](repeating: 0, count: 4096))
    }

    @Test(
        arguments: [
            ([], [], true), ([1], [1], true), ([1], [2], false), ([1, 2], [1], false),
            ([1, 2, 3], [1, 2, 4], false), ([0, 2, 3], [1, 2, 3], false),
        ] as [([UInt8], [UInt8], Bool)])
    func comparingLooksAtAllBytes(left: [UInt8], right: [UInt8], equal: Bool) {
        #expect(equalInConstantTime(left, right) == equal)
    }

    @Test func itIsFoundInWhatIsAboutToBeWritten() {
        #expect(secret.occurs(in: Array("x=\(Self.planted);".utf8)))
        #expect(!secret.occurs(in: Array("x=correct horse battery stable;".utf8)))
        #expect(!secret.occurs(in: []))
    }
}
