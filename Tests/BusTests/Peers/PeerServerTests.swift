import Host
import Resources
import Synchronization
import Testing
import Trust

@testable import Bus

@Suite(.serialized) struct PeerServerTests {
    let fleet: TestFleet

    init() throws { fleet = try TestFleet() }

    /// Runs `body` with a server of `pi-1` and the peers of `pi-2`, then ends all.
    func withServer(
        settings: PeerServer.Settings = .init(), role: NodeRole = .client,
        _ body: (PeerServer, Int, TLSPeers, MachineKey) throws -> Void
    ) throws {
        let (server, port) = try fleet.serve("pi-1", MachineKey(), settings: settings)
        let key = MachineKey()
        let peers = fleet.peers(try fleet.identity("pi-2", key, role: role))
        do {
            try body(server, port, peers, key)
        } catch { Issue.record(error) }
        peers.stop()
        try server.stop()
        try fleet.stop()
    }

    @Test func twoNodesAskEachOther() throws {
        let (one, two) = (MachineKey(), MachineKey())
        let (first, _) = try fleet.serve("pi-1", one)
        let (second, _) = try fleet.serve("pi-2", two)
        let ofOne = fleet.peers(try fleet.identity("pi-1", one))
        let ofTwo = fleet.peers(try fleet.identity("pi-2", two))
        for _ in 0..<50 {
            #expect(ofOne.ask("pi-2") == .success("pi-2"))
            #expect(ofTwo.ask("pi-1") == .success("pi-1"))
        }
        #expect(first.connections == 1 && second.connections == 1)
        #expect(first.counts.requests == 50 && first.counts.refused == 0)
        for peers in [ofOne, ofTwo] { peers.stop() }
        for server in [first, second] { try server.stop() }
        try fleet.stop()
    }

    /// Who was given up while it was away has nobody else to hear it from.
    @Test func alsoWhoIsRevokedMayAskWhetherTheLogWasFoundedAnew() throws {
        let key = MachineKey()
        let certificate = try fleet.authority.issue(
            to: "pi-2", key: key.signerKey, as: .voter, serial: Identifier(high: 0, low: 2),
            now: WallTime(milliseconds: 1_795_000_000_000), at: Position(10))
        var check = fleet.check
        check.revoked = [key.signerKey.fingerprint]
        let gate = PeerGate(trust: { [check] in check }) { passport, path throws(BusError) in
            throw BusError(
                .forbidden, operation: "ask", subject: path, cause: "\(passport.name) was removed",
                remedy: "join again")
        }
        for shown in [PeerGate.Shown.certificate(certificate), .nothing] {
            var proven: [Certificate] = []
            #expect(throws: BusError.self) {
                try gate.admit(shown, "/bus/entries", proven: &proven)
            }
        }
        var proven: [Certificate] = []
        let caller = try gate.admit(
            .certificate(certificate), PeerGate.foundingPath, proven: &proven)
        #expect(caller == .lapsed(certificate.passport))
        #expect(throws: BusError.self) {
            try gate.admit(.nothing, PeerGate.foundingPath, proven: &proven)
        }
        try fleet.stop()
    }

    @Test func manyRequestsShareOneConnection() throws {
        try withServer { server, _, peers, _ in
            let failures = Atomic<Int>(0)
            let open = Atomic<Int>(16)
            for thread in 0..<16 {
                try HostThread.start("ask \(thread)") {
                    for turn in 0..<25 {
                        let large = [UInt8](repeating: UInt8(turn), count: turn * 4000)
                        let result = peers.ask("pi-1", body: large)
                        if result.kind != nil {
                            failures.wrappingAdd(1, ordering: .relaxed)
                        }
                    }
                    open.wrappingSubtract(1, ordering: .releasing)
                }
            }
            #expect(eventually { open.load(ordering: .acquiring) == 0 })
            #expect(failures.load(ordering: .relaxed) == 0)
            #expect(server.connections == 1)
            #expect(server.counts.requests == 400)
        }
    }

    @Test func aCertificateOfAnotherAuthorityIsRefused() throws {
        try withServer { server, _, _, key in
            let theirs = try TestFleet()
            defer { _ = try? theirs.stop() }
            let peers = fleet.peers(try fleet.identity("pi-2", key, by: theirs.authority))
            let result = peers.ask("pi-1")
            #expect(result.kind == .forbidden)
            #expect(result.cause.contains("is not that of this fleet"))
            #expect(server.counts.requests == 0)
            peers.stop()
        }
    }

    /// The authority's own key is no machine's: whoever has it signs, and asks for nothing.
    @Test func aCertificateOfTheWrongRoleIsRefusedAlsoForARenewal() throws {
        try withServer { server, _, _, _ in
            let certificate = fleet.authority.certificate
            #expect(certificate.passport.role == nil)
            let peers = fleet.peers(
                try TLSIdentity(
                    certificate: certificate, authority: certificate, key: fleet.authorityKey))
            for path in ["/bus/status", "/bus/commands", "/bus/renew"] {
                // The connection ends while it is made; nothing that is said on it is heard.
                #expect(peers.ask("pi-1", path: path).kind != nil, "\(path)")
                var proven: [Certificate] = []
                let refusal = #expect(throws: BusError.self) {
                    _ = try fleet.gate.admit(.certificate(certificate), path, proven: &proven)
                }
                #expect(refusal?.kind == .forbidden)
                #expect(refusal?.cause.contains("its role is authority, not client") == true)
            }
            #expect(server.counts.requests == 0)
            #expect(fleet.asked.withLock { $0 } == [])
            peers.stop()
        }
    }

    @Test func whoShowsNothingMayOnlyJoin() throws {
        try withServer { _, _, _, _ in
            let peers = fleet.peers(try TLSIdentity())
            #expect(peers.ask("pi-1").kind == .forbidden)
            #expect(peers.ask("pi-1", path: "/bus/renew").kind == .forbidden)
            #expect(peers.ask("pi-1", path: "/bus/join") == .success("pi-1"))
            #expect(fleet.asked.withLock { $0 } == ["? /bus/join"])
            peers.stop()
        }
    }

    @Test func aNodeThatIsExpiredMayOnlyRenew() throws {
        try withServer { _, _, _, key in
            let peers = fleet.peers(
                try fleet.identity(
                    "pi-2", key,
                    made: WallTime(milliseconds: 1_795_000_000_000 - 500 * 86_400_000)))
            let result = peers.ask("pi-1")
            #expect(result.kind == .expired && result.cause.contains("it ended at"))
            #expect(peers.ask("pi-1", path: "/bus/renew") == .success("pi-1"))
            peers.stop()
        }
    }

    @Test func aCertificateOfTheFutureIsRefused() throws {
        try withServer { _, _, _, key in
            let peers = fleet.peers(
                try fleet.identity(
                    "pi-2", key,
                    made: WallTime(milliseconds: 1_795_000_000_000 + 500 * 86_400_000)))
            let result = peers.ask("pi-1", path: "/bus/renew")
            #expect(result.kind == .forbidden && result.cause.contains("it is valid from"))
            peers.stop()
        }
    }

    @Test func aNodeIsExpiredByTheLogWhileItIsConnected() throws {
        try withServer { _, _, peers, _ in
            #expect(peers.ask("pi-1") == .success("pi-1"))
            fleet.state.withLock { $0.position = Position(10_000_011) }
            #expect(peers.ask("pi-1").kind == .expired)
            #expect(peers.ask("pi-1").cause.contains("the log is at @10000011"))
            #expect(peers.ask("pi-1", path: "/bus/renew") == .success("pi-1"))
        }
    }

    @Test func aNodeIsRevokedWhileItIsConnected() throws {
        try withServer { server, _, peers, _ in
            #expect(peers.ask("pi-1") == .success("pi-1"))
            _ = fleet.state.withLock { $0.removed.insert("pi-2") }
            let result = peers.ask("pi-1")
            #expect(result.kind == .forbidden && result.cause.contains("was removed"))
            #expect(peers.ask("pi-1", path: "/bus/renew").kind == .forbidden)
            #expect(server.counts.requests == 1 && server.counts.refused == 2)
        }
    }

    @Test func anAnswerDoesNotReachWhoWasRemovedMeanwhile() throws {
        let held = Mutex<PeerReply?>(nil)
        let key = MachineKey()
        let server = PeerServer(
            identity: try fleet.identity("pi-1", key, role: .voter), gate: fleet.gate,
            loops: fleet.loops
        ) { _, _, reply in held.withLock { $0 = reply } }
        let port = try server.listen(host: "localhost", port: 0)
        fleet.state.withLock {
            $0.entries["pi-1"] = .init(key: key.signerKey, addresses: ["127.0.0.1:\(port)"])
        }
        let peers = fleet.peers(try fleet.identity("pi-2", MachineKey()))
        let came = Mutex<Result<String, BusError>?>(nil)
        try HostThread.start("ask") {
            let result = peers.ask("pi-1")
            came.withLock { $0 = result }
        }
        #expect(eventually { held.withLock { $0 != nil } })
        _ = fleet.state.withLock { $0.removed.insert("pi-2") }
        held.withLock { $0 }?.send(.success(PeerAnswer(body: [1])))
        #expect(eventually { came.withLock { $0 != nil } })
        #expect(came.withLock { $0 }?.kind == .forbidden)
        peers.stop()
        try server.stop()
        try fleet.stop()
    }

    @Test func aServiceThatForgetsToAnswerSaysSo() throws {
        try withServer { _, _, _, _ in
            let key = MachineKey()
            let server = PeerServer(
                identity: try fleet.identity("pi-3", key, role: .voter),
                gate: fleet.gate, loops: fleet.loops
            ) { _, _, _ in }
            let port = try server.listen(host: "127.0.0.1", port: 0)
            fleet.state.withLock {
                $0.entries["pi-3"] = .init(key: key.signerKey, addresses: ["127.0.0.1:\(port)"])
            }
            let peers = fleet.peers(try fleet.identity("pi-2", MachineKey()))
            #expect(peers.ask("pi-3").kind == .unanswered)
            peers.stop()
            try server.stop()
        }
    }

    @Test func aPeerIsFoundByItsKeyWhenAllAddressesChanged() throws {
        try withServer { _, port, peers, _ in
            let stranger = MachineKey()
            let (other, wrong) = try fleet.serve("pi-9", stranger)
            let entry = try #require(fleet.state.withLock { $0.entries["pi-1"] })
            // What the log says is old: nobody is there, or another node is.
            fleet.state.withLock {
                $0.entries["pi-1"]?.addresses = ["127.0.0.1:1", "127.0.0.1:\(wrong)"]
            }
            let lost = peers.ask("pi-1")
            #expect(lost.kind == .unreachable)
            #expect(lost.cause.contains("another node answers there (pi-9)"))
            // One hint that is right is enough, and is remembered.
            peers.book.tell(entry.key, "127.0.0.1:\(port)")
            #expect(peers.ask("pi-1") == .success("pi-1"))
            #expect(
                peers.book.candidates(entry.key, hints: []).first == "127.0.0.1:\(port)")
            #expect(!fleet.asked.withLock { $0 }.contains { $0.hasPrefix("? ") })
            try other.stop()
        }
    }

    @Test func whereANodeConnectsFromIsLearned() throws {
        let (key, book) = (MachineKey(), AddressBook())
        let (server, _) = try fleet.serve("pi-1", MachineKey(), book: book)
        let peers = fleet.peers(try fleet.identity("pi-2", key))
        #expect(peers.ask("pi-1") == .success("pi-1"))
        #expect(
            book.candidates(key.signerKey, hints: ["10.9.9.9:7300"])
                == ["10.9.9.9:7300", "127.0.0.1:7300"])
        peers.stop()
        try server.stop()
        try fleet.stop()
    }

    @Test func aNodeThatIsDownIsUnreachableAndComesBack() throws {
        let key = MachineKey()
        let (server, port) = try fleet.serve("pi-1", key)
        let peers = fleet.peers(try fleet.identity("pi-2", MachineKey()))
        #expect(peers.ask("pi-1") == .success("pi-1"))
        try server.stop()
        #expect(eventually { peers.ask("pi-1").kind == .unreachable })
        let again = PeerServer(
            identity: try fleet.identity("pi-1", key, role: .voter), gate: fleet.gate,
            loops: fleet.loops
        ) { _, _ in .success(PeerAnswer(body: [])) }
        _ = try again.listen(host: "127.0.0.1", port: port)
        #expect(peers.ask("pi-1") == .success(""))
        peers.stop()
        try again.stop()
        try fleet.stop()
    }

    @Test func aServerThatIsNotInTheFleetIsLeftAlone() throws {
        let theirs = try TestFleet()
        let key = MachineKey()
        let impostor = PeerServer(
            identity: try theirs.identity("pi-1", key), gate: fleet.gate, loops: theirs.loops
        ) { _, _ in .success(PeerAnswer(body: [])) }
        let port = try impostor.listen(host: "127.0.0.1", port: 0)
        fleet.state.withLock {
            $0.entries["pi-1"] = .init(key: key.signerKey, addresses: ["127.0.0.1:\(port)"])
        }
        let peers = fleet.peers(try fleet.identity("pi-2", MachineKey()))
        let result = peers.ask("pi-1")
        #expect(result.kind == .unreachable)
        #expect(result.cause.contains("is not that of this fleet"))
        #expect(impostor.counts.requests == 0)
        peers.stop()
        try impostor.stop()
        try theirs.stop()
        try fleet.stop()
    }

    @Test func aSlowAnswerIsGivenUpAtTheDeadline() throws {
        let held = Mutex<[PeerReply]>([])
        let key = MachineKey()
        let server = PeerServer(
            identity: try fleet.identity("pi-1", key, role: .voter), gate: fleet.gate,
            loops: fleet.loops
        ) { _, request, reply in
            if request.path == "/bus/slow" {
                held.withLock { $0.append(reply) }
            } else {
                reply.send(.success(PeerAnswer(body: [])))
            }
        }
        let port = try server.listen(host: "127.0.0.1", port: 0)
        fleet.state.withLock {
            $0.entries["pi-1"] = .init(key: key.signerKey, addresses: ["127.0.0.1:\(port)"])
        }
        let peers = fleet.peers(try fleet.identity("pi-2", MachineKey()))
        #expect(peers.ask("pi-1") == .success(""))
        #expect(peers.ask("pi-1", path: "/bus/slow", milliseconds: 50).kind == .unanswered)
        for reply in held.withLock({ $0 }) { reply.send(.success(PeerAnswer(body: []))) }
        peers.stop()
        try server.stop()
        try fleet.stop()
    }

    @Test func moreThanTheLimitWaitIsRefusedAtOnce() throws {
        var settings = PeerServer.Settings()
        (settings.threads, settings.waiting) = (1, 1)
        let gateway = Mutex(false)
        let key = MachineKey()
        let server = PeerServer(
            identity: try fleet.identity("pi-1", key, role: .voter), gate: fleet.gate,
            loops: fleet.loops, settings: settings
        ) { _, _ in
            _ = eventually { gateway.withLock { $0 } }
            return .success(PeerAnswer(body: []))
        }
        let port = try server.listen(host: "127.0.0.1", port: 0)
        fleet.state.withLock {
            $0.entries["pi-1"] = .init(key: key.signerKey, addresses: ["127.0.0.1:\(port)"])
        }
        let peers = fleet.peers(try fleet.identity("pi-2", MachineKey()))
        let results = Mutex<[BusError.Kind?]>([])
        for thread in 0..<6 {
            try HostThread.start("ask \(thread)") {
                let kind = peers.ask("pi-1").kind
                results.withLock { $0.append(kind) }
            }
        }
        // Two find room, four do not; only then may the two end.
        #expect(eventually { results.withLock { $0.count } == 4 })
        #expect(results.withLock { $0.allSatisfy { $0 == .unreachable } })
        gateway.withLock { $0 = true }
        #expect(eventually { results.withLock { $0.count } == 6 })
        #expect(results.withLock { $0.count { $0 == nil } } == 2)
        peers.stop()
        try server.stop()
        try fleet.stop()
    }

    @Test func strangersLeaveRoomForNodes() throws {
        var settings = PeerServer.Settings()
        settings.strangers = 1
        try withServer(settings: settings) { server, _, peers, _ in
            let (one, two) = (fleet.peers(try TLSIdentity()), fleet.peers(try TLSIdentity()))
            #expect(one.ask("pi-1", path: "/bus/join") == .success("pi-1"))
            #expect(two.ask("pi-1", path: "/bus/join").kind != nil)
            #expect(server.counts.full == 1)
            #expect(peers.ask("pi-1") == .success("pi-1"))
            one.stop()
            #expect(
                eventually { two.ask("pi-1", path: "/bus/join") == .success("pi-1") })
            two.stop()
        }
    }

    @Test func aMessageBeyondTheLimitIsRefusedOnBothSides() throws {
        try withServer { server, _, peers, _ in
            let large = [UInt8](repeating: 0, count: Limits.busMessageBytes.value)
            #expect(peers.ask("pi-1", body: large).kind == .tooLarge)
            #expect(server.connections == 0)
            let stranger = fleet.peers(try TLSIdentity())
            let some = [UInt8](repeating: 0, count: Limits.busStrangerBytes.value)
            #expect(stranger.ask("pi-1", path: "/bus/join", body: some).kind == .tooLarge)
            stranger.stop()
        }
    }

    @Test func aRenewedCertificateIsShownFromThenOn() throws {
        let key = MachineKey()
        let (server, _) = try fleet.serve("pi-1", key)
        let own = MachineKey()
        let peers = fleet.peers(try fleet.identity("pi-2", own))
        fleet.state.withLock { $0.position = Position(10_000_011) }
        // Neither side's certificate holds any more: the caller sees it first.
        #expect(peers.ask("pi-1").cause.contains("it ended at @10000010"))
        server.show(try fleet.identity("pi-1", key, role: .voter, at: 10_000_000))
        #expect(peers.ask("pi-1").kind == .expired)
        peers.show(try fleet.identity("pi-2", own, at: 10_000_000))
        #expect(peers.ask("pi-1") == .success("pi-1"))
        peers.stop()
        try server.stop()
        try fleet.stop()
    }
}
