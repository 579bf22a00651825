/// What a cluster says of itself. It must be asked so that the answer is not older than the
/// question: a list from a member that lags would make others lose their data.
public struct MemberCluster: Hashable, Sendable {
    /// Its members.
    public var members: [Member]

    /// A member.
    public struct Member: Hashable, Sendable {
        /// Its identity; a member that is removed never comes back under it.
        public var id: UInt64
        /// The name it said when it first started; nil before.
        public var name: ResourceName?
        /// Where other members reach it.
        public var peers: [String]
        /// True when it counts for nothing.
        public var isLearner: Bool
        /// True when it answers and follows.
        public var isHealthy: Bool
        /// True when it leads.
        public var isLeader: Bool
        /// What it runs; nil when it does not answer.
        public var version: EtcdVersion?

        /// A member.
        public init(
            id: UInt64, name: ResourceName?, peers: [String], isLearner: Bool = false,
            isHealthy: Bool = true, isLeader: Bool = false, version: EtcdVersion? = nil
        ) {
            self.id = id
            self.name = name
            self.peers = peers
            self.isLearner = isLearner
            self.isHealthy = isHealthy
            self.isLeader = isLeader
            self.version = version
        }

        /// True when the seat is this member's: by name, or by address while it has none.
        public func sits(on seat: MemberSeat) -> Bool {
            name.map { $0 == seat.machine } ?? peers.contains(seat.peer)
        }
    }

    /// A cluster of those, in order of their identities.
    public init(members: [Member]) { self.members = members.sorted { $0.id < $1.id } }

    /// Those that count.
    public var voters: [Member] { members.filter { !$0.isLearner } }

    /// True when the cluster goes on without `member`: a majority of the voters that remain is
    /// well.
    public func lasts(without member: Member) -> Bool {
        let left = voters.filter { $0.id != member.id }
        return left.filter(\.isHealthy).count > left.count / 2
    }
}
