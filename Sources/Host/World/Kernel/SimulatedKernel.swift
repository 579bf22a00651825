/// The World's kernel: processes, interfaces, routes and mounts that change on command, and the
/// feeds and files that tell of it in the formats of Linux. For one thread.
public final class SimulatedKernel: Kernel {
    /// A process; `start` is in clock ticks after boot.
    public struct Process: Hashable, Sendable {
        public var pid: Int32, parent: Int32, start: UInt64
        public var name: String, executable: String, arguments: [String]
        public var user: UInt32, group: UInt32
        /// True after its end, until it is reaped.
        public var isZombie = false
    }

    /// An interface with its addresses: four bytes and a prefix length each. The index may be
    /// used again, `instance` is not.
    public struct Interface: Hashable, Sendable {
        public var index: Int32, name: String, isUp: Bool
        public var instance: UInt64
        public var addresses: [[UInt8]] = []
    }

    /// An IPv4 route of the main table.
    public struct Route: Hashable, Sendable {
        public var destination: [UInt8], interface: Int32
    }

    /// A mount; the number is used again, the unique identifier is not.
    public struct Mount: Hashable, Sendable {
        public var number: UInt64, unique: UInt64, point: String
    }

    /// The clock, which tests move.
    public let time = SimulatedClock()
    /// The truth, for tests to compare with.
    public internal(set) var table: [Int32: Process] = [:]
    public internal(set) var interfaces: [Int32: Interface] = [:]
    public internal(set) var routes: [Route] = []
    public internal(set) var mounts: [Mount] = []
    /// Called before each reading: the machine does not stand still while it is read.
    public var beforeRead: (() -> Void)?
    /// True when the caller has no privilege: the process connector is refused.
    public var isUnprivileged = false
    /// Turns of losing events: how often a feed has said so.
    public var losses: Int { feeds.reduce(0) { $0 + $1.losses } }

    /// The files that are neither of a process nor made up from the tables above, by path.
    public internal(set) var files: [String: SimulatedEntry] = [:]
    /// Files other than the mount table that can be watched, as `/proc/mdstat`.
    public var announcing: Set<String> = []
    /// Tables of iptables-legacy, by `ip filter` and the like.
    public var packetTables: [String: [UInt8]] = [:]
    /// Extended attributes, by path and name.
    public var fileAttributes: [String: [String: [UInt8]]] = [:]
    /// What netlink families answer to `ask`.
    public var answers: [Int32: SimulatedAnswer] = [:]

    var feeds: [SimulatedFeed] = []
    var fileWatches: [SimulatedFileWatch] = []
    /// What services answer, by the path of their socket.
    public var services: [String: SimulatedService] = [:]
    /// Identifiers of namespaces, by the path of a file that stands for one.
    public var namespaces: [String: UInt64] = [:]
    var connections: [SimulatedConnection] = []
    var fileFeeds: [SimulatedFileEvents] = []
    /// Files of processes that this reader may not read.
    public var refused: [Int32: Set<ProcessFile>] = [:]
    /// The process that changes files from now on.
    public var writer: Int32 = 1
    var lastInode: UInt64 = 0
    var lastPid: Int32 = 1
    var lastIndex: Int32 = 1
    var lastInstance: UInt64 = 1
    /// The unique identifier of the mount that was made last.
    public internal(set) var lastUnique: UInt64 = 1 << 32
    var networkChanges: UInt64 = 0
    let pidMost: Int32

    /// A machine with a first process, a loopback and a root mount. Process numbers are used
    /// again after `pidMost`.
    public init(pidMost: Int32 = 200) {
        self.pidMost = pidMost
        table[1] = Process(
            pid: 1, parent: 0, start: 1, name: "init", executable: "/sbin/init",
            arguments: ["init"], user: 0, group: 0)
        interfaces[1] = Interface(index: 1, name: "lo", isUp: true, instance: 1)
        mounts = [Mount(number: 20, unique: lastUnique, point: "/")]
    }

    public var clock: any Clock { time }
    public var suspended: UInt64 { 0 }

    public func processEvents(bufferBytes: Int) throws(KernelError) -> any KernelFeed {
        if isUnprivileged {
            throw KernelError(
                operation: "subscribe to process events", cause: "Operation not permitted",
                remedy: "grant CAP_NET_ADMIN")
        }
        // As on Linux, an event takes 832 bytes of the buffer.
        return open(.processes, capacity: max(1, bufferBytes / 832))
    }

    public func networkEvents(bufferBytes: Int) throws(KernelError) -> any KernelFeed {
        open(.network, capacity: max(1, bufferBytes / 832))
    }

    public func watch(_ path: String, trigger: String?) throws(KernelError) -> any KernelFeed {
        if announcing.contains(path) { return open(.file(path), capacity: 1) }
        guard path == "/proc/self/mountinfo" else {
            throw KernelError(operation: "watch \(path)", cause: "not simulated", remedy: "none")
        }
        return open(.mounts, capacity: 1)
    }

    public func mountEvents() throws(KernelError) -> any KernelFeed {
        if isUnprivileged {
            throw KernelError(
                operation: "subscribe to mounts by fanotify", cause: "Operation not permitted",
                remedy: "grant CAP_SYS_ADMIN")
        }
        return open(.mountEvents, capacity: 16)
    }

    func open(_ kind: SimulatedFeed.Kind, capacity: Int) -> SimulatedFeed {
        let feed = SimulatedFeed(kind, capacity: capacity)
        feeds.append(feed)
        return feed
    }

    /// Makes the feeds say at once that events were lost, and loses them.
    public func dropEvents() {
        for feed in feeds { feed.overflow() }
        for feed in fileFeeds { feed.overflow() }
    }

    /// True when no feed holds an event that has not been taken.
    public var isQuiet: Bool { feeds.allSatisfy(\.isEmpty) }
}

/// A feed of the World: a queue with a capacity, which loses what does not fit and says so.
final class SimulatedFeed: KernelFeed {
    enum Kind: Hashable {
        case processes, network, mounts, mountEvents, netlink(Int32), stream(KernelStream)
        /// A file that announces its changes.
        case file(String)

        /// A watched file is level-triggered: changes merge and none is lost.
        var isLevel: Bool {
            switch self {
            case .mounts, .file: true
            default: false
            }
        }
    }

    let kind: Kind
    let descriptor: Int32? = nil
    let isUrgent = false
    private let capacity: Int
    private var queue: [[UInt8]] = []
    private var isLossy = false
    private(set) var losses = 0

    init(_ kind: Kind, capacity: Int) {
        self.kind = kind
        self.capacity = capacity
    }

    var isEmpty: Bool { queue.isEmpty && !isLossy }

    func send(_ bytes: [UInt8]) {
        if queue.count < capacity {
            queue.append(bytes)
        } else if !kind.isLevel {
            isLossy = true
        }
    }

    func overflow() { isLossy = isLossy || !kind.isLevel }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        // The kernel reports the loss before what is queued, which is older.
        if isLossy {
            isLossy = false
            losses += 1
            return .lost(cause: "the receive buffer overflowed (ENOBUFS)")
        }
        let part = queue.prefix(64)
        queue.removeFirst(part.count)
        for bytes in part { unsafe take(bytes.span.bytes) }
        return queue.isEmpty ? .empty : .more
    }

    func close() { queue = [] }
}
