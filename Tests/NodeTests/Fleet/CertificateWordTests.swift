import Bus
import Host
import Log
import Resources
import Synchronization
import Testing

@testable import Node

/// A machine that was away learns from others that its certificate has ended.
@Suite struct CertificateWordTests {
    /// Others that refuse, each in the way it is told.
    private final class Refusing: Peers {
        let kind = Mutex(BusError.Kind.expired)

        func call(_ peer: ResourceName, _ request: PeerRequest) throws(BusError) -> PeerAnswer {
            throw BusError(
                kind.withLock { $0 }, operation: "ask", subject: request.path, cause: "it is so",
                remedy: "renew it")
        }
    }

    private let links = FleetLinks()
    private let peers = Refusing()

    init() {
        links.attach(peers: peers, others: { [] }) { name, _, _ throws(LogError) in
            throw .unreachable(cause: name)
        }
    }

    private func ask(_ kind: BusError.Kind) {
        peers.kind.withLock { $0 = kind }
        let request = PeerRequest(path: "/bus/state", body: [], milliseconds: 1)
        #expect(throws: BusError.self) { try links.call(FleetWorld.name("b"), request) }
    }

    @Test func onlyWhoIsToldThatItHasEndedAsksForAnother() {
        let now = Ticks(nanoseconds: 5_000_000_000)
        for kind in [BusError.Kind.unreachable, .unanswered, .forbidden, .refused] {
            ask(kind)
            #expect(!links.wantsCertificate(at: now), "\(kind)")
        }
        ask(.expired)
        #expect(links.wantsCertificate(at: now))
        links.showsAnother(at: now)
        #expect(!links.wantsCertificate(at: now))
    }

    /// One machine with a wrong clock finds every certificate too old.
    @Test func whoIsToldSoOfANewOneWaitsBeforeTheNext() {
        let now = Ticks(nanoseconds: 5_000_000_000)
        ask(.expired)
        links.showsAnother(at: now)
        ask(.expired)
        let pause = UInt64(Limits.certificatePause.value) * 1000
        #expect(!links.wantsCertificate(at: now.advanced(byMilliseconds: pause - 1)))
        #expect(links.wantsCertificate(at: now.advanced(byMilliseconds: pause)))
    }
}
