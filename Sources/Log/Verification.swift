internal import Host
internal import Resources
internal import Synchronization

extension CommandLog {
    /// Proves the durable part of this log, beside its writer.
    public func verify() throws(LogError) -> VerifyReport {
        // A trim may remove a segment while it is read; the next attempt finds it gone.
        for _ in 0..<3 {
            let (chain, limit) = (self.chain, durable)
            do throws(LogError) {
                return try Verification(disk: disk, directory: directory, limit: limit)
                    .run(chain)
            } catch {
                guard case .disk(let cause) = error, cause.errno == DiskError.notFound else {
                    throw error
                }
            }
        }
        return try Verification(disk: disk, directory: directory, limit: durable).run(chain)
    }

    /// Proves the log of a directory that nobody has open; changes nothing.
    public static func verify(disk: D, directory: String) throws(LogError) -> VerifyReport {
        let register = FileChainRegister(disk: disk, directory: directory)
        do throws(LogError) {
            guard let chain = try register.read() else {
                throw .disk(DiskError(.open, register.path, errno: DiskError.notFound))
            }
            return try Verification(disk: disk, directory: directory, limit: nil).run(chain)
        } catch {
            guard case .corrupt(let defect) = error else { throw error }
            var report = VerifyReport()
            report.defect = defect
            return report
        }
    }
}

/// Reads a whole log and checks every byte of it that means something.
struct Verification<D: Disk> {
    let disk: D
    let directory: String
    /// The last position to look at; nil for all.
    let limit: Position?

    func run(_ chain: Chain) throws(LogError) -> VerifyReport {
        var walk = VerificationWalk()
        for manifest in try manifests(&walk) where limit == nil {
            walk.report.last = max(walk.report.last, manifest.position)
        }
        let witnessed = walk.report.last
        walk.report.last = .zero
        for link in chain.links where walk.report.defect == nil {
            do throws(DiskError) {
                try verify(link, of: chain, witnessed: witnessed, &walk)
            } catch {
                throw .disk(error)
            }
        }
        return walk.report
    }

    private func manifests(_ walk: inout VerificationWalk) throws(LogError) -> [CheckpointManifest]
    {
        do {
            return try Checkpoints(disk: disk, directory: directory).list()
        } catch LogError.corrupt(let defect) {
            walk.report.defect = defect
            return []
        }
    }

    private func verify(
        _ link: Chain.Link, of chain: Chain, witnessed: Position, _ walk: inout VerificationWalk
    ) throws(DiskError) {
        guard let number = LogPlace<D>.number(link.loglet) else { return }
        let files = LogPlace(disk: disk, directory: directory, mount: .root).files(number)
        let identity = LogletIdentity(
            cluster: chain.cluster, log: chain.log, number: number, epoch: link.epoch)
        let recovery = LogletRecovery(
            disk: disk, files: files, identity: identity, knownDurable: .zero, repairs: false)
        let found = try recovery.inventory()
        var durable = max(witnessed, found.sealed ?? .zero, link.last ?? .zero)
        durable = max(durable, found.watermark?.position ?? .zero)
        walk.report.defect = walk.report.defect ?? found.defect
        if found.segments.isEmpty {
            walk.fail(link.first, files.directory, 0, "the loglet has no segment")
        }
        for (number, segment) in found.segments.enumerated() where walk.report.defect == nil {
            if let limit, segment.first > limit { break }
            let following = number + 1 < found.segments.count ? found.segments[number + 1] : nil
            try verify(
                segment, identity, durable: following?.first.previous ?? durable,
                isLast: following == nil, &walk)
            let isDone = limit.map { walk.report.last >= $0 } ?? false
            if let following, walk.report.defect == nil, !isDone,
                walk.report.last.next != following.first
            {
                walk.fail(
                    walk.report.last.next, following.path, 0,
                    "the segment begins at \(following.first)")
            }
        }
        if limit == nil { try verifyWatermark(files, recovery, &walk) }
    }

    private func verify(
        _ segment: Segment, _ identity: LogletIdentity, durable: Position, isLast: Bool,
        _ walk: inout VerificationWalk
    ) throws(DiskError) {
        let file = try disk.open(segment.path, writing: false)
        defer { file.close() }
        var scanner = SegmentScanner(file, size: segment.bytes, direct: false, chunk: 1 << 20)
        let header: SegmentHeader
        switch try scanner.header() {
        case .failure(let flaw):
            return walk.fail(segment.first, segment.path, 0, flaw.reason)
        case .success(let found): header = found
        }
        guard header.log == identity.log, header.loglet == identity.number,
            header.cluster == identity.cluster, header.first == segment.first,
            walk.next == nil || header.first == walk.next,
            walk.previous == nil || header.previous == walk.previous
        else {
            return walk.fail(
                segment.first, segment.path, 0, "the segment does not continue the one before")
        }
        if walk.next == nil { walk.report.first = header.first }
        let scan = try scanner.scan(header, durable: durable, limit: limit)
        walk.accept(scan)
        switch scan.rest {
        case .zeros: break
        case .corrupt(let flaw):
            walk.fail(flaw.position, segment.path, flaw.offset, flaw.reason)
        case .torn(let flaw, _):
            if isLast {
                walk.report.torn = Defect(
                    position: flaw.position, file: segment.path, offset: flaw.offset,
                    reason: flaw.reason)
            } else {
                walk.fail(flaw.position, segment.path, flaw.offset, flaw.reason)
            }
        }
    }

    private func verifyWatermark(
        _ files: LogletFiles, _ recovery: LogletRecovery<D>, _ walk: inout VerificationWalk
    ) throws(DiskError) {
        guard walk.report.defect == nil, try disk.exists(files.watermark) else { return }
        if let slot = try recovery.readWatermark(files.watermark).damaged.first {
            walk.fail(.zero, files.watermark, slot, "a watermark is damaged")
        }
    }
}

/// What was found so far, and what the next segment must continue.
private struct VerificationWalk {
    var report = VerifyReport()
    var previous: ChainHash?
    var next: Position?
}

extension VerificationWalk {
    fileprivate mutating func accept(_ scan: SegmentScan) {
        report.entries += scan.entries
        report.segments += 1
        report.bytes += scan.end
        report.last = scan.last
        report.hash = scan.hash
        previous = scan.hash
        next = scan.last.next
    }

    fileprivate mutating func fail(
        _ position: Position, _ file: String, _ offset: Int, _ reason: String
    ) {
        report.defect =
            report.defect
            ?? Defect(position: position, file: file, offset: offset, reason: reason)
    }
}

extension Position {
    /// The position before this one; 0 has none and gives itself.
    var previous: Position { Position(rawValue == 0 ? 0 : rawValue - 1) }
}
