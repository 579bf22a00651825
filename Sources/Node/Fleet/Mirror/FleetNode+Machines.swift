internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization
public import Trust
internal import ZeroProcs

/// What a node knows of the other machines, and what becomes of those that are silent.
extension FleetNode {
    /// Who may come to decide knows all machines: voters mirror the logs of all others.
    func keepMirrors(_ view: FleetView) throws {
        let own = view[name.text]
        let mirrors = own?.belongs ?? false && own?.role == .voter
        let others = view.members.map(\.name).filter { $0 != name }
        try self.mirrors.keep(mirrors ? Set(others) : [], watching: decides)
    }

    /// Whom secrets are sealed to: this machine, and all others that belong to its fleet.
    public func recipients() throws(TrustError) -> [SealedValue.Recipient] {
        var recipients = [SealedValue.Recipient(machine: name.text, key: key.sealingKey)]
        for member in view?.members ?? [] where member.name != name {
            guard let bytes = member.resource.data["sealing"]?.bytes else { continue }
            recipients.append(.init(machine: member.name.text, key: try SealingKey(bytes: bytes)))
        }
        return recipients
    }

    /// What placing tasks waits for; nil when it need not wait. Who begins to decide may not know
    /// all machines yet, and would give all tasks to those it knows. A machine that stays silent is
    /// given up, and waited for no longer.
    public var placingWaits: String? {
        guard shared?.place == .shared, let view else { return nil }
        let since = state.withLock { $0.decidesSince } ?? clock.ticks
        let silence = UInt64(Limits.nodeSilence.value) * 1_000_000
        if clock.ticks.nanoseconds(since: since) > silence { return nil }
        let unknown = view.members.first { $0.name != name && !mirrors.has($0.name) }
        return unknown.map { "the state of machine \($0.name) is not here yet" }
    }

    /// Gives up machines that are silent, and takes them back when they are heard; where this node
    /// decides.
    func watchSilence(_ view: FleetView) throws {
        guard decides else { return state.withLock { $0.decidesSince = nil } }
        let now = clock.ticks
        let since = state.withLock { state in
            let since = state.decidesSince ?? now
            state.decidesSince = since
            return since
        }
        let reader = try circle.graph.reader()
        let scene = LapseWatch.Scene(
            nodes: view.nodes.map(\.resource), lapses: try reader.all(Lapse.type.name, in: .root),
            heard: mirrors.heard, holder: name,
            epoch: try Pen(on: reader)?.epoch ?? 0, since: since, now: now)
        let plan = LapseWatch().plan(scene) { entropy.identifier(at: clock.now) }.plan
        for turn in plan.turns {
            try propose(turn.commands, reason: turn.reason, as: .system("lapses"))
        }
    }
}
