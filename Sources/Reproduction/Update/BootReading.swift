internal import Resources
public import Trust

/// What a machine learns of its updates right after it was started, from the loader's entries and
/// what the log has: whether it is on trial, or fell back.
public struct BootReading: Hashable, Sendable {
    /// What it runs.
    public let generation: ContentDigest
    /// The sequence of that.
    public let sequence: Int
    /// The entries of the loader.
    public let entries: [LoaderEntry]

    /// What becomes of the machine now.
    public enum Outcome: Hashable, Sendable {
        /// It runs what is to run.
        case settled
        /// It runs a system that has to prove itself; the entry that a blessing renames.
        case trial(LoaderEntry)
        /// The next restart starts another system.
        case pending(LoaderEntry)
        /// It runs again what it ran before.
        case fellBack(Fallback)
    }

    /// A machine that was just started.
    public init(generation: ContentDigest, sequence: Int64, entries: [LoaderEntry]) {
        self.generation = generation
        self.sequence = Int(clamping: sequence)
        self.entries = entries
    }

    /// The entry of what runs; nil when the machine was started past its loader.
    public var own: LoaderEntry? { entries.first { $0.sequence == sequence } }

    /// What becomes of it. `controller` is the update that the log has as under way, and is brought
    /// to where the machine is; `lastWords` is what the other system said last.
    public func outcome(
        _ controller: inout Controller?, lastWords: String?
    ) throws(ReproductionError) -> Outcome {
        guard var update = controller else { return withoutUpdate(lastWords) }
        defer { controller = update }
        if update.plan.generation == generation { return try started(&update) }
        guard update.isArmed else {
            // The commit point may have been reached without a note of it.
            guard case .readBack = update.state, let entry = entry(of: update) else {
                return withoutUpdate(lastWords)
            }
            try update.take(.armed)
            return try ranOld(&update, entry, lastWords)
        }
        return try ranOld(&update, entry(of: update), lastWords)
    }

    private func entry(of update: Controller) -> LoaderEntry? {
        entries.first { $0.sequence == Int(clamping: update.plan.sequence) }
    }

    private func withoutUpdate(_ lastWords: String?) -> Outcome {
        if let own, own.tries != nil { return .trial(own) }
        let given = entries.last { $0.isExhausted && $0.sequence > sequence }
        if let given {
            return .fellBack(Fallback(given, generation: nil, lastWords: lastWords))
        }
        return .settled
    }

    private func started(_ update: inout Controller) throws(ReproductionError) -> Outcome {
        let tries = own?.tries?.done ?? 1
        try update.start(try: max(1, min(tries, update.plan.tries)))
        guard let own, own.tries != nil else {
            if case .selfTest = update.state { try update.take(.passed) }
            return .settled
        }
        return .trial(own)
    }

    private func ranOld(
        _ update: inout Controller, _ entry: LoaderEntry?, _ lastWords: String?
    ) throws(ReproductionError) -> Outcome {
        if let entry, !entry.isExhausted { return .pending(entry) }
        let given = entry ?? LoaderEntry(sequence: Int(clamping: update.plan.sequence))
        let fallback = Fallback(
            given, generation: update.plan.generation.hex, lastWords: lastWords)
        try update.miss(tries: given.tries?.done ?? 0)
        try update.take(.ranOld(reason: fallback.reason))
        return .fellBack(fallback)
    }
}

extension Controller {
    /// True from the commit point on, until it has ended.
    public var isArmed: Bool {
        switch state {
        case .armed, .booting, .selfTest, .exhausted: true
        case .described, .gathering, .verified, .constructing, .written, .readBack, .good,
            .fellBack, .aborted:
            false
        }
    }

    /// The system runs, at its try of that number.
    mutating func start(try number: Int) throws(ReproductionError) {
        if case .readBack = state { try take(.armed) }
        if case .armed = state { try take(.restarts) }
        try miss(tries: number - 1)
        if case .booting = state { try take(.started) }
    }

    /// So many tries were lost.
    mutating func miss(tries lost: Int) throws(ReproductionError) {
        if case .armed = state { try take(.restarts) }
        while true {
            switch state {
            case .booting(let number) where number <= lost: try take(.missed)
            case .selfTest(let number) where number <= lost: try take(.missed)
            default: return
            }
        }
    }
}
