import Bus
import Resources
import Testing
import Trust

@Suite struct AddressBookTests {
    let key: SignerKey

    init() { key = MachineKey().signerKey }

    @Test func whatWorkedLastIsTriedFirstAndWhatFailedLast() {
        let book = AddressBook()
        let hints = ["10.0.0.1:7118", "10.0.0.2:7118"]
        #expect(book.candidates(key, hints: hints) == hints)
        book.missed(key, at: hints[0])
        #expect(book.candidates(key, hints: hints) == [hints[1], hints[0]])
        book.heard(key, at: hints[0])
        #expect(book.candidates(key, hints: hints) == hints)
        #expect(book.present(key) == hints[0])
        book.missed(key, at: hints[0])
        book.missed(key, at: hints[1])
        #expect(book.present(key) == nil)
        #expect(book.candidates(key, hints: hints) == hints)
    }

    @Test func whatIsToldIsTriedBeforeWhatTheLogSays() {
        let book = AddressBook()
        book.saw(key, from: "10.0.9.9")
        book.tell(key, "10.0.1.1:7118")
        #expect(
            book.candidates(key, hints: ["10.0.0.1:7000"])
                == ["10.0.1.1:7118", "10.0.0.1:7000", "10.0.9.9:7000"])
        // Told again after it failed, it is worth another try.
        book.missed(key, at: "10.0.1.1:7118")
        #expect(book.candidates(key, hints: []).last == "10.0.1.1:7118")
        book.tell(key, "10.0.1.1:7118")
        #expect(book.candidates(key, hints: ["10.0.0.1:7000"]).first == "10.0.1.1:7118")
    }

    @Test func whatTheNodeItselfSaysIsWhereItIs() {
        let book = AddressBook()
        book.heard(key, at: "10.0.0.1:7118")
        book.heard(key, at: "10.0.1.1:7118")
        #expect(book.present(key) == "10.0.1.1:7118")
        // An older connection that fails says nothing about the present address.
        book.missed(key, at: "10.0.0.1:7118")
        #expect(book.present(key) == "10.0.1.1:7118")
    }
}
