public import Host
public import Resources

/// Gets and keeps an address from servers: the client of RFC 2131, figure 5. Decides only; the
/// caller sends, configures, and comes back with what was received and when the time is due.
public struct LeaseClient: Sendable {
    private enum State {
        /// Asking who has an address. → requesting
        case selecting(since: Ticks, tries: Int)
        /// Taking an offer. → bound, selecting
        case requesting(Lease, since: Ticks, tries: Int)
        /// Using an address. → renewing
        case bound(Lease, at: Ticks)
        /// Asking its server to go on lending. → bound, rebinding, selecting
        case renewing(Lease, at: Ticks)
        /// Asking any server. → bound, selecting
        case rebinding(Lease, at: Ticks)
    }

    /// What the caller does, in this order.
    public enum Action: Hashable, Sendable {
        /// Send to the server of that address; nil: to all.
        case send(LeaseRequest, to: IPAddress?)
        /// Use this lease.
        case configure(Lease)
        /// Stop using the address there was.
        case release
    }

    private let hardware: [UInt8]
    private let hostName: String
    private var state: State
    private var transaction: UInt32
    /// When `due` is to be called next, if nothing is received before.
    public private(set) var deadline: Ticks
    /// Datagrams that were no answer to what was asked.
    public private(set) var strays = 0

    /// Tries to take one offer, before others are asked for.
    private static let requestTries = 4

    /// A client that begins to ask. `random` names the first transaction.
    public init(hardware: [UInt8], hostName: String, now: Ticks, random: UInt32) {
        self.hardware = hardware
        self.hostName = hostName
        state = .selecting(since: now, tries: 0)
        transaction = random
        deadline = now
    }

    /// The lease in use.
    public var lease: Lease? {
        switch state {
        case .selecting, .requesting: nil
        case .bound(let lease, _), .renewing(let lease, _), .rebinding(let lease, _): lease
        }
    }

    /// The time that `deadline` named has come.
    public mutating func due(now: Ticks, random: UInt32) -> [Action] {
        switch state {
        case .selecting(let since, let tries):
            return discover(since: since, tries: tries, now, random)
        case .requesting(let offer, let since, let tries):
            return tries < Self.requestTries
                ? request(offer, since: since, tries: tries, now, random)
                : discover(since: since, tries: 0, now, random)
        case .bound(let lease, let at), .renewing(let lease, let at),
            .rebinding(let lease, let at):
            return extend(lease, at: at, now, random)
        }
    }

    /// A datagram came.
    public mutating func received(_ bytes: [UInt8], now: Ticks, random: UInt32) -> [Action] {
        do throws(LeaseFault) {
            let reply = try LeaseReply(bytes)
            guard reply.transaction == transaction, reply.hardware == hardware else {
                strays += 1
                return []
            }
            return try take(reply, now, random)
        } catch {
            strays += 1
            return []
        }
    }

    private mutating func take(
        _ reply: LeaseReply, _ now: Ticks, _ random: UInt32
    ) throws(LeaseFault) -> [Action] {
        switch (state, reply.kind) {
        case (.selecting(let since, _), .offer):
            return request(try Lease(reply), since: since, tries: 0, now, random)
        case (.requesting, .agreed), (.renewing, .agreed), (.rebinding, .agreed):
            let lease = try Lease(reply)
            state = .bound(lease, at: now)
            deadline = now.advanced(byMilliseconds: lease.renewSeconds * 1000)
            return [.configure(lease)]
        case (.requesting, .refused):
            // At once would be a loop with a server that offers what it then refuses.
            state = .selecting(since: now, tries: 1)
            deadline = now.advanced(byMilliseconds: pause(1, random))
            return []
        case (.renewing, .refused), (.rebinding, .refused):
            return [.release] + discover(since: now, tries: 0, now, random)
        case (.selecting, _), (.requesting, .offer), (.bound, _), (.renewing, .offer),
            (.rebinding, .offer):
            strays += 1
            return []
        }
    }

    private mutating func discover(
        since: Ticks, tries: Int, _ now: Ticks, _ random: UInt32
    ) -> [Action] {
        state = .selecting(since: since, tries: tries + 1)
        transaction = random
        deadline = now.advanced(byMilliseconds: pause(tries, random))
        return [.send(message(.discover, since: since, now), to: nil)]
    }

    private mutating func request(
        _ offer: Lease, since: Ticks, tries: Int, _ now: Ticks, _ random: UInt32
    ) -> [Action] {
        state = .requesting(offer, since: since, tries: tries + 1)
        deadline = now.advanced(byMilliseconds: pause(tries, random))
        var message = message(.request, since: since, now)
        message.requested = offer.address
        message.server = offer.server
        return [.send(message, to: nil)]
    }

    private mutating func extend(
        _ lease: Lease, at: Ticks, _ now: Ticks, _ random: UInt32
    ) -> [Action] {
        let age = now.nanoseconds(since: at) / 1_000_000_000
        if age >= lease.seconds {
            return [.release] + discover(since: now, tries: 0, now, random)
        }
        let isRebinding = age >= lease.rebindSeconds
        let next = isRebinding ? lease.seconds : lease.rebindSeconds
        state = isRebinding ? .rebinding(lease, at: at) : .renewing(lease, at: at)
        transaction = random
        // Half of what is left, but not oftener than once a minute (RFC 2131, section 4.4.5).
        let left = next - age
        deadline = now.advanced(byMilliseconds: min(left, max(60, left / 2)) * 1000)
        var message = message(.request, since: now, now)
        message.current = lease.address
        return [.send(message, to: isRebinding ? nil : lease.server)]
    }

    private func message(_ kind: LeaseRequest.Kind, since: Ticks, _ now: Ticks) -> LeaseRequest {
        LeaseRequest(
            kind: kind, transaction: transaction, hardware: hardware,
            seconds: UInt16(clamping: now.nanoseconds(since: since) / 1_000_000_000),
            hostName: hostName)
    }

    /// Milliseconds until the next try: doubled each time, give or take an eighth, so that a
    /// house full of machines does not ask in step.
    private func pause(_ tries: Int, _ random: UInt32) -> UInt64 {
        let most = UInt64(Limits.leaseRetryMost.value)
        let base = min(UInt64(Limits.leaseRetry.value) << UInt64(min(tries, 16)), most)
        return base - base / 8 + UInt64(random) % (base / 4 + 1)
    }
}
