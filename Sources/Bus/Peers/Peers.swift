public import Resources

/// The other nodes of the fleet. One request, one answer; calls block until their deadline.
public protocol Peers: Sendable {
    /// Asks `peer`. After ``BusError/Kind/unanswered`` the request may have been carried out.
    func call(_ peer: ResourceName, _ request: PeerRequest) throws(BusError) -> PeerAnswer
}

/// What one node asks another.
public struct PeerRequest: Hashable, Sendable {
    /// The service, as in `/bus/commands`.
    public let path: String
    /// Its argument, in canonical CBOR.
    public let body: [UInt8]
    /// How long the caller waits for the answer.
    public let milliseconds: Int

    /// A request to the service `path`.
    public init(path: String, body: [UInt8], milliseconds: Int) {
        self.path = path
        self.body = body
        self.milliseconds = milliseconds
    }
}

/// What a node answers.
public struct PeerAnswer: Hashable, Sendable {
    /// The result, in canonical CBOR.
    public let body: [UInt8]

    /// An answer of `body`.
    public init(body: [UInt8]) { self.body = body }
}
