internal import Host
internal import Resources
internal import Synchronization

/// From the backend to the client.
extension Worker {
    /// Moves the request and its answer.
    func exchange(_ session: Session) -> Bool {
        guard let server = session.server else { return false }
        let wasConnecting = server.isConnecting
        guard isConnected(session, server) else {
            // Another backend is tried, or the session has ended.
            return session.server !== server || session.phase != .exchange
        }
        let sent = sendRequest(session, to: server)
        guard session.phase == .exchange, session.server === server else { return true }
        let answered =
            switch session.answer {
            case .head: readAnswerHead(session, from: server)
            case .body, .done: relay(session, from: server)
            }
        return wasConnecting || sent || answered
    }

    private func readAnswerHead(_ session: Session, from server: StreamEnd) -> Bool {
        let incoming = session.incoming ?? pool.take()
        session.incoming = incoming
        if !incoming.isEmpty {
            do throws(HTTPRefusal) {
                let count = try incoming.withBytes { (bytes) throws(HTTPRefusal) in
                    try session.answerScan.end(in: bytes, atMost: Limits.balancerHead.value)
                }
                if let count { return try takeAnswerHead(session, incoming, count: count) }
            } catch {
                fail(session, .badAnswer)
                return true
            }
        }
        if incoming.room == 0 { incoming.pack() }
        let before = incoming.count
        switch server.read(into: incoming) {
        case .moved:
            if let tally = server.backend?.tally { count(tally.bytesOut, incoming.count - before) }
            return true
        case .waits:
            if incoming.isEmpty { release(&session.incoming) }
            return false
        case .ended, .broke:
            fail(session, .backendClosed)
            return true
        }
    }

    /// A whole head of an answer has come: passes it on. Throws whatever makes it a bad one.
    private func takeAnswerHead(
        _ session: Session, _ incoming: Buffer, count: Int
    ) throws(HTTPRefusal) -> Bool {
        guard let request = session.request else { return false }
        let output = session.output ?? pool.take()
        session.output = output
        output.pack()
        // Heads before the answer may still wait for a slow client; the scan begins again then.
        if output.room < count + 64 { return flush(session) }
        let head = try incoming.withBytes { (bytes) throws(HTTPRefusal) -> AnswerHead in
            let head = try AnswerHead.read(
                bytes, count: count, into: &fields, atMost: Limits.balancerFields.value)
            try take(head, for: request, session)
            if !head.isInterim || request.minor == 1 {
                HeadWriter.write(
                    head, fields, of: bytes, for: request, closes: !session.keepsClient, to: output)
            }
            return head
        }
        incoming.consume(count)
        if head.isInterim { _ = flush(session) }
        return true
    }

    /// What an answer's head means for the session.
    private func take(
        _ head: AnswerHead, for request: RequestHead, _ session: Session
    ) throws(HTTPRefusal) {
        if head.isInterim { return }
        session.status = head.status
        if head.status == 101 {
            guard request.asksUpgrade, session.requestBody.isDone else { throw .badAnswer }
            session.phase = .tunnel
            return wait(session, session.service.service.times.tunnelStill)
        }
        session.answerBody = BodyFraming(of: head, to: request.method)
        if request.minor == 0, head.facts.isChunked { throw .badAnswer }
        session.keepsServer =
            head.keepsAlive && request.minor == 1 && session.answerBody != .untilClose
        if session.answerBody == .untilClose || session.service.isGone {
            session.keepsClient = false
        }
        session.answer = .body
    }

    /// Passes the body on, and ends the exchange with its last byte.
    private func relay(_ session: Session, from server: StreamEnd) -> Bool {
        let incoming = session.incoming ?? pool.take()
        session.incoming = incoming
        let output = session.output ?? pool.take()
        session.output = output
        var moved = false
        if session.answer == .body, !session.answerBody.isDone {
            if output.room == 0 { output.pack() }
            if incoming.isEmpty, output.room > 0 {
                incoming.clear()
                switch server.read(into: incoming) {
                case .moved:
                    if let tally = server.backend?.tally { count(tally.bytesOut, incoming.count) }
                    moved = true
                case .waits: break
                case .ended where session.answerBody == .untilClose: session.answer = .done
                case .ended, .broke:
                    abort(session, .backendClosed)
                    return true
                }
            }
            do throws(HTTPRefusal) {
                moved = try takeBody(session, incoming, output) || moved
            } catch {
                abort(session, .badAnswer)
                return true
            }
        }
        if session.answerBody.isDone { session.answer = .done }
        if !output.isEmpty {
            moved = flush(session) || moved
            if session.phase != .exchange { return true }
        }
        if moved { wait(session, session.service.service.times.still) }
        guard session.answer == .done, output.isEmpty else { return moved }
        conclude(session)
        return true
    }

    private func takeBody(
        _ session: Session, _ incoming: Buffer, _ output: Buffer
    ) throws(HTTPRefusal) -> Bool {
        let room = output.room
        guard !incoming.isEmpty, room > 0 else { return false }
        let taken = try incoming.withBytes { (bytes) throws(HTTPRefusal) -> Int in
            let part = bytes.extracting(0..<min(room, bytes.count))
            let taken = try session.answerBody.take(part)
            output.append(part, 0..<taken)
            return taken
        }
        incoming.consume(taken)
        return taken > 0
    }

    /// Writes what waits for the client; ends the session when it is gone.
    func flush(_ session: Session) -> Bool {
        guard let output = session.output, !output.isEmpty else { return false }
        let before = output.count
        switch session.client.write(from: output) {
        case .moved:
            count(session.service.tally.bytesOut, before - output.count)
            return true
        case .broke:
            abort(session, .clientGone)
            return true
        case .waits, .ended: return false
        }
    }

    /// The answer has left: counts it, and goes on with the next request or ends.
    private func conclude(_ session: Session) {
        let time = now > session.began ? now - session.began : 0
        session.service.tally.answered(status: session.status, nanoseconds: time)
        session.server?.backend?.tally.answered(status: session.status, nanoseconds: time)
        deactivate(session)
        giveBack(session)
        release(&session.outgoing)
        release(&session.incoming)
        release(&session.output)
        session.answerScan = HeadScanner()
        if session.keepsClient, session.requestBody.isDone {
            session.phase = .head
            session.request = nil
            wait(session, session.service.service.times.idle)
        } else {
            session.phase = .finishing
            wait(session, session.service.service.times.head)
        }
    }

    func deactivate(_ session: Session) {
        guard session.isActive else { return }
        session.isActive = false
        session.service.tally.active.subtract(1, ordering: .relaxed)
    }
}
