/// A version of etcd.
public struct EtcdVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// As in 3.4.21.
    public let major: Int
    /// As in 3.4.21: members of a cluster differ in it by one at the most.
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

    /// Why a member of this version cannot take part in a cluster that has one of `other`; nil
    /// when it can.
    public func refusal(beside other: EtcdVersion) -> String? {
        if self < Self.oldest {
            return "etcd \(self) is too old; install \(Self.oldest) or newer"
        }
        guard major == other.major, abs(minor - other.minor) <= 1 else {
            return "etcd \(self) does not work beside \(other); go by one minor version at a time"
        }
        return minor < other.minor ? "etcd \(other) does not go back to \(self)" : nil
    }
}
