internal import Host

/// One connection of the balancer: a client's or one to a backend. Of one thread.
final class StreamEnd {
    let descriptor: Int32
    /// Its place in the thread's table, with the count of its uses: a late event of a connection
    /// before it in that place has another token.
    let token: UInt64
    /// Whose connection it is; nil while it is idle in a pool.
    var session: Session?
    /// To whom it leads; nil for a client.
    var backend: BackendState?
    /// Bytes may have come; false until the next event once a read found none.
    var canRead = false
    /// There may be room to write.
    var canWrite = false
    /// The peer sends no more.
    var hasEnded = false
    /// It broke, or both directions are over.
    var isGone = false
    /// It is being made.
    var isConnecting = false
    /// It served a request before: the peer may have closed it meanwhile.
    var isReused = false
    /// When it became idle, in nanoseconds.
    var idleSince: UInt64 = 0

    init(_ descriptor: Int32, token: UInt64) {
        self.descriptor = descriptor
        self.token = token
    }

    /// What one read or write came to.
    enum Outcome { case moved, waits, ended, broke }

    /// Reads what fits into a buffer.
    func read(into buffer: Buffer, atMost most: Int = .max) -> Outcome {
        guard canRead else { return hasEnded ? .ended : .waits }
        let room = min(buffer.room, most)
        // SAFETY: the buffer gives its own room, and the kernel writes at most that.
        let count = unsafe buffer.fill(atMost: most) { target, room in
            unsafe Socket.read(descriptor, into: target, room)
        }
        if count > 0 {
            // A short read has taken all: the next bytes, or the end, come with an edge of their own.
            if count < room, !hasHint { canRead = false }
            return .moved
        }
        canRead = false
        if count == 0 {
            hasEnded = true
            return .ended
        }
        if count == Socket.again { return .waits }
        isGone = true
        return .broke
    }

    /// The peer has said that it ends: reads go on until they find it.
    var hasHint = false

    /// Writes what there is room for.
    func write(from buffer: Buffer) -> Outcome {
        guard canWrite else { return .waits }
        // SAFETY: the buffer gives what waits in it, and the kernel only reads.
        let count = unsafe buffer.drain { source, count in
            unsafe Socket.write(descriptor, from: source, count)
        }
        if count >= 0 {
            if !buffer.isEmpty { canWrite = false }
            return .moved
        }
        canWrite = false
        if count == Socket.again { return .waits }
        isGone = true
        return .broke
    }
}
