internal import Host
internal import Resources
internal import Trust

extension Reproducer {
    /// Copies it to a directory of an existing host (Docs/Formats/host.md): what `toDirectory`
    /// makes, over the system's ssh. A copy that was interrupted goes on; a directory that holds
    /// another system is refused without force. `bandwidth` is the most bytes a second;
    /// `isCancelled` ends it while the host is waited for.
    public func toHost(
        _ address: HostAddress, access: HostAccess = HostAccess(), bandwidth: Int64? = nil,
        isForced: Bool = false, isCancelled: @escaping @Sendable () -> Bool = { false },
        report: (Progress) throws(ReproductionError) -> Void = { _ in }
    ) throws(ReproductionError) -> CopyProgress {
        try toHost(
            address, over: try access.launch(to: address), bandwidth: bandwidth,
            isForced: isForced, isCancelled: isCancelled, report: report)
    }

    /// The same over any program that runs the script of a host.
    func toHost(
        _ address: HostAddress, over launch: Launch, bandwidth: Int64? = nil,
        isForced: Bool = false, isCancelled: @escaping @Sendable () -> Bool = { false },
        report: (Progress) throws(ReproductionError) -> Void = { _ in }
    ) throws(ReproductionError) -> CopyProgress {
        let link = try HostLink(
            launch, host: address.description, clock: clock, isCancelled: isCancelled)
        let blobs = BlobSources(sources)
        let copy = HostCopy(link: link, blobs: blobs, clock: clock, bandwidth: bandwidth)
        let missing = try copy.missing(description.blobs)
        try facts(address, link).check(
            description, needed: missing.reduce(1 << 20) { $0 + $1.blob.size - $1.have },
            isForced: isForced)
        var steps = CopySteps(
            Controller(
                .init(
                    generation: description.digest, sequence: description.sequence, kind: .host,
                    target: address.description)),
            CopyProgress(of: description.blobs, began: clock.ticks))
        try steps.take(.began, report)
        try verify(blobs, &steps, report)
        try link.tell("begin", expecting: "ready")
        try send(missing, copy, &steps, report)
        try steps.take(.gathered, report)
        try steps.take(.began, report)
        try finish(copy)
        try steps.take(.constructed(description.digest), report)
        try copy.prove(description.blobs)
        let found = try link.ask("sum description")
        guard let digest = ContentDigest(found) else {
            throw HostFailure.strange(found, host: link.host)
        }
        try steps.take(.wasRead(digest), report)
        return steps.progress
    }

    private func facts(
        _ address: HostAddress, _ link: HostLink
    ) throws(ReproductionError) -> TargetFacts {
        let line = try link.ask("look")
        guard let look = HostLook(line) else { throw HostFailure.strange(line, host: link.host) }
        var facts = try look.facts(address, of: description.digest)
        // Where the kernel is the same, a path may be one of this machine.
        if look.boot == Self.boot {
            facts.isRunning = running.contains { own in
                own == address.directory || own.hasPrefix(address.directory + "/")
                    || address.directory.hasPrefix(own + "/")
            }
        }
        return facts
    }

    private static var boot: String? {
        // A kernel without it says nothing of where we are.
        let text = (try? LinuxFiles().text("/proc/sys/kernel/random/boot_id")) ?? nil
        return text.map { String($0.prefix { $0 != "\n" }) }
    }

    private func send(
        _ missing: [HostCopy.Missing], _ copy: HostCopy, _ steps: inout CopySteps,
        _ report: (Progress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        let controller = steps.controller
        let sent = missing.reduce(0) { $0 + $1.blob.size }
        var progress = CopyProgress(of: description.blobs, began: clock.ticks)
        progress.skip(bytes: progress.total - sent)
        try copy.send(missing, &progress) { (progress) throws(ReproductionError) in
            try report(Progress(controller: controller, copy: progress))
        }
        steps.progress = progress
    }

    /// Writes all but the content, the description last: until then it is the copy that it was.
    private func finish(_ copy: HostCopy) throws(ReproductionError) {
        let program = description.files.first { $0.path == CopyDirectory.program }?.blob
        if let program {
            try copy.link.tell("run \(program.digest.hex)")
            try copy.write(
                "pisces", Array(CopyDirectory.programText(program.digest).utf8), mode: "755")
        }
        if let release {
            try copy.write("release", release.encoded, mode: "600")
        } else {
            try copy.link.tell("drop release")
        }
        try copy.link.tell("settle")
        try copy.write("description", description.encoded, mode: "600")
        try copy.link.tell("settle")
    }
}
