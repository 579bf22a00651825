public import Host
internal import Log
internal import MMSGraph
public import Resources
internal import Synchronization

/// Keeps each log within its budget: reads the budgets from the graph, takes the checkpoints and
/// makes the trims that ``RetentionPolicy`` asks for, and counts them.
public final class Keeper<D: Disk, S: OrderedStore>: Sendable {
    private let circle: Circle<D, S>
    private let archive: Archive<D, S>
    private let counted = Mutex(KeepingStatistics())

    /// The keeper of the logs of `circle`, whose checkpoints are in `archive`.
    public init(circle: Circle<D, S>, archive: Archive<D, S>) {
        self.circle = circle
        self.archive = archive
    }

    /// What was done so far.
    public var statistics: KeepingStatistics { counted.withLock { $0 } }

    /// Looks at the budgets and does what is due, at the wall time `now`.
    public func turn(at now: WallTime) throws {
        let reader = try circle.graph.reader()
        let holdings = try circle.writers.map { writer in
            try holding(of: writer.sequencer.log, reader, now)
        }
        for step in RetentionPolicy.steps(for: holdings) { try take(step) }
    }

    private func take(_ step: KeepingStep) throws {
        switch step {
        case .checkpoint:
            for writer in circle.writers { try writer.sequencer.log.sync() }
            let positions = try archive.take(
                circle.graph, circle.writers.map(\.sequencer.log))
            for writer in circle.writers {
                let log = writer.sequencer.log
                try Installation(log: log, graph: circle.graph).release()
            }
            counted.withLock { counted in
                counted.checkpoints += 1
                counted.lastCheckpoint = positions
            }
        case .trim(let mount, let before, _):
            guard
                let log = circle.writers.first(where: { $0.sequencer.mount == mount })?
                    .sequencer.log
            else { return }
            let bytes = log.extents.reduce(0) { $0 + $1.bytes }
            try log.trim(before: before)
            let keys = try circle.graph.trimHistory(
                of: mount, before: Position(before.rawValue - 1))
            let freed = bytes - log.extents.reduce(0) { $0 + $1.bytes }
            counted.withLock { counted in
                counted.trims += 1
                counted.freedBytes += freed
                counted.forgottenKeys += keys
            }
        }
    }

    private func holding(
        of log: CommandLog<D>, _ reader: CommittedReader<S>, _ now: WallTime
    ) throws -> LogHolding {
        let budget = try budget(of: log.mount, reader)
        let extents = log.extents
        // What a mounted log goes on from is covered by the log at `/`.
        let checkpoint = max(
            try log.checkpoints().last?.position ?? .zero,
            circle.graph.state(of: log.mount).origin)
        let since = checkpoint == .zero ? extents.first?.first ?? Position(1) : checkpoint
        let age = try reader.time(of: since, in: log.mount).map {
            now.milliseconds - $0.milliseconds
        }
        return LogHolding(
            mount: log.mount, budget: budget, extents: extents, tail: log.durable,
            aged: try reader.position(
                of: log.mount, at: now.advanced(byMilliseconds: -budget.milliseconds)),
            bound: try log.trimBound(),
            checkpoint: (min(checkpoint, log.durable), max(0, age ?? 0)))
    }

    /// The budget that people asked for, or the standard one.
    private func budget(
        of mount: Namespace, _ reader: CommittedReader<S>
    ) throws -> Budget {
        let name = try ResourceName("default")
        var budget = Budget.standard
        let asked = try reader.resource(CoreTypes.retention.name, name, in: mount)
        if let seconds = asked?.data["maxAge"]?.int {
            budget.milliseconds = max(0, min(seconds, .max / 1000)) * 1000
        }
        if let bytes = asked?.data["maxBytes"]?.int { budget.bytes = Int(max(0, bytes)) }
        return budget
    }
}

/// What was written down and what was let go.
public struct KeepingStatistics: Sendable {
    /// Checkpoints taken since the node started.
    public internal(set) var checkpoints = 0
    /// Where the logs stood in the last of them.
    public internal(set) var lastCheckpoint: [Namespace: Position] = [:]
    /// Trims since the node started.
    public internal(set) var trims = 0
    /// Bytes of log files that went with them.
    public internal(set) var freedBytes = 0
    /// Versions, graves, moments and sessions that went with them.
    public internal(set) var forgottenKeys = 0
}
