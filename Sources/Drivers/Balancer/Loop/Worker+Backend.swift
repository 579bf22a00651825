internal import Host
internal import Resources
internal import Synchronization

/// Connections to backends: taken, made, given back, given up.
extension Worker {
    /// Chooses a backend and gives the session a connection to it: an idle one, unless it must be
    /// `fresh`, or a new one.
    func attach(_ session: Session, avoiding avoid: BackendState?, fresh: Bool) {
        let service = session.service
        guard let backend = service.choose(key: session.key, now: now, avoiding: avoid) else {
            return refuse(session, .noBackend)
        }
        session.hasSent = false
        session.outgoing?.rewind()
        backend.tally.requests.add(1, ordering: .relaxed)
        let repeats = session.request?.isIdempotent == true && session.requestBody.isDone
        while !fresh, session.phase == .exchange, let idle = backend.idle.popLast() {
            // What cannot be sent twice is not sent where the backend may have closed already.
            guard repeats || Socket.isQuiet(idle.descriptor) else {
                close(idle)
                continue
            }
            idle.isReused = true
            join(session, idle, backend)
            return wait(session, service.service.times.answer)
        }
        session.tries += 1
        let (descriptor, isPending) = Socket.connect(to: backend.backend.address)
        guard descriptor >= 0, let server = open(descriptor) else {
            backend.aside.failed(now)
            backend.tally.failed(.connectFailed)
            return tryAgain(session, .connectFailed, avoiding: backend)
        }
        backend.tally.connections.add(1, ordering: .relaxed)
        server.isConnecting = isPending
        server.canWrite = !isPending
        join(session, server, backend)
        wait(session, isPending ? service.service.times.connect : service.service.times.answer)
    }

    private func join(_ session: Session, _ server: StreamEnd, _ backend: BackendState) {
        server.session = session
        server.backend = backend
        session.server = server
        backend.tally.active.add(1, ordering: .relaxed)
    }

    /// True once the connection to the backend is made; otherwise it waits, or was given up.
    func isConnected(_ session: Session, _ server: StreamEnd) -> Bool {
        guard server.isConnecting else { return true }
        guard server.canWrite || server.isGone else { return false }
        guard Socket.error(of: server.descriptor) == 0, !server.isGone else {
            server.backend?.aside.failed(now)
            fail(session, .connectFailed)
            return false
        }
        server.isConnecting = false
        server.backend?.aside.succeeded()
        let times = session.service.service.times
        wait(session, session.phase == .tunnel ? times.tunnelStill : times.answer)
        return true
    }

    /// The connection to the backend is of no more use: tries another where that is safe.
    func fail(_ session: Session, _ refusal: HTTPRefusal) {
        guard let server = session.server, let backend = server.backend else { return }
        // A reused connection that the backend had closed says nothing against the backend.
        let isStale = server.isReused && refusal == .backendClosed
        if !isStale { backend.tally.failed(refusal) }
        drop(server: session)
        tryAgain(session, refusal, avoiding: isStale ? nil : backend)
    }

    /// Sends the request to another backend when nothing was sent, or once more when asking twice
    /// does no harm and no byte of an answer came.
    private func tryAgain(_ session: Session, _ refusal: HTTPRefusal, avoiding: BackendState?) {
        let untouched = session.status == 0 && session.incoming?.isEmpty ?? true
        let repeats = session.request?.isIdempotent == true && session.replays == 0
        let again =
            session.canReplay && untouched && session.tries < Limits.balancerTries.value
            && (!session.hasSent || repeats)
            && (refusal == .connectFailed || refusal == .backendClosed)
        guard again else { return refuse(session, refusal) }
        if session.hasSent { session.replays += 1 }
        session.service.tally.retries.add(1, ordering: .relaxed)
        attach(session, avoiding: avoiding, fresh: true)
    }

    /// Closes the connection to the backend.
    func drop(server session: Session, reset: Bool = false) {
        guard let server = session.server else { return }
        server.backend?.tally.active.subtract(1, ordering: .relaxed)
        session.server = nil
        close(server, reset: reset)
    }

    /// Keeps the connection to the backend for the next request, or closes it.
    func giveBack(_ session: Session) {
        guard let server = session.server, let backend = server.backend else { return }
        let isClean =
            session.keepsServer && session.requestBody.isDone && !server.hasHint && !server.isGone
            && (session.outgoing?.isEmpty ?? true) && (session.incoming?.isEmpty ?? true)
        guard isClean, !backend.isGone, backend.idle.count < Limits.balancerPool.value else {
            return drop(server: session)
        }
        backend.tally.active.subtract(1, ordering: .relaxed)
        session.server = nil
        server.session = nil
        server.idleSince = now
        backend.idle.append(server)
        look(at: now + UInt64(Limits.balancerPoolIdle.value) * 1_000_000)
    }
}
