internal import Synchronization

/// A client's connection and what is under way on it. Of one thread.
///
///     client → input → outgoing → backend
///     client ← output ← incoming ← backend
///
/// A tunnel uses `outgoing` and `output` alone.
final class Session {
    /// Where it stands. `head` → `exchange` → `head` …; → `tunnel` from `exchange`, or at once for
    /// TCP; all → `finishing` → `lingering` → `over`.
    enum Phase {
        /// Waits for a request's head.
        case head
        /// A request is on its way to a backend, or its answer comes back.
        case exchange
        /// Bytes pass both ways as they come.
        case tunnel
        /// The last bytes go to the client.
        case finishing
        /// They are gone; what the client still sends is thrown away until it ends, because a
        /// close before would reset the connection under the answer.
        case lingering
        case over
    }

    /// How far the answer is.
    enum Answer { case head, body, done }

    let service: ServiceState
    let client: StreamEnd
    /// The client's host in numbers.
    let peer: [UInt8]
    /// Its hash.
    let peerKey: UInt64
    var phase = Phase.head
    var server: StreamEnd?

    var input: Buffer?
    var outgoing: Buffer?
    var incoming: Buffer?
    var output: Buffer?

    var requestScan = HeadScanner()
    var answerScan = HeadScanner()
    var request: RequestHead?
    var requestBody = BodyFraming.none
    var answer = Answer.head
    var answerBody = BodyFraming.none
    /// The answer's status; 0 before it.
    var status = 0
    /// The backend's connection may be used again, the client's too.
    var keepsServer = false
    var keepsClient = false
    /// All bytes that were sent are still in `outgoing`.
    var canReplay = true
    /// Bytes of the request went to the present backend.
    var hasSent = false
    /// Tries to connect, and times the request was sent again.
    var tries = 0
    var replays = 0
    /// The hash of the policy's key.
    var key: UInt64 = 0
    /// When the request came, in nanoseconds.
    var began: UInt64 = 0
    /// When it is given up, in nanoseconds.
    var deadline: UInt64 = .max
    /// Half closes that were passed on in a tunnel.
    var clientFinished = false
    var serverFinished = false
    /// When it is closed whatever moves, because what it belongs to was removed.
    var lastCall: UInt64 = .max
    /// It is counted as under way.
    var isActive = false
    /// It waits for the thread to go on with it.
    var isQueued = false

    init(service: ServiceState, client: StreamEnd, peer: [UInt8]) {
        self.service = service
        self.client = client
        self.peer = peer
        peerKey = Chooser.hash(peer.span)
    }
}

/// A backend as one thread knows it.
final class BackendState {
    let backend: BalancerTable.Backend
    let tally: Tally
    var aside = SetAside()
    /// Idle connections, the latest used last.
    var idle: [StreamEnd] = []
    /// It is not in the table any more: nothing new goes to it.
    var isGone = false

    init(_ backend: BalancerTable.Backend, tally: Tally) {
        self.backend = backend
        self.tally = tally
    }
}

/// A service as one thread knows it.
final class ServiceState {
    var service: BalancerTable.Service
    let tally: Tally
    var backends: [BackendState] = []
    var chooser = Chooser(.roundRobin, names: [])
    /// The field that is hashed, when one is.
    var hashField: [UInt8] = []
    /// It is not in the table any more: its connections end.
    var isGone = false

    init(_ service: BalancerTable.Service, tally: Tally) {
        self.service = service
        self.tally = tally
    }

    /// Takes over a new table's word on this service; the backends that left.
    func take(_ next: BalancerTable.Service, tallies: [Tally], turn: Int) -> [BackendState] {
        var left = backends
        var now: [BackendState] = []
        for (backend, tally) in zip(next.backends, tallies) {
            let same = left.firstIndex {
                $0.backend.name == backend.name && $0.backend.address == backend.address
            }
            guard let same else {
                now.append(BackendState(backend, tally: tally))
                continue
            }
            let known = left.remove(at: same)
            if known.backend == backend {
                now.append(known)
            } else {
                let again = BackendState(backend, tally: tally)
                again.aside = known.aside
                if backend.isReady { swap(&again.idle, &known.idle) }
                for endpoint in again.idle { endpoint.backend = again }
                left.append(known)
                now.append(again)
            }
        }
        service = next
        backends = now
        hashField = []
        let rule: Chooser.Rule
        switch next.policy {
        case .roundRobin: rule = .roundRobin
        case .leastConnections: rule = .leastConnections
        case .hash(let key):
            rule = .hash
            if case .header(let name) = key { hashField = Array(name.lowercased().utf8) }
        }
        chooser = Chooser(rule, names: next.backends.map(\.name), next: turn)
        for backend in left { backend.isGone = true }
        return left
    }

    /// The backend for a request with that key; `avoid` is asked only when there is no other.
    func choose(key: UInt64, now: UInt64, avoiding avoid: BackendState?) -> BackendState? {
        let backends = backends
        let load: (Int) -> Int = { backends[$0].tally.active.load(ordering: .relaxed) }
        let healthy = chooser.choose(
            key: key,
            open: {
                let one = backends[$0]
                return one.backend.isReady && one !== avoid && !one.aside.isAside(now)
            }, load: load)
        if let healthy { return backends[healthy] }
        let other = chooser.choose(
            key: key, open: { backends[$0].backend.isReady && backends[$0] !== avoid }, load: load)
        if let other { return backends[other] }
        return backends.first { $0.backend.isReady }
    }
}
