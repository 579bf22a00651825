internal import Resources

/// The keys of one loglet; format: Docs/Formats/etcd.md.
struct EtcdKeys: Hashable, Sendable {
    /// All keys of shared logs are in `root..<rootEnd`.
    static let root = "pisces/"
    static let rootEnd = "pisces0"
    /// What loglets still need is in `keptRoot..<keptEnd`.
    static let keptRoot = "pisces-kept/"
    static let keptEnd = "pisces-kept0"

    /// Put once for each group.
    let entries: String
    /// There once the loglet is sealed.
    let seal: String
    /// The revision from which the loglet is still read.
    let kept: String

    /// The keys of `loglet`, as in `etcd:7`, of `log`.
    init(log: Identifier, loglet: String) {
        let path = "\(log)/\(loglet)"
        entries = Self.root + path + Self.entriesSuffix
        seal = Self.root + path + "/seal"
        kept = Self.keptRoot + path
    }

    /// The key behind those that a follower watches, which are `entries` and `seal`.
    var watchEnd: String { seal + "\0" }

    /// The chain register of a log.
    static func chain(of log: Identifier) -> String { root + "\(log)/chain" }

    /// The key of what a loglet still needs, from the key of its entries; nil for other keys.
    static func kept(ofEntries key: String) -> String? {
        guard key.hasPrefix(root), key.hasSuffix(entriesSuffix) else { return nil }
        return keptRoot + key.dropFirst(root.count).dropLast(entriesSuffix.count)
    }

    private static let entriesSuffix = "/log"
}
