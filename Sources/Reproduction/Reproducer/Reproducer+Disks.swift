internal import Host
internal import Resources
internal import Trust

extension Reproducer {
    /// Builds it on a disk of this machine: after that the disk boots. All of the disk is taken.
    public func toDevice(
        _ path: String, isForced: Bool = false,
        report: (Progress) throws(ReproductionError) -> Void = { _ in }
    ) throws(ReproductionError) -> CopyProgress {
        let needed = try ImageLayout(description).diskBytes
        try TargetProbe.device(path, running: running)
            .check(description, needed: needed, isForced: isForced)
        let target = try DiskTarget.device(path, isForced: isForced)
        defer { target.close() }
        let done = try build(on: target, .device, path, diskBytes: target.size, report)
        // Where the kernel does not look again, it sees the partitions when the disk is connected
        // the next time; nothing here needs them.
        try? target.showPartitions()
        return done
    }

    /// Builds it in a file that is the image of a disk of the least size; a file that is there is
    /// replaced when the new one is whole.
    public func toImage(
        _ path: String, isForced: Bool = false,
        report: (Progress) throws(ReproductionError) -> Void = { _ in }
    ) throws(ReproductionError) -> CopyProgress {
        // Zeros take no room; the kernel is in the root and in the ESP.
        let content = description.blobs.reduce(0) { $0 + $1.size }
        try TargetProbe.image(path, running: running)
            .check(description, needed: content + (64 << 20), isForced: isForced)
        let part = path + ".part"
        do throws(ProcessError) { try LinuxFiles().remove(part) } catch {
            throw ReproductionError(error)
        }
        let size = try ImageLayout(description).diskBytes
        let target = try DiskTarget.newFile(LinuxDisk(), part, size: size)
        defer { target.close() }
        let done = try build(on: target, .image, path, diskBytes: nil, report)
        do throws(DiskError) { try LinuxDisk().rename(part, to: path) } catch {
            throw ReproductionError(error, nil)
        }
        return done
    }

    private func build(
        on target: some ImageTarget, _ kind: ReproductionTarget, _ path: String,
        diskBytes: Int64?, _ report: (Progress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) -> CopyProgress {
        let blobs = BlobSources(sources)
        let constructor = try Constructor(description, blobs: blobs)
        var steps = CopySteps(
            Controller(
                .init(
                    generation: description.digest, sequence: description.sequence, kind: kind,
                    target: path)), CopyProgress(of: description.blobs, began: clock.ticks))
        try steps.take(.began, report)
        try verify(blobs, &steps, report)
        try steps.take(.gathered, report)
        try steps.take(.began, report)
        let proven = ProvenTarget(target)
        try construct(constructor, proven, diskBytes, &steps, report)
        try steps.take(.constructed(proven.written), report)
        steps.progress = CopyProgress(
            bytes: steps.progress.total, blobs: steps.progress.blobs, began: clock.ticks)
        let found = try proven.readBack { (count) throws(ReproductionError) in
            steps.progress.add(Int64(count), now: clock.ticks)
            try steps.tell(report)
        }
        try steps.take(.wasRead(found), report)
        return steps.progress
    }

    /// Reads all content: each is what its digest says, and no secret of this machine is in it.
    /// For who gives it to others piece by piece.
    public func prove() throws(ReproductionError) {
        var steps = CopySteps(
            Controller(
                .init(
                    generation: description.digest, sequence: description.sequence, kind: .machine,
                    target: "another machine")),
            CopyProgress(of: description.blobs, began: clock.ticks))
        try verify(BlobSources(sources), &steps) { (_) in }
    }

    /// Reads all content before a byte of the target is touched: each is what its digest says, and
    /// no secret of this machine is in it.
    func verify(
        _ blobs: BlobSources, _ steps: inout CopySteps,
        _ report: (Progress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        var findings = scanner.scan(description.encoded, of: "the description")
        let foreign = Set(description.provenance.map(\.digest))
        for blob in description.blobs {
            var stream = scanner.stream(blob.digest.description)
            try blobs.read(blob) { (bytes) throws(ReproductionError) in
                stream.scan(bytes)
                steps.progress.add(Int64(bytes.count), now: clock.ticks)
                try steps.tell(report)
            }
            findings += stream.findings.filter { !$0.isName || !foreign.contains(blob.digest) }
        }
        if let refusal = SecretScanner.refusal(findings) { throw refusal }
    }

    private func construct<Blobs: BlobSource>(
        _ constructor: Constructor<Blobs>, _ target: some ImageTarget, _ diskBytes: Int64?,
        _ steps: inout CopySteps, _ report: (Progress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        let (began, blobs) = (clock.ticks, steps.progress.blobs)
        var progress: CopyProgress?
        _ = try constructor.construct(on: target, diskBytes: diskBytes) {
            (made) throws(ReproductionError) in
            var now = progress ?? CopyProgress(bytes: made.total, blobs: blobs, began: began)
            now.add(made.done - now.done, now: clock.ticks)
            progress = now
            steps.progress = now
            try steps.tell(report)
        }
    }
}
