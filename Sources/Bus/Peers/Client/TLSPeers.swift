internal import NIOCore
internal import NIOPosix
public import Resources
internal import Synchronization
public import Trust

/// The other nodes over mutual TLS: one connection to each, kept open, over which any number of
/// requests go at once.
///
/// Addresses are hints, tried in turn. A peer is known by the key in its certificate: whoever
/// answers at an address with another key is left alone and the next address is tried.
public final class TLSPeers: Peers {
    /// What the log says of a node.
    public struct Entry: Hashable, Sendable {
        /// The key it connects with.
        public var key: SignerKey
        /// Where it may be reached, as `host:port`.
        public var addresses: [String]

        /// A node of that key.
        public init(key: SignerKey, addresses: [String]) {
            self.key = key
            self.addresses = addresses
        }
    }

    private let loops: BusLoops
    private let trust: @Sendable () -> CertificateCheck
    private let directory: @Sendable (ResourceName) -> Entry?
    /// Where nodes were seen.
    public let book: AddressBook
    private let state: Mutex<State>

    private struct State {
        var identity: TLSIdentity
        var links: [SignerKey: PeerLink] = [:]
        /// Keys that somebody dials at this moment.
        var dialling: [SignerKey: EventLoopFuture<Void>] = [:]
        var isStopped = false
    }

    /// The peers that `directory` knows, held against `trust` when they are connected to.
    public init(
        identity: TLSIdentity, loops: BusLoops, book: AddressBook = AddressBook(),
        trust: @escaping @Sendable () -> CertificateCheck,
        directory: @escaping @Sendable (ResourceName) -> Entry?
    ) {
        self.loops = loops
        self.book = book
        self.trust = trust
        self.directory = directory
        state = Mutex(State(identity: identity))
    }

    /// Shows another certificate from now on. Requests that are under way end on the connections
    /// they have; those are closed by the other side when they are idle.
    public func show(_ identity: TLSIdentity) {
        state.withLock { state in
            state.identity = identity
            state.links = [:]
        }
    }

    /// Ends all connections. What waits for an answer is told that none came.
    public func stop() {
        let links = state.withLock { state in
            state.isStopped = true
            defer { state.links = [:] }
            return Array(state.links.values)
        }
        for link in links { link.close() }
    }

    public func call(
        _ peer: ResourceName, _ request: PeerRequest
    ) throws(BusError) -> PeerAnswer {
        guard request.body.count <= Limits.busMessageBytes.value - Limits.busPathBytes.value - 64
        else {
            throw .beyond(
                Limits.busMessageBytes, request.body.count, "call", "\(peer)\(request.path)")
        }
        guard let entry = directory(peer) else {
            throw .unreachable(peer, "the fleet has no node of that name")
        }
        let end = NIODeadline.now() + .milliseconds(Int64(request.milliseconds))
        let link = try link(to: peer, entry, until: end)
        let left = Self.left(until: end)
        guard left > 0 else { throw .unreachable(peer, "no time was left after connecting") }
        let rest = PeerRequest(path: request.path, body: request.body, milliseconds: left)
        let outcome: PeerLink.Outcome
        do { outcome = try link.send(rest, to: peer.text).wait() } catch {
            throw .lost(peer.text, request, sent: true)
        }
        return try outcome.get()
    }

    private static func left(until end: NIODeadline) -> Int {
        Int((end - .now()).nanoseconds / 1_000_000)
    }

    /// The open connection to a peer, or a new one. Of several that need one, one dials and the
    /// others wait for it.
    private func link(
        to peer: ResourceName, _ entry: Entry, until end: NIODeadline
    ) throws(BusError) -> PeerLink {
        while true {
            switch try turn(peer, entry.key) {
            case .open(let link): return link
            case .dial(let done):
                do throws(BusError) {
                    let link = try dial(peer, entry, until: end)
                    finish(entry.key, link, done)
                    return link
                } catch {
                    finish(entry.key, nil, done)
                    throw error
                }
            case .wait(let other):
                try wait(for: other, peer, until: end)
            }
        }
    }

    private enum Turn {
        case open(PeerLink)
        case dial(EventLoopPromise<Void>)
        case wait(EventLoopFuture<Void>)
    }

    private func turn(_ peer: ResourceName, _ key: SignerKey) throws(BusError) -> Turn {
        let turn: Turn? = state.withLock { state in
            if state.isStopped { return nil }
            if let link = state.links[key], link.isOpen { return .open(link) }
            if let other = state.dialling[key] { return .wait(other) }
            let promise = loops.group.next().makePromise(of: Void.self)
            state.dialling[key] = promise.futureResult
            return .dial(promise)
        }
        guard let turn else { throw .unreachable(peer, "this node is stopping") }
        return turn
    }

    private func finish(_ key: SignerKey, _ link: PeerLink?, _ done: EventLoopPromise<Void>) {
        let isStopped = state.withLock { state in
            state.dialling[key] = nil
            if !state.isStopped { state.links[key] = link }
            return state.isStopped
        }
        if isStopped { link?.close() }
        done.succeed(())
    }

    private func wait(
        for other: EventLoopFuture<Void>, _ peer: ResourceName, until end: NIODeadline
    ) throws(BusError) {
        let promise = other.eventLoop.makePromise(of: Bool.self)
        let timer = other.eventLoop.scheduleTask(deadline: end) { promise.succeed(false) }
        other.whenComplete { _ in promise.succeed(true) }
        // The promise never fails.
        let came = (try? promise.futureResult.wait()) ?? false
        timer.cancel()
        guard came else { throw .unreachable(peer, "no connection to it came about in time") }
    }

    private func dial(
        _ peer: ResourceName, _ entry: Entry, until end: NIODeadline
    ) throws(BusError) -> PeerLink {
        let identity = state.withLock { $0.identity }
        var tried: [String] = []
        let trust = trust
        let accept: @Sendable ([Certificate]) throws(TrustError) -> Void = {
            (chain) throws(TrustError) in try Self.accept(chain, entry.key, trust())
        }
        for address in book.candidates(entry.key, hints: entry.addresses) {
            let left = min(Self.left(until: end), Limits.busDial.value)
            guard left > 0 else { break }
            guard let place = HostPort(address) else {
                tried.append("\(printable(address)): no numeric address and port")
                continue
            }
            do throws(LinkFailure) {
                let link = try PeerLink.dial(
                    place, identity: identity, loops: loops, milliseconds: left, accept: accept)
                book.heard(entry.key, at: address)
                return link
            } catch {
                book.missed(entry.key, at: address)
                switch error {
                case .refused(let refusal): tried.append("\(address): \(refusal.cause)")
                case .failed(let cause): tried.append("\(address): \(cause)")
                }
            }
        }
        throw .unreachable(
            peer, tried.isEmpty ? "no address of it is known" : tried.joined(separator: "; "))
    }

    /// The peer must be who was called, in this fleet, now.
    private static func accept(
        _ chain: [Certificate], _ key: SignerKey, _ check: CertificateCheck
    ) throws(TrustError) {
        guard let shown = chain.first, shown.passport.key == key else {
            throw TrustError(
                .badKey, operation: "accept", subject: "a peer",
                cause:
                    "another node answers there (\(printable(chain.first?.passport.name ?? "")))",
                remedy: "give the node's present address")
        }
        try check.accept(shown)
    }
}
