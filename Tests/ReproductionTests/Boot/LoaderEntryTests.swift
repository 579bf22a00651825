import Reproduction
import Resources
import Testing

@Suite struct LoaderEntryTests {
    @Test(arguments: [
        ("pisces_7+3.efi", 7, 3, 0), ("pisces_7+2-1.efi", 7, 2, 1), ("pisces_12+0-3.efi", 12, 0, 3),
    ]) func triesAreReadAndWritten(name: String, sequence: Int, left: Int, done: Int) throws {
        let entry = try #require(LoaderEntry(name))
        #expect(entry.sequence == sequence)
        #expect(entry.tries == LoaderEntry.Tries(left: left, done: done))
        #expect(entry.fileName == name)
    }

    @Test func aBlessedEntryHasNoCounter() throws {
        let entry = try #require(LoaderEntry("pisces_7+1-2.efi"))
        #expect(entry.blessed.fileName == "pisces_7.efi")
        #expect(LoaderEntry("pisces_7.efi") == entry.blessed)
        #expect(!entry.blessed.isExhausted)
    }

    @Test(arguments: [
        "", "pisces_.efi", "pisces_07.efi", "pisces_7", "pisces_7+.efi", "pisces_7+1-.efi",
        "pisces_7+1-1-1.efi", "pisces_7+1+1.efi", "pisces_-7.efi", "pisces_+3.efi", "debian.efi",
        "pisces_1234567890.efi", "pisces_7+x.efi", "PISCES_7.EFI",
    ]) func otherNamesAreNone(name: String) { #expect(LoaderEntry(name) == nil) }

    @Test func theLoaderCountsDownAndThenTakesAnother() {
        var new = LoaderEntry(sequence: 8)
        let old = LoaderEntry(sequence: 7, tries: nil)
        var boots: [Int] = []
        for _ in 0..<5 {
            let chosen = LoaderEntry.chosen(among: [old, new])
            boots.append(chosen?.sequence ?? 0)
            if chosen == new { new = new.tried }
        }
        #expect(boots == [8, 8, 8, 7, 7])
        #expect(new.fileName == "pisces_8+0-3.efi")
        #expect(new.tried == new)
    }

    @Test func aMachineWithOneExhaustedSystemStillHasOne() {
        let only = LoaderEntry(sequence: 8, tries: .init(left: 0, done: 3))
        #expect(LoaderEntry.chosen(among: [only]) == only)
        #expect(LoaderEntry.chosen(among: []) == nil)
    }
}

@Suite struct SlotTableTests {
    static let running = LoaderEntry(sequence: 7, tries: nil)
    static let exhausted = LoaderEntry(sequence: 8, tries: .init(left: 0, done: 3))
    static let table = SlotTable(running: .a, entry: running, entries: [running, exhausted])

    @Test func theNextSystemNeverTouchesTheRunningOne() {
        #expect(Self.table.passive == .b)
        #expect(Self.table.toRemove == [Self.exhausted])
    }

    @Test(arguments: [1, 7, 8]) func aSequenceThatIsNotNewIsRefused(sequence: Int) {
        #expect(throws: ReproductionError.self) { _ = try Self.table.next(sequence) }
    }

    @Test func aNewSequenceGetsThreeTries() throws {
        #expect(try Self.table.next(9).fileName == "pisces_9+3.efi")
    }

    @Test func whatWasGivenUpIsKnown() {
        #expect(Self.table.fellBackFrom == [Self.exhausted])
        let fallback = Fallback(Self.exhausted, generation: "ab", lastWords: nil)
        #expect(fallback.tries == 3)
        #expect(fallback.data["reason"]?.text == "it never came far enough to say why")
        #expect(Fallback.quarantines("ab", [fallback]))
        #expect(!Fallback.quarantines("cd", [fallback]))
    }
}
