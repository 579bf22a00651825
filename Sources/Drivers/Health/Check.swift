public import Host
public import Resources

/// A health check of a task: what is asked, how often, and what counts as ready or failing.
public struct Check: Hashable, Sendable {
    /// What is asked.
    public enum Probe: Hashable, Sendable {
        /// `GET path` answers with a status of 200 to 399.
        case http(SocketAddress, path: String)
        /// A connection is made.
        case tcp(SocketAddress)
        /// A program exits with 0; the runner knows how.
        case command(String)
    }

    /// The task's identifier, or whatever else names the check.
    public var id: Identifier
    /// What is asked.
    public var probe: Probe
    /// How it is judged.
    public var terms: Terms

    /// A check.
    public init(id: Identifier, probe: Probe, terms: Terms = Terms()) {
        self.id = id
        self.probe = probe
        self.terms = terms
    }

    /// How often is asked, and how many answers decide; times in milliseconds.
    public struct Terms: Hashable, Sendable {
        /// Between two probes.
        public var every: UInt64 = 2000
        /// For one probe.
        public var timeout: UInt64 = 1000
        /// Failures in a row that make a ready task failing.
        public var failures = 3
        /// Passes in a row that make a task ready.
        public var passes = 1
        /// After the start, in which failures do not count.
        public var grace: UInt64 = 10_000

        /// The contract's defaults; a time of 0 counts as 1 ms, a count of 0 as 1.
        public init(
            every: UInt64 = 2000, timeout: UInt64 = 1000, failures: Int = 3, passes: Int = 1,
            grace: UInt64 = 10_000
        ) {
            self.every = max(1, every)
            self.timeout = max(1, timeout)
            self.failures = max(1, failures)
            self.passes = max(1, passes)
            self.grace = grace
        }
    }
}

/// What is known of a task's health.
public enum Health: Hashable, Sendable {
    /// No answer has decided yet.
    case unknown
    /// It answers.
    case passing
    /// It does not, for this reason.
    case failing(reason: String)
}
