public import Host
internal import Resources
internal import Trust

/// Makes copies of a running system on this machine.
public struct Reproducer: Sendable {
    /// What the system is.
    public let description: Description
    /// Who vouches for it; nil when nobody does.
    public let release: Release?
    /// Where its content is.
    public let sources: [any BlobSource]
    /// What must not be in a copy.
    public let scanner: SecretScanner
    /// What this machine runs from: nothing is built there.
    public let running: [String]
    let clock: any Clock

    /// What is told of a copy while it is made.
    public struct Progress: Sendable {
        /// How far the machine of the copy is.
        public let controller: Controller
        /// Bytes, rate and estimate.
        public let copy: CopyProgress
    }

    /// Copies the system of that description, whose content comes from these sources.
    public init(
        _ description: Description, release: Release? = nil, from sources: [any BlobSource],
        scanner: SecretScanner, running: [String], clock: any Clock
    ) {
        self.description = description
        self.release = release
        self.sources = sources
        self.scanner = scanner
        self.running = running
        self.clock = clock
    }

    /// Copies it to a directory, which then is installer, backup and update without a network
    /// (Docs/Formats/copy.md). A copy that was interrupted goes on; an older copy of a system is
    /// replaced, and only what changed is copied. `report` is told of every piece and every step,
    /// before its effect; what it throws ends the copy.
    public func toDirectory(
        _ path: String, isForced: Bool = false,
        report: (Progress) throws(ReproductionError) -> Void = { _ in }
    ) throws(ReproductionError) -> CopyProgress {
        let blobs = description.blobs
        let store = BlobStore(disk: LinuxDisk(), path: path + "/blobs", quota: .max)
        let copier = Copier(into: store, clock: clock)
        let needed = try copier.missing(blobs).reduce(1 << 20) { $0 + $1.size }
        try TargetProbe.directory(path, running: running)
            .check(description, needed: needed, isForced: isForced)
        if let refusal = SecretScanner.refusal(
            scanner.scan(description.encoded, of: "the description"))
        {
            throw refusal
        }
        var steps = CopySteps(
            Controller(
                .init(
                    generation: description.digest, sequence: description.sequence,
                    kind: .directory, target: path)), CopyProgress(of: blobs, began: clock.ticks))
        try steps.take(.began, report)
        let copy = CopyDirectory(path)
        try copy.begin()
        try gather(blobs, copier, &steps, report)
        try steps.take(.gathered, report)
        try steps.take(.began, report)
        try copy.write(description, release)
        try steps.take(.constructed(description.digest), report)
        try steps.take(.wasRead(try copy.readBack(scanner)), report)
        return steps.progress
    }

    private func gather(
        _ blobs: [Blob], _ copier: Copier<LinuxDisk>, _ steps: inout CopySteps,
        _ report: (Progress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        let controller = steps.controller
        steps.progress = try copier.copy(blobs, from: sources) {
            (progress) throws(ReproductionError) in
            try report(Progress(controller: controller, copy: progress))
        }
    }
}

/// The machine of a copy with what was copied.
struct CopySteps {
    var controller: Controller
    var progress: CopyProgress

    init(_ controller: Controller, _ progress: CopyProgress) {
        self.controller = controller
        self.progress = progress
    }

    /// Tells how far it is.
    func tell(
        _ report: (Reproducer.Progress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        try report(Reproducer.Progress(controller: controller, copy: progress))
    }

    mutating func take(
        _ event: Controller.Event,
        _ report: (Reproducer.Progress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        try controller.take(event)
        try tell(report)
        if case .aborted(let reason) = controller.state {
            throw ReproductionError(
                .damaged, operation: "copy to", subject: controller.plan.target, cause: reason,
                remedy: "use another medium")
        }
    }
}
