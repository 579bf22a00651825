/// What to do next, and why.
public struct MemberStep: Hashable, Sendable {
    /// What to do.
    public var action: Action
    /// Why, in words.
    public var reason: String

    /// What can be done. Each is asked for anew until what it brings about is seen, so each must
    /// be harmless when it was done already.
    public enum Action: Hashable, Sendable {
        /// Nothing: all is as it shall be.
        case rest
        /// Nothing yet; look again after so many milliseconds at the latest.
        case wait(UInt64)
        /// Start the first member of a new cluster here.
        case found
        /// Start the member `id` here, which is empty; the whole cluster by name and address.
        case join(id: UInt64, cluster: [Peer])
        /// Start the member whose data is here.
        case start
        /// End the member that runs here.
        case stop
        /// End the member that runs here and start it again.
        case restart
        /// Put the data that is here aside: its member was removed.
        case discard
        /// Add a member as a learner.
        case add(MemberSeat)
        /// Make a voter of a learner.
        case promote(UInt64)
        /// Tell the cluster where a member is now.
        case move(UInt64, to: String)
        /// Take a member out for good.
        case remove(UInt64)
        /// Let another member lead.
        case yieldLead(to: UInt64)
    }

    /// A member as others are told of it.
    public struct Peer: Hashable, Sendable {
        /// Its name.
        public var name: ResourceName
        /// Where it is reached.
        public var address: String

        /// A member at an address.
        public init(name: ResourceName, address: String) {
            self.name = name
            self.address = address
        }
    }

    /// A step with its reason.
    public init(_ action: Action, _ reason: String) {
        self.action = action
        self.reason = reason
    }

    /// True when it changes who is in the cluster, so that a refusal calls for patience.
    public var changesCluster: Bool {
        switch action {
        case .add, .promote, .move, .remove, .yieldLead: true
        case .rest, .wait, .found, .join, .start, .stop, .restart, .discard: false
        }
    }
}
