extension App {
    /// How to find out whether a task serves.
    public struct Health: Hashable, Sendable {
        /// What is tried.
        public var probe: Probe
        /// Milliseconds from one check to the next.
        public var every = Int64(Limits.healthInterval.value)
        /// Milliseconds a check may take.
        public var timeout = Int64(Limits.healthTimeout.value)
        /// Failed checks in a row after which it is failing.
        public var failures = 3
        /// Passed checks in a row after which it is passing.
        public var passes = 1
        /// Milliseconds after its start in which failed checks do not count.
        public var grace = Int64(Limits.healthGrace.value)

        /// A check by `probe` at the standard pace.
        public init(_ probe: Probe) { self.probe = probe }

        /// One way to try.
        public enum Probe: Hashable, Sendable {
            /// GET of the path at the named port is answered with 200 to 399.
            case http(path: String, port: String)
            /// The named port takes a connection.
            case tcp(port: String)
            /// The command, run where the task runs, ends with 0. It has the task's variables:
            /// `App.Task.words(of:)`.
            case command(String)
        }
    }
}
