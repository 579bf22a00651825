internal import Bus
internal import Host
internal import MMSGraph
internal import Resources
internal import Synchronization

/// The mirrors of a node: of all other machines on one that may come to decide for the fleet, of
/// none on the others.
final class Mirrors<S: OrderedStore>: Sendable {
    private let graph: Graph<S>
    private let peers: any Peers
    private let clock: any Clock
    private let publish: @Sendable (Commit) -> Void
    private let state = Mutex(State())

    private struct State {
        var mirrors: [ResourceName: Mirror<S>] = [:]
        /// True while silence of others is watched here.
        var isWatching = false
    }

    init(
        graph: Graph<S>, peers: any Peers, clock: any Clock,
        publish: @escaping @Sendable (Commit) -> Void
    ) {
        self.graph = graph
        self.peers = peers
        self.clock = clock
        self.publish = publish
    }

    /// When each machine was heard last.
    var heard: [ResourceName: Ticks] {
        let now = clock.ticks
        return state.withLock { $0.mirrors }.compactMapValues { mirror in
            let status = mirror.status
            return status.isTaking ? now : status.heard
        }
    }

    /// True when the state of a machine is here.
    func has(_ machine: ResourceName) -> Bool {
        state.withLock { $0.mirrors[machine] }?.hasState ?? false
    }

    /// How one is doing; nil when the machine is not mirrored here.
    func status(of machine: ResourceName) -> MirrorStatus? {
        state.withLock { $0.mirrors[machine] }?.status
    }

    /// Mirrors exactly these machines from now on; what was known of others is let go. While
    /// silence is watched here, each is asked often enough to be heard.
    func keep(_ machines: Set<ResourceName>, watching: Bool) throws {
        let (gone, fresh) = state.withLock { state in
            state.isWatching = watching
            let gone = state.mirrors.filter { !machines.contains($0.key) }.map(\.value)
            for mirror in gone { state.mirrors[mirror.machine] = nil }
            return (gone, machines.filter { state.mirrors[$0] == nil })
        }
        for mirror in gone {
            mirror.stop()
            try mirror.forget()
        }
        for machine in fresh.sorted() {
            let mirror = try Mirror(
                machine, graph: graph, peers: peers, clock: clock, publish: publish,
                patience: { [weak self] in self?.patience ?? 0 })
            try mirror.start()
            state.withLock { $0.mirrors[machine] = mirror }
        }
    }

    private var patience: Int {
        state.withLock { $0.isWatching } ? Limits.nodeBeat.value : Limits.followWait.value
    }

    /// Ends the threads; what was taken stays.
    func stop() {
        let mirrors = state.withLock { state in
            defer { state.mirrors = [:] }
            return state.mirrors.values
        }
        for mirror in mirrors { mirror.stop() }
    }
}
