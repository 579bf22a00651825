internal import Host
internal import Resources

/// A question on its way to another server.
enum Upstream {
    case datagram(DatagramSocket, token: UInt64)
    case stream(UpstreamStream, token: UInt64)
}

/// A stream to another server for one question.
final class UpstreamStream {
    let channel: StreamChannel
    private var output: [UInt8]
    private var input: [UInt8] = []

    init(_ channel: StreamChannel, question: [UInt8]) {
        self.channel = channel
        output = [UInt8(question.count >> 8), UInt8(question.count & 0xFF)] + question
    }

    var hasOutput: Bool { !output.isEmpty }

    /// Sends what can go; false when the server is gone.
    func flush() -> Bool {
        guard !output.isEmpty else { return true }
        switch channel.write(output[...]) {
        case .bytes(let count): output.removeFirst(count)
        case .blocked: break
        case .ended: return false
        }
        return true
    }

    /// Reads what has come; false when the server is gone.
    func read() -> Bool { channel.read(65_537, into: &input) != .ended }

    /// The whole answer, once it is there.
    var answer: [UInt8]? {
        guard input.count >= 2 else { return nil }
        let end = 2 + (Int(input[0]) << 8 | Int(input[1]))
        return input.count >= end ? Array(input[2..<end]) : nil
    }
}

extension NameLoop {
    func perform(_ action: ForwardTable.Action) {
        switch action {
        case .send(let key, let server, let bytes, let transport):
            let opened =
                transport == .datagram
                ? openDatagram(key, server, bytes) : openStream(key, server, bytes)
            if !opened { tryNext(key) }
        case .answer(let asker, let bytes):
            statistics.forwardAnswered += 1
            send(bytes, to: asker)
        case .fail(let asker, let query):
            guard case .answer(let bytes, let outcome) = answers.refuse(query, .serverFailure)
            else { return }
            statistics.count(outcome)
            send(bytes, to: asker)
        }
    }

    private func tryNext(_ key: UInt64) {
        drop(key)
        if let action = table.failed(key: key, now: now, random: entropy.next()) {
            perform(action)
        }
    }

    /// From a port that cannot be guessed.
    private func openDatagram(_ key: UInt64, _ server: Endpoint, _ bytes: [UInt8]) -> Bool {
        for _ in 0..<Limits.forwardPorts.value {
            let port = UInt16(1024 + entropy.next() % (65_536 - 1024))
            do throws(SocketError) {
                let socket = try DatagramSocket(to: server, from: port)
                guard let token = watch(socket.descriptor, as: .upstream(key: key)) else {
                    return false
                }
                upstreams[key] = .datagram(socket, token: token)
                return socket.send(bytes)
            } catch {
                if !error.isTaken { return false }
            }
        }
        return false
    }

    private func openStream(_ key: UInt64, _ server: Endpoint, _ bytes: [UInt8]) -> Bool {
        do throws(SocketError) {
            let stream = UpstreamStream(try StreamChannel(to: server), question: bytes)
            let token = watch(
                stream.channel.descriptor, as: .upstream(key: key), for: [.read, .write])
            guard let token else { return false }
            upstreams[key] = .stream(stream, token: token)
            return true
        } catch { return false }
    }

    /// Something came from another server.
    func receive(_ key: UInt64, _ ready: EventQueue.Interest) {
        switch upstreams[key] {
        case .datagram(let socket, _):
            // Somebody may send many that are no answer: a bounded number is looked at.
            for _ in 0..<16 {
                switch socket.receive() {
                case .datagram(let bytes):
                    if finish(key, bytes) { return }
                case .blocked: return
                case .failed: return tryNext(key)
                }
            }
        case .stream(let stream, let token):
            guard stream.flush() else { return tryNext(key) }
            if !stream.hasOutput {
                queue.change(stream.channel.descriptor, token: token, .read)
            }
            let isOpen = ready.contains(.read) ? stream.read() : true
            if let bytes = stream.answer {
                if !finish(key, bytes) { tryNext(key) }
            } else if !isOpen {
                tryNext(key)
            }
        case nil: break
        }
    }

    /// True when that was the answer.
    private func finish(_ key: UInt64, _ bytes: [UInt8]) -> Bool {
        guard let action = table.received(bytes, key: key) else {
            statistics.mismatched += 1
            return false
        }
        drop(key)
        perform(action)
        return true
    }

    /// Closes the socket of a key.
    func drop(_ key: UInt64) {
        switch upstreams.removeValue(forKey: key) {
        case .datagram(let socket, let token): unwatch(socket.descriptor, token: token)
        case .stream(let stream, let token): unwatch(stream.channel.descriptor, token: token)
        case nil: break
        }
    }

    func expire(_ time: Ticks) {
        for key in table.expired(time) { tryNext(key) }
    }
}
