public import Host
internal import Resources

/// Which services the balancer offers, and who answers them.
public struct BalancerTable: Hashable, Sendable {
    /// In any order; names and listening addresses differ.
    public var services: [Service]

    /// A table of services.
    public init(_ services: [Service] = []) { self.services = services }

    /// A service: where it listens, how it spreads, who answers.
    public struct Service: Hashable, Sendable {
        /// Its name, under which its statistics stand.
        public var name: String
        /// Where clients connect.
        public var listen: SocketAddress
        /// What is spoken.
        public var mode: Mode
        /// How requests (http) or connections (tcp) are spread.
        public var policy: Policy
        /// Who answers.
        public var backends: [Backend]
        /// How long is waited.
        public var times: Times

        /// A service.
        public init(
            name: String, listen: SocketAddress, mode: Mode = .http,
            policy: Policy = .roundRobin, backends: [Backend] = [], times: Times = Times()
        ) {
            self.name = name
            self.listen = listen
            self.mode = mode
            self.policy = policy
            self.backends = backends
            self.times = times
        }
    }

    /// What a service speaks.
    public enum Mode: String, Hashable, Sendable { case http, tcp }

    /// How the next backend is chosen among those that are ready.
    public enum Policy: Hashable, Sendable {
        /// One after the other.
        case roundRobin
        /// The one with the fewest requests (http) or connections (tcp) under way.
        case leastConnections
        /// Always the same for the same key; when backends change, only what they had or get moves
        /// (rendezvous hashing, Thaler and Ravishankar 1998).
        case hash(HashKey)
    }

    /// What is hashed.
    public enum HashKey: Hashable, Sendable {
        /// The client's address without its port.
        case clientAddress
        /// A field of the request, in small letters; the client's address where it is missing.
        case header(String)
    }

    /// One that answers.
    public struct Backend: Hashable, Sendable {
        /// Its name within the service; the same name and address is the same backend.
        public var name: String
        /// Where it listens.
        public var address: SocketAddress
        /// False drains it: it gets nothing new, what it has under way ends.
        public var isReady: Bool

        /// A backend.
        public init(name: String, address: SocketAddress, isReady: Bool = true) {
            self.name = name
            self.address = address
            self.isReady = isReady
        }
    }

    /// How long is waited, in milliseconds.
    public struct Times: Hashable, Sendable {
        /// For the whole head of a request; then 408.
        public var head = UInt64(Limits.balancerHeadTime.value)
        /// For the next request of an idle client.
        public var idle = UInt64(Limits.balancerIdle.value)
        /// For a connection to a backend.
        public var connect = UInt64(Limits.balancerConnect.value)
        /// For the head of an answer; then 504.
        public var answer = UInt64(Limits.balancerAnswer.value)
        /// While a body stands still.
        public var still = UInt64(Limits.balancerStill.value)
        /// While a tunnel stands still.
        public var tunnelStill = UInt64(Limits.balancerTunnelStill.value)
        /// For what is under way when it was removed.
        public var drain = UInt64(Limits.balancerDrain.value)

        /// The limits' values.
        public init() {}
    }

    /// What of the table cannot be served, by service.
    func refusals() -> [ServiceRefusal] {
        var refused: [ServiceRefusal] = []
        var names: Set<String> = []
        var listens: [SocketAddress: String] = [:]
        for (index, service) in services.enumerated() {
            var cause: String?
            if index >= Limits.balancerServices.value {
                cause = "the balancer has \(Limits.balancerServices.value) services at the most"
            } else if !names.insert(service.name).inserted {
                cause = "another service has this name"
            } else if service.backends.count > Limits.balancerBackends.value {
                cause =
                    "\(service.backends.count) backends; the limit is "
                    + "\(Limits.balancerBackends.value)"
            } else if service.listen.port != 0, let other = listens[service.listen] {
                cause = "service \(other) listens there; give one of them another port"
            } else {
                listens[service.listen] = service.name
            }
            if let cause {
                refused.append(
                    ServiceRefusal(service: service.name, listen: service.listen, cause: cause))
            }
        }
        return refused
    }
}

/// A service that is not served as the table asks, and why.
public struct ServiceRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The service's name.
    public var service: String
    /// Where it should listen.
    public var listen: SocketAddress
    /// Why it does not, in words, with what to do where that is known.
    public var cause: String

    public var description: String { "service \(service) at \(listen): \(cause)" }
}
