internal import Host
internal import Resources
internal import Synchronization

/// From the client to a backend.
extension Worker {
    /// Waits for the head of the next request.
    func readHead(_ session: Session) -> Bool {
        let input = session.input ?? pool.take()
        session.input = input
        if !input.isEmpty {
            do throws(HTTPRefusal) {
                let count = try input.withBytes { (bytes) throws(HTTPRefusal) in
                    try session.requestScan.end(in: bytes, atMost: Limits.balancerHead.value)
                }
                if let count {
                    try begin(session, input, count: count)
                    return true
                }
            } catch {
                refuse(session, error)
                return true
            }
        }
        if input.room == 0 { input.pack() }
        let before = input.count
        switch session.client.read(into: input) {
        case .moved:
            if before == 0 { wait(session, session.service.service.times.head) }
            count(session.service.tally.bytesIn, input.count - before)
            return true
        case .waits:
            if input.isEmpty {
                release(&session.input)
                if session.service.isGone { end(session) }
            }
            return false
        case .ended, .broke:
            end(session)
            return true
        }
    }

    /// A whole head has come: reads it and sends it on its way.
    private func begin(_ session: Session, _ input: Buffer, count: Int) throws(HTTPRefusal) {
        // Some clients send an empty line after a body (RFC 9112, 2.2).
        if count == 2 { return input.consume(2) }
        let outgoing = session.outgoing ?? pool.take()
        outgoing.clear()
        session.outgoing = outgoing
        let head = try input.withBytes { (bytes) throws(HTTPRefusal) -> RequestHead in
            let head = try RequestHead.read(
                bytes, count: count, into: &fields, atMost: Limits.balancerFields.value)
            HeadWriter.write(head, fields, of: bytes, peer: session.peer, to: outgoing)
            session.key = key(of: session, bytes)
            return head
        }
        session.request = head
        session.requestBody = try BodyFraming(of: head)
        input.consume(count)
        if input.isEmpty, session.requestBody.isDone { release(&session.input) }
        session.keepsClient = head.keepsAlive && !session.service.isGone
        session.keepsServer = false
        session.canReplay = true
        session.answer = .head
        session.status = 0
        session.tries = 0
        session.replays = 0
        session.began = now
        session.phase = .exchange
        activate(session)
        attach(session, avoiding: nil, fresh: false)
    }

    private func key(of session: Session, _ bytes: Span<UInt8>) -> UInt64 {
        guard case .hash = session.service.service.policy else { return 0 }
        let name = session.service.hashField
        if !name.isEmpty {
            for field in fields where field.nameCount == name.count {
                let same = (0..<name.count).allSatisfy {
                    bytes[Int(field.line) + $0].lowered == name[$0]
                }
                if same { return Chooser.hash(bytes.extracting(field.valueRange)) }
            }
        }
        return session.peerKey
    }

    /// Moves what came of the request to the backend.
    func sendRequest(_ session: Session, to server: StreamEnd) -> Bool {
        guard let outgoing = session.outgoing else { return false }
        var moved = false
        if !session.requestBody.isDone {
            do throws(HTTPRefusal) {
                moved = try takeBody(session, into: outgoing)
            } catch {
                refuse(session, error)
                return true
            }
            if session.phase != .exchange { return true }
        }
        guard !outgoing.isEmpty else { return moved }
        let before = outgoing.count
        switch server.write(from: outgoing) {
        case .moved:
            session.hasSent = true
            if let tally = server.backend?.tally { count(tally.bytesIn, before - outgoing.count) }
            let times = session.service.service.times
            if session.answer == .head {
                wait(session, session.requestBody.isDone ? times.answer : times.still)
            }
            return true
        case .broke:
            // An answer may stand before the end; the read finds that or the error.
            server.canRead = true
            outgoing.clear()
            session.canReplay = session.canReplay && !session.hasSent
            return true
        case .waits, .ended: return moved
        }
    }

    /// Takes what came of the body, checked, as far as there is room.
    private func takeBody(_ session: Session, into outgoing: Buffer) throws(HTTPRefusal) -> Bool {
        if outgoing.room == 0 {
            if outgoing.start == 0 { return false }
            session.canReplay = false
            outgoing.pack()
        }
        let input = session.input ?? pool.take()
        session.input = input
        var moved = false
        if input.isEmpty {
            input.clear()
            switch session.client.read(into: input) {
            case .moved:
                count(session.service.tally.bytesIn, input.count)
                moved = true
            case .waits: break
            case .ended, .broke:
                abort(session, .clientGone)
                return true
            }
        }
        let room = outgoing.room
        let taken = try input.withBytes { (bytes) throws(HTTPRefusal) -> Int in
            let part = bytes.extracting(0..<min(room, bytes.count))
            let taken = try session.requestBody.take(part)
            outgoing.append(part, 0..<taken)
            return taken
        }
        input.consume(taken)
        guard session.requestBody.chunkedTotal <= UInt64(Limits.balancerBody.value) else {
            throw .bodyTooLarge
        }
        if input.isEmpty { release(&session.input) }
        if taken > 0, session.answer == .head {
            wait(session, session.service.service.times.still)
        }
        return moved || taken > 0
    }

    /// Counts a request as under way.
    func activate(_ session: Session) {
        session.isActive = true
        session.service.tally.requests.add(1, ordering: .relaxed)
        session.service.tally.active.add(1, ordering: .relaxed)
    }

    func count(_ counter: borrowing Atomic<UInt64>, _ bytes: Int) {
        counter.add(UInt64(max(0, bytes)), ordering: .relaxed)
    }
}
