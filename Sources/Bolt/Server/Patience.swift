internal import NIOCore
internal import Resources

/// How long a connection may take for what. A pure machine; the clock is an argument.
public struct Patience: Sendable {
    /// The bounds, in milliseconds.
    public struct Times: Sendable {
        /// From the connection to the end of a login.
        public var login = Int64(Limits.boltLogin.value)
        /// From the begin of a message to its end.
        public var arrival = Int64(Limits.boltArrival.value)
        /// Without a byte in either direction.
        public var idle = Int64(Limits.boltIdle.value)
        /// Silence after which a working server says that it lives.
        public var keepAlive = Int64(Limits.boltKeepAlive.value)

        public init() {}

        /// Seconds of silence after which a client may take the server for dead.
        var silenceSeconds: Int64 { max(1, keepAlive * 6 / 1000) }
    }

    /// What to do at a look.
    enum Verdict: Equatable {
        case wait
        /// Send an empty chunk.
        case sayAlive
        /// Tell the client why, and close.
        case late(BoltError)
        /// Close: the client did not take the reason, or there is none to tell.
        case lost
    }

    private let times: Times
    private let begun: NIODeadline
    private var looked: NIODeadline
    private var heard: NIODeadline
    /// When the message under way began.
    private var inside: NIODeadline?
    private var moved: NIODeadline
    private var bytesSent = 0
    private var isTold = false
    private var isLoggedIn = false

    init(_ times: Times, now: NIODeadline) {
        self.times = times
        begun = now
        looked = now
        heard = now
        moved = now
    }

    /// When to look again.
    var nextLook: NIODeadline {
        let login = begun + .milliseconds(times.login)
        let regular =
            looked + .milliseconds(max(1, min(times.keepAlive, times.arrival, times.idle)))
        return isLoggedIn || isTold ? regular : min(max(login, looked + .milliseconds(1)), regular)
    }

    /// Bytes came.
    mutating func heard(at now: NIODeadline) { heard = now }

    /// Whether a message has begun and not ended, after bytes came.
    mutating func isInside(_ isInside: Bool, at now: NIODeadline) {
        inside = isInside ? inside ?? now : nil
    }

    /// Judges the connection as it is now.
    mutating func look(
        at now: NIODeadline, isLoggedIn: Bool, isWorking: Bool, bytesSent: Int
    ) -> Verdict {
        looked = now
        self.isLoggedIn = isLoggedIn
        if bytesSent != self.bytesSent {
            self.bytesSent = bytesSent
            moved = now
        }
        if isTold { return .lost }
        if let late = late(now) {
            isTold = true
            return .late(late)
        }
        // Idle clients get no reason: nobody listens, and drivers try another connection.
        if isWorking {
            return now - moved >= .milliseconds(times.keepAlive) ? .sayAlive : .wait
        }
        return now - max(heard, moved) >= .milliseconds(times.idle) ? .lost : .wait
    }

    private func late(_ now: NIODeadline) -> BoltError? {
        if !isLoggedIn, now - begun >= .milliseconds(times.login) {
            return .beyond(Limits.boltLogin, "log in at once after connecting")
        }
        if let inside, now - inside >= .milliseconds(times.arrival) {
            return .beyond(Limits.boltArrival, "send each message in one go")
        }
        return nil
    }
}
