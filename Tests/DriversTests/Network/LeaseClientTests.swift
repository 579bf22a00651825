import Host
import Resources
import Testing

@testable import Drivers

@Suite struct LeaseClientTests {
    /// A client and the time it lives in.
    struct Street {
        var client: LeaseClient
        var now = Ticks(nanoseconds: 1_000_000_000)
        var random: UInt32 = 100

        init() {
            client = LeaseClient(
                hardware: Replies.hardware, hostName: "pi", now: now, random: 1)
        }

        /// Goes to the time that the client waits for.
        mutating func due() -> [LeaseClient.Action] {
            now = max(now, client.deadline)
            random += 1
            return client.due(now: now, random: random)
        }

        mutating func hear(_ bytes: [UInt8]) -> [LeaseClient.Action] {
            client.received(bytes, now: now, random: random)
        }

        /// Asks, takes an offer, and has the address.
        mutating func settle() -> Lease? {
            _ = due()
            _ = hear(Replies.reply(.offer, to: random))
            _ = hear(Replies.reply(.agreed, to: random))
            return client.lease
        }
    }

    static func sent(_ actions: [LeaseClient.Action]) -> (LeaseRequest, IPAddress?)? {
        for case .send(let request, let server) in actions { return (request, server) }
        return nil
    }

    @Test func anAddressIsAskedForTakenAndUsed() throws {
        var street = Street()
        let first = try #require(Self.sent(street.due()))
        #expect(first.0.kind == .discover && first.1 == nil)
        let second = try #require(Self.sent(street.hear(Replies.reply(.offer, to: street.random))))
        #expect(second.0.kind == .request)
        #expect(second.0.requested == Replies.address && second.0.server == Replies.server)
        let actions = street.hear(Replies.reply(.agreed, to: street.random))
        guard case .configure(let lease) = actions.first else {
            Issue.record("nothing is configured: \(actions)")
            return
        }
        #expect(lease.address == Replies.address)
        #expect(street.client.deadline == street.now.advanced(byMilliseconds: 43_200_000))
    }

    @Test func triesGetRarerButNeverEnd() {
        var street = Street()
        var pauses: [UInt64] = []
        for _ in 0..<12 {
            _ = street.due()
            pauses.append(street.client.deadline.nanoseconds(since: street.now) / 1_000_000)
        }
        #expect(pauses[0] < 1200)
        #expect(pauses[11] <= UInt64(Limits.leaseRetryMost.value) * 9 / 8)
        #expect(pauses[11] >= UInt64(Limits.leaseRetryMost.value) * 7 / 8)
    }

    @Test func answersToOthersAreCountedAndDropped() {
        var street = Street()
        _ = street.due()
        #expect(street.hear(Replies.reply(.offer, to: street.random + 1)) == [])
        #expect(street.hear(Replies.reply(.agreed, to: street.random)) == [])
        #expect(street.hear([1, 2, 3]) == [])
        #expect(street.client.strays == 3)
    }

    @Test func aServerThatRefusesIsAskedAnewLater() {
        var street = Street()
        _ = street.due()
        _ = street.hear(Replies.reply(.offer, to: street.random))
        #expect(street.hear(Replies.reply(.refused, to: street.random)) == [])
        #expect(street.client.deadline > street.now)
        #expect(Self.sent(street.due())?.0.kind == .discover)
    }

    @Test func aLeaseIsRenewedWithItsServerThenWithAny() throws {
        var street = Street()
        let settled = street.settle()
        let lease = try #require(settled)
        let renewal = try #require(Self.sent(street.due()))
        #expect(renewal.0.current == lease.address && renewal.0.requested == nil)
        #expect(renewal.1 == Replies.server)
        // Nobody answers: at T2 any server is asked.
        var last = renewal
        for _ in 0..<64 where last.1 != nil { last = try #require(Self.sent(street.due())) }
        #expect(last.1 == nil)
        #expect(street.client.lease == lease)
        let actions = street.hear(Replies.reply(.agreed, to: street.random))
        #expect(actions == [.configure(lease)])
    }

    @Test func anAddressIsGivenUpWhenItsTimeIsOver() throws {
        var street = Street()
        let settled = street.settle()
        try #require(settled != nil)
        var actions: [LeaseClient.Action] = []
        for _ in 0..<128 where !actions.contains(.release) { actions = street.due() }
        #expect(actions.first == .release)
        #expect(Self.sent(actions)?.0.kind == .discover)
        #expect(street.client.lease == nil)
    }

    @Test func arbitraryDatagramsNeverHoldTheClientUp() {
        var generator = SeededRandom(seed: 7)
        var street = Street()
        for _ in 0..<5000 {
            var bytes = Replies.reply(.offer, to: street.random)
            for _ in 0..<Int(generator.next() % 8) {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(
                    truncatingIfNeeded: generator.next())
            }
            _ = street.hear(Array(bytes[..<Int(generator.next() % UInt64(bytes.count + 1))]))
            if generator.next() % 4 == 0 { _ = street.due() }
            #expect(street.client.deadline >= street.now)
        }
    }
}
