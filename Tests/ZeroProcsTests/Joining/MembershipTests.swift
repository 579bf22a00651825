import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct MembershipTests {
    let house: Gatehouse

    init() throws { house = try Gatehouse() }

    @Test func aNodeIsDrainedResumedAndRemoved() throws {
        try house.admit("pi-2", 2)
        let name = try ResourceName("pi-2")
        try house.commit(try Membership().drain(name, on: house.graph))
        #expect(try house.node("pi-2").data["state"] == "draining")
        try Membership().belonging(name, key: house.key(2), on: house.graph)
        try house.commit(try Membership().resume(name, on: house.graph))
        try house.commit(try Membership().remove(name, on: house.graph))
        let node = try house.node("pi-2")
        #expect(node.data["state"] == "removed" && node.data["certificate"] == nil)
        #expect(throws: Refusal.self) {
            try Membership().belonging(name, key: house.key(2), on: house.graph)
        }
    }

    @Test(arguments: ["resume", "approve"]) func whatANodeIsNotCannotBeLeft(verb: String) throws {
        try house.admit("pi-2", 2)
        let name = try ResourceName("pi-2")
        #expect(throws: Refusal.self) {
            switch verb {
            case "resume": _ = try Membership().resume(name, on: house.graph)
            default: _ = try Membership().approve(name, by: .local(uid: 0), on: house.graph)
            }
        }
    }

    @Test func theLastVoterStays() throws {
        let name = try ResourceName("pi-1")
        #expect(throws: Refusal.self) { try Membership().remove(name, on: house.graph) }
        #expect(throws: Refusal.self) {
            try Membership().assign(.client, to: name, on: house.graph)
        }
        try house.admit("pi-2", 2, .voter)
        try house.commit(try Membership().remove(name, on: house.graph))
        #expect(try house.node("pi-1").data["state"] == "removed")
    }

    @Test func promotionMakesTheCertificateDue() throws {
        try house.admit("pi-2", 2, .learner)
        let name = try ResourceName("pi-2")
        let (begin, end) = (Gatehouse.noon, Gatehouse.noon.advanced(byMilliseconds: 1_000_000))
        let before = try house.node("pi-2")
        #expect(
            !Renewal.isDue(before, at: house.position, begin: begin, end: end, now: begin))
        try house.commit(try Membership().assign(.voter, to: name, on: house.graph))
        let node = try house.node("pi-2")
        #expect(node.data["role"] == "voter")
        #expect(Renewal.isDue(node, at: house.position, begin: begin, end: end, now: begin))
        #expect(throws: Refusal.self) {
            try Membership().assign(.voter, to: name, on: house.graph)
        }
    }

    @Test(arguments: [
        (UInt64(1_999_999), Int64(0), false), (2_000_004, 0, true), (9, 600, false),
        (9, 667_000, true),
    ])
    func renewalIsDueByTheLogOrTheCalendar(
        position: UInt64, milliseconds: Int64, isDue: Bool
    ) throws {
        try house.admit("pi-2", 2)
        let (begin, end) = (Gatehouse.noon, Gatehouse.noon.advanced(byMilliseconds: 1_000_000))
        let due = Renewal.isDue(
            try house.node("pi-2"), at: Position(position), begin: begin, end: end,
            now: begin.advanced(byMilliseconds: milliseconds))
        #expect(due == isDue)
    }

    @Test func theAuthorityIsSharedWithAllVotersAndOnlyThem() throws {
        #expect(try AuthoritySharing(ResourceName("fleet")).due(on: house.graph) == nil)
        try house.admit("pi-2", 2, .client)
        #expect(try AuthoritySharing(ResourceName("fleet")).due(on: house.graph) == nil)
        try house.admit("pi-3", 3, .voter)
        let task = try #require(try AuthoritySharing(ResourceName("fleet")).due(on: house.graph))
        #expect(task.recipients.map(\.machine) == ["pi-1", "pi-3"])
        #expect(task.recipients.last?.sealing == house.key(103) && task.version == 2)
        try house.commit(
            AuthoritySharing(ResourceName("fleet")).commands(
                task, sealed: .list([["machine": "pi-1"], ["machine": "pi-3"]])))
        #expect(try AuthoritySharing(ResourceName("fleet")).due(on: house.graph) == nil)
        try house.commit(try Membership().remove(try ResourceName("pi-1"), on: house.graph))
        #expect(
            try AuthoritySharing(ResourceName("fleet")).due(on: house.graph)?.recipients.count == 1)
    }

    @Test(arguments: [Int64(0), -1, 604_801]) func anInvitationMustEndSoon(seconds: Int64) throws {
        #expect(throws: Refusal.self) {
            try Membership().invite(
                Identifier(high: 1, low: 1), digest: house.key(1), role: .client,
                isAutomatic: true,
                expires: Gatehouse.noon.advanced(byMilliseconds: seconds * 1000),
                maker: .local(uid: 0), now: Gatehouse.noon)
        }
    }

    @Test func whoMayOnlyWriteLetsNobodyIn() throws {
        let grant = Grant([.read, .write], prefix: .root)
        let caller = Caller(
            identity: try #require(Identity("token:writer")), right: .token(grant))
        let commands = try Membership().invite(
            Identifier(high: 1, low: 1), digest: house.key(1), role: .client, isAutomatic: true,
            expires: Gatehouse.noon.advanced(byMilliseconds: 1000), maker: caller.identity,
            now: Gatehouse.noon)
        let graph = house.graph
        #expect(throws: Refusal.self) {
            try FilterChain().check(
                Batch(commands), by: caller, on: try graph.begin(.root), now: Gatehouse.noon)
        }
    }
}
