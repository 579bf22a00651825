internal import Host
internal import Resources

/// A stream of questions, each behind its length (RFC 7766). Answers come as they are ready.
final class NameStream {
    let channel: StreamChannel
    var token: UInt64 = 0
    var deadline: Ticks
    /// Questions of it that other servers are asked.
    var waiting = 0
    /// The other end sends no more.
    var isEnding = false
    var interest: EventQueue.Interest = .read
    /// It is being settled: what comes of that must not begin again.
    var isSettling = false
    private var input: [UInt8] = []
    private var output: [UInt8] = []

    init(_ channel: StreamChannel, deadline: Ticks) {
        self.channel = channel
        self.deadline = deadline
    }

    /// Whether so much waits to be sent that nothing more is read.
    var isFull: Bool { output.count >= Limits.nameStreamOutput.value }
    var hasOutput: Bool { !output.isEmpty }
    /// Whether a whole question is there.
    var hasQuestion: Bool {
        input.count >= 2 && input.count >= 2 + (Int(input[0]) << 8 | Int(input[1]))
    }

    /// Reads what has come, of a bounded number of bytes.
    func read() {
        switch channel.read(16_384, into: &input) {
        case .bytes, .blocked: break
        case .ended: isEnding = true
        }
    }

    /// The next whole question.
    func next() -> [UInt8]? {
        guard hasQuestion else { return nil }
        let end = 2 + (Int(input[0]) << 8 | Int(input[1]))
        let message = Array(input[2..<end])
        input.removeSubrange(..<end)
        return message
    }

    /// Keeps an answer to be sent.
    func put(_ bytes: [UInt8]) {
        output += [UInt8(truncatingIfNeeded: bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    /// Sends what the kernel takes; false when the other end is gone.
    func flush() -> Bool {
        while !output.isEmpty {
            switch channel.write(output[...]) {
            case .bytes(let count): output.removeFirst(count)
            case .blocked: return true
            case .ended: return false
            }
        }
        return true
    }
}

extension NameLoop {
    func accept(_ listener: StreamListener, token: UInt64) {
        // What is left waits for the next turn.
        for _ in 0..<64 {
            switch listener.acceptNext() {
            case .blocked: return
            case .exhausted: return pause(listener, token: token)
            case .channel(let channel): take(channel)
            }
        }
    }

    private func take(_ channel: StreamChannel) {
        guard streams.count < Limits.nameStreams.value else {
            statistics.streamsRefused += 1
            return
        }
        let stream = NameStream(channel, deadline: later())
        guard let token = watch(channel.descriptor, as: .stream) else { return }
        stream.token = token
        streams[token] = stream
    }

    /// Without descriptors the listener would be ready without end: it rests until the next look.
    private func pause(_ listener: StreamListener, token: UInt64) {
        unwatch(listener.descriptor, token: token)
        resting.append(listener)
    }

    func resume() {
        let listeners = resting
        resting = []
        for listener in listeners where watch(listener.descriptor, as: .listener(listener)) == nil {
            resting.append(listener)
        }
    }

    private func later() -> Ticks {
        now.advanced(byMilliseconds: UInt64(Limits.nameStreamIdle.value))
    }

    func serve(_ token: UInt64, _ ready: EventQueue.Interest) {
        guard let stream = streams[token] else { return }
        if ready.contains(.read), !stream.isEnding, !stream.isFull { stream.read() }
        settle(stream)
    }

    /// Answers what is there, sends what can go, and waits for what comes next.
    func settle(_ stream: NameStream) {
        guard !stream.isSettling else { return }
        stream.isSettling = true
        defer { stream.isSettling = false }
        repeat {
            while !stream.isFull, stream.waiting < Limits.forwardPending.value,
                let message = stream.next()
            {
                stream.deadline = later()
                answer(message, of: stream)
            }
            guard stream.flush() else { return close(stream) }
            // What was kept back may be answered now that there is room.
        } while !stream.hasOutput && stream.hasQuestion && stream.waiting == 0
        if stream.isEnding, !stream.hasOutput, stream.waiting == 0 { return close(stream) }
        var interest: EventQueue.Interest = []
        if !stream.isEnding, !stream.isFull { interest.insert(.read) }
        if stream.hasOutput { interest.insert(.write) }
        watch(stream, for: interest)
    }

    /// A socket that nothing is waited for leaves the queue: its end would be told without end.
    private func watch(_ stream: NameStream, for interest: EventQueue.Interest) {
        guard interest != stream.interest else { return }
        let descriptor = stream.channel.descriptor
        if interest.isEmpty {
            queue.remove(descriptor)
        } else if stream.interest.isEmpty {
            do throws(SocketError) {
                try queue.add(descriptor, token: stream.token, interest)
            } catch { return close(stream) }
        } else {
            queue.change(descriptor, token: stream.token, interest)
        }
        stream.interest = interest
    }

    private func answer(_ message: [UInt8], of stream: NameStream) {
        statistics.streamMessages += 1
        switch answers.outcome(of: message, over: .stream) {
        case .answer(let bytes, let outcome):
            statistics.count(outcome)
            stream.put(bytes)
        case .forward(let query):
            let asker = ForwardTable.Asker(token: stream.token, peer: nil)
            stream.waiting += 1
            if let refusal = handOn(query, of: asker, at: stream.channel.peer) {
                stream.waiting -= 1
                stream.put(refusal)
            }
        case .nothing:
            // No question: nothing of what follows on this stream can be trusted.
            statistics.dropped += 1
            stream.isEnding = true
        }
    }

    func close(_ stream: NameStream) {
        guard streams.removeValue(forKey: stream.token) != nil else { return }
        unwatch(stream.channel.descriptor, token: stream.token)
        for key in table.forget(token: stream.token) { drop(key) }
    }

    func closeIdle(_ time: Ticks) {
        for stream in streams.values where stream.deadline <= time && stream.waiting == 0 {
            statistics.streamsIdle += 1
            close(stream)
        }
    }
}
