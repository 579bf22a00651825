import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct AdmissionTests {
    let house: Gatehouse

    init() throws { house = try Gatehouse() }

    @Test func anInvitationLetsOneMachineInAndIsUsedUp() throws {
        let applicant = try house.admit("pi-2", 2, .learner)
        let node = try house.node("pi-2")
        #expect(node.data["state"] == "active" && node.data["role"] == "learner")
        #expect(node.data["key"] == .bytes(house.key(2)))
        let shown = try #require(applicant.invitation)
        #expect(node.data["approved"]?.text == "invitation:\(shown.id)")
        let invitation = try #require(try house.graph.resource(shown.id))
        #expect(invitation.data["state"] == "used" && invitation.data["node"] == "pi-2")
        let other = try house.applicant("pi-3", 3, shown)
        let refusal = try #require(try house.refusal(other))
        #expect(refusal.code == .conflict)
        #expect(refusal.reason.contains("used by pi-2"))
    }

    @Test func ofTwoAtTheSameTimeOneGetsIn() throws {
        let shown = try house.invite()
        let (one, two) = (
            try house.applicant("pi-2", 2, shown), try house.applicant("pi-3", 3, shown)
        )
        guard case .certify(let first) = try house.verdict(one),
            case .certify(let second) = try house.verdict(two)
        else {
            Issue.record("both are let in by the state before")
            return
        }
        try house.commit(
            Admission().commands(
                one, first, certificate: house.certificate(2),
                id: house.ids.identifier(at: Gatehouse.noon)))
        let late = Admission().commands(
            two, second, certificate: house.certificate(3),
            id: house.ids.identifier(at: Gatehouse.noon))
        #expect(throws: (any Error).self) { try house.commit(late) }
        #expect(throws: Refusal.self) { try house.node("pi-3") }
        #expect(try house.refusal(two)?.code == .conflict)
    }

    @Test func whoGotNoAnswerAsksAgainAndGetsTheSame() throws {
        let applicant = try house.admit("pi-2", 2)
        #expect(try house.verdict(applicant) == .certified([9]))
        #expect(try house.verdict(applicant, seconds: 100_000) == .certified([9]))
    }

    @Test(arguments: [(Int64(3599), nil as Refusal.Code?), (3600, .gone), (99_999, .gone)])
    func anInvitationEnds(seconds: Int64, code: Refusal.Code?) throws {
        let applicant = try house.applicant("pi-2", 2, try house.invite())
        #expect(try house.refusal(applicant, seconds: seconds)?.code == code)
    }

    @Test func aForgedInvitationIsRefused() throws {
        var shown = try house.invite()
        shown.digest[31] ^= 1
        #expect(
            try house.refusal(try house.applicant("pi-2", 2, shown))?.code == .unauthenticated)
        let unknown = Applicant.Invitation(
            id: Identifier(high: 7, low: 7), digest: house.key(0))
        #expect(
            try house.refusal(try house.applicant("pi-2", 2, unknown))?.code == .unauthenticated)
        // Another resource whose identifier is known is no invitation.
        let node = try house.node("pi-1")
        let foreign = Applicant.Invitation(id: node.id, digest: [])
        #expect(
            try house.refusal(try house.applicant("pi-2", 2, foreign))?.code == .unauthenticated)
    }

    @Test func lookingAtAnInvitationDoesNotUseItUp() throws {
        let shown = try house.invite()
        func refusal(_ shown: Applicant.Invitation, seconds: Int64 = 0) -> Refusal.Code? {
            do throws(Refusal) {
                try Admission().checkInvitation(
                    shown, on: house.graph,
                    now: Gatehouse.noon.advanced(byMilliseconds: seconds * 1000))
                return nil
            } catch { return error.code }
        }
        #expect(refusal(shown) == nil)
        #expect(refusal(shown) == nil)
        #expect(refusal(shown, seconds: 99_999) == .gone)
        var forged = shown
        forged.digest[0] ^= 1
        #expect(refusal(forged) == .unauthenticated)
        _ = try house.verdict(try house.applicant("pi-2", 2, shown))
        #expect(refusal(shown) == nil)
    }

    @Test func anInvitationOfAnotherFleetIsRefused() throws {
        let shown = try house.invite()
        let refusal = try house.refusal(
            try house.applicant("pi-2", 2, shown, authority: "SHA256:theirs"))
        #expect(refusal?.code == .forbidden && refusal?.field == "authority")
    }

    @Test func aRevokedInvitationIsRefused() throws {
        let shown = try house.invite()
        let name = try ResourceName(shown.id.description)
        try house.commit(try Membership().revoke(invitation: name, on: house.graph))
        #expect(try house.refusal(try house.applicant("pi-2", 2, shown))?.code == .gone)
        #expect(throws: Refusal.self) {
            try Membership().revoke(invitation: name, on: house.graph)
        }
    }

    @Test func aNameAndAKeyBelongToOneMachine() throws {
        let shown = try house.invite()
        let name = try house.refusal(try house.applicant("pi-1", 2, shown))
        #expect(name?.code == .alreadyExists && name?.field == "name")
        let key = try house.refusal(try house.applicant("pi-2", 1, shown))
        #expect(key?.code == .alreadyExists && key?.field == "key")
    }

    @Test func whoMustBeApprovedWaitsAndIsThenLetIn() throws {
        let shown = try house.invite(.client, automatic: false)
        let applicant = try house.applicant("pi-2", 2, shown)
        guard case .enrol(let terms) = try house.verdict(applicant) else {
            Issue.record("it is let in without approval")
            return
        }
        try house.commit(
            Admission().commands(
                applicant, terms, certificate: nil, id: house.ids.identifier(at: Gatehouse.noon)))
        #expect(try house.node("pi-2").data["state"] == "waiting")
        #expect(try house.verdict(applicant) == .waiting)
        let name = try ResourceName("pi-2")
        #expect(throws: Refusal.self) {
            try Membership().belonging(name, key: house.key(2), on: house.graph)
        }
        try house.commit(try Membership().approve(name, by: .local(uid: 0), on: house.graph))
        guard case .certify(let granted) = try house.verdict(applicant) else {
            Issue.record("it is not let in after approval")
            return
        }
        try house.commit(
            Admission().commands(
                applicant, granted, certificate: house.certificate(2),
                id: house.ids.identifier(at: Gatehouse.noon)))
        let node = try house.node("pi-2")
        #expect(node.data["state"] == "active" && node.data["approved"] == "local:0")
        try Membership().belonging(name, key: house.key(2), on: house.graph)
    }

    @Test func aRemovedMachineComesBackOnlyWithAnotherKey() throws {
        let applicant = try house.admit("pi-2", 2)
        let name = try ResourceName("pi-2")
        try house.commit(try Membership().remove(name, on: house.graph))
        #expect(try house.refusal(applicant)?.field == "key")
        let again = try house.refusal(try house.applicant("pi-2", 2, try house.invite()))
        #expect(again?.code == .forbidden && again?.field == "key")
        try house.admit("pi-2", 22)
        try Membership().belonging(name, key: house.key(22), on: house.graph)
        // The old key stays refused, under whatever name.
        #expect(throws: Refusal.self) {
            try Membership().belonging(name, key: house.key(2), on: house.graph)
        }
        let other = try house.refusal(try house.applicant("pi-9", 2, try house.invite()))
        #expect(other?.code == .forbidden && other?.field == "key")
    }

    @Test func aNodeRenewsItsCertificateByItsKey() throws {
        try house.admit("pi-2", 2)
        try house.commit(try Membership().drain(try ResourceName("pi-2"), on: house.graph))
        let asking = try house.applicant("pi-2", 2, nil)
        guard case .certify(let terms) = try house.verdict(asking) else {
            Issue.record("it is not renewed")
            return
        }
        try house.commit(
            Admission().commands(
                asking, terms, certificate: house.certificate(77),
                id: house.ids.identifier(at: Gatehouse.noon)))
        let node = try house.node("pi-2")
        #expect(node.data["serial"]?.text == Identifier(high: 0, low: 77).description)
        #expect(node.data["state"] == "draining")
        #expect(try house.refusal(try house.applicant("pi-2", 3, nil))?.code == .unauthenticated)
        #expect(try house.refusal(try house.applicant("pi-7", 7, nil))?.code == .notFound)
    }

    @Test func withoutAnAuthorityThereIsNoFleet() throws {
        let lonely = try Graph(store: SimulatedStore(), mounts: [.root])
        let applicant = try house.applicant("pi-2", 2, try house.invite())
        #expect(throws: Refusal.self) {
            try Admission().judge(
                applicant, on: lonely, at: Position(1), now: Gatehouse.noon)
        }
    }
}
