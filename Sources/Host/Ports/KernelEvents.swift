/// What the kernel tells and shows of a machine: feeds of events, dumps, and files to read.
///
/// Bytes are the kernel's own: the World's body writes the same formats, so that the parsers are
/// under test there too.
public protocol Kernel: AnyObject {
    /// The clocks that the feeds' times are of.
    var clock: any Clock { get }
    /// Nanoseconds that boot time is ahead of monotonic time: how long the machine slept.
    var suspended: UInt64 { get }
    /// Opens the process connector: one datagram an event.
    func processEvents(bufferBytes: Int) throws(KernelError) -> any KernelFeed
    /// Opens the changes of interfaces, addresses and routes: rtnetlink messages.
    func networkEvents(bufferBytes: Int) throws(KernelError) -> any KernelFeed
    /// Watches a file of /proc that announces its changes; what it says is read on its own.
    /// `trigger` is written into it first, as pressure files want it.
    func watch(_ path: String, trigger: String?) throws(KernelError) -> any KernelFeed
    /// Reads all interfaces, addresses or routes as rtnetlink messages.
    func dump(_ kind: NetworkDump, _ take: (RawSpan) -> Void) -> DumpOutcome
    /// Opens a netlink feed in groups by number (NETLINK_ADD_MEMBERSHIP); datagrams of at most
    /// `slot` bytes.
    func netlink(_ family: Int32, groups: [UInt32], bufferBytes: Int, slot: Int)
        throws(KernelError) -> any KernelFeed
    /// Sends one netlink request, header and all, and gives the datagrams of its answer up to
    /// its end.
    func ask(_ family: Int32, _ request: [UInt8], _ take: (RawSpan) -> Void) -> DumpOutcome
    /// Opens a subscription to changes of files, of none so far.
    func watchFiles() throws(KernelError) -> any FileWatch
    /// Opens a subscription to changes of files by file system, of none so far.
    func fileEvents() throws(KernelError) -> any FileEventFeed
    /// Opens the mounts that come to and go from this mount namespace: an event of fanotify(7) a
    /// datagram, with the unique identifier of its mount.
    func mountEvents() throws(KernelError) -> any KernelFeed
    /// When a file was made, in nanoseconds since 1970; nil where that is not kept.
    func birth(_ path: String) -> Int64?
    /// The names of a file's extended attributes, without following a link; empty for none.
    func attributes(of path: String) -> [String]
    /// The value of an extended attribute; nil where there is none of that name.
    func attribute(_ name: String, of path: String) -> [UInt8]?
    /// Opens a stream of the kernel.
    func stream(_ stream: KernelStream) throws(KernelError) -> any KernelFeed
    /// The names in a folder, sorted; nil when it cannot be read.
    func list(_ folder: String) -> [String]?
    /// Where a symbolic link points; nil for what is none or cannot be read.
    func link(_ path: String) -> String?
    /// What the kernel says of a path, without following a link at its end unless asked to.
    func status(_ path: String, following: Bool) -> FileStatus?
    /// The numbers of all processes, in order.
    func processes() -> [Int32]
    /// Reads a file of a process into `buffer`, at most as much as that holds; gives the count.
    func read(_ file: ProcessFile, of pid: Int32, into buffer: inout [UInt8]) -> ReadOutcome
    /// The open descriptors of a process: the number of each and what it points to.
    func descriptors(of pid: Int32, _ take: (Int32, RawSpan) -> Void) -> DescriptorOutcome
    /// Reads a small file; nil when it cannot be read.
    func read(_ path: String) -> [UInt8]?
    /// Reads so many bytes of a regular file or block device from an offset, fewer at its end; nil
    /// when it cannot be read. It never waits, as the reading of a pipe that a user put in a
    /// file's place would.
    func read(_ path: String, at offset: UInt64, count: Int) -> [UInt8]?
    /// Sends a netlink request that is answered by one message, behind its acknowledgement.
    func ask(_ family: Int32, once request: [UInt8], _ take: (RawSpan) -> Void) -> DumpOutcome
    /// A table of iptables-legacy of the network namespace, or of ip6tables-legacy: struct
    /// ipt_getinfo (84 bytes) and its entries behind it (linux/netfilter_ipv4/ip_tables.h). One
    /// that is not there would be made: ask for those that are listed.
    func packetTable(_ name: String, isSix: Bool) throws(KernelError) -> [UInt8]
    /// The unique identifier of each mount by the one that is reused; empty where there is none.
    func mountIdentifiers() -> [UInt64: UInt64]
    /// Whether the kernel holds the clock for synchronised; nil when it does not say.
    func isClockSynchronised() -> Bool?
    /// Makes a connection, not yet open, to the Unix socket of a service.
    func connection(unixSocket path: String) throws(KernelError) -> any KernelConnection
    /// The identifier of the namespace that a file stands for, which is never used again; nil
    /// where the kernel has none (before Linux 6.18).
    func namespaceIdentifier(_ path: String) -> UInt64?
    /// What tells the interface of an index from an earlier one of that index; nil where there is
    /// no such interface or the kernel does not say.
    func interfaceInstance(_ index: Int32) -> UInt64?
    /// The number of the network namespace that the feeds are of.
    func networkNamespace() -> UInt64
    /// The kernel's name, release, version, host name and machine word.
    func systemName() -> SystemName
}

/// A subscription to events of the kernel.
public protocol KernelFeed: AnyObject {
    /// What to wait on; nil in the World.
    var descriptor: Int32? { get }
    /// True when urgent data, not readable data, announces an event.
    var isUrgent: Bool { get }
    /// Takes some of what is there.
    func receive(_ take: (RawSpan) -> Void) -> FeedState
    /// Ends the subscription.
    func close()
}

/// What is left in a feed after a `receive`.
public enum FeedState: Hashable, Sendable {
    /// Nothing for now.
    case empty
    /// Perhaps more.
    case more
    /// The kernel has dropped events since the last `receive`; those still queued are older.
    case lost(cause: String)
}

/// What a dump of rtnetlink lists.
public enum NetworkDump: UInt16, Hashable, Sendable, CaseIterable {
    case links = 18
    case addresses = 22
    case routes = 26
}

/// How a dump ended.
public enum DumpOutcome: Hashable, Sendable {
    case complete
    /// The table changed while it was read: what was given may be inconsistent.
    case interrupted
    case failed(String)
}

/// A file of `/proc/<pid>`.
public enum ProcessFile: String, Hashable, Sendable {
    case stat, status, cmdline, cgroup
    case executable = "exe"
}

/// How reading a file of a process ended.
public enum ReadOutcome: Hashable, Sendable {
    /// So many bytes are in the buffer.
    case bytes(Int)
    /// There is no such process any more, or the kernel has no such file of it.
    case gone
    /// This reader may not read it.
    case refused
}

/// What `uname` says.
public struct SystemName: Hashable, Sendable {
    /// The kernel's release, version, machine word and the host's name.
    public var release: String, version: String, architecture: String, host: String

    /// A system's name.
    public init(release: String, version: String, architecture: String, host: String) {
        self.release = release
        self.version = version
        self.architecture = architecture
        self.host = host
    }
}

/// A feed that could not be opened.
public struct KernelError: Error, Hashable, Sendable {
    /// What was to be done.
    public let operation: String
    /// Why it failed, in the system's words.
    public let cause: String
    /// What would help.
    public let remedy: String

    /// An operation's failure.
    public init(operation: String, cause: String, remedy: String) {
        self.operation = operation
        self.cause = cause
        self.remedy = remedy
    }
}
