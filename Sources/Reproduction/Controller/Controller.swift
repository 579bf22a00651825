public import Resources
public import Trust

/// The sequence of one copy or update, as a pure machine (von Neumann's C). It is logged before
/// each effect and after it; a machine that restarts goes on with `action` of what the log has, and
/// every action may be done twice.
public struct Controller: Hashable, Sendable {
    /// What is made where.
    public let plan: Plan
    /// How far it is.
    public private(set) var state: ReproductionState
    /// The digest of what was built; nil before it was.
    public private(set) var root: ContentDigest?

    /// What is made where; it does not change.
    public struct Plan: Hashable, Sendable {
        /// The digest of the description.
        public let generation: ContentDigest
        /// Its sequence.
        public let sequence: Int64
        /// What it is built on.
        public let kind: ReproductionTarget
        /// Where that is.
        public let target: String
        /// How often the loader tries to start it.
        public let tries: Int

        /// A plan.
        public init(
            generation: ContentDigest, sequence: Int64, kind: ReproductionTarget, target: String,
            tries: Int = Limits.bootTries.value
        ) {
            self.generation = generation
            self.sequence = sequence
            self.kind = kind
            self.target = target
            self.tries = max(1, min(tries, Limits.bootTries.range.upperBound))
        }
    }

    /// What is to be done next; each may be done again after a crash.
    public enum Action: Hashable, Sendable {
        /// Copy the blobs that are missing, and verify all.
        case gather
        /// Write description and blobs to the target.
        case construct
        /// Read the target past all caches and compare.
        case readBack(ContentDigest)
        /// Make the loader know the new system: the commit point.
        case arm
        /// Restart the machine into it.
        case restart
        /// Examine the running system.
        case selfTest
        /// Take the counter of tries away from it.
        case bless
        /// Restart into the old system.
        case fallBack
        /// Nothing is left to do.
        case finished
    }

    /// Something that happened.
    public enum Event: Hashable, Sendable {
        /// The work of this state began.
        case began
        /// All blobs are there and verified.
        case gathered
        /// The target is written and synced; the digest of it.
        case constructed(ContentDigest)
        /// The target was read back; the digest of what came.
        case wasRead(ContentDigest)
        /// The loader knows it.
        case armed
        /// The machine is about to restart into it.
        case restarts
        /// The new system runs.
        case started
        /// The old system runs instead, or the new one anew: the try is lost.
        case missed
        /// The new system is sound.
        case passed
        /// The new system is not sound.
        case failed(reason: String)
        /// The old system runs and is to stay.
        case ranOld(reason: String)
        /// It shall not go on.
        case aborted(reason: String)
    }

    /// A machine at its beginning.
    public init(_ plan: Plan) {
        self.plan = plan
        state = .described
    }

    init(_ plan: Plan, _ state: ReproductionState, root: ContentDigest?) {
        self.plan = plan
        self.state = state
        self.root = root
    }

    /// What is to be done in this state.
    public var action: Action {
        switch state {
        case .described, .gathering: .gather
        case .verified, .constructing: .construct
        case .written: root.map { .readBack($0) } ?? .construct
        case .readBack: .arm
        case .armed, .booting: .restart
        case .selfTest: .selfTest
        case .exhausted: .fallBack
        case .good: plan.kind.isStarted ? .bless : .finished
        case .fellBack, .aborted: .finished
        }
    }

    /// Takes an event and says what is to be done next. An event that does not belong to the state
    /// is refused and changes nothing: who reports it is mistaken about the machine.
    @discardableResult
    public mutating func take(_ event: Event) throws(ReproductionError) -> Action {
        state = try next(event)
        if case .constructed(let digest) = event { root = digest }
        return action
    }

    private func next(_ event: Event) throws(ReproductionError) -> ReproductionState {
        switch (state, event) {
        case (.described, .began), (.gathering, .began): return .gathering
        case (.gathering, .gathered): return .verified
        case (.verified, .began), (.constructing, .began): return .constructing
        case (.constructing, .constructed): return .written
        case (.written, .wasRead(let digest)): return afterReading(digest)
        case (.readBack, .armed), (.armed, .armed): return .armed
        case (.armed, .restarts): return .booting(try: 1)
        case (.booting(let number), .restarts): return .booting(try: number)
        case (.booting(let number), .started): return .selfTest(try: number)
        case (.booting(let number), .missed), (.selfTest(let number), .missed):
            return number < plan.tries ? .booting(try: number + 1) : .exhausted
        case (.selfTest, .passed), (.good, .passed): return .good
        case (.selfTest, .failed(let reason)): return .fellBack(reason: reason)
        case (.booting, .ranOld(let reason)), (.selfTest, .ranOld(let reason)),
            (.exhausted, .ranOld(let reason)):
            return .fellBack(reason: reason)
        case (_, .aborted(let reason)) where isBeforeArming: return .aborted(reason: reason)
        default: throw refusal(event)
        }
    }

    /// Nothing but what was written comes back, or it is not used.
    private func afterReading(_ digest: ContentDigest) -> ReproductionState {
        guard digest == root else {
            return .aborted(reason: "the target gave back \(digest), not what was written")
        }
        return plan.kind.isStarted ? .readBack : .good
    }

    /// After it was armed only the loader knows what will run: then it falls back, or is good.
    private var isBeforeArming: Bool {
        switch state {
        case .described, .gathering, .verified, .constructing, .written, .readBack: true
        case .armed, .booting, .selfTest, .good, .exhausted, .fellBack, .aborted: false
        }
    }

    private func refusal(_ event: Event) -> ReproductionError {
        ReproductionError(
            .refused, operation: "go on with", subject: "the copy to \(plan.target)",
            cause: "\(event) does not follow \(state.word)",
            remedy: "see pisces get reproduction; begin a new one when this one has ended")
    }
}
