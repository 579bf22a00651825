internal import Host
internal import Resources
internal import Synchronization

/// Bytes both ways as they come: TCP services and upgraded connections. Each way has one buffer, and
/// a side that does not read stops the other.
extension Worker {
    /// A TCP client has come: chooses its backend.
    func beginTunnel(_ session: Session) {
        session.phase = .tunnel
        session.key = session.peerKey
        session.began = now
        activate(session)
        attach(session, avoiding: nil, fresh: true)
    }

    /// Moves what can move both ways.
    func tunnel(_ session: Session) -> Bool {
        guard let server = session.server else { return false }
        let wasConnecting = server.isConnecting
        guard isConnected(session, server) else {
            return session.server !== server || session.phase != .tunnel
        }
        let up = pump(session.client, server, &session.outgoing, &session.input)
        let down = pump(server, session.client, &session.output, &session.incoming)
        count(session, server, up, down)
        if up.broke || down.broke {
            end(session, reset: true)
            return true
        }
        var moved = up.moved || down.moved || wasConnecting
        if session.client.hasEnded, session.outgoing == nil, session.input == nil,
            !session.clientFinished
        {
            session.clientFinished = true
            Socket.finish(server.descriptor)
            moved = true
        }
        if server.hasEnded, session.output == nil, session.incoming == nil, !session.serverFinished
        {
            session.serverFinished = true
            Socket.finish(session.client.descriptor)
            moved = true
        }
        if session.clientFinished, session.serverFinished {
            let time = now > session.began ? now - session.began : 0
            session.service.tally.answered(status: session.status, nanoseconds: time)
            server.backend?.tally.answered(status: session.status, nanoseconds: time)
            end(session)
            return true
        }
        if moved { wait(session, session.service.service.times.tunnelStill) }
        return moved
    }

    private struct Pumped {
        var moved = false
        var broke = false
        var bytes = 0
    }

    private func count(_ session: Session, _ server: StreamEnd, _ up: Pumped, _ down: Pumped) {
        if up.bytes > 0 {
            count(session.service.tally.bytesIn, up.bytes)
            if let tally = server.backend?.tally { count(tally.bytesIn, up.bytes) }
        }
        if down.bytes > 0 {
            count(session.service.tally.bytesOut, down.bytes)
            if let tally = server.backend?.tally { count(tally.bytesOut, down.bytes) }
        }
    }

    /// One way: `rest` holds what was read before the tunnel began.
    private func pump(
        _ source: StreamEnd, _ target: StreamEnd, _ buffer: inout Buffer?, _ rest: inout Buffer?
    ) -> Pumped {
        var pumped = Pumped()
        let bytes = buffer ?? pool.take()
        buffer = bytes
        if bytes.isEmpty { bytes.clear() } else if bytes.room == 0 { bytes.pack() }
        if let left = rest {
            let count = min(left.count, bytes.room)
            left.withBytes { bytes.append($0, 0..<count) }
            left.consume(count)
            if left.isEmpty { release(&rest) }
        }
        if rest == nil, bytes.room > 0 {
            switch source.read(into: bytes) {
            case .moved: pumped.moved = true
            case .waits, .ended: break
            case .broke: pumped.broke = true
            }
        }
        if !bytes.isEmpty {
            let before = bytes.count
            switch target.write(from: bytes) {
            case .moved: pumped.moved = true
            case .waits, .ended: break
            case .broke: pumped.broke = true
            }
            pumped.bytes = before - bytes.count
        }
        if bytes.isEmpty { release(&buffer) }
        return pumped
    }
}
