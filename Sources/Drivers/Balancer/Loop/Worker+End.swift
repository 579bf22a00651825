internal import Host
internal import Resources
internal import Synchronization

/// How sessions end.
extension Worker {
    /// Answers with the balancer's own words where nothing was answered yet, else breaks off.
    func refuse(_ session: Session, _ refusal: HTTPRefusal) {
        guard session.phase != .over else { return }
        if session.status != 0 || session.phase == .tunnel { return abort(session, refusal) }
        if !session.isActive { session.service.tally.requests.add(1, ordering: .relaxed) }
        session.service.tally.failed(refusal)
        deactivate(session)
        drop(server: session)
        let output = session.output ?? pool.take()
        session.output = output
        output.pack()
        // Interim answers that a slow client has not read leave no room: then it is closed.
        if output.room < 1024 { return end(session, reset: true) }
        HeadWriter.write(refusal, withoutBody: session.request?.method == .head, to: output)
        session.status = refusal.status
        session.phase = .finishing
        wait(session, session.service.service.times.head)
    }

    /// Breaks both connections, so that nobody takes what came for whole.
    func abort(_ session: Session, _ refusal: HTTPRefusal) {
        guard session.phase != .over else { return }
        session.service.tally.failed(refusal)
        if refusal == .backendClosed || refusal == .badAnswer {
            session.server?.backend?.tally.failed(refusal)
        }
        end(session, reset: true)
    }

    /// Closes both connections and forgets the session.
    func end(_ session: Session, reset: Bool = false) {
        guard session.phase != .over else { return }
        deactivate(session)
        drop(server: session, reset: reset)
        session.phase = .over
        session.deadline = .max
        session.lastCall = .max
        release(&session.input)
        release(&session.outgoing)
        release(&session.incoming)
        release(&session.output)
        close(session.client, reset: reset)
        clients -= 1
    }

    /// Writes the last bytes, then tells the client that no more come.
    func finish(_ session: Session) -> Bool {
        if let output = session.output, !output.isEmpty {
            let moved = flush(session)
            guard session.phase == .finishing, output.isEmpty else { return moved }
        }
        release(&session.output)
        if session.client.hasEnded || session.client.isGone {
            end(session)
            return true
        }
        Socket.finish(session.client.descriptor)
        session.phase = .lingering
        wait(session, 1000)
        return true
    }

    /// Throws away what the client still sends.
    func linger(_ session: Session) -> Bool {
        let input = session.input ?? pool.take()
        session.input = input
        input.clear()
        switch session.client.read(into: input) {
        case .moved: return true
        case .waits:
            release(&session.input)
            return false
        case .ended, .broke:
            end(session)
            return true
        }
    }

    /// A deadline is over.
    func expire(_ session: Session) {
        if session.lastCall <= now { return end(session) }
        switch session.phase {
        case .head:
            if session.input?.isEmpty ?? true { end(session) } else { refuse(session, .headTime) }
        case .exchange: expireExchange(session)
        case .tunnel:
            guard let server = session.server, server.isConnecting else { return end(session) }
            server.backend?.aside.failed(now)
            fail(session, .connectFailed)
        case .finishing, .lingering: end(session)
        case .over: return
        }
        advance(session)
    }

    private func expireExchange(_ session: Session) {
        guard let server = session.server else { return end(session) }
        if server.isConnecting {
            server.backend?.aside.failed(now)
            fail(session, .connectFailed)
        } else if session.answer != .head {
            let isClient = session.output?.isEmpty == false
            abort(session, isClient ? .clientGone : .answerTime)
        } else if !session.requestBody.isDone, session.outgoing?.isEmpty ?? true {
            refuse(session, .bodyTime)
        } else {
            server.backend?.tally.failed(.answerTime)
            refuse(session, .answerTime)
        }
    }

    /// Closes all.
    func closeAll() {
        for endpoint in slots {
            guard let endpoint else { continue }
            if let session = endpoint.session { end(session) } else { close(endpoint) }
        }
        for listener in listeners.values { poller.remove(listener.descriptor) }
        listeners = [:]
        services = [:]
    }
}
