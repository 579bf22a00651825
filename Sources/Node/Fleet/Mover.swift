internal import Dispatch
public import Host
public import Log
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// Brings the fleet log to rest on what `replication/fleet` says: a step at a time, tried until it
/// is so, on every node. Which node may take which step is a matter of where the log is.
public final class Mover<D: Disk, S: OrderedStore>: Sendable {
    private let writer: FleetWriter<D, S>
    private let clusterName: @Sendable () -> String?
    private let comesHome: @Sendable () -> Bool
    private let attend: @Sendable (@escaping @Sendable () -> Void) -> Bool
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var stopping = false
        var status = MoverStatus()
    }

    /// The mover of the log that `writer` writes. `clusterName` names the cluster that is ready to
    /// take the log, nil while there is none; `comesHome` says that nothing else needs the log to
    /// stay there; `attend` runs work on the thread that appends and waits for it.
    public init(
        _ writer: FleetWriter<D, S>, clusterName: @escaping @Sendable () -> String?,
        comesHome: @escaping @Sendable () -> Bool = { true },
        attend: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool
    ) {
        self.writer = writer
        self.clusterName = clusterName
        self.comesHome = comesHome
        self.attend = attend
    }

    /// How far the move is.
    public var status: MoverStatus { state.withLock { $0.status } }

    /// What `replication/fleet` asks for; nil when it is not there or cannot be done.
    public func wanted() -> LogRest? {
        // Without a readable wish the log stays what it is.
        guard let reader = try? writer.sequencer.graph.reader(),
            let wish = try? reader.resource(
                FleetLogTypes.replication.name, FleetLogTypes.only, in: .root)
        else { return nil }
        switch wish.data["mode"]?.text {
        case "etcd": return (writer.shared.cluster ?? clusterName()).map { LogRest.cluster($0) }
        case "file":
            let members = wish.data["members"]?.list?.compactMap(\.text) ?? []
            guard members.count <= 1, comesHome() else { return nil }
            let machine = members.first.flatMap { try? ResourceName($0) }
            return .file(machine ?? writer.shared.machine)
        default: return nil
        }
    }

    /// Takes the next step and says which it was.
    @discardableResult
    public func turn() -> MoveStep {
        let shared = writer.shared
        do throws(LogError) { try shared.arrive() } catch {
            state.withLock { $0.status.failure = "\(error)" }
            return .wait("who orders the log is not known yet")
        }
        let step = MoveStep.next(shared.scene(wanted: wanted()))
        var failure = take(step)
        // A loglet that ended, or files to be taken up again, are for the appending thread.
        if step != .rest { _ = attend { [self] in catchUp() } }
        if case .behind? = failure {
            // Sealed before the copy here had all of it; now it has.
            failure = take(step)
            _ = attend { [self] in catchUp() }
        }
        state.withLock { state in
            state.status.step = step
            state.status.failure = failure.map { "\($0)" }
            state.status.steps += step == .rest ? 0 : 1
            state.status.chain = shared.chain?.version ?? 0
        }
        return step
    }

    private func take(_ step: MoveStep) -> LogError? {
        do throws(LogError) {
            try writer.shared.take(step, id: writer.newIdentifier())
            return nil
        } catch {
            return error
        }
    }

    private func catchUp() {
        do throws(LogError) {
            try writer.catchUp()
            try writer.shared.settle()
        } catch {
            state.withLock { $0.status.failure = "\(error)" }
        }
    }

    // MARK: The thread

    /// Starts the thread.
    public func start() throws(ThreadError) {
        try HostThread.start("mover") { [self] in run() }
    }

    /// Looks at once whether there is something to do.
    public func notice() { wake.signal() }

    /// Ends the thread after the step it is in.
    public func stop() {
        state.withLock { $0.stopping = true }
        wake.signal()
        ended.wait()
    }

    private func run() {
        // Turns in which nobody need be asked whether the log still rests, and where it does.
        var (quietTurns, wish): (Int, LogRest?) = (0, nil)
        while !state.withLock({ $0.stopping }) {
            if quietTurns > 0, writer.shared.isAtRest, wanted() == wish {
                quietTurns -= 1
            } else {
                let step = turn()
                // A step that was taken has another behind it, until all is as wanted.
                if status.failure == nil, step.isProgress { continue }
                wish = wanted()
                let isDone = wish != nil && step == .rest && status.failure == nil
                quietTurns =
                    isDone ? Limits.restInterval.value / Limits.moveInterval.value : 0
            }
            _ = wake.wait(timeout: .now() + .milliseconds(Limits.moveInterval.value))
        }
        ended.signal()
    }
}

extension MoveStep {
    /// True when the step changes something.
    var isProgress: Bool {
        switch self {
        case .rest, .wait: false
        case .seed, .point, .share, .keep, .comeHome: true
        }
    }
}

/// How far a move is.
public struct MoverStatus: Hashable, Sendable {
    /// The last step.
    public var step = MoveStep.rest
    /// Steps taken so far.
    public var steps: UInt64 = 0
    /// Why the last step failed; nil when it did not.
    public var failure: String?
    /// The version of the chain as this node knows it.
    public var chain: UInt64 = 0
}

extension FleetWriter {
    /// A name that was never used.
    func newIdentifier() -> Identifier { entropy.identifier(at: clock.now) }
}
