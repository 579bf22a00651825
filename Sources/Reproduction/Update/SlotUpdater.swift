public import Host
internal import Resources
internal import Trust

/// Brings a new system into the slot that does not run and tells the loader of it (design/05,
/// update, steps 2 to 4).
///
/// Each step may be cut off anywhere and is taken up again from what the log has: the loader starts
/// only what is whole, and the entry of the running system is never touched.
public struct SlotUpdater<D: Disk>: Sendable {
    let disk: D
    /// Where the systems of this machine are.
    public let places: BootPlaces
    /// Where content goes that the machine does not have.
    public let store: BlobStore<D>
    private let present: [any BlobSource]
    private let clock: any Clock

    /// Is told of every step before its effect, and of bytes; what it throws ends the update.
    public typealias Report = (UpdateProgress) throws(ReproductionError) -> Void

    /// An updater; `present` is what the machine has of content beside the store.
    public init(
        disk: D, places: BootPlaces, store: BlobStore<D>, present: [any BlobSource],
        clock: any Clock
    ) {
        self.disk = disk
        self.places = places
        self.store = store
        self.present = present
        self.clock = clock
    }

    /// The loader's volume.
    public var folder: BootFolder<D> { BootFolder(disk: disk, path: places.esp) }

    /// All content that is on this machine.
    var blobs: BlobSources { BlobSources(present + [store]) }

    /// Which content of a description has to be copied here first.
    public func missing(_ description: Description) throws(ReproductionError) -> [Blob] {
        let blobs = self.blobs
        var missing: [Blob] = []
        for blob in description.blobs where try !blobs.has(blob) { missing.append(blob) }
        return missing
    }

    /// What an update would do; refuses one that cannot be written here. `controller` is the
    /// update under way that this one goes on with.
    public func plan(
        _ offer: UpdateOffer, on table: SlotTable, running: Description?,
        goingOn controller: Controller? = nil
    ) throws(ReproductionError) -> UpdatePlan {
        let description = offer.description
        try checkTable(table)
        let isOurs = controller?.plan.generation == description.digest
        let others = table.entries.filter { !isOurs || $0.sequence != Int(description.sequence) }
        let entry = try SlotTable(running: table.running, entry: table.entry, entries: others)
            .next(Int(clamping: description.sequence))
        let constructor = try Constructor(description, blobs: blobs)
        try checkRoom(constructor, table)
        return UpdatePlan(
            generation: description.digest, sequence: description.sequence, slot: table.passive,
            removed: table.toRemove, entry: entry,
            changed: running.map { offer.changedBytes(since: $0) } ?? 0,
            missing: try missing(description), written: constructor.proofBytes,
            keepsLoader: running?.boot?.loader != description.boot?.loader
                || running?.boot?.guardian != description.boot?.guardian)
    }

    /// Makes the update up to the point where the machine has to restart, or ends it. `controller`
    /// is what the log has of it.
    public func run(
        _ offer: UpdateOffer, on table: SlotTable, from sources: [any BlobSource],
        controller: Controller, report: Report
    ) throws(ReproductionError) -> Controller {
        let constructor = try Constructor(offer.description, blobs: blobs)
        var progress = UpdateProgress(controller, now: clock.ticks)
        while true {
            switch progress.controller.action {
            case .gather: try gather(offer, sources, &progress, report)
            case .construct: try construct(constructor, table, &progress, report)
            case .readBack: try readBack(constructor, table, &progress, report)
            case .arm: try arm(constructor, table, &progress, report)
            case .restart, .selfTest, .bless, .fallBack, .finished: return progress.controller
            }
        }
    }

    private func take(
        _ event: Controller.Event, _ progress: inout UpdateProgress, _ report: Report
    ) throws(ReproductionError) {
        try progress.take(event, now: clock.ticks)
        try report(progress)
    }

    private func gather(
        _ offer: UpdateOffer, _ sources: [any BlobSource], _ progress: inout UpdateProgress,
        _ report: Report
    ) throws(ReproductionError) {
        try take(.began, &progress, report)
        var step = progress
        let copy = try Copier(into: store, clock: clock).copy(
            try missing(offer.description), from: sources
        ) { (copy) throws(ReproductionError) in
            step.set(done: copy.done, of: copy.total, now: clock.ticks)
            step.set(copied: copy.copied)
            try report(step)
        }
        progress.set(copied: copy.copied)
        try take(.gathered, &progress, report)
    }

    /// The loader loses what the slot holds before the slot is written.
    private func construct(
        _ constructor: Constructor<BlobSources>, _ table: SlotTable,
        _ progress: inout UpdateProgress, _ report: Report
    ) throws(ReproductionError) {
        try take(.began, &progress, report)
        try folder.remove(try removable(table))
        var step = progress
        let seal = try withSlot(table.passive) {
            (root, verity) throws(ReproductionError) in
            try constructor.slot(root: root, verity: verity) {
                (built) throws(ReproductionError) in
                step.set(done: built.done, of: built.total, now: clock.ticks)
                try report(step)
            }
        }
        try take(.constructed(seal.root), &progress, report)
    }

    private func readBack(
        _ constructor: Constructor<BlobSources>, _ table: SlotTable,
        _ progress: inout UpdateProgress, _ report: Report
    ) throws(ReproductionError) {
        let seal = try proof(constructor, table, progress, report)
        try take(.wasRead(seal.root), &progress, report)
        guard case .aborted(let reason) = progress.controller.state else { return }
        throw ReproductionError(
            .damaged, operation: "update", subject: "slot \(table.passive.rawValue)",
            cause: reason, remedy: "look after the disk")
    }

    private func arm(
        _ constructor: Constructor<BlobSources>, _ table: SlotTable,
        _ progress: inout UpdateProgress, _ report: Report
    ) throws(ReproductionError) {
        // After a restart the slot is proven anew: the log knows the hash, not the bytes.
        let seal = try proof(constructor, table, progress, report)
        guard seal.root == progress.controller.root else {
            try take(
                .aborted(reason: "slot \(table.passive.rawValue) has changed since it was read"),
                &progress, report)
            return
        }
        let entry = LoaderEntry(
            sequence: Int(clamping: constructor.description.sequence),
            tries: .init(left: progress.controller.plan.tries))
        try folder.install(entry, try constructor.unifiedKernel(seal), from: blobs)
        try take(.armed, &progress, report)
    }

    private func proof(
        _ constructor: Constructor<BlobSources>, _ table: SlotTable, _ progress: UpdateProgress,
        _ report: Report
    ) throws(ReproductionError) -> RootSeal {
        var (step, done) = (progress, Int64(0))
        return try withSlot(table.passive) { (root, verity) throws(ReproductionError) in
            try constructor.proof(root: DirectTarget(root), verity: DirectTarget(verity)) {
                (count) throws(ReproductionError) in
                done += count
                step.set(done: done, of: constructor.proofBytes, now: clock.ticks)
                try report(step)
            }
        }
    }

    private func withSlot<Answer>(
        _ slot: SlotTable.Letter,
        _ work: (DiskTarget<D.File>, DiskTarget<D.File>) throws(ReproductionError) -> Answer
    ) throws(ReproductionError) -> Answer {
        let root = try DiskTarget.existing(disk, places.root(slot))
        defer { root.close() }
        let verity = try DiskTarget.existing(disk, places.verity(slot))
        defer { verity.close() }
        return try work(root, verity)
    }
}

extension SlotUpdater {
    /// All entries but that of the running system, as the volume has them now.
    private func removable(_ table: SlotTable) throws(ReproductionError) -> [LoaderEntry] {
        SlotTable(
            running: table.running, entry: table.entry, entries: try folder.entries()
        ).toRemove
    }

    /// Nothing is written while the running system is on trial: it may be the next to be given up.
    private func checkTable(_ table: SlotTable) throws(ReproductionError) {
        guard table.entries.contains(table.entry) else {
            throw refusal("the loader has no entry of the running system", "restart the machine")
        }
        guard table.entry.tries == nil else {
            throw refusal(
                "the running system is on trial itself", "wait until pisces update status says good"
            )
        }
    }

    private func checkRoom(
        _ constructor: Constructor<BlobSources>, _ table: SlotTable
    ) throws(ReproductionError) {
        let root = constructor.root.blocks
        try withSlot(table.passive) { (rootTarget, verityTarget) throws(ReproductionError) in
            try Self.check(rootTarget, needed: root * RootFileSystem.block)
            try Self.check(verityTarget, needed: VerityTree.bytes(over: root))
        }
        var room = try folder.freeBytes()
        for entry in try removable(table) { room += try folder.bytes(of: entry) }
        let description = constructor.description
        let boot = try constructor.bootParts()
        // Headers, words and padding: a page for each file and 64 KiB.
        let needed =
            boot.kernel.size + boot.program.size + boot.stub.size + (64 << 10)
            + description.modules.reduce(0) { $0 + $1.blob.size + 4096 }
        guard room >= needed else {
            throw ReproductionError(
                .tooLarge, operation: "update", subject: folder.path,
                cause: "the boot image takes \(needed) bytes, the loader's volume has \(room)",
                remedy: "remove what does not belong there, or describe fewer modules")
        }
    }

    private static func check(
        _ target: DiskTarget<D.File>, needed: Int64
    ) throws(ReproductionError) {
        guard target.size >= needed else {
            throw ReproductionError(
                .tooLarge, operation: "update", subject: target.name,
                cause: "it has \(target.size) bytes and the system takes \(needed)",
                remedy: "describe less; the partitions of a disk do not grow")
        }
    }

    private func refusal(_ cause: String, _ remedy: String) -> ReproductionError {
        ReproductionError(
            .refused, operation: "update", subject: "this machine", cause: cause, remedy: remedy)
    }
}
