/// What a kernel says of a file without opening it.
public struct FileStatus: Hashable, Sendable {
    /// What kind of thing a path names.
    public enum Kind: String, Hashable, Sendable {
        case file, directory, link, socket, pipe
        case characterDevice = "character device"
        case blockDevice = "block device"
        case other
    }

    public var kind: Kind
    /// The device it is on.
    public var device: UInt64
    /// For a device node, the device it stands for.
    public var represents: UInt64
    public var inode: UInt64
    /// Permission bits, set-user, set-group and sticky with them.
    public var mode: UInt32
    public var links: UInt64
    public var user: UInt32, group: UInt32
    /// Bytes.
    public var size: Int64
    /// Nanoseconds since 1970: of the contents, and of contents or attributes.
    public var modified: Int64, changed: Int64

    /// What `stat` would say.
    public init(
        kind: Kind, device: UInt64 = 0, represents: UInt64 = 0, inode: UInt64 = 0,
        mode: UInt32 = 0, links: UInt64 = 1, user: UInt32 = 0, group: UInt32 = 0, size: Int64 = 0,
        modified: Int64 = 0, changed: Int64 = 0
    ) {
        self.kind = kind
        self.device = device
        self.represents = represents
        self.inode = inode
        self.mode = mode
        self.links = links
        self.user = user
        self.group = group
        self.size = size
        self.modified = modified
        self.changed = changed
    }
}

/// Paths to watch for changes.
public struct WatchedPaths: Hashable, Sendable {
    /// Files and folders by name, also those that do not exist yet: a folder with all that is
    /// directly in it, a file through its folder, so that its replacement is seen.
    public var named: Set<String>
    /// Files watched themselves: those of kernel file systems, which no folder tells of. A folder
    /// tells of what is directly in it.
    public var exact: Set<String>

    /// So many paths.
    public init(named: Set<String> = [], exact: Set<String> = []) {
        self.named = named
        self.exact = exact
    }
}

/// A subscription to changes of files. A datagram is the path of what changed, as UTF-8 bytes or
/// whatever bytes it has.
public protocol FileWatch: KernelFeed {
    /// Makes these the paths that are watched; gives those that cannot be, each with the cause.
    func become(_ paths: WatchedPaths) -> [String: String]
    /// True when the last `become` began to watch something: what happened there before was not
    /// told, and whoever read it earlier reads it again.
    var hasGrown: Bool { get }
}

/// What a feed of kernel messages or clock steps is opened by.
public enum KernelStream: String, Hashable, Sendable {
    /// `/dev/kmsg` from its end: a datagram a record, `priority,sequence,time,flags;text`.
    case messages
    /// A datagram without bytes whenever the wall clock is set.
    case clockSteps
}
