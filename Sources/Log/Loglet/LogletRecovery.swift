internal import Host
internal import Resources

/// What recovery found in a loglet's files.
struct RecoveredLoglet<File: DiskFile> {
    var segments: [Segment]
    /// The last segment, open for writing; nil when it cannot be used.
    var file: File?
    var scan: SegmentScan?
    var tail: Position
    var hash: ChainHash
    var epoch: UInt64
    var watermark: Watermark?
    var sealed: Position?
    var next: Int?
    var reserve: Int?
    /// Why the loglet is open for reading only.
    var defect: Defect?
    /// An unfinished write that was cut off.
    var cut: LogCut?
}

/// Opens the files of a loglet after any crash, by the recovery rule of design/01.
struct LogletRecovery<D: Disk> {
    let disk: D
    let files: LogletFiles
    let identity: LogletIdentity
    /// The highest position known durable from elsewhere.
    let knownDurable: Position
    /// Whether anything may be changed on the disk.
    let repairs: Bool

    static var chunk: Int { 1 << 20 }

    func run() throws(DiskError) -> RecoveredLoglet<D.File> {
        var found = try inventory()
        guard let last = found.segments.last else {
            found.defect = defect(
                Position(1), files.directory, 0, "the loglet has no segment, but the chain names it"
            )
            return found
        }
        let durable = max(
            knownDurable, found.watermark?.position ?? .zero, found.sealed ?? .zero)
        let file = try disk.open(last.path, writing: repairs)
        var direct = true
        do {
            _ = try file.readDirect(at: 0, count: SegmentHeader.bytes)
        } catch  where error.errno == DiskError.invalid || error.errno == DiskError.notSupported {
            direct = false
        }
        try examine(&found, last, file, direct: direct, durable: durable)
        guard repairs, found.defect == nil, let scan = found.scan else { return found }
        if case .torn(let flaw, let through) = scan.rest {
            found.cut = try cut(last, file, from: flaw, scan.end..<through, direct: direct)
        }
        if direct {
            try file.syncData()
            found.file = file
        } else {
            found.file = try copyAfresh(last, file, end: scan.end)
        }
        return found
    }

    /// Lists the directory, removes what was being prepared, reads seal and watermark.
    func inventory() throws(DiskError) -> RecoveredLoglet<D.File> {
        var found = RecoveredLoglet<D.File>(
            segments: [], tail: .zero, hash: .zero, epoch: identity.epoch)
        for name in try disk.list(files.directory) {
            let path = files.directory + "/" + name
            if name.hasSuffix(LogletFiles.fillingSuffix) {
                if repairs { try disk.remove(path) }
            } else if let first = LogletFiles.first(ofSegment: name) {
                if first == .zero {
                    found.defect = defect(first, path, 0, "positions begin at 1, not at 0")
                    continue
                }
                found.segments.append(
                    Segment(first: first, path: path, bytes: try size(of: path)))
            } else if path == files.next {
                found.next = try size(of: path)
            } else if path == files.reserve {
                found.reserve = try size(of: path)
            } else if path == files.watermark {
                found.watermark = try readWatermark(path).best
            } else if path == files.seal {
                let bytes = try read(path)
                found.sealed = SealMark.decode(bytes, log: identity.log)?.tail
                if found.sealed == nil {
                    found.defect = defect(Position(1), path, 0, "the seal is damaged")
                }
            }
        }
        return found
    }

    private func examine(
        _ found: inout RecoveredLoglet<D.File>, _ last: Segment, _ file: D.File, direct: Bool,
        durable: Position
    ) throws(DiskError) {
        found.tail = Position(last.first.rawValue - 1)
        var scanner = SegmentScanner(file, size: last.bytes, direct: direct, chunk: Self.chunk)
        switch try scanner.header() {
        case .failure(let flaw):
            found.defect = found.defect ?? defect(last.first, last.path, 0, flaw.reason)
        case .success(let header):
            guard header.cluster == identity.cluster, header.log == identity.log,
                header.first == last.first, header.loglet == identity.number
            else {
                found.defect = defect(
                    last.first, last.path, 0, "the segment belongs to another log or place")
                return
            }
            let scan = try scanner.scan(header, durable: durable)
            found.scan = scan
            found.tail = scan.last
            found.hash = scan.hash
            found.epoch = scan.epoch
            if case .corrupt(let flaw) = scan.rest {
                found.defect =
                    found.defect
                    ?? defect(flaw.position, last.path, flaw.offset, flaw.reason)
            }
        }
    }

    /// Moves an unfinished write to the quarantine and leaves zeros in its place.
    private func cut(
        _ segment: Segment, _ file: D.File, from flaw: Flaw, _ range: Range<Int>, direct: Bool
    ) throws(DiskError) -> LogCut {
        try disk.createDirectory(files.quarantine)
        try disk.syncDirectory(parent(of: files.quarantine))
        let name =
            LogletFiles.padded(identity.number) + "-"
            + LogletFiles.padded(
                segment.first.rawValue) + "-" + String(range.lowerBound) + ".torn"
        let path = files.quarantine + "/" + name
        if try disk.exists(path) { try disk.remove(path) }
        let copy = try disk.create(path)
        defer { copy.close() }
        try eachChunk(range) { (part) throws(DiskError) in
            let bytes =
                direct
                ? try file.readDirect(at: part.lowerBound, count: part.count)
                : try file.read(at: part.lowerBound, count: part.count)
            try unsafe copy.write(bytes.span.bytes, at: part.lowerBound - range.lowerBound)
        }
        try copy.syncData()
        try disk.syncDirectory(files.quarantine)
        try eachChunk(range) { (part) throws(DiskError) in
            let zeros = [UInt8](repeating: 0, count: part.count)
            try unsafe file.write(zeros.span.bytes, at: part.lowerBound)
        }
        try file.syncData()
        return LogCut(
            position: flaw.position, file: segment.path, offset: range.lowerBound,
            bytes: range.count, quarantine: path, reason: flaw.reason)
    }

    /// Where the file system has no direct reads, the accepted part is written again and synced
    /// before it is trusted: the page cache may hold what a failed sync never wrote.
    private func copyAfresh(
        _ segment: Segment, _ file: D.File, end: Int
    ) throws(DiskError) -> D.File {
        let path = segment.path + LogletFiles.fillingSuffix
        let copy = try disk.create(path)
        try eachChunk(0..<segment.bytes) { (part) throws(DiskError) in
            var bytes = [UInt8](repeating: 0, count: part.count)
            if part.lowerBound < end {
                let kept = min(part.upperBound, end) - part.lowerBound
                let valid = try file.read(at: part.lowerBound, count: kept)
                bytes.replaceSubrange(0..<valid.count, with: valid)
            }
            try unsafe copy.write(bytes.span.bytes, at: part.lowerBound)
        }
        try copy.syncData()
        try disk.rename(path, to: segment.path)
        try disk.syncDirectory(files.directory)
        file.close()
        copy.close()
        return try disk.open(segment.path, writing: true)
    }

    private func eachChunk(
        _ range: Range<Int>, _ body: (Range<Int>) throws(DiskError) -> Void
    ) throws(DiskError) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + Self.chunk, range.upperBound)
            try body(start..<end)
            start = end
        }
    }

    /// The best of the two watermarks, and the offsets of slots that are neither valid nor zero.
    func readWatermark(
        _ path: String
    ) throws(DiskError) -> (best: Watermark?, damaged: [Int]) {
        let bytes = try read(path)
        var (best, damaged): (Watermark?, [Int]) = (nil, [])
        for slot in [0, Watermark.stride] {
            let page = Array(bytes.dropFirst(slot).prefix(Watermark.stride))
            let sector = Array(page.prefix(Layout.sector))
            if let mark = Watermark.decode(sector), mark.log == identity.log,
                mark.loglet == identity.number
            {
                if mark.sequence > best?.sequence ?? 0 { best = mark }
                if page.dropFirst(Layout.sector).contains(where: { $0 != 0 }) {
                    damaged.append(slot)
                }
            } else if page.contains(where: { $0 != 0 }) {
                damaged.append(slot)
            }
        }
        return (best, damaged)
    }

    private func read(_ path: String) throws(DiskError) -> [UInt8] {
        let file = try disk.open(path, writing: false)
        defer { file.close() }
        return try file.read(at: 0, count: Watermark.fileBytes)
    }

    private func size(of path: String) throws(DiskError) -> Int {
        let file = try disk.open(path, writing: false)
        defer { file.close() }
        return try file.size()
    }

    private func defect(
        _ position: Position, _ file: String, _ offset: Int, _ reason: String
    ) -> Defect {
        Defect(position: position, file: file, offset: offset, reason: reason)
    }
}
