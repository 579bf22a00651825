import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

/// Which step a replacement takes next, on the states that a log can have.
@Suite struct AuthorityReplacementTests {
    let house: Gatehouse

    /// Three voters of which the key was sealed to each, and a client.
    init() throws {
        house = try Gatehouse()
        try house.admit("pi-2", 2, .voter)
        try house.admit("pi-3", 3, .voter)
        try house.admit("pi-4", 4, .client)
        try house.share()
    }

    func turn(
        lapsed: Set<ResourceName> = [], members: Set<ResourceName> = []
    ) throws -> AuthorityReplacement.Turn? {
        try house.replacement(lapsed: lapsed, members: members).turn
    }

    func waiting(lapsed: Set<ResourceName> = [], members: Set<ResourceName> = []) throws -> [String]
    {
        guard case .wait(let names)? = try turn(lapsed: lapsed, members: members)?.action else {
            return []
        }
        return names.map(\.text)
    }

    func remove(_ name: String) throws {
        try house.commit(try Membership().remove(try ResourceName(name), on: house.graph))
        try house.share()
    }

    @Test func aRemovedVoterHadTheKeyAndItIsReplacedInThreeSteps() throws {
        #expect(try turn() == nil)
        try remove("pi-3")
        #expect(try turn()?.reason == "pi-3 had its key and belongs no more")
        try house.step(made: [7])
        #expect(
            try turn()?.reason
                == "step 1 of 3: a new one is trusted too; waits for pi-1, pi-2, pi-4")
        var present = try #require(try house.authority("fleet"))
        let next = try #require(try house.authority("fleet-next"))
        #expect(present.data["certificate"] == .bytes([1, 2, 3]) && present.data["step"] == 1)
        #expect(next.data["certificate"] == .bytes([7]))
        #expect(next.data["holders"] == .list([.bytes(house.key(1)), .bytes(house.key(2))]))
        for name in ["pi-1", "pi-2", "pi-4"] { try house.follow(name) }

        #expect(try turn()?.reason == "all machines trust the new one")
        try house.step(made: [])
        present = try #require(try house.authority("fleet"))
        #expect(present.data["certificate"] == .bytes([7]) && present.data["step"] == 2)
        #expect(present.data["former"] == .list([.bytes([1, 2, 3])]))
        #expect(present.data["fingerprint"] == next.data["fingerprint"])
        #expect(try house.authority("fleet-next") == nil)
        #expect(try turn()?.reason.hasPrefix("step 2 of 3: the new one vouches;") == true)
        for name in ["pi-1", "pi-2", "pi-4"] { try house.follow(name) }

        #expect(try turn()?.reason == "all machines show certificates of the new one")
        try house.step(made: [])
        present = try #require(try house.authority("fleet"))
        #expect(present.data["former"] == nil && present.data["step"] == 3)
        #expect(try waiting() == ["pi-1", "pi-2", "pi-4"])
        for name in ["pi-1", "pi-2", "pi-4"] { try house.follow(name) }
        #expect(try turn() == nil)
    }

    /// The last member of etcd would stop all writes for a restart just before it ends.
    @Test func whileTheLogLeavesTheMembersAllWaits() throws {
        #expect(try house.replacement(isLeaving: true).turn == nil)
        try remove("pi-3")
        let begun = try house.replacement(isLeaving: true).turn
        #expect(begun?.action == .wait([]))
        #expect(
            begun?.reason == "pi-3 had its key and belongs no more; it goes on when the log rests "
                + "on files")
        try house.step(made: [7])
        let pi1 = try ResourceName("pi-1")
        #expect(try house.replacement(members: [pi1]).isTurn(of: pi1))
        #expect(try !house.replacement(members: [pi1], isLeaving: true).isTurn(of: pi1))
        // The log is home: what was begun goes on.
        for name in ["pi-1", "pi-2", "pi-4"] { try house.follow(name) }
        #expect(try turn()?.reason == "all machines trust the new one")
    }

    /// Its restart would stop all writes; a change of who votes does not.
    @Test func whoVotesAloneLetsTheLearnerVoteBeforeItFollows() throws {
        try remove("pi-3")
        try house.step(made: [7])
        let (pi1, pi2) = (try ResourceName("pi-1"), try ResourceName("pi-2"))
        let lone = LoneVoter(voter: pi1, learner: pi2)
        var now = try house.replacement(members: [pi1, pi2], lone: lone)
        #expect(!now.isTurn(of: pi1) && now.isTurn(of: pi2) && !now.wantsOtherVoter)
        try house.follow("pi-2")
        now = try house.replacement(members: [pi1, pi2], lone: lone)
        #expect(!now.isTurn(of: pi1) && now.wantsOtherVoter)
        #expect(try !house.replacement(lone: lone, isLeaving: true).wantsOtherVoter)
        // It learns by now, and follows as it joins.
        let turned = LoneVoter(voter: pi2, learner: pi1)
        now = try house.replacement(members: [pi1, pi2], lone: turned)
        #expect(now.isTurn(of: pi1) && !now.wantsOtherVoter)
        try house.follow("pi-1")
        now = try house.replacement(members: [pi1, pi2], lone: turned)
        #expect(!now.wantsOtherVoter)
        // The new one vouches, and both are trusted as before.
        try house.follow("pi-4")
        try house.step(made: [])
        try house.follow("pi-1")
        #expect(try !house.replacement(members: [pi1, pi2], lone: turned).wantsOtherVoter)
        // Without a learner there is no other way than a restart.
        #expect(try house.replacement(members: [pi1]).isTurn(of: pi1))
    }

    @Test func whoNeverHadTheKeyIsRemovedWithoutAReplacement() throws {
        try remove("pi-4")
        #expect(try turn() == nil)
    }

    @Test func whoIsAVoterNoMoreHasHadTheKey() throws {
        let name = try ResourceName("pi-3")
        try house.commit(try Membership().assign(.client, to: name, on: house.graph))
        try house.share()
        // It belongs, and may be in etcd in any case.
        #expect(try turn() == nil)
        try remove("pi-3")
        #expect(try turn()?.reason == "pi-3 had its key and belongs no more")
    }

    @Test func aMachineThatCameBackWithAnotherKeyDoesNotHideTheOldOne() throws {
        try remove("pi-3")
        try house.admit("pi-3", 9, .voter)
        try house.share()
        #expect(try turn()?.reason == "pi-3 had its key and belongs no more")
    }

    @Test func whoHadTheNewOneIsRemovedBeforeItVouches() throws {
        try remove("pi-3")
        try house.step(made: [7])
        try remove("pi-2")
        guard case .begin(let beginning)? = try turn()?.action else {
            Issue.record("it goes on with a key that was lost")
            return
        }
        #expect(beginning.next?.id == (try house.authority("fleet-next"))?.id)
        #expect(beginning.recipients.map(\.machine) == ["pi-1"] && beginning.version == 3)
        try house.step(made: [8])
        #expect(try house.authority("fleet-next")?.data["certificate"] == .bytes([8]))
        #expect(try house.authority("fleet")?.data["step"] == 2)
        #expect(try waiting() == ["pi-1", "pi-4"])
    }

    @Test func whoHadItIsRemovedWhileTheFormerOneEnds() throws {
        try remove("pi-3")
        try house.step(made: [7])
        for name in ["pi-1", "pi-2", "pi-4"] { try house.follow(name) }
        try house.step(made: [])
        try remove("pi-2")
        // The former one ends first; then the next replacement begins at once.
        #expect(try waiting() == ["pi-1", "pi-4"])
        for name in ["pi-1", "pi-4"] { try house.follow(name) }
        try house.step(made: [])
        #expect(try turn()?.reason == "pi-2 had its key and belongs no more")
    }

    @Test func whoWasGivenUpIsWaitedForOnlyWhereItKeepsAMember() throws {
        try remove("pi-3")
        try house.step(made: [7])
        let gone = Set([try ResourceName("pi-2"), try ResourceName("pi-4")])
        let members = Set([try ResourceName("pi-1"), try ResourceName("pi-2")])
        #expect(try waiting(lapsed: gone, members: members) == ["pi-1", "pi-2"])
        #expect(try waiting(lapsed: gone) == ["pi-1"])
    }

    @Test func oneMemberAfterTheOtherMayStartAgain() throws {
        try remove("pi-3")
        try house.step(made: [7])
        let members = Set([try ResourceName("pi-1"), try ResourceName("pi-2")])
        func may(_ name: String) throws -> Bool {
            try house.replacement(members: members).isTurn(of: try ResourceName(name))
        }
        #expect(try may("pi-1") && !may("pi-2"))
        try house.follow("pi-1")
        #expect(try may("pi-2"))
    }

    @Test func whatWasDecidedOnAnotherStateIsRefused() throws {
        try remove("pi-3")
        guard case .begin(let beginning)? = try turn()?.action else {
            Issue.record("nothing begins")
            return
        }
        try house.step(made: [7])
        #expect(throws: Refusal.self) { try house.begin(beginning, made: [8], as: "other-next") }
        #expect(try house.authority("other-next") == nil)
        #expect(try house.authority("fleet-next")?.data["certificate"] == .bytes([7]))
    }

    @Test func anOlderVersionDidNotWriteWhoHadTheKey() throws {
        let authority = try #require(try house.authority("fleet"))
        try house.commit([.update(Update(id: authority.id, data: ["holders": .null]))])
        #expect(try turn() == nil)
        try house.commit(
            try Membership().remove(try ResourceName("pi-3"), on: house.graph))
        #expect(try turn()?.reason == "pi-3 had its key and belongs no more")
        try house.share()
        #expect(try turn()?.reason == "pi-3 had its key and belongs no more")
    }

    @Test func aLogThatIsFoundedAnewIsAheadOfAllThatMachinesFollowed() throws {
        try remove("pi-3")
        try house.step(made: [7])
        let name = try ResourceName("fleet")
        try house.commit(try AuthorityReplacement.leap(name, by: 1000, on: house.graph))
        #expect(try house.authority("fleet")?.data["step"] == 1001)
        #expect(try waiting() == ["pi-1", "pi-2", "pi-4"])
        #expect(
            try AuthorityReplacement.leap(
                ResourceName("none"), by: 1000, on: house.graph
            ).isEmpty)
    }

    @Test func typesOfAnOlderVersionLearnTheFieldsOnce() throws {
        #expect(try AuthorityReplacement.lessons(on: house.graph).isEmpty)
        for (type, field) in [(FleetTypes.authority, "holders"), (FleetTypes.node, "step")] {
            let found = try #require(
                try house.graph.resource(
                    CoreTypes.type.name, try ResourceName(type.name.text), in: .root))
            var older = type
            older.fields.removeAll { $0.name == field || $0.name == "step" }
            var update = Update(id: found.id, data: older.data)
            update.replaces = true
            try house.commit([.update(update)])
        }
        try house.commit(try Membership().remove(try ResourceName("pi-3"), on: house.graph))
        #expect(throws: Refusal.self) { try house.share() }
        let lessons = try AuthorityReplacement.lessons(on: house.graph)
        #expect(lessons.count == 2)
        try house.commit(lessons)
        try house.share()
        #expect(try AuthorityReplacement.lessons(on: house.graph).isEmpty)
    }
}

extension Gatehouse {
    func authority(_ name: String) throws -> Resource? {
        try graph.resource(FleetTypes.authority.name, try ResourceName(name), in: .root)
    }

    func replacement(
        lapsed: Set<ResourceName> = [], members: Set<ResourceName> = [], lone: LoneVoter? = nil,
        isLeaving: Bool = false
    ) throws -> AuthorityReplacement {
        AuthorityReplacement(
            .init(
                present: try authority("fleet"), next: try authority("fleet-next"),
                nodes: try graph.resources(of: FleetTypes.node.name, below: .root),
                members: members, lone: lone, lapsed: lapsed, isLeaving: isLeaving))
    }

    /// What stands for a key that is sealed to those.
    func sealed(_ recipients: [AuthoritySharing.Task.Recipient]) -> Value {
        .list(recipients.map { ["machine": .text($0.machine)] })
    }

    /// All voters get the keys there are.
    func share() throws {
        for name in ["fleet", "fleet-next"] {
            let sharing = AuthoritySharing(try ResourceName(name))
            guard let task = try sharing.due(on: graph) else { continue }
            try commit(sharing.commands(task, sealed: sealed(task.recipients)))
        }
    }

    func begin(
        _ beginning: AuthorityReplacement.Beginning, made: [UInt8], as name: String
    ) throws {
        try commit(
            AuthorityReplacement.commands(
                beginning,
                .init(
                    certificate: made, fingerprint: "SHA256:\(made)",
                    sealed: sealed(beginning.recipients)),
                as: try ResourceName(name), id: ids.identifier(at: Self.noon)))
    }

    /// Takes the step that is due; a new authority has the certificate `made`.
    func step(made: [UInt8]) throws {
        switch try replacement().turn?.action {
        case .begin(let beginning): try begin(beginning, made: made, as: "fleet-next")
        case .change(let change):
            try commit(
                AuthorityReplacement.commands(change, sealed: sealed(change.recipients)))
        case .end(let place): try commit(AuthorityReplacement.commands(ending: place))
        case .wait, nil: Issue.record("no step is due")
        }
    }

    /// That machine goes by the last step.
    func follow(_ name: String) throws {
        let step = try authority("fleet")?.data["step"]?.int ?? 0
        try commit(AuthorityReplacement.followed(step, by: try node(name).id))
    }
}
