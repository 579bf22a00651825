internal import Host
internal import Resources
internal import Synchronization

/// What the thread of a name server does: reads, answers, waits.
final class NameLoop {
    let shared: NameServer.Shared
    let queue: EventQueue
    let forward: NameForward?
    let entropy: any Entropy
    private let clock = LinuxClock()
    private let batch = DatagramBatch(count: Limits.nameBatch.value, room: 4096)
    private var sources: [UInt64: Source] = [:]
    private var lastToken: UInt64 = 0
    private var nextSweep = Ticks(nanoseconds: 0)
    var answers: NameAnswers
    var statistics = NameStatistics()
    var streams: [UInt64: NameStream] = [:]
    /// Listeners that are not waited for until the next look at deadlines.
    var resting: [StreamListener] = []
    var table: ForwardTable
    /// The sockets of forwarded questions, by their keys.
    var upstreams: [UInt64: Upstream] = [:]

    /// What a token of the queue stands for.
    enum Source {
        case datagrams(DatagramSocket)
        case listener(StreamListener)
        case stream
        case upstream(key: UInt64)
    }

    init(
        _ shared: NameServer.Shared, _ sockets: [NameServer.Sockets], _ forward: NameForward?,
        _ entropy: any Entropy
    ) {
        self.shared = shared
        self.forward = forward
        self.entropy = entropy
        queue = shared.queue
        answers = NameAnswers([], forwards: forward != nil)
        table = ForwardTable(forward?.servers ?? [])
        for socket in sockets {
            watch(socket.datagrams.descriptor, as: .datagrams(socket.datagrams))
            watch(socket.streams.descriptor, as: .listener(socket.streams))
        }
    }

    var now: Ticks { clock.ticks }

    /// Waits for a socket under a new token; nil when the kernel has no room for it.
    @discardableResult
    func watch(
        _ descriptor: Int32, as source: Source, for interest: EventQueue.Interest = .read
    ) -> UInt64? {
        lastToken += 1
        do throws(SocketError) {
            try queue.add(descriptor, token: lastToken, interest)
        } catch { return nil }
        sources[lastToken] = source
        return lastToken
    }

    func unwatch(_ descriptor: Int32, token: UInt64) {
        sources[token] = nil
        queue.remove(descriptor)
    }

    func run() {
        while !shared.isStopped.load(ordering: .acquiring) {
            // Deadlines are looked at ten times a second, and only while there are any.
            let isIdle = streams.isEmpty && table.isEmpty && resting.isEmpty
            let events = queue.wait(milliseconds: isIdle ? 60_000 : 100)
            answers = shared.answers.withLock { $0 }
            for event in events { handle(event.token, event.ready) }
            let time = now
            if time >= nextSweep {
                closeIdle(time)
                expire(time)
                resume()
                nextSweep = time.advanced(byMilliseconds: 100)
            }
            let counted = statistics
            shared.statistics.withLock { $0 = counted }
        }
    }

    private func handle(_ token: UInt64, _ ready: EventQueue.Interest) {
        // A socket that was closed since has no source any more.
        switch sources[token] {
        case .datagrams(let socket): readDatagrams(socket, token)
        case .listener(let listener): accept(listener, token: token)
        case .stream: serve(token, ready)
        case .upstream(let key): receive(key, ready)
        case nil: break
        }
    }

    /// Reads and answers until nothing is left, or others have waited long enough.
    private func readDatagrams(_ socket: DatagramSocket, _ token: UInt64) {
        for _ in 0..<8 {
            let count = batch.receive(socket)
            for index in 0..<count { answerDatagram(index, token) }
            batch.send(socket)
            if count < Limits.nameBatch.value { return }
        }
    }

    private func answerDatagram(_ index: Int, _ token: UInt64) {
        statistics.datagrams += 1
        switch answers.outcome(of: batch[index].bytes, over: .datagram) {
        case .answer(let bytes, let outcome):
            statistics.count(outcome)
            batch.answer(index, bytes)
        case .forward(let query):
            guard let peer = batch.peer(index) else { return }
            let asker = ForwardTable.Asker(token: token, peer: peer)
            if let refusal = handOn(query, of: asker, at: peer) { batch.answer(index, refusal) }
        case .nothing: statistics.dropped += 1
        }
    }

    /// Hands a question on; the refusal when that is not possible.
    func handOn(
        _ query: DNSQuery, of asker: ForwardTable.Asker, at peer: Endpoint
    ) -> [UInt8]? {
        var code = DNSCode.refused
        if let forward, forward.admits(peer) {
            if let action = table.begin(query, of: asker, now: now, random: entropy.next()) {
                statistics.forwarded += 1
                perform(action)
                return nil
            }
            code = .serverFailure
        }
        guard case .answer(let bytes, let outcome) = answers.refuse(query, code) else {
            return nil
        }
        statistics.count(outcome)
        return bytes
    }

    /// Answers who asked, when he is still there.
    func send(_ bytes: [UInt8], to asker: ForwardTable.Asker) {
        if let peer = asker.peer {
            if case .datagrams(let socket)? = sources[asker.token] { socket.send(bytes, to: peer) }
        } else if let stream = streams[asker.token] {
            stream.waiting -= 1
            stream.put(bytes)
            settle(stream)
        }
    }
}
