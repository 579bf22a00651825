import Host
import Testing

@Suite struct OrphanTests {
    @Test func onlyWhatIsFoundEndedTwiceIsTaken() {
        var orphans = Orphans()
        #expect(orphans.toTake(ended: [1, 2]) == [])
        // 1 had an owner, who came for it meanwhile.
        #expect(orphans.toTake(ended: [2, 3]) == [2])
        #expect(orphans.toTake(ended: [3, 4]) == [3])
        #expect(orphans.toTake(ended: []) == [])
    }

    @Test func aNumberThatComesAgainIsLookedAtTwiceAgain() {
        var orphans = Orphans()
        _ = orphans.toTake(ended: [5])
        #expect(orphans.toTake(ended: [5]) == [5])
        #expect(orphans.toTake(ended: [5]) == [])
    }
}
