import Testing

@testable import Boot

@Suite struct KernelWordsTests {
    static let id = String(repeating: "0a", count: 16)
    static let root = String(repeating: "b1", count: 32)

    static func line(_ changed: String = "") -> String {
        "console=ttyS0 pisces.id=\(id) pisces.blocks=12 pisces.root=\(root) pisces.salt=ff00 "
            + "panic=5 \(changed)\n"
    }

    @Test func wordsAreReadFromTheMidstOfOthers() throws {
        let words = try KernelWords(reading: Self.line())
        #expect(words.identity == [UInt8](repeating: 0x0A, count: 16))
        #expect(words.blocks == 12)
        #expect(words.rootHash == [UInt8](repeating: 0xB1, count: 32))
        #expect(words.salt == [0xFF, 0])
        #expect(words.panicSeconds == 5)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let words = try KernelWords(reading: Self.line("pisces.salt=-"))
        #expect(words.salt == [])
        #expect(try KernelWords(reading: words.text) == words)
    }

    @Test func theLastOfTwoWordsWins() throws {
        #expect(try KernelWords(reading: Self.line("pisces.blocks=99")).blocks == 99)
    }

    @Test(arguments: [
        ("pisces.id=0a", "pisces.id"), ("pisces.id=", "pisces.id"),
        ("pisces.root=zz", "pisces.root"), ("pisces.blocks=0", "pisces.blocks"),
        ("pisces.blocks=-1", "pisces.blocks"), ("pisces.blocks=1152921504606846976", "blocks"),
        ("pisces.salt=abc", "pisces.salt"),
    ]) func aWordThatCannotBeIsNamed(word: String, subject: String) {
        let error = #expect(throws: BootError.self) {
            try KernelWords(reading: Self.line(word))
        }
        #expect(error?.subject.contains(subject) == true)
    }

    @Test func aMissingWordIsNamed() {
        let error = #expect(throws: BootError.self) { try KernelWords(reading: "quiet\n") }
        #expect(error?.subject == "pisces.id of the kernel's command line")
        #expect(error?.cause == "it is missing")
    }

    @Test(arguments: [("panic=7", 7), ("panic=0", 2), ("panic=x", 2), ("panic=-1", 2), ("", 2)])
    func theResetWaitsAsLongAsThePanicDoes(word: String, seconds: Int) {
        #expect(KernelWords.panicSeconds([word]) == seconds)
    }
}
