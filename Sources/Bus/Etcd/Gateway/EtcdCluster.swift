/// A version of etcd.
public struct EtcdVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// As in 3.4.21.
    public let major: Int
    /// As in 3.4.21.
    public let minor: Int
    /// As in 3.4.21.
    public let patch: Int

    /// The oldest that is trusted with a log: older ones may lose or repeat revisions after a crash
    /// (etcd issues 13766 and 14370).
    public static let oldest = EtcdVersion(major: 3, minor: 4, patch: 21)

    /// A version of those numbers.
    public init(major: Int, minor: Int, patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `3.4.21` or `3.5.0-rc.1`; nil when it is neither.
    public init?(_ text: String) {
        let numbers = text.prefix { $0 != "-" && $0 != "+" }
            .split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1],
            let patch = numbers[2], major >= 0, minor >= 0, patch >= 0
        else { return nil }
        self.init(major: major, minor: minor, patch: patch)
    }

    public var description: String { "\(major).\(minor).\(patch)" }

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}

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
