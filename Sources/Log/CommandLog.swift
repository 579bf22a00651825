public import Host
public import Resources
internal import Synchronization

/// A log mounted on a namespace: a chain of loglets in one directory.
///
/// One thread appends; any thread reads. Nothing an append returned for in the `synced` class is
/// lost by a crash. Open it once: a second opener is refused by a lock.
public final class CommandLog<D: Disk>: Loglet {
    let disk: D
    let directory: String
    let options: LogOptions
    /// Where the log is mounted.
    public let mount: Namespace
    /// The log's identity, made when it was first opened.
    public let id: Identifier
    /// The cluster it was made for.
    public let clusterID: Identifier
    let lockFile: D.File
    let parts: Mutex<Parts>

    /// The chain and its open loglets.
    struct Parts {
        var chain: Chain
        /// One for each link, in order; never empty.
        var loglets: [FileLoglet<D>]
        /// The last of them.
        var active: FileLoglet<D>
    }

    init(
        disk: D, directory: String, mount: Namespace, options: LogOptions, lockFile: D.File,
        parts: Parts
    ) {
        self.disk = disk
        self.directory = directory
        self.mount = mount
        self.options = options
        self.lockFile = lockFile
        id = parts.chain.log
        clusterID = parts.chain.cluster
        self.parts = Mutex(parts)
    }

    var active: FileLoglet<D> { parts.withLock { $0.active } }

    /// The chain as it is now.
    public var chain: Chain { parts.withLock { $0.chain } }
    /// What the log can do now.
    public var state: LogState { active.state }
    /// The last position written.
    public var tail: Position { active.tail }
    /// True in the `synced` class: only copies of what was ordered elsewhere wait for a sync.
    public var isSynced: Bool { options.durability == .synced }
    /// The last position known durable.
    public var durable: Position { active.durable }
    /// The chain hash at the tail.
    public var chainHash: ChainHash { active.hash }
    /// The 32 bytes of the chain hash at the tail.
    public var hash: [UInt8] { active.hash.bytes }
    /// The first position that can still be read; that behind the tail in an empty log.
    public var first: Position { parts.withLock { $0.loglets.first?.first } ?? active.first }
    /// The unfinished write that opening cut off, for the record.
    public var cut: LogCut? { active.cut }

    public func append(_ drafts: [EntryDraft]) throws(LogError) -> ClosedRange<Position> {
        try active.append(drafts)
    }

    /// Appends; `essential` entries ("the disk is full", trims) may use the reserve.
    public func append(
        _ drafts: [EntryDraft], essential: Bool
    ) throws(LogError) -> ClosedRange<Position> {
        try active.append(drafts, essential: essential)
    }

    /// Makes durable what was written in the `grouped` class or copied; `churn` may be lost, see
    /// ``FileLoglet/sync(churn:)``.
    public func sync(churn: Bool = false) throws(LogError) { try active.sync(churn: churn) }

    /// Background work for a low-priority thread, about once a second.
    public func prepare() { active.prepare() }

    public func read(
        from position: Position, maximumBytes: Int
    ) throws(LogError) -> [LogEntry] {
        let (links, loglets) = parts.withLock { ($0.chain.links, $0.loglets) }
        let position = max(position, Position(1))
        let number = links.lastIndex { $0.first <= position }
        guard let number else { throw .trimmed(first: first) }
        return try loglets[number].read(from: position, maximumBytes: maximumBytes)
    }

    public func checkTail() throws(LogError) -> (tail: Position, sealed: Bool) {
        try active.checkTail()
    }

    public func seal() throws(LogError) -> Position { try active.seal() }

    /// Closes the files and releases the lock. What was written is made durable first.
    public func close() {
        for loglet in parts.withLock({ $0.loglets }) { loglet.close() }
        lockFile.close()
    }
}
