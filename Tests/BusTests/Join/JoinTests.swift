import Host
import Resources
import Synchronization
import Testing
import Trust

@testable import Bus

/// A fleet's door whose state is a few variables: what the decisions are made of is tried in
/// `AdmissionTests`.
final class Door: Sendable {
    let fleet: TestFleet
    let state = Mutex(State())

    struct State {
        var verdict: AdmissionVerdict?
        var refusal: BusError?
        var holdsAuthority = true
        var commits: [(Applicant, AdmissionTerms, Certificate?)] = []
        var asked: [Applicant] = []
    }

    init(_ fleet: TestFleet) { self.fleet = fleet }

    var service: JoinService {
        JoinService(
            judge: { (applicant) throws(BusError) in try self.judge(applicant) },
            commit: { (applicant, terms, certificate) throws(BusError) in
                self.state.withLock { $0.commits.append((applicant, terms, certificate)) }
            },
            authority: { () throws(BusError) in
                self.state.withLock { $0.holdsAuthority } ? self.fleet.authority : nil
            },
            roll: { () throws(BusError) in self.roll },
            now: { self.fleet.state.withLock { $0.now } },
            serial: { Identifier(high: 5, low: 5) })
    }

    private func judge(_ applicant: Applicant) throws(BusError) -> AdmissionVerdict {
        let (refusal, verdict) = state.withLock { state in
            state.asked.append(applicant)
            return (state.refusal, state.verdict)
        }
        if let refusal { throw refusal }
        return verdict ?? .certify(AdmissionTerms(role: .client, position: Position(12)))
    }

    var roll: FleetRoll {
        let nodes = fleet.state.withLock { state in
            state.entries.keys.sorted().compactMap { name in
                state.entries[name].map {
                    FleetRoll.Member(
                        name: name, key: $0.key, role: .voter, addresses: $0.addresses)
                }
            }
        }
        return FleetRoll(
            cluster: TestFleet.cluster, log: Identifier(high: 8, low: 8),
            authority: fleet.authority.certificate, nodes: nodes)
    }

    /// A server of the node `name` with this door.
    func serve(_ name: String, _ key: MachineKey) throws -> (PeerServer, String) {
        let service = service
        let server = PeerServer(
            identity: try fleet.identity(name, key, role: .voter), gate: fleet.gate,
            loops: fleet.loops
        ) { caller, request in
            switch caller {
            case .stranger: service.join(request)
            case .node(let passport), .lapsed(let passport):
                service.renew(request, of: passport)
            }
        }
        let port = try server.listen(host: "127.0.0.1", port: 0)
        let address = "127.0.0.1:\(port)"
        fleet.state.withLock { $0.entries[name] = .init(key: key.signerKey, addresses: [address]) }
        return (server, address)
    }
}

@Suite(.serialized) struct JoinTests {
    let fleet: TestFleet
    let door: Door
    let key = MachineKey()

    init() throws {
        fleet = try TestFleet()
        door = Door(fleet)
    }

    func invitation(
        _ addresses: [String], of authority: CertificateAuthority? = nil,
        naming machines: [MachineKey] = []
    ) -> Invitation {
        Invitation(
            id: Identifier(high: 3, low: 3), random: (1, 2),
            authority: (authority ?? fleet.authority).fingerprint,
            machines: machines.map(\.signerKey.fingerprint),
            expires: WallTime(milliseconds: 1_795_000_360_000), addresses: addresses)
    }

    func joiner(_ name: String = "pi-7") -> Joiner {
        Joiner(name: name, key: key, addresses: ["127.0.0.1:7399"], loops: fleet.loops)
    }

    func join(
        _ invitation: Invitation, as name: String = "pi-7"
    ) -> Result<JoinAnswer, BusError> {
        do throws(BusError) {
            return .success(try joiner(name).join(invitation, milliseconds: 10_000))
        } catch { return .failure(error) }
    }

    /// The thief has the authority's key, so that its certificate is as good as any.
    @Test func whoHasOnlyTheAuthoritysKeyIsNotTakenForTheFleet() throws {
        let (one, thief) = (MachineKey(), MachineKey())
        let (server, address) = try door.serve("pi-1", one)
        let (forged, there) = try door.serve("pi-1", thief)
        guard case .failure(let error) = join(invitation([there], naming: [one])) else {
            Issue.record("the thief is taken for the fleet")
            return
        }
        #expect(error.description.contains("\(thief.signerKey.fingerprint)"))
        #expect(error.description.contains("take another invitation"))
        #expect(door.state.withLock { $0.asked.isEmpty }, "the secret was told")
        guard case .success = join(invitation([address], naming: [MachineKey(), one])) else {
            Issue.record("a machine that is named is not asked")
            return
        }
        try server.stop()
        try forged.stop()
    }

    @Test func aMachineJoinsAndThenBelongs() throws {
        let own = MachineKey()
        let (server, address) = try door.serve("pi-1", own)
        let invitation = invitation(["127.0.0.1:1", address], naming: [own])
        // By its text, as it is handed over.
        let result = join(try Invitation(invitation.text))
        guard case .success(.member(let certificate, let roll)) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(certificate.passport.name == "pi-7" && certificate.passport.role == .client)
        #expect(certificate.passport.key == key.signerKey)
        #expect(certificate.passport.issued == Position(12))
        #expect(roll == door.roll)
        let commit = try #require(door.state.withLock { $0.commits.first })
        #expect(commit.2 == certificate)
        #expect(commit.0.invitation?.digest == invitation.digest)
        #expect(commit.0.addresses == ["127.0.0.1:7399"])
        // The certificate opens the other services.
        let identity = try TLSIdentity(
            certificate: certificate, authority: roll.authority, key: key)
        let peers = fleet.peers(identity)
        let renewed = try joiner().renew(
            from: try ResourceName("pi-1"), of: peers, authority: roll.authority,
            milliseconds: 10_000)
        guard case .member(let second, _) = renewed else {
            Issue.record("\(renewed)")
            return
        }
        #expect(second.passport.key == key.signerKey)
        #expect(door.state.withLock { $0.asked.last?.invitation } == nil)
        peers.stop()
        try server.stop()
        try fleet.stop()
    }

    @Test func anotherFleetAtTheAddressNeverSeesTheSecret() throws {
        let (server, address) = try door.serve("pi-1", MachineKey())
        let theirs = try TestFleet()
        let result = join(invitation([address], of: theirs.authority))
        #expect(result.kind == .forbidden)
        #expect(result.cause.contains("not that of the invitation"))
        #expect(door.state.withLock { $0.asked.isEmpty })
        #expect(server.counts.requests == 0)
        try server.stop()
        try theirs.stop()
        try fleet.stop()
    }

    @Test func aPeerThatOnlyShowsTheAuthorityIsNotBelieved() throws {
        // It has the fleet's public certificate, but one of its own made by another authority.
        let theirs = try TestFleet()
        let imposter = MachineKey()
        let certificate = try theirs.authority.issue(
            to: "pi-1", key: imposter.signerKey, as: .voter, serial: Identifier(high: 0, low: 1),
            now: WallTime(milliseconds: 1_795_000_000_000), at: Position(1))
        let server = PeerServer(
            identity: try TLSIdentity(
                certificate: certificate, authority: fleet.authority.certificate, key: imposter),
            gate: fleet.gate, loops: fleet.loops
        ) { _, _ in .success(PeerAnswer(body: [])) }
        let port = try server.listen(host: "127.0.0.1", port: 0)
        #expect(join(invitation(["127.0.0.1:\(port)"])).kind == .forbidden)
        #expect(server.counts.requests == 0)
        try server.stop()
        try theirs.stop()
        try fleet.stop()
    }

    @Test(arguments: [
        "was used by pi-3", "expired at 2026-11-18T00:00:00.000Z", "was revoked",
        "is not one of this fleet's",
    ])
    func whatTheFleetSaysOfAnInvitationIsTold(reason: String) throws {
        let (server, address) = try door.serve("pi-1", MachineKey())
        door.state.withLock {
            $0.refusal = BusError(
                .refused, operation: "admit", subject: "the invitation", cause: reason,
                remedy: "make another")
        }
        let result = join(invitation([address, "127.0.0.1:1"]))
        #expect(result.kind == .refused && result.cause == reason)
        // It is not tried elsewhere: all nodes of the fleet say the same.
        #expect(door.state.withLock { $0.asked.count } == 1)
        #expect(door.state.withLock { $0.commits.isEmpty })
        try server.stop()
        try fleet.stop()
    }

    @Test func whoMustBeApprovedIsToldToWait() throws {
        let (server, address) = try door.serve("pi-1", MachineKey())
        door.state.withLock {
            $0.verdict = .enrol(AdmissionTerms(role: .client, position: Position(3)))
        }
        #expect(join(invitation([address])) == .success(.waiting))
        #expect(door.state.withLock { $0.commits.count } == 1)
        #expect(door.state.withLock { $0.commits.first?.2 } == nil)
        door.state.withLock { $0.verdict = .waiting }
        #expect(join(invitation([address])) == .success(.waiting))
        #expect(door.state.withLock { $0.commits.count } == 1)
        try server.stop()
        try fleet.stop()
    }

    @Test func aNodeWithoutTheAuthoritysKeySendsElsewhere() throws {
        let (second, _) = try door.serve("pi-2", MachineKey())
        let client = Door(fleet)
        client.state.withLock { $0.holdsAuthority = false }
        let key = MachineKey()
        let (first, address) = try client.serve("pi-1", key)
        // Only pi-2 is a voter in the roll: the client is asked once and vouches for nobody.
        _ = fleet.state.withLock { $0.entries.removeValue(forKey: "pi-1") }
        guard case .success(.member(let certificate, _)) = join(invitation([address])) else {
            Issue.record("it was not sent to pi-2")
            return
        }
        #expect(certificate.passport.name == "pi-7")
        #expect(client.state.withLock { $0.commits.isEmpty && $0.asked.count == 1 })
        #expect(door.state.withLock { $0.commits.count } == 1)
        try first.stop()
        try second.stop()
        try fleet.stop()
    }

    @Test func whoGotNoAnswerAsksAgain() throws {
        let (server, address) = try door.serve("pi-1", MachineKey())
        guard case .success(.member(let first, _)) = join(invitation([address])) else {
            Issue.record("it did not join")
            return
        }
        door.state.withLock { $0.verdict = .certified(first.bytes) }
        guard case .success(.member(let again, _)) = join(invitation([address])) else {
            Issue.record("it did not get the same again")
            return
        }
        #expect(again == first)
        #expect(door.state.withLock { $0.commits.count } == 1)
        try server.stop()
        try fleet.stop()
    }

    @Test func aNodeRenewsForItselfOnly() throws {
        let (server, _) = try door.serve("pi-1", MachineKey())
        let other = MachineKey()
        let peers = fleet.peers(try fleet.identity("pi-9", other))
        let name = try ResourceName("pi-1")
        #expect(throws: BusError.self) {
            // Signed by the key of pi-7, over a connection of pi-9.
            try joiner().renew(
                from: name, of: peers, authority: fleet.authority.certificate,
                milliseconds: 10_000)
        }
        #expect(door.state.withLock { $0.commits.isEmpty })
        peers.stop()
        try server.stop()
        try fleet.stop()
    }

    @Test func damagedRequestsAreRefused() throws {
        let request = try JoinRequest(
            name: "pi-7", addresses: [], invitation: Identifier(high: 3, low: 3),
            authority: fleet.authority.fingerprint, signedBy: key)
        let body = JoinMessage.bytes(
            secret: SecretBytes(copying: [1, 2, 3]), request)
        for index in body.indices {
            var bytes = body
            bytes[index] ^= 0x10
            let result = door.service.join(
                PeerRequest(path: PeerGate.joinPath, body: bytes, milliseconds: 100))
            // The secret alone may be another: the state says that it is forged.
            if case .success = result { #expect((2..<5).contains(index), "byte \(index)") }
        }
        try fleet.stop()
    }

    @Test func answersReadBack() throws {
        let certificate = try fleet.authority.issue(
            to: "pi-7", key: key.signerKey, as: .learner, serial: Identifier(high: 1, low: 9),
            now: WallTime(milliseconds: 1_795_000_000_000), at: Position(1))
        let answers: [JoinAnswer] = [
            .member(certificate, door.roll), .waiting, .elsewhere(["127.0.0.1:1", "[::1]:2"]),
        ]
        for answer in answers {
            #expect(try JoinAnswer(bytes: answer.bytes) == answer)
            for count in answer.bytes.indices {
                #expect(throws: BusError.self) {
                    try JoinAnswer(bytes: Array(answer.bytes[..<count]))
                }
            }
        }
        try fleet.stop()
    }

    /// A machine that was away while its certificate ran out, by the log or by the calendar, comes
    /// back without a person. It knows of voters as they were: of the first nothing is left, the
    /// second vouches no more.
    @Test(arguments: [false, true])
    func whoseCertificateEndedWhileItWasAwayGetsAnotherFromWhoeverVouches(
        byCalendar: Bool
    ) throws {
        let second = Door(fleet)
        second.state.withLock { $0.holdsAuthority = false }
        let keys = (MachineKey(), MachineKey())
        let (client, _) = try second.serve("pi-2", keys.0)
        let (voter, _) = try door.serve("pi-3", keys.1)
        fleet.state.withLock {
            $0.entries["pi-1"] = .init(key: MachineKey().signerKey, addresses: ["127.0.0.1:1"])
        }
        let peers = TLSPeers(
            identity: try fleet.identity("pi-7", key), loops: fleet.loops,
            // The log here still ends where it did.
            trust: { [fleet] in
                CertificateCheck(
                    authorities: [fleet.authority.certificate], now: nil, position: Position(20))
            },
            directory: { [fleet] name in fleet.state.withLock { $0.entries[name.text] } })
        fleet.state.withLock { state in
            if byCalendar {
                state.now = WallTime(milliseconds: state.now.milliseconds + 430 * 86_400_000)
            } else {
                state.position = Position(10_000_011)
            }
        }
        client.show(try fleet.identity("pi-2", keys.0, at: 10_000_000))
        voter.show(try fleet.identity("pi-3", keys.1, role: .voter, at: 10_000_000))
        for name in ["pi-2", "pi-3"] { #expect(peers.ask(name).kind == .expired) }
        let position = byCalendar ? Position(30) : Position(10_000_011)
        door.state.withLock {
            $0.verdict = .certify(AdmissionTerms(role: .client, position: position))
        }
        let others = try ["pi-1", "pi-2", "pi-3"].map { try ResourceName($0) }
        let answer = try joiner().renew(
            from: others, of: peers, authority: fleet.authority.certificate, milliseconds: 10_000)
        guard case .member(let certificate, let roll) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(certificate.passport.key == key.signerKey)
        peers.show(
            try TLSIdentity(certificate: certificate, authority: roll.authority, key: key))
        #expect(peers.ask("pi-3", path: "/bus/status").kind == .malformed)
        // Where nobody vouches the last one's reason is told.
        door.state.withLock { $0.holdsAuthority = false }
        let failure = #expect(throws: BusError.self) {
            _ = try joiner().renew(
                from: Array(others.dropFirst()), of: peers,
                authority: fleet.authority.certificate, milliseconds: 10_000)
        }
        #expect(failure?.cause.contains("none of the machines asked holds the key") == true)
        peers.stop()
        try client.stop()
        try voter.stop()
        try fleet.stop()
    }
}
