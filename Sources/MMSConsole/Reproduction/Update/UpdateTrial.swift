internal import Host
internal import Log
internal import Node
internal import Reproduction
internal import Resources
internal import Trust
internal import ZeroProcs

/// What the first program of a machine does about updates once its node runs: it finds out whether
/// this system is on trial, examines it and keeps it, or gives it up; or that the machine fell back,
/// and why (design/05, update, steps 7 and 8).
public struct UpdateTrial: Sendable {
    private let api: API
    private let lastWords: String
    private let note: @Sendable (String) -> Void
    private let warn: @Sendable (String) -> Void
    private let tell: @Sendable (String?) -> Void

    private var node: LinuxNode { api.node }
    private var changeovers: ChangeoverBook { ChangeoverBook(api: api) }

    /// The trial of the system that runs behind that console. `lastWords` is the file in which
    /// systems that gave themselves up say why; `note` shows a line to whoever looks at the machine
    /// now, `warn` to whoever looks later too, and `tell` how its restart goes on, until the next.
    public init(
        of console: ConsoleServer, lastWords: String, note: @escaping @Sendable (String) -> Void,
        warn: @escaping @Sendable (String) -> Void, tell: @escaping @Sendable (String?) -> Void
    ) {
        api = console.api
        self.lastWords = lastWords
        self.note = note
        self.warn = warn
        self.tell = tell
    }

    /// How it ended.
    public enum Verdict: Sendable {
        /// The machine stays as it is.
        case stays
        /// The system is unsound: the machine has to restart, and the loader counts.
        case restart
    }

    /// Before any task is started: apps and configuration become those of the system that runs.
    /// What an update brought that the machine fell back from is undone; what this one brings is
    /// there when its apps are examined.
    public func prepare() {
        do throws(ReproductionError) {
            let updates = try MachineUpdates(node)
            guard let running = updates.running else { return }
            let entry = try updates.book.underWay()
            let isOnTrial = entry?.controller.plan.generation == running.digest
            let notes = try changeovers.settle(running: running.digest, isOnTrial: isOnTrial)
            for line in notes { note(line) }
            guard let entry, isOnTrial else { return }
            _ = try changeovers.begin(running: running, update: entry, in: updates)
        } catch {
            // The examination tries again, and finds the system unsound when it cannot.
            note("updates: \(error)")
        }
    }

    /// Reads the loader and the log, and examines the system if it is on trial. Returns when that
    /// has ended; `isStopping` ends it without a verdict.
    public func run(isStopping: @Sendable () -> Bool) -> Verdict {
        do throws(ReproductionError) {
            let updates = try MachineUpdates(node)
            guard let running = updates.running else { return .stays }
            return try judge(updates, running, isStopping)
        } catch {
            warn("updates: \(error)")
            return .stays
        }
    }

    /// Waits until the machine is to restart into an update that was made while its node runs;
    /// false when `isStopping` ended that.
    public func awaitTurn(isStopping: @Sendable () -> Bool) -> Bool {
        while !isStopping() {
            if api.restarts.step(tell: tell) { return true }
            LinuxSystem.pause(milliseconds: UInt32(Limits.updateTrials.value))
        }
        return false
    }

    private func judge(
        _ updates: MachineUpdates, _ running: Description, _ isStopping: () -> Bool
    ) throws(ReproductionError) -> Verdict {
        let entry = try updates.book.underWay()
        var controller = entry?.controller
        let (outcome, slot) = try updates.atLoader {
            (updater, slot) throws(ReproductionError) in
            let reading = BootReading(
                generation: running.digest, sequence: running.sequence,
                entries: try updater.folder.entries())
            let words =
                said(by: controller?.plan.generation)
                ?? entry?.resource.data["lastWords"]?.text
            return (try reading.outcome(&controller, lastWords: words), slot)
        }
        if let entry, let controller, controller != entry.controller {
            try updates.book.write(controller, as: entry.resource.id)
        }
        switch outcome {
        case .settled:
            try keep(updates, running, slot)
            api.restarts.note(.kept)
        case .pending(let next): note("update \(next.sequence) starts at the next restart")
        case .fellBack(let fallback):
            try noteFallback(fallback, updates, running, slot)
        case .trial(let own):
            return try examine(own, entry, controller, updates, running, slot, isStopping)
        }
        return .stays
    }

    /// What a system of that generation left when it gave itself up.
    private func said(by generation: ContentDigest?) -> String? {
        // Without the file it said nothing.
        let bytes = (try? LinuxFile.read(lastWords, limit: 8192)) ?? []
        guard let words = LastWords(bytes), words.generation == generation else { return nil }
        return words.reason
    }

    /// Writes that this system runs here for good.
    private func keep(
        _ updates: MachineUpdates, _ running: Description, _ slot: SlotTable.Letter
    ) throws(ReproductionError) {
        let digest = running.digest.description
        for known in try updates.book.generations()
        where known["state"] == "running" && known["digest"]?.text != digest {
            guard let other = known["digest"]?.text.flatMap({ ContentDigest($0) }) else { continue }
            try updates.book.write(
                GenerationRecord(
                    other, sequence: known["sequence"]?.int ?? 0, .passive, slot: slot.other))
        }
        try updates.book.write(
            GenerationRecord(running.digest, sequence: running.sequence, .running, slot: slot))
    }

    private func noteFallback(
        _ fallback: Fallback, _ updates: MachineUpdates, _ running: Description,
        _ slot: SlotTable.Letter
    ) throws(ReproductionError) {
        try keep(updates, running, slot)
        if let digest = fallback.generation.flatMap({ ContentDigest($0) }) {
            try updates.book.write(
                GenerationRecord(
                    digest, sequence: Int64(fallback.sequence), .quarantined, slot: slot.other,
                    reason: fallback.reason))
            _ = try updates.inbox.sweep(keeping: [])
            api.restarts.note(.fellBack(digest.description, reason: fallback.reason))
        }
        warn("update \(fallback.sequence) was given up: \(fallback.reason)")
    }
}

extension UpdateTrial {
    private func examine(
        _ own: LoaderEntry, _ entry: UpdateBook.Entry?, _ controller: Controller?,
        _ updates: MachineUpdates, _ running: Description, _ slot: SlotTable.Letter,
        _ isStopping: () -> Bool
    ) throws(ReproductionError) -> Verdict {
        // A policy that cannot be read must not make a sound system fall back.
        let standard = try UpdatePolicy([])
        let policy = (try? updates.book.policy()) ?? standard
        let clock = LinuxClock()
        let apps = entry?.resource.data["apps"]?.list?.compactMap(\.text) ?? []
        note("system \(running.sequence) is on trial, try \(own.tries?.done ?? 0)")
        var gate = HealthGate(
            booted: clock.ticks, patienceMilliseconds: policy.patience,
            soakMilliseconds: policy.soak)
        while !isStopping() {
            let findings = findings(apps, updates, running, entry)
            switch gate.judge(findings, now: clock.ticks) {
            case .wait: LinuxSystem.pause(milliseconds: UInt32(Limits.updateTrials.value))
            case .bless:
                try bless(own, updates)
                try changeovers.keep(running.digest)
                if var controller {
                    try controller.take(.passed)
                    try updates.book.write(
                        controller, as: entry?.resource.id, ["lastWords": .null])
                    _ = try updates.inbox.sweep(keeping: [])
                }
                try keep(updates, running, slot)
                api.restarts.note(.kept)
                note("system \(running.sequence) is good and is kept")
                return .stays
            case .giveUp(let reason):
                giveUp(running.digest, reason, entry, updates)
                exhaust(own, updates)
                return .restart
            }
        }
        return .stays
    }

    private func bless(_ own: LoaderEntry, _ updates: MachineUpdates) throws(ReproductionError) {
        try updates.atLoader { (updater, _) throws(ReproductionError) in
            try updater.folder.bless(own)
        }
    }

    /// The reason is left in the log and beside it, for the log may be what is unsound.
    private func giveUp(
        _ generation: ContentDigest, _ reason: String, _ entry: UpdateBook.Entry?,
        _ updates: MachineUpdates
    ) {
        let book = updates.book
        warn("this system is unsound, restart follows: \(reason)")
        do throws(LinuxFile.Failure) {
            try LinuxFile.replace(lastWords, with: LastWords(generation, reason).file)
        } catch { note("cannot write \(error.path): \(error.cause)") }
        guard let entry, let controller = try? book.underWay()?.controller else { return }
        do throws(ReproductionError) {
            try book.write(
                controller, as: entry.resource.id,
                ["lastWords": .text(LastWords(generation, reason).reason)])
        } catch { note("\(error)") }
    }

    /// What was examined and found unsound gets no further try: the next start is of the system
    /// before. When the loader cannot be told, it counts, and it takes longer.
    private func exhaust(_ own: LoaderEntry, _ updates: MachineUpdates) {
        do throws(ReproductionError) {
            try updates.atLoader { (updater, _) throws(ReproductionError) in
                try updater.folder.exhaust(own)
            }
        } catch { note("\(error)") }
    }

    /// What one look at the system says.
    private func findings(
        _ apps: [String], _ updates: MachineUpdates, _ running: Description,
        _ entry: UpdateBook.Entry?
    ) -> [HealthGate.Check: HealthGate.Finding] {
        [
            .logReplayed: node.stateWord == "ready" ? .good : .waiting("the node is starting"),
            .graphConsistent: logs, .driversUp: drivers, .peersSeen: peers,
            .appsHealthy: tasks(apps, updates, running, entry),
        ]
    }

    /// The logs take what the graph is made of: one that does not is damaged or its disk is.
    private var logs: HealthGate.Finding {
        for writer in node.circle.writers where writer.sequencer.log.state != .writable {
            let log = writer.sequencer
            return .waiting("log \(log.mount) is \(log.log.state.word)")
        }
        return .good
    }

    /// Drivers work from the node's start on; its sensors follow when it serves.
    private var drivers: HealthGate.Finding {
        node.sensors.isEmpty ? .waiting("no sensor runs yet") : .good
    }

    /// A machine alone has nobody to see; of a fleet, its log has to answer, and the member of etcd
    /// here: a fleet whose machines lose theirs one after the other ends when most have.
    private var peers: HealthGate.Finding {
        let failure = node.fleet.lastFailure ?? node.fleet.memberTrouble
        return failure.map { .waiting($0) } ?? .good
    }

    /// What ran when the update was armed runs again, and what the update brought runs too.
    private func tasks(
        _ apps: [String], _ updates: MachineUpdates, _ running: Description,
        _ entry: UpdateBook.Entry?
    ) -> HealthGate.Finding {
        do throws(ReproductionError) {
            var unsound = try updates.book.unsound(of: apps)
            if let entry,
                let brought = try changeovers.begin(running: running, update: entry, in: updates)
            {
                unsound += try changeovers.waits(of: brought)
            }
            return unsound.isEmpty ? .good : .waiting(unsound.joined(separator: ", "))
        } catch { return .waiting("\(error)") }
    }
}
