extension App {
    /// A name and an address under which the replicas of a component answer.
    public struct Service: Hashable, Sendable {
        /// Its name, a DNS label.
        public var name: String
        /// The component that answers.
        public var component: String
        /// The name of the component's port.
        public var port: String
        /// Who gets the next connection.
        public var balance = Balance.roundRobin
        /// Where it listens; nil: at a loopback address of its own, with the component's port.
        public var listen: Listen?
        /// What is spoken.
        public var `protocol` = Scheme.http
        /// What balances.
        public var driver = Driver.builtin

        /// A service of that name for a port of a component.
        public init(name: String, component: String, port: String) {
            self.name = name
            self.component = component
            self.port = port
        }

        /// Who gets the next connection.
        public enum Balance: String, Hashable, Sendable, CaseIterable {
            case roundRobin = "round-robin"
            case leastConnections = "least-connections"
            case hash
        }

        /// What is spoken.
        public enum Scheme: String, Hashable, Sendable, CaseIterable { case http, tcp }

        /// What balances.
        public enum Driver: String, Hashable, Sendable, CaseIterable { case builtin, haproxy }

        /// An address and a port.
        public struct Listen: Hashable, Sendable, CustomStringConvertible {
            /// The address, IPv4 or IPv6, without brackets.
            public var address: String
            /// The port.
            public var port: Int

            /// A place to listen at.
            public init(address: String, port: Int) {
                self.address = address
                self.port = port
            }

            /// True when it is all addresses of the machine.
            public var isWildcard: Bool { address == "0.0.0.0" || address == "::" }

            public var description: String {
                address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
            }
        }
    }
}
