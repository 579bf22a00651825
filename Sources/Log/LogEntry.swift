public import Resources

/// An entry as its author proposes it.
public struct EntryDraft: Sendable {
    /// Who proposes it.
    public let author: Identity
    /// When, on the author's clock.
    public let time: WallTime
    /// Its content, opaque to the log; at most `Limits.batchBytes`.
    public let payload: [UInt8]

    /// A proposal of `payload` by `author` at `time`.
    public init(author: Identity, time: WallTime, payload: [UInt8]) {
        self.author = author
        self.time = time
        self.payload = payload
    }
}

/// An entry as the log keeps it.
public struct LogEntry: Sendable, Hashable {
    /// Log, position, author and time.
    public let header: EntryHeader
    /// The epoch of the chain it was written in.
    public let epoch: UInt64
    /// Its content.
    public let payload: [UInt8]
    /// The hash of the chain up to and with this entry.
    public let chainHash: ChainHash

    /// An entry as another machine gave it.
    public init(header: EntryHeader, epoch: UInt64, payload: [UInt8], chainHash: ChainHash) {
        self.header = header
        self.epoch = epoch
        self.payload = payload
        self.chainHash = chainHash
    }

    /// The 32 bytes of the chain hash.
    public var hash: [UInt8] { chainHash.bytes }

    /// True when its chain hash is right for an entry of `log` behind one with the hash `previous`.
    public func follows(_ previous: ChainHash, in log: Identifier) -> Bool {
        chainHash == BatchEncoder.hash(self, of: log, behind: previous)
    }
}

/// When an append returns.
public enum Durability: Sendable {
    /// After the entries are on the device.
    case synced
    /// After they are written; `sync()` makes them durable. For what can be observed again.
    case grouped
}

/// How a log is kept.
public struct LogOptions: Sendable {
    /// Bytes of a segment prepared in the background.
    public var segmentBytes = Limits.segmentBytes.value
    /// Bytes of a segment made while a caller waits: the first, and the reserve.
    public var firstSegmentBytes = Limits.firstSegmentBytes.value
    /// When an append returns.
    public var durability = Durability.synced
    /// A position the caller knows to be durable, such as the graph's applied position.
    public var knownDurable = Position.zero

    /// The usual sizes with that durability.
    public init(durability: Durability = .synced) { self.durability = durability }
}

/// What a log can do at the moment.
public enum LogState: Equatable, Sendable {
    /// Everything.
    case writable
    /// Reading, and essential entries while the reserve lasts; resumes when space returns.
    case diskFull
    /// Reading only, because of damage.
    case rescue(Defect)
    /// Reading what was durable; the process must restart.
    case failed(DiskErrorText)
    /// Nothing.
    case closed

    /// The text of the disk error that stopped the log.
    public typealias DiskErrorText = String
}
