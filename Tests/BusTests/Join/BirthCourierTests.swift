import Resources
import Synchronization
import Testing
import Trust

@testable import Bus

/// A blank machine that fetches content with nothing but an invitation.
@Suite(.serialized) struct BirthCourierTests {
    let fleet: TestFleet

    init() throws { fleet = try TestFleet() }

    private final class Seen: Sendable {
        let questions = Mutex<[(BirthQuestion, [UInt8])]>([])
    }

    private func serve(
        _ answer: @escaping @Sendable (PeerRequest) -> Result<PeerAnswer, BusError>
    ) throws -> (PeerServer, String) {
        let server = PeerServer(
            identity: try fleet.identity("pi-1", MachineKey(), role: .voter), gate: fleet.gate,
            loops: fleet.loops
        ) { caller, request in
            guard case .stranger = caller, request.path == PeerGate.birthPath else {
                return .failure(.malformed("answer", request.path, "it is no birth"))
            }
            return answer(request)
        }
        let port = try server.listen(host: "127.0.0.1", port: 0)
        return (server, "127.0.0.1:\(port)")
    }

    private func invitation(
        _ addresses: [String], of authority: CertificateAuthority? = nil
    ) -> Invitation {
        Invitation(
            id: Identifier(high: 3, low: 3), random: (1, 2),
            authority: (authority ?? fleet.authority).fingerprint,
            expires: WallTime(milliseconds: 1_795_000_360_000), addresses: addresses)
    }

    private func ask(_ courier: BirthCourier) -> Result<[UInt8], BusError> {
        Result { () throws(BusError) in
            try courier.piece(
                of: ContentDigest(of: [7]), at: 1 << 33, count: 1 << 30, milliseconds: 5000)
        }
    }

    @Test func itAsksByItsInvitationAndKeepsItsConnection() throws {
        let seen = Seen()
        let (server, address) = try serve { request in
            Result { () throws(BusError) in
                let read = try BirthQuestion.read(request.body)
                seen.questions.withLock { $0.append(read) }
                return PeerAnswer(body: BirthQuestion.answer([1, 2, 3]))
            }
        }
        let invitation = invitation(["127.0.0.1:1", address])
        let courier = BirthCourier(invitation, loops: fleet.loops)
        #expect(try ask(courier).get() == [1, 2, 3])
        #expect(try ask(courier).get() == [1, 2, 3])
        #expect(server.counts.requests == 2)
        let (question, secret) = try #require(seen.questions.withLock { $0.first })
        #expect(question.invitation == invitation.id)
        #expect(question.digest == ContentDigest(of: [7]) && question.offset == 1 << 33)
        #expect(question.count == Limits.entriesBytes.value)
        #expect(secret == invitation.digest)
        courier.close()
        try server.stop()
        try fleet.stop()
    }

    @Test func afterACutItConnectsAnew() throws {
        let (first, address) = try serve { _ in
            .success(PeerAnswer(body: BirthQuestion.answer([1])))
        }
        let (second, other) = try serve { _ in
            .success(PeerAnswer(body: BirthQuestion.answer([2])))
        }
        let courier = BirthCourier(invitation([address, other]), loops: fleet.loops)
        #expect(try ask(courier).get() == [1])
        try first.stop()
        // A question may still go to the connection that ends; it is asked again, as births do.
        let answer = ask(courier)
        #expect(try (answer.kind == .unanswered ? ask(courier) : answer).get() == [2])
        try second.stop()
        #expect([.unreachable, .unanswered].contains(ask(courier).kind))
        try fleet.stop()
    }

    @Test func anotherFleetNeverSeesTheSecret() throws {
        let (server, address) = try serve { _ in .success(PeerAnswer(body: [])) }
        let theirs = try TestFleet()
        let courier = BirthCourier(
            invitation([address], of: theirs.authority), loops: fleet.loops)
        #expect(ask(courier).kind == .forbidden)
        #expect(server.counts.requests == 0)
        try server.stop()
        try theirs.stop()
        try fleet.stop()
    }

    @Test func whatIsRefusedIsAskedNowhereElse() throws {
        let refusal = BusError(
            .refused, operation: "be born", subject: "the invitation", cause: "was revoked",
            remedy: "make another")
        let (server, address) = try serve { _ in .failure(refusal) }
        let (second, other) = try serve { _ in
            .success(PeerAnswer(body: BirthQuestion.answer([2])))
        }
        let courier = BirthCourier(invitation([address, other]), loops: fleet.loops)
        #expect(ask(courier).cause == "was revoked")
        #expect(second.counts.requests == 0)
        try server.stop()
        try second.stop()
        try fleet.stop()
    }

    @Test func whatIsOfAnotherFormIsRefused() throws {
        let (server, address) = try serve { _ in .success(PeerAnswer(body: [0x82, 0x02, 0x40])) }
        let courier = BirthCourier(invitation([address]), loops: fleet.loops)
        #expect(ask(courier).kind == .malformed)
        let whole = BirthQuestion(
            invitation: Identifier(high: 1, low: 2), digest: ContentDigest(of: []), offset: 0,
            count: 5
        ).bytes(showing: invitation([]).secret)
        #expect(throws: Never.self) { _ = try BirthQuestion.read(whole) }
        for count in 0..<whole.count {
            #expect(throws: BusError.self) { _ = try BirthQuestion.read(Array(whole[..<count])) }
        }
        #expect(throws: BusError.self) { _ = try BirthQuestion.read(whole + [0]) }
        try server.stop()
        try fleet.stop()
    }
}
