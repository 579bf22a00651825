public import Resources
public import ZeroProcs

/// A batch on its way to a log, with who proposes it.
public struct Proposal: Sendable {
    /// Who asks.
    public let caller: Caller
    /// What they ask.
    public let batch: Batch
    /// When, on the proposer's clock.
    public let time: WallTime
    /// The state that a plan was made from: with another one it is refused.
    public var parent: PlanParent?
    /// True when another node sent it here to be decided: it is not sent on.
    public var isForwarded = false

    /// A proposal of `batch` by `caller`.
    public init(caller: Caller, batch: Batch, time: WallTime) {
        self.caller = caller
        self.batch = batch
        self.time = time
    }
}

/// What a proposer is told once their batch is durable and applied.
public struct Receipt: Hashable, Sendable {
    /// The mount point of the log that took it.
    public let log: Namespace
    /// Its position there.
    public let position: Position
    /// The resources it changed, in the order of its commands.
    public let ids: [Identifier]
    /// True when the session had proposed it before and nothing happened now.
    public let repeated: Bool

    /// The receipt for an entry at `position` of `log`.
    public init(log: Namespace, position: Position, ids: [Identifier], repeated: Bool = false) {
        self.log = log
        self.position = position
        self.ids = ids
        self.repeated = repeated
    }
}

/// The answer to a proposal: a receipt, or a refusal that left no trace.
public typealias Outcome = Result<Receipt, Refusal>
