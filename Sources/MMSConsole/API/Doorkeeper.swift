internal import Host
internal import MMSGraph
internal import NIOHTTP1
internal import Resources
internal import Synchronization
internal import ZeroProcs

/// Says who a request comes from: peer credentials on the socket, tokens and console sessions on
/// the network. Everyone else has no rights.
final class Doorkeeper: Sendable {
    private let check: TokenCheck
    private let clock = LinuxClock()
    private let entropy = LinuxEntropy()
    private let state = Mutex(State())

    private struct State {
        /// One-time tickets of sign-in links, with their ends.
        var tickets: [String: WallTime] = [:]
        /// Sessions of browsers, with their ends.
        var sessions: [String: WallTime] = [:]
        /// Secrets that proved good since the last change of a token, with their ends.
        var proven: [String: (caller: Caller, end: WallTime)] = [:]
    }

    /// The keeper of the node of that name.
    init(node: String) { check = TokenCheck(node: node) }

    /// The caller behind a request. Refuses credentials that are wrong; without any, the caller
    /// has no rights.
    func caller(
        _ headers: HTTPHeaders, through door: Door, on graph: some GraphReader
    ) throws(Refusal) -> Caller {
        switch door {
        case .local(let uid):
            let administrates = uid == 0 || uid == LinuxSystem.userID
            // Another local user may do what is granted to them.
            return try Caller(
                identity: .local(uid: uid), right: administrates ? .administrator : .proven
            ).granted(on: graph, now: clock.now)
        case .network:
            if let header = headers.first(name: "authorization") {
                guard header.hasPrefix("Bearer ") else { throw unauthenticated("no bearer token") }
                return try bearer(String(header.dropFirst(7)), on: graph)
            }
            return session(headers) ?? Caller(identity: .system("nobody"), right: .none)
        }
    }

    /// Forgets what was proven: a token or a grant was made, changed or deleted.
    func tokensChanged() { state.withLock { $0.proven = [:] } }

    /// The bearer of a token. Refuses one that is unknown, expired or for another node.
    func bearer(_ secret: String, on graph: some GraphReader) throws(Refusal) -> Caller {
        let now = clock.now
        if let known = state.withLock({ $0.proven[secret] }), known.end > now {
            return known.caller
        }
        let (proven, end) = try check.caller(secret: secret, on: graph, now: now)
        let caller = try proven.granted(on: graph, now: now)
        state.withLock { state in
            if state.proven.count >= Limits.connections.value { state.proven = [:] }
            state.proven[secret] = (caller, end)
        }
        return caller
    }

    /// A ticket for one sign-in, good for a minute.
    func makeTicket() -> String {
        let ticket = random()
        let now = clock.now
        state.withLock { state in
            state.tickets = state.tickets.filter { $0.value > now }
            state.tickets[ticket] = now.advanced(byMilliseconds: 60_000)
        }
        return ticket
    }

    /// Takes a ticket and gives the cookie of a new session; nil when the ticket is used or old.
    func redeem(_ ticket: String) -> String? {
        let session = random()
        let now = clock.now
        return state.withLock { state in
            guard let end = state.tickets.removeValue(forKey: ticket), end > now else { return nil }
            state.sessions = state.sessions.filter { $0.value > now }
            state.sessions[session] = now.advanced(byMilliseconds: 12 * 3_600_000)
            return "pisces=\(session); Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"
        }
    }

    /// The administrator who opened the console, when the cookie says so and the request comes
    /// from the console's own pages.
    private func session(_ headers: HTTPHeaders) -> Caller? {
        let site = headers.first(name: "sec-fetch-site")
        guard site == nil || site == "same-origin" || site == "none" else { return nil }
        let now = clock.now
        for cookie in headers[canonicalForm: "cookie"].flatMap({ $0.split(separator: ";") }) {
            let pair = cookie.drop { $0 == " " }
            guard pair.hasPrefix("pisces=") else { continue }
            let known = state.withLock { $0.sessions[String(pair.dropFirst(7))] }
            guard let known, known > now else { continue }
            return Caller(identity: .system("console"), right: .administrator)
        }
        return nil
    }

    private func random() -> String {
        Base64.encodeURL(
            (0..<4).flatMap { _ in
                let word = entropy.next()
                return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
            })
    }

    private func unauthenticated(_ reason: String) -> Refusal {
        Refusal(
            .unauthenticated, filter: "permission", subject: "request", reason: reason,
            remedy: "send Authorization: Bearer TOKEN; make one with pisces token")
    }
}
