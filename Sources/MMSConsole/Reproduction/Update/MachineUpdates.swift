internal import Host
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization
internal import Trust

/// The updates of the machine that this node is the first program of.
struct MachineUpdates {
    let node: LinuxNode
    let book: UpdateBook
    /// What it runs; nil when it runs from no image.
    let running: Description?
    private let devices: [String: String]
    private let slot: SlotTable.Letter?

    /// Where the small init says what it booted from (Docs/Formats/boot.md).
    init(
        _ node: LinuxNode, environment: [String: String] = LinuxSystem.environment
    ) throws(ReproductionError) {
        self.node = node
        book = UpdateBook(node)
        running = try RunningSystem(node).image
        slot = environment["PISCES_SLOT"].flatMap { SlotTable.Letter(rawValue: $0) }
        devices = environment["PISCES_DISK"].map(LinuxPartitions.labelled) ?? [:]
    }

    /// Where content goes that is sent here; it is emptied when an update has ended. A store knows what it
    /// has to sync: who puts something in syncs that one.
    var inbox: BlobStore<LinuxDisk> {
        BlobStore(disk: LinuxDisk(), path: node.apps.directory + "/update")
    }

    /// A description that was put into the inbox.
    func sentDescription(_ digest: ContentDigest) throws(ReproductionError) -> Description {
        try Description(try sent(digest, atMost: Limits.descriptionBytes.value))
    }

    /// A document that was put into the inbox.
    func sent(_ digest: ContentDigest, atMost limit: Int) throws(ReproductionError) -> [UInt8] {
        guard let size = try inbox.size(of: digest) else {
            throw ReproductionError(
                .missing, operation: "read", subject: digest.description,
                cause: "it was not sent", remedy: "send it first")
        }
        guard size <= Int64(limit) else {
            throw ReproductionError(
                .tooLarge, operation: "read", subject: digest.description,
                cause: "it has \(size) bytes; the limit is \(limit)", remedy: "describe less")
        }
        var bytes: [UInt8] = []
        try inbox.read(Blob(digest, size: size)) { bytes += $0 }
        return bytes
    }

    /// Runs `work` with the loader's volume mounted.
    func atLoader<Answer>(
        _ work: (SlotUpdater<LinuxDisk>, SlotTable.Letter) throws(ReproductionError) -> Answer
    ) throws(ReproductionError) -> Answer {
        guard let slot, let esp = devices["esp"] else {
            throw ReproductionError(
                .refused, operation: "update", subject: node.name,
                cause: "this machine was not started from the disk of an image",
                remedy: "on another Linux replace the program and restart it")
        }
        let places = try BootPlaces(esp: BootVolume.path, devices: devices)
        let updater = SlotUpdater(
            disk: LinuxDisk(), places: places, store: inbox,
            present: [BlobStore(disk: LinuxDisk(), path: "/pisces/blobs")], clock: LinuxClock())
        return try BootVolume.use(esp) { () throws(ReproductionError) in try work(updater, slot) }
    }

    /// What the slots and the loader hold.
    func table(
        _ updater: SlotUpdater<LinuxDisk>, _ slot: SlotTable.Letter
    ) throws(ReproductionError) -> SlotTable {
        let entries = try updater.folder.entries()
        let sequence = Int(clamping: running?.sequence ?? 0)
        let own = entries.first { $0.sequence == sequence }
        return SlotTable(
            running: slot, entry: own ?? LoaderEntry(sequence: sequence, tries: nil),
            entries: entries)
    }

    /// Refuses what this machine must not become.
    func check(_ offer: UpdateOffer) throws(ReproductionError) {
        let machine = UpdateOffer.Machine(
            running: running, architecture: .own, now: LinuxClock().now, floor: try book.floor(),
            quarantined: GenerationRecord.quarantined(try book.generations()))
        try offer.check(on: machine, policy: try book.policy())
    }

    /// What an update would do.
    func plan(_ offer: UpdateOffer) throws(ReproductionError) -> UpdatePlan {
        try check(offer)
        let underWay = try book.underWay()?.controller
        return try atLoader { (updater, slot) throws(ReproductionError) in
            try updater.plan(
                offer, on: try table(updater, slot), running: running, goingOn: underWay)
        }
    }

    /// Makes an update up to the restart. One that was cut off is gone on with; another one that
    /// was begun and not armed is given up first.
    func apply(
        _ offer: UpdateOffer, from sources: [any BlobSource],
        _ report: (UpdateProgress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) -> Controller {
        try check(offer)
        try Self.begin()
        defer { Self.end() }
        let entry = try takeUp(offer)
        let plan = try plan(offer)
        return try atLoader { (updater, slot) throws(ReproductionError) in
            let table = try table(updater, slot)
            let controller =
                entry?.controller
                ?? Controller(
                    .init(
                        generation: plan.generation, sequence: plan.sequence, kind: .slot,
                        target: slot.other.rawValue))
            var steps = UpdateSteps(self, id: entry?.resource.id, offer: offer)
            steps.changed = plan.changed
            return try updater.run(offer, on: table, from: sources, controller: controller) {
                (progress) throws(ReproductionError) in
                try steps.take(progress)
                try report(progress)
            }
        }
    }

    private static let isBusy = Mutex(false)

    private static func begin() throws(ReproductionError) {
        let wasBusy = isBusy.withLock { busy in
            defer { busy = true }
            return busy
        }
        guard wasBusy else { return }
        throw ReproductionError(
            .busy, operation: "update", subject: "this machine", cause: "an update is being made",
            remedy: "wait for it; see pisces update status")
    }

    private static func end() { isBusy.withLock { $0 = false } }

    /// The update under way, when it is of this offer.
    private func takeUp(_ offer: UpdateOffer) throws(ReproductionError) -> UpdateBook.Entry? {
        guard let entry = try book.underWay() else { return nil }
        if entry.controller.plan.generation == offer.description.digest { return entry }
        var controller = entry.controller
        guard !controller.isArmed else {
            throw ReproductionError(
                .busy, operation: "update", subject: node.name,
                cause: "description \(controller.plan.generation) is armed: it starts at the next "
                    + "restart", remedy: "restart the machine, then update it further")
        }
        try controller.take(.aborted(reason: "another update was begun"))
        try book.write(controller, as: entry.resource.id)
        return nil
    }
}

/// Writes each new state of an update before what it announces is done.
private struct UpdateSteps {
    private let updates: MachineUpdates
    private var id: Identifier?
    private let offer: UpdateOffer
    var changed: Int64 = 0
    private var word: String?

    init(_ updates: MachineUpdates, id: Identifier?, offer: UpdateOffer) {
        self.updates = updates
        self.id = id
        self.offer = offer
    }

    mutating func take(_ progress: UpdateProgress) throws(ReproductionError) {
        let controller = progress.controller
        guard controller.state.word != word else { return }
        word = controller.state.word
        var extra: ValueMap = ["bytes": .int(progress.copied), "changed": .int(changed)]
        extra["issued"] = offer.release.map { .int($0.issued.milliseconds) }
        if let running = updates.running {
            // The new system has to know what it comes after.
            if case .readBack = controller.state {
                let inbox = updates.inbox
                _ = try inbox.put(running.encoded)
                try inbox.sync()
                // What requests sent was put there by stores of their own.
                LinuxDisk().writeOut(inbox.path)
            }
            extra["from"] = .text(running.digest.description)
            if case .armed = controller.state {
                // Tasks of apps that the update changes are others afterwards.
                let others = Changeover(from: running, to: offer.description).appNames
                let tasks = try updates.book.healthyTasks(but: others)
                extra["apps"] = .list(tasks.map { .text($0) })
            }
        }
        id = try updates.book.write(controller, as: id, extra)
    }
}
