public import Host
public import Resources
internal import Synchronization

/// A loglet in the files of one directory: segments of zeros that batches are written over, so
/// that a sync does not change a size. Format: Docs/Formats/log.md.
///
/// One thread appends; any thread reads. The writer's lock is held over its own disk calls on
/// purpose: batch n+1 must not be written before the sync of batch n returned.
public final class FileLoglet<D: Disk>: Loglet {
    let disk: D
    let files: LogletFiles
    let identity: LogletIdentity
    let mount: Namespace
    let options: LogOptions
    let writer: Mutex<Writer>
    let published: Mutex<Published>
    let spares: Mutex<Spares>
    /// Held while a spare is filled, so that two threads never fill the same file.
    let filling = Mutex(())
    let readCache = Mutex<OpenSegment?>(nil)
    /// An unfinished write that opening cut off.
    public let cut: LogCut?

    /// What the appending thread owns.
    struct Writer {
        /// Nil when the loglet can only be read.
        var file: D.File?
        var capacity: Int
        /// Where the next batch goes.
        var offset: Int
        var tail: Position
        var hash: ChainHash
        /// The epoch of the last entry; that of the loglet while it has none.
        var epoch: UInt64
        var durable: Position
        /// Bytes written behind the last sync.
        var unsynced = 0
        var encoder = BatchEncoder()
        var watermark: WatermarkSlot
        /// The tail when `prepare` last looked, to tell an idle log.
        var tailSeen = Position.zero
    }

    /// The file of watermarks and what was written last.
    struct WatermarkSlot {
        var file: D.File?
        var sequence: UInt64
        var position: Position
        /// What it is to say: the last position made durable that is more than churn.
        var due: Position
    }

    /// What readers see.
    struct Published {
        var state: LogState
        var sealed: Bool
        var tail: Position
        var durable: Position
        var hash: ChainHash
        var segments: [Segment]
        /// Points of the last segment.
        var index: [IndexPoint]
        /// The error behind a failed state.
        var failure: DiskError?
    }

    /// Sizes of prepared segments that no batch is in yet.
    struct Spares {
        var next: Int?
        var reserve: Int?
        /// The reserve is given away only for essential entries on a full disk.
        var essential = false
    }

    /// The segment read last, kept open.
    struct OpenSegment {
        let segment: Segment
        let file: D.File
    }

    init(
        disk: D, files: LogletFiles, identity: LogletIdentity, mount: Namespace,
        options: LogOptions, recovered: RecoveredLoglet<D.File>
    ) {
        self.disk = disk
        self.files = files
        self.identity = identity
        self.mount = mount
        self.options = options
        cut = recovered.cut
        let tail = recovered.sealed ?? recovered.tail
        let state: LogState = recovered.defect.map { .rescue($0) } ?? .writable
        writer = Mutex(
            Writer(
                file: recovered.defect == nil ? recovered.file : nil,
                capacity: recovered.segments.last?.bytes ?? 0,
                offset: recovered.scan?.end ?? 0, tail: tail, hash: recovered.hash,
                epoch: max(identity.epoch, recovered.epoch), durable: tail,
                watermark: WatermarkSlot(
                    file: nil, sequence: recovered.watermark?.sequence ?? 0,
                    position: recovered.watermark?.position ?? .zero, due: tail),
                tailSeen: tail))
        published = Mutex(
            Published(
                state: state, sealed: recovered.sealed != nil, tail: tail, durable: tail,
                hash: recovered.hash, segments: recovered.segments,
                index: recovered.scan?.index ?? []))
        spares = Mutex(Spares(next: recovered.next, reserve: recovered.reserve))
    }

    /// Makes an empty loglet whose first entry follows `previous`.
    static func create(
        disk: D, files: LogletFiles, identity: LogletIdentity, mount: Namespace,
        options: LogOptions, first: Position, previous: ChainHash
    ) throws(LogError) -> FileLoglet {
        try onDisk { () throws(DiskError) in
            try disk.createDirectory(files.directory)
            for name in try disk.list(files.directory) {
                try disk.remove(files.directory + "/" + name)
            }
            let header = SegmentHeader(
                cluster: identity.cluster, log: identity.log, loglet: identity.number,
                epoch: identity.epoch, first: first, previous: previous)
            let path = files.segment(first)
            let filling = path + LogletFiles.fillingSuffix
            let file = try disk.createZeroed(filling, bytes: options.firstSegmentBytes)
            defer { file.close() }
            try unsafe file.write(header.encode().span.bytes, at: 0)
            try file.syncData()
            try disk.rename(filling, to: path)
            try disk.syncDirectory(files.directory)
        }
        return try open(
            disk: disk, files: files, identity: identity, mount: mount, options: options)
    }

    /// Opens the loglet after a clean end or any crash.
    static func open(
        disk: D, files: LogletFiles, identity: LogletIdentity, mount: Namespace,
        options: LogOptions
    ) throws(LogError) -> FileLoglet {
        let recovery = LogletRecovery(
            disk: disk, files: files, identity: identity, knownDurable: options.knownDurable,
            repairs: true)
        var found = try onDisk { () throws(DiskError) in try recovery.run() }
        if let sealed = found.sealed, found.tail < sealed, found.defect == nil {
            found.defect = Defect(
                position: found.tail.next, file: files.directory, offset: 0,
                reason: "the seal says \(sealed), the last entry found is \(found.tail)")
        }
        return FileLoglet(
            disk: disk, files: files, identity: identity, mount: mount, options: options,
            recovered: found)
    }

    /// What the loglet can do now.
    public var state: LogState { published.withLock { $0.state } }
    /// The last position written.
    public var tail: Position { published.withLock { $0.tail } }
    /// The last position known durable.
    public var durable: Position { published.withLock { $0.durable } }
    /// The chain hash at the tail.
    public var hash: ChainHash { published.withLock { $0.hash } }
    /// The first position that can still be read, or the next one when there is none.
    public var first: Position {
        published.withLock { $0.segments.first?.first ?? $0.tail.next }
    }

    public func checkTail() throws(LogError) -> (tail: Position, sealed: Bool) {
        published.withLock { ($0.tail, $0.sealed) }
    }

    /// Gives the files back. Written entries are made durable first.
    public func close() {
        writer.withLock { writer in
            if state == .writable || state == .diskFull {
                // The end of the process is no reason to lose what `grouped` had not synced; an
                // error here is the same to the caller as the crash it must survive anyway.
                do { try flush(&writer) } catch { published.withLock { $0.state = .closed } }
                writer.watermark.due = writer.durable
                do { try mark(&writer) } catch { published.withLock { $0.state = .closed } }
            }
            writer.file?.close()
            writer.file = nil
            writer.watermark.file?.close()
            writer.watermark.file = nil
        }
        published.withLock { $0.state = .closed }
    }
}

/// Runs disk calls of which none has touched an entry yet.
func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(LogError) -> Result {
    do {
        return try body()
    } catch {
        throw .disk(error)
    }
}
