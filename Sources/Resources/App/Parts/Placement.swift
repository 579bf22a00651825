extension App {
    /// Where replicas may run and would like to.
    public struct Placement: Hashable, Sendable {
        /// Over what they are spread: `machine`, or a tag of machines such as `zone`.
        public var spread: String?
        /// Tags and facts a machine must have.
        public var require = SortedMap<String>()
        /// Tags and facts a machine had better have.
        public var prefer = SortedMap<String>()
        /// Components of the app that should be on the same machine.
        public var near: [String] = []
        /// Components of the app that must not be on the same machine; itself: its replicas.
        public var apart: [String] = []

        /// Anywhere.
        public init() {}
    }

    /// How replicas are moved to a new version.
    public struct Update: Hashable, Sendable {
        /// Replica by replica, or a whole second set.
        public var strategy = Strategy.rolling
        /// Replicas that may not be ready at one time while it rolls.
        public var maxUnavailable = 1
        /// True when a new version that does not get ready is taken back.
        public var autoRevert = true
        /// Milliseconds until new replicas must be ready.
        public var deadline = Int64(Limits.updateDeadline.value)

        /// Rolling, one at a time, a minute.
        public init() {}

        /// Replica by replica, or a whole second set.
        public enum Strategy: String, Hashable, Sendable, CaseIterable {
            case rolling
            case blueGreen = "blue-green"
        }
    }
}
