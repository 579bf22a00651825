import Host
import Resources
import Synchronization
import Testing
import Trust

@testable import Bus

/// A fleet on loopback: real keys, real certificates, real connections.
final class TestFleet: Sendable {
    static let cluster = Identifier(high: 1, low: 2)

    let authority: CertificateAuthority
    let authorityKey = MachineKey()
    let loops = BusLoops()
    let state = Mutex(State())
    let asked = Mutex<[String]>([])

    /// What servers and peers judge by at this moment.
    struct State {
        var now = WallTime(milliseconds: 1_795_000_000_000)
        var position = Position(20)
        var removed: Set<String> = []
        var entries: [String: TLSPeers.Entry] = [:]
    }

    init() throws {
        authority = try CertificateAuthority(
            founding: Self.cluster, key: authorityKey, serial: Identifier(high: 0, low: 1),
            now: WallTime(milliseconds: 1_795_000_000_000), at: Position(1))
    }

    /// Ends what runs; servers must have stopped.
    func stop() throws { try loops.stop() }

    func identity(
        _ name: String, _ key: MachineKey, role: NodeRole = .client,
        by other: CertificateAuthority? = nil, made: WallTime? = nil, at position: UInt64 = 10
    ) throws -> TLSIdentity {
        let issuer = other ?? authority
        let certificate = try issuer.issue(
            to: name, key: key.signerKey, as: role, serial: Identifier(high: 0, low: 2),
            now: made ?? state.withLock { $0.now }, at: Position(position))
        return try TLSIdentity(
            certificate: certificate, authority: issuer.certificate, key: key)
    }

    var check: CertificateCheck {
        state.withLock { state in
            CertificateCheck(
                authorities: [authority.certificate], now: state.now, position: state.position)
        }
    }

    var gate: PeerGate {
        PeerGate(trust: { self.check }) { (passport, path) throws(BusError) in
            guard !self.state.withLock({ $0.removed.contains(passport.name) }) else {
                throw BusError(
                    .forbidden, operation: "ask", subject: path,
                    cause: "\(passport.name) was removed from the fleet", remedy: "join again")
            }
        }
    }

    /// A server of the node `name` that answers with what it was sent, and its port.
    func serve(
        _ name: String, _ key: MachineKey, settings: PeerServer.Settings = .init(),
        book: AddressBook? = nil
    ) throws -> (PeerServer, Int) {
        let server = PeerServer(
            identity: try identity(name, key, role: .voter), gate: gate, loops: loops,
            settings: settings, book: book
        ) { caller, request in
            self.asked.withLock { $0.append("\(caller.name ?? "?") \(request.path)") }
            return .success(PeerAnswer(body: Array(name.utf8) + request.body))
        }
        let port = try server.listen(host: "127.0.0.1", port: 0)
        state.withLock {
            $0.entries[name] = .init(key: key.signerKey, addresses: ["127.0.0.1:\(port)"])
        }
        return (server, port)
    }

    func peers(_ identity: TLSIdentity, book: AddressBook = AddressBook()) -> TLSPeers {
        TLSPeers(identity: identity, loops: loops, book: book, trust: { self.check }) { name in
            self.state.withLock { $0.entries[name.text] }
        }
    }
}

extension TLSPeers {
    /// What became of a call; the answer as text, or the failure.
    func ask(
        _ peer: String, path: String = "/bus/status", milliseconds: Int = 10_000,
        body: [UInt8] = []
    ) -> Result<String, BusError> {
        guard let name = try? ResourceName(peer) else {
            return .failure(.malformed("ask", peer, "it is no name"))
        }
        do throws(BusError) {
            let answer = try call(
                name, PeerRequest(path: path, body: body, milliseconds: milliseconds))
            return .success(String(decoding: answer.body.prefix(64), as: UTF8.self))
        } catch { return .failure(error) }
    }
}

extension Result where Failure == BusError {
    var kind: BusError.Kind? { if case .failure(let error) = self { error.kind } else { nil } }
    var cause: String { if case .failure(let error) = self { error.cause } else { "" } }
}

/// Waits for what happens on another thread; false when it does not.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<5000 {
        if condition() { return true }
        LinuxSystem.pause(milliseconds: 2)
    }
    return false
}
