import Resources
import Testing
import ZeroProcs

@Suite struct ReplicationWishTests {
    func name(_ text: String) -> ResourceName { AppWorld.name(text) }

    func wish(
        _ nodes: [(String, NodeRole)], now: [String] = [], learner: String? = nil
    ) -> ReplicationWish {
        ReplicationWish(
            nodes.map { (name($0.0), $0.1) }, now: now.map(name), learner: learner.map(name),
            machine: name("a"))
    }

    @Test func oneMachineNeedsNoCluster() {
        let alone = wish([("a", .voter)])
        #expect(!alone.isCluster && alone.members == [name("a")] && alone.learner == nil)
    }

    @Test func ofTwoThatMayVoteOneVotesAndStays() {
        let two = wish([("b", .voter), ("a", .voter)])
        #expect(two.isCluster && two.members == [name("a")] && two.learner == name("b"))
        #expect(two.reason.contains("without a nothing is written"))
        #expect(two.reason.hasSuffix("founds the log anew on b: pisces node refound"))
        let kept = wish([("b", .voter), ("a", .voter)], now: ["b"], learner: "a")
        #expect(kept.members == [name("b")] && kept.learner == name("a"))
        // A client is no learner: it could not go on alone.
        let clients = wish([("a", .voter), ("b", .client), ("c", .client)])
        #expect(clients.isCluster && clients.members == [name("a")] && clients.learner == nil)
    }

    /// From one to seven and back, machine by machine, from what there was before.
    @Test func onTheWayUpAndDownThereAreNeverTwoVoters() {
        let names = ["a", "b", "c", "d", "e", "f", "g"]
        var now: [String] = []
        var learner: String?
        for count in [1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1] {
            let next = wish(names.suffix(count).map { ($0, .voter) }, now: now, learner: learner)
            let voting = count < 3 ? 1 : count < 5 ? 3 : 5
            #expect(next.members.count == voting, "\(count) machines")
            #expect((next.learner != nil) == (count == 2), "\(count) machines")
            // Who sits and still belongs goes on sitting.
            let stayed = now.filter { names.suffix(count).contains($0) }
            let sits = (next.members + [next.learner].compactMap(\.self)).map(\.text)
            #expect(stayed.prefix(sits.count).allSatisfy(sits.contains), "\(count) machines")
            (now, learner) = (next.members.map(\.text), next.learner?.text)
        }
    }
}
