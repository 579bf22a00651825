internal import Resources

extension BusError {
    /// No way leads to a peer; it did not get the request.
    static func unreachable(_ peer: ResourceName, _ cause: String) -> BusError {
        BusError(
            .unreachable, operation: "call", subject: printable(peer.text), cause: cause,
            remedy: "see that it runs and that the network leads there; calls are tried again")
    }

    /// Something is larger than its limit.
    static func beyond(
        _ limit: Limit, _ has: Int, _ operation: String, _ subject: String
    ) -> BusError {
        BusError(
            .tooLarge, operation: operation, subject: printable(subject),
            cause: "the \(limit.name) is \(has); the limit is \(limit.value) \(limit.unit)",
            remedy: "send it in parts")
    }

    /// Bytes are not what the protocol says.
    static func malformed(_ operation: String, _ subject: String, _ cause: String) -> BusError {
        BusError(
            .malformed, operation: operation, subject: printable(subject), cause: cause,
            remedy: "run the same version of Pisces on both sides")
    }

    /// The connection ended under a request.
    static func lost(_ peer: String, _ request: PeerRequest, sent: Bool) -> BusError {
        BusError(
            sent ? .unanswered : .unreachable, operation: "ask \(request.path) of",
            subject: printable(peer), cause: "the connection to it ended",
            remedy: sent
                ? "ask again under the same session: what was carried out happens once"
                : "ask again")
    }

    /// A request whose time is over.
    static func silent(_ peer: String, _ request: PeerRequest) -> BusError {
        BusError(
            .unanswered, operation: "ask \(request.path) of", subject: printable(peer),
            cause: "no answer came within \(request.milliseconds) ms",
            remedy: "ask again under the same session: what was carried out happens once")
    }

    /// The service was not done in time.
    static func late(_ request: PeerRequest) -> BusError {
        BusError(
            .unanswered, operation: "answer", subject: printable(request.path),
            cause: "it is not done after \(request.milliseconds) ms",
            remedy: "ask again under the same session: what was carried out happens once")
    }

    /// There is no thread for a request, and no room to wait for one.
    static func busy(_ request: PeerRequest, waiting: Int) -> BusError {
        BusError(
            .unreachable, operation: "ask", subject: printable(request.path),
            cause: "\(waiting) requests of nodes wait already; it was not carried out",
            remedy: "ask again later, or another node")
    }
}
