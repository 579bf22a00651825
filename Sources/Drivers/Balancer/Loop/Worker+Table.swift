internal import Host
internal import Resources
internal import Synchronization

/// What a worker serves: a table with the sockets and counters that go with it.
struct Plan: Sendable {
    struct Entry: Sendable {
        var service: BalancerTable.Service
        var listener: Listener
        var tally: Tally
        var backends: [Tally]
    }

    var entries: [Entry]
}

/// A listening socket that all workers share; closed when the last lets go of it.
final class Listener: Sendable {
    let descriptor: Int32
    let port: UInt16

    /// Listens; an error number when the kernel refuses.
    init(_ address: SocketAddress) throws(ListenFailure) {
        let descriptor = Socket.listen(on: address, backlog: Limits.balancerBacklog.value)
        guard descriptor >= 0 else { throw ListenFailure(code: -descriptor) }
        self.descriptor = descriptor
        port = UInt16(truncatingIfNeeded: max(0, Socket.port(of: descriptor)))
    }

    deinit { Socket.close(descriptor) }
}

struct ListenFailure: Error { let code: Int32 }

/// A listener as one worker knows it.
final class ListenerState {
    let token: UInt64
    let listener: Listener
    var service: ServiceState
    /// Descriptors ran out: it is asked again at the next sweep.
    var isPaused = false
    var descriptor: Int32 { listener.descriptor }

    init(token: UInt64, listener: Listener, service: ServiceState) {
        self.token = token
        self.listener = listener
        self.service = service
    }
}

extension Worker {
    /// Takes over a table: what stays goes on, what left drains.
    func adopt(_ plan: Plan) {
        var gone = services
        var left: [BackendState] = []
        var unused = listeners
        for entry in plan.entries {
            let state =
                gone.removeValue(forKey: entry.service.name)
                ?? ServiceState(entry.service, tally: entry.tally)
            // Workers begin at different backends, or all would ask the first one first.
            let turn = Int(truncatingIfNeeded: now % 1024)
            left += state.take(entry.service, tallies: entry.backends, turn: turn)
            services[entry.service.name] = state
            let token = 1 << 63 | UInt64(entry.listener.descriptor)
            if let known = unused[token], known.listener === entry.listener {
                unused[token] = nil
                known.service = state
            } else {
                follow(entry.listener, token, state, instead: &unused)
            }
        }
        for listener in unused.values { stop(listener) }
        for (name, service) in gone {
            services[name] = nil
            service.isGone = true
            left += service.take(emptied(service.service), tallies: [], turn: 0)
        }
        for backend in left {
            for endpoint in backend.idle { close(endpoint) }
            backend.idle = []
        }
        drainSessions()
    }

    private func emptied(_ service: BalancerTable.Service) -> BalancerTable.Service {
        var service = service
        service.backends = []
        return service
    }

    private func follow(
        _ listener: Listener, _ token: UInt64, _ service: ServiceState,
        instead unused: inout [UInt64: ListenerState]
    ) {
        if let old = unused.removeValue(forKey: token) { stop(old) }
        let state = ListenerState(token: token, listener: listener, service: service)
        listeners[token] = state
        if poller.add(listener: listener.descriptor, token: token) != 0 { pause(state) }
    }

    private func pause(_ listener: ListenerState) {
        poller.remove(listener.descriptor)
        listener.isPaused = true
        look(at: now + 100_000_000)
    }

    /// Takes the connections that wait already, then listens no more.
    private func stop(_ listener: ListenerState) {
        accept(listener, atMost: Limits.balancerBacklog.value)
        poller.remove(listener.descriptor)
        listeners[listener.token] = nil
    }

    /// Sessions of what left get a last call; idle ones end now.
    private func drainSessions() {
        for endpoint in slots {
            guard let endpoint, let session = endpoint.session, session.client === endpoint else {
                continue
            }
            let service = session.service
            let isLeaving = service.isGone || session.server?.backend?.isGone == true
            guard isLeaving, session.lastCall == .max else { continue }
            session.lastCall = now &+ service.service.times.drain &* 1_000_000
            look(at: session.lastCall)
            if service.isGone, session.phase == .head { advance(session) }
        }
    }

    /// Takes connections that wait, at most so many: others have their turn.
    func accept(_ listener: ListenerState, atMost most: Int) {
        for _ in 0..<most {
            let (descriptor, peer) = Socket.accept(listener.descriptor)
            if descriptor < 0 {
                // No descriptors or memory left: asking again at once would only burn time.
                if Int(descriptor) != Socket.again, Socket.isExhausted(descriptor) {
                    pause(listener)
                }
                return
            }
            let service = listener.service
            service.tally.connections.add(1, ordering: .relaxed)
            guard clients < Limits.balancerConnections.value else {
                service.tally.failed(.tooManyConnections)
                Socket.close(descriptor)
                continue
            }
            guard let client = open(descriptor) else { continue }
            clients += 1
            client.canWrite = true
            let session = Session(service: service, client: client, peer: peer)
            client.session = session
            if service.isGone {
                session.lastCall = now &+ service.service.times.drain &* 1_000_000
            }
            switch service.service.mode {
            case .http: wait(session, service.service.times.head)
            case .tcp: beginTunnel(session)
            }
        }
    }
}
