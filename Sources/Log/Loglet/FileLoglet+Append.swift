internal import Host
public import Resources
internal import Synchronization

extension FileLoglet {
    public func append(_ drafts: [EntryDraft]) throws(LogError) -> ClosedRange<Position> {
        try append(drafts, essential: false)
    }

    /// Appends; `essential` entries may use the reserve when the disk is full.
    public func append(
        _ drafts: [EntryDraft], essential: Bool
    ) throws(LogError) -> ClosedRange<Position> {
        let bytes = try Self.checkedBytes(of: drafts)
        return try writer.withLock { (writer) throws(LogError) in
            try admit(essential: essential)
            try makeRoom(for: bytes, essential: essential, &writer)
            return try write(drafts, bytes: bytes, &writer)
        }
    }

    /// Makes durable what was written. A watermark is a page of flash of its own: `churn`, which
    /// may be lost anyway, gets none.
    public func sync(churn: Bool = false) throws(LogError) {
        try writer.withLock { (writer) throws(LogError) in
            if let failure = published.withLock({ $0.failure }) { throw .failed(failure) }
            try flush(&writer, churn: churn)
        }
    }

    public func seal() throws(LogError) -> Position {
        try writer.withLock { (writer) throws(LogError) in
            if published.withLock({ $0.sealed }) { return writer.tail }
            try refuseUnlessOpen()
            try flush(&writer)
            let mark = SealMark(log: identity.log, tail: writer.tail, hash: writer.hash)
            let (disk, directory) = (disk, files.directory)
            try onDisk { () throws(DiskError) in
                try disk.replace("sealed", in: directory, with: mark.encode())
            }
            published.withLock { $0.sealed = true }
            return writer.tail
        }
    }

    static func checkedBytes(of drafts: [EntryDraft]) throws(LogError) -> Int {
        if drafts.isEmpty { throw .nothingToAppend }
        for draft in drafts where draft.payload.count > Limits.batchBytes.value {
            throw .tooLarge(
                what: "batch", bytes: draft.payload.count, limit: Limits.batchBytes.value)
        }
        let bytes = BatchEncoder.bytes(of: drafts)
        let most = Limits.groupBytes.value + drafts.count * 256 + 4096
        if bytes > most { throw .tooLarge(what: "group", bytes: bytes, limit: most) }
        return bytes
    }

    func admit(essential: Bool) throws(LogError) {
        let (state, isSealed, tail) = published.withLock { ($0.state, $0.sealed, $0.tail) }
        if isSealed { throw .sealed(tail: tail) }
        if state == .diskFull && !essential { try resume() }
        try refuseUnlessOpen()
    }

    private func refuseUnlessOpen() throws(LogError) {
        let (state, failure) = published.withLock { ($0.state, $0.failure) }
        switch state {
        case .writable, .diskFull: return
        case .rescue(let defect): throw .rescue(defect)
        case .closed: throw .closed
        case .failed:
            guard let failure else { throw .closed }
            throw .failed(failure)
        }
    }

    func makeRoom(
        for bytes: Int, essential: Bool, _ writer: inout Writer
    ) throws(LogError) {
        if writer.unsynced + bytes > Limits.groupBytes.value { try flush(&writer) }
        if writer.offset + bytes > writer.capacity {
            try roll(&writer, bytes: bytes, essential: essential)
        }
    }

    /// Writes a group behind the tail. With a `wanted` hash, as a copy has it, a group that gives
    /// another one is refused before anything of it reaches the file; it is synced later, with
    /// others, because those who ordered it have it on their disks.
    func write(
        _ drafts: [EntryDraft], bytes: Int, wanted: ChainHash? = nil, _ writer: inout Writer
    ) throws(LogError) -> ClosedRange<Position> {
        guard let file = writer.file else { throw .closed }
        let first = writer.tail.next
        let frame = BatchEncoder.Frame(
            log: identity.log, epoch: writer.epoch, first: first, previous: writer.hash,
            watermark: writer.durable, offset: writer.offset)
        let hash = writer.encoder.encode(drafts, count: bytes, frame: frame)
        if let wanted, wanted != hash {
            throw .discontinuous(
                expected: first, found: first, cause: "its chain hash is not that of this log")
        }
        do {
            try unsafe file.write(
                writer.encoder.buffer.span.extracting(first: bytes).bytes, at: writer.offset)
        } catch {
            throw try refused(error, file, &writer)
        }
        let point = IndexPoint(
            position: first, offset: writer.offset, previous: writer.hash, epoch: writer.epoch)
        let last = Position(first.rawValue + UInt64(drafts.count) - 1)
        writer.offset += bytes
        writer.unsynced += bytes
        writer.tail = last
        writer.hash = hash
        writer.encoder.relax()
        if options.durability == .synced, wanted == nil { try flush(&writer) }
        let (tail, durable) = (writer.tail, writer.durable)
        published.withLock { published in
            published.tail = tail
            published.durable = durable
            published.hash = hash
            published.note(point)
        }
        return first...last
    }

    /// A write that failed. On a full disk nothing is lost as long as no part of the batch stays;
    /// after any other error nobody knows what the device holds.
    private func refused(
        _ error: DiskError, _ file: D.File, _ writer: inout Writer
    ) throws(LogError) -> LogError {
        guard error.isNoSpace else { return fail(error) }
        if error.written > 0 {
            do {
                let zeros = [UInt8](repeating: 0, count: error.written)
                try unsafe file.write(zeros.span.bytes, at: writer.offset)
            } catch {
                return fail(error)
            }
        }
        return full(needed: writer.encoder.buffer.count)
    }

    /// Makes durable what was written. An error is final: after it Linux calls the pages clean,
    /// and the next sync would succeed without having written them.
    func flush(_ writer: inout Writer, churn: Bool = false) throws(LogError) {
        guard writer.durable != writer.tail, let file = writer.file else { return }
        do {
            try file.syncData()
        } catch {
            throw fail(error)
        }
        writer.durable = writer.tail
        writer.unsynced = 0
        if !churn { writer.watermark.due = writer.durable }
        let durable = writer.durable
        published.withLock { $0.durable = durable }
    }

    /// Stops the loglet for this process.
    private func fail(_ error: DiskError) -> LogError {
        published.withLock { published in
            published.state = .failed(error.description)
            published.failure = error
            published.tail = published.durable
        }
        return .outcomeUnknown(error)
    }

    /// Says in the next watermark slot what is durable, so that a later loss is not taken for an
    /// unfinished write.
    func mark(_ writer: inout Writer) throws(LogError) {
        guard writer.watermark.due > writer.watermark.position else { return }
        let mark = Watermark(
            log: identity.log, loglet: identity.number, sequence: writer.watermark.sequence + 1,
            position: writer.durable)
        do {
            if writer.watermark.file == nil { writer.watermark.file = try watermarkFile() }
            try unsafe writer.watermark.file?.write(mark.encode().span.bytes, at: mark.offset)
            try writer.watermark.file?.syncData()
        } catch {
            if error.isNoSpace { return }
            throw fail(error)
        }
        writer.watermark.sequence = mark.sequence
        writer.watermark.position = mark.position
    }

    private func watermarkFile() throws(DiskError) -> D.File {
        if try disk.exists(files.watermark) {
            return try disk.open(files.watermark, writing: true)
        }
        let filling = files.watermark + LogletFiles.fillingSuffix
        let file = try disk.createZeroed(filling, bytes: Watermark.fileBytes)
        file.close()
        try disk.rename(filling, to: files.watermark)
        try disk.syncDirectory(files.directory)
        return try disk.open(files.watermark, writing: true)
    }
}

extension FileLoglet.Published {
    /// Keeps a point of the last segment when the one before is far enough.
    mutating func note(_ point: IndexPoint) {
        if let last = index.last, point.offset - last.offset < IndexPoint.stride { return }
        index.append(point)
    }
}
