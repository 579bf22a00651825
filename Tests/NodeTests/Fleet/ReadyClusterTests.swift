import Resources
import Testing

@testable import Node

/// When a log may leave the files of a machine for a cluster of etcd.
@Suite struct ReadyClusterTests {
    /// Members by name, whether they learn, and whether they answer.
    private func isReady(
        _ members: [(String?, Bool, Bool)], for wanted: [String]
    ) throws -> Bool {
        let cluster = MemberCluster(
            members: try members.enumerated().map { index, member in
                .init(
                    id: UInt64(index), name: try member.0.map { try ResourceName($0) },
                    peers: [], isLearner: member.1, isHealthy: member.2)
            })
        return FleetNode.isReady(cluster, for: try wanted.map { try ResourceName($0) })
    }

    /// Two machines join one that is alone in the same minute. Neither keeps a member before it has
    /// the log, which is in the files of the first until it moves.
    @Test func theLogDoesNotWaitForMembersThatWaitForIt() throws {
        #expect(try isReady([("one", false, true)], for: ["one", "two", "three"]))
        let learning: [(String?, Bool, Bool)] = [("one", false, true), ("two", true, false)]
        #expect(try isReady(learning, for: ["one", "two", "three"]))
    }

    @Test func allThatVoteAnswerAndAreWanted() throws {
        #expect(try !isReady([], for: ["one"]))
        #expect(try !isReady([("one", false, false)], for: ["one"]))
        #expect(try !isReady([("one", false, true), ("two", false, false)], for: ["one", "two"]))
        #expect(try !isReady([("one", false, true), ("old", false, true)], for: ["one", "two"]))
        #expect(try !isReady([("one", false, true), (nil, false, true)], for: ["one", "two"]))
    }
}
