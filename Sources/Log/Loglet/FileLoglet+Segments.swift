internal import Host
public import Resources
internal import Synchronization

extension FileLoglet {
    /// Background work: zero-fills the reserve, and the next segment once half of the current one
    /// is used; writes the watermark of a log that stands still. Safe on any thread.
    public func prepare() {
        guard state == .writable || state == .diskFull else { return }
        let isSealed = published.withLock { $0.sealed }
        if isSealed { return }
        let halfUsed = writer.withLock { writer -> Bool in
            if writer.tail == writer.tailSeen {
                // A failure has set the state already; appends will report it.
                do { try mark(&writer) } catch { return false }
            }
            writer.tailSeen = writer.tail
            return writer.offset > writer.capacity / 2
        }
        do {
            try fill(next: halfUsed ? options.segmentBytes : nil)
        } catch {
            // Not an event yet: the current segment still has room. The roll will say it.
            return
        }
    }

    /// Continues in a fresh segment with room for `bytes`.
    func roll(_ writer: inout Writer, bytes: Int, essential: Bool) throws(LogError) {
        try flush(&writer)
        let header = SegmentHeader(
            cluster: identity.cluster, log: identity.log, loglet: identity.number,
            epoch: writer.epoch, first: writer.tail.next, previous: writer.hash)
        let (source, capacity) = try freshSegment(bytes: bytes, essential: essential)
        let path = files.segment(writer.tail.next)
        let file: D.File
        do {
            file = try disk.open(source, writing: true)
            try unsafe file.write(header.encode().span.bytes, at: 0)
            try file.syncData()
            try disk.rename(source, to: path)
            try disk.syncDirectory(files.directory)
        } catch {
            throw error.isNoSpace ? full(needed: capacity) : .disk(error)
        }
        let segment = Segment(first: writer.tail.next, path: path, bytes: capacity)
        writer.file?.close()
        writer.file = file
        writer.capacity = capacity
        writer.offset = SegmentHeader.bytes
        published.withLock { published in
            // A group larger than a whole segment leaves an empty one, whose name this one has now.
            if published.segments.last?.first == segment.first {
                published.segments.removeLast()
            }
            published.segments.append(segment)
            published.index = []
        }
    }

    /// A durable file of zeros: the prepared one, a new one, or for essential entries the reserve.
    private func freshSegment(
        bytes: Int, essential: Bool
    ) throws(LogError) -> (path: String, capacity: Int) {
        let needed = SegmentHeader.bytes + bytes
        let next = spares.withLock { spares -> Int? in
            guard let next = spares.next, next >= needed else { return nil }
            spares.next = nil
            return next
        }
        if let next { return (files.next, next) }
        let capacity = max(options.firstSegmentBytes, (needed + 4095) & ~4095)
        let path = files.directory + "/roll" + LogletFiles.fillingSuffix
        do {
            try disk.createZeroed(path, bytes: capacity).close()
            return (path, capacity)
        } catch {
            guard error.isNoSpace else { throw .disk(error) }
        }
        let refusal = full(needed: capacity)
        let reserve = spares.withLock { spares -> Int? in
            guard essential, let reserve = spares.reserve, reserve >= needed else { return nil }
            spares.reserve = nil
            return reserve
        }
        guard let reserve else { throw refusal }
        return (files.reserve, reserve)
    }

    /// Notes that the disk is full and gives the refusal that says so.
    func full(needed: Int) -> LogError {
        published.withLock { if $0.state == .writable { $0.state = .diskFull } }
        let free: UInt64
        do { free = try disk.freeBytes(files.directory) } catch { free = 0 }
        return .diskFull(directory: files.directory, needed: needed, free: free)
    }

    /// Leaves the full state when a segment and a reserve fit again; refuses otherwise.
    func resume() throws(LogError) {
        let (hasNext, hasReserve) = spares.withLock { ($0.next != nil, $0.reserve != nil) }
        let missing = (hasNext ? 0 : 1) + (hasReserve ? 0 : 1)
        let needed = missing * options.firstSegmentBytes
        let free: UInt64
        do { free = try disk.freeBytes(files.directory) } catch { throw .disk(error) }
        let refusal = LogError.diskFull(directory: files.directory, needed: needed, free: free)
        // Slack for directories and the watermark.
        if free < UInt64(needed) + UInt64(needed > 0 ? 65_536 : 0) { throw refusal }
        do {
            try fill(next: options.firstSegmentBytes)
        } catch {
            throw error.isNoSpace ? refusal : .disk(error)
        }
        let isReady = spares.withLock { $0.next != nil && $0.reserve != nil }
        guard isReady else { throw refusal }
        published.withLock { if $0.state == .diskFull { $0.state = .writable } }
    }

    /// Fills the spares that are missing; the reserve comes first.
    private func fill(next size: Int?) throws(DiskError) {
        let outcome = filling.withLockIfAvailable { _ -> DiskError? in
            do throws(DiskError) {
                let (hasNext, hasReserve) = spares.withLock {
                    ($0.next != nil, $0.reserve != nil)
                }
                if !hasReserve {
                    try fillSpare(files.reserve, bytes: options.firstSegmentBytes)
                    spares.withLock { $0.reserve = options.firstSegmentBytes }
                }
                if let size, !hasNext {
                    try fillSpare(files.next, bytes: size)
                    spares.withLock { $0.next = size }
                }
                return nil
            } catch {
                return error
            }
        }
        if case .some(.some(let error)) = outcome { throw error }
    }

    private func fillSpare(_ path: String, bytes: Int) throws(DiskError) {
        // Asked first: filling a full disk to the last byte over and over would wear it out.
        if try disk.freeBytes(files.directory) < UInt64(bytes) {
            throw DiskError(.create, path, errno: DiskError.noSpace)
        }
        let filling = path + LogletFiles.fillingSuffix
        try disk.createZeroed(filling, bytes: bytes).close()
        try disk.rename(filling, to: path)
        try disk.syncDirectory(files.directory)
    }

    public func trim(before position: Position) throws(LogError) {
        let doomed = published.withLock { published -> [Segment] in
            var count = 0
            while count + 1 < published.segments.count,
                published.segments[count + 1].first <= position
            {
                count += 1
            }
            defer { published.segments.removeFirst(count) }
            return Array(published.segments.prefix(count))
        }
        if doomed.isEmpty { return }
        do {
            // Oldest first, so that what a crash leaves is still one dense range.
            for segment in doomed { try disk.remove(segment.path) }
            try disk.syncDirectory(files.directory)
        } catch {
            throw .disk(error)
        }
    }
}
