public import Resources

/// What one member of etcd says of itself.
public struct EtcdStatus: Hashable, Sendable {
    /// Its version.
    public let version: EtcdVersion
    /// The identity of the cluster.
    public let cluster: UInt64
    /// Its own.
    public let member: UInt64
    /// Whom it takes for the leader; 0 for nobody.
    public let leader: UInt64
    /// The revision of its store.
    public let revision: UInt64
    /// The term of its raft.
    public let term: UInt64
    /// How far its raft has applied.
    public let applied: UInt64
    /// Whether it has no vote.
    public let isLearner: Bool
    /// Bytes of its store on disk.
    public let storeBytes: UInt64
    /// Bytes of them in use.
    public let usedBytes: UInt64
}

/// A member of an etcd cluster.
public struct EtcdMember: Hashable, Sendable {
    /// Its identity.
    public let id: UInt64
    /// Its name; empty until it has started.
    public let name: String
    /// Where other members reach it.
    public let peers: [String]
    /// Where clients reach it.
    public let clients: [String]
    /// Whether it has no vote.
    public let isLearner: Bool
}

/// Something that stops a member until it is cleared.
public struct EtcdAlarm: Hashable, Sendable {
    /// The kinds.
    public enum Kind: String, Hashable, Sendable {
        /// The quota of the store is used up.
        case noSpace
        /// The stores of members differ.
        case corrupt
    }

    /// The member.
    public let member: UInt64
    /// What is wrong.
    public let kind: Kind
}
