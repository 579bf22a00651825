import Resources
import Testing
import Trust

@testable import Reproduction

/// What a machine makes of the loader's entries right after it was started.
@Suite struct BootReadingTests {
    private static let old = ContentDigest(of: [3])
    private static let new = ContentDigest(of: [4])

    private func reading(_ generation: ContentDigest, _ names: String...) -> BootReading {
        BootReading(
            generation: generation, sequence: generation == Self.new ? 4 : 3,
            entries: names.compactMap { LoaderEntry($0) })
    }

    private func controller(_ word: String, try number: Int64? = nil) throws -> Controller {
        var data = Controller(
            .init(generation: Self.new, sequence: 4, kind: .slot, target: "b")
        ).data
        data["state"] = .text(word)
        data["try"] = number.map { .int($0) }
        data["root"] = .text(Self.old.description)
        return try Controller(data: data)
    }

    @Test func aMachineThatRunsWhatItKeepsIsSettled() throws {
        var none: Controller?
        #expect(
            try reading(Self.old, "pisces_3.efi").outcome(&none, lastWords: nil) == .settled)
        var begun: Controller? = try controller("gathering")
        #expect(
            try reading(Self.old, "pisces_3.efi").outcome(&begun, lastWords: nil) == .settled)
        #expect(begun?.state == .gathering)
    }

    @Test func theFirstStartOfAnImageIsATrialToo() throws {
        var none: Controller?
        let entry = LoaderEntry(sequence: 3, tries: .init(left: 2, done: 1))
        #expect(
            try reading(Self.old, "pisces_3+2-1.efi").outcome(&none, lastWords: nil)
                == .trial(entry))
    }

    @Test(arguments: ["readBack", "armed", "booting", "selfTest"])
    func aNewSystemIsOnTrialWhateverTheLogHas(word: String) throws {
        for done in 1...3 {
            var update: Controller? = try controller(word, try: 1)
            let outcome = try reading(
                Self.new, "pisces_3.efi", "pisces_4+\(3 - done)-\(done).efi"
            ).outcome(&update, lastWords: nil)
            let tries = LoaderEntry.Tries(left: 3 - done, done: done)
            #expect(outcome == .trial(LoaderEntry(sequence: 4, tries: tries)))
            #expect(update?.state == .selfTest(try: done), "\(word) \(done)")
        }
    }

    @Test func aBlessingThatWasNotNotedIsNoted() throws {
        var update: Controller? = try controller("selfTest", try: 2)
        let outcome = try reading(Self.new, "pisces_3.efi", "pisces_4.efi")
            .outcome(&update, lastWords: nil)
        #expect(outcome == .settled)
        #expect(update?.state == .good)
    }

    @Test(arguments: [("armed", nil), ("booting", 2), ("selfTest", 3), ("readBack", nil)])
    func aMachineThatFellBackSaysWhy(word: String, number: Int64?) throws {
        var update: Controller? = try controller(word, try: number)
        let outcome = try reading(Self.old, "pisces_3.efi", "pisces_4+0-3.efi")
            .outcome(&update, lastWords: "the app shop is failing")
        guard case .fellBack(let fallback) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(fallback.reason == "the app shop is failing")
        #expect(fallback.tries == 3)
        #expect(fallback.generation == Self.new.hex)
        #expect(update?.state == .fellBack(reason: "the app shop is failing"))
    }

    @Test func anEntryThatIsGoneIsAFallbackToo() throws {
        var update: Controller? = try controller("armed")
        let outcome = try reading(Self.old, "pisces_3.efi").outcome(&update, lastWords: nil)
        guard case .fellBack = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(update?.state.isEnd == true)
    }

    @Test func whatIsArmedAndNotStartedYetIsPending() throws {
        for word in ["armed", "readBack"] {
            var update: Controller? = try controller(word)
            let outcome = try reading(Self.old, "pisces_3.efi", "pisces_4+3.efi")
                .outcome(&update, lastWords: nil)
            #expect(outcome == .pending(LoaderEntry(sequence: 4)))
            #expect(update?.state == .armed)
        }
    }

    @Test func aLostLogStillTellsOfAFallback() throws {
        var none: Controller?
        let outcome = try reading(Self.old, "pisces_3.efi", "pisces_4+0-3.efi")
            .outcome(&none, lastWords: nil)
        guard case .fellBack(let fallback) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(fallback.sequence == 4)
        #expect(fallback.generation == nil)
    }

    @Test func lastWordsAreReadAsTheyWereWritten() {
        let words = LastWords(Self.new, "appsHealthy: shop is failing")
        #expect(LastWords(words.file) == words)
        #expect(LastWords(Array("nothing".utf8)) == nil)
        #expect(LastWords([UInt8](repeating: 65, count: 9000)) == nil)
        let long = LastWords(Self.new, String(repeating: "é", count: 9000))
        #expect(long.reason.utf8.count <= Limits.lastWords.value)
        #expect(LastWords(long.file) == long)
    }

    @Test func aQuarantineIsReadFromTheGraph() {
        let bad = GenerationRecord(Self.new, sequence: 4, .quarantined, reason: "it hung")
        let good = GenerationRecord(Self.old, sequence: 3, .running, slot: .a)
        let time = WallTime(milliseconds: 1)
        let records = [bad.data(since: time), good.data(since: time)]
        #expect(GenerationRecord.quarantined(records) == [Self.new])
        #expect(bad.name != good.name)
    }
}
