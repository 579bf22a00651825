internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// The machines that this one makes: what is wanted, from the fleet log, and what was seen, which
/// it writes to its own log when it has changed.
struct MachineBook {
    let node: LinuxNode
    private let clock = LinuxClock()

    init(_ node: LinuxNode) { self.node = node }

    /// What is known of a machine that is made.
    struct Entry {
        let resource: Resource
        var name: ResourceName { resource.name }
        var state: String { resource.data["state"]?.text ?? "" }
        /// What was wanted when it was begun.
        var wanted: MachineSpec {
            MachineSpec(resource.name, resource.data["wanted"]?.map ?? [:])
        }
        /// The position of the fleet log that was obeyed.
        var position: Position { Position(UInt64(clamping: resource.data["position"]?.int ?? 0)) }
        var since: Int64 { resource.data["since"]?.int ?? 0 }
    }

    /// All that are wanted, of this machine or others, in order of their names.
    func wanted() throws(GraphError) -> [MachineSpec] {
        try node.circle.graph.reader()
            .resources(of: MachineTypes.machinespec.name, below: .root)
            .map { MachineSpec($0.name, $0.data) }
    }

    /// All that this machine has begun.
    func entries() throws(GraphError) -> [Entry] {
        try node.circle.graph.reader()
            .resources(of: MachineTypes.machinestate.name, below: node.identity.namespace)
            .map(Entry.init)
    }

    /// The desired state is not older than what was obeyed before: only then a machine is stopped
    /// because nobody wants it (law 1).
    func obeys(_ entries: [Entry]) -> Bool {
        let applied = node.circle.graph.applied(.root)
        return entries.allSatisfy { applied >= $0.position }
    }

    /// Writes what became of a machine, when it is another than what is written.
    func write(
        _ spec: MachineSpec, _ state: String, _ seen: ValueMap = [:], known: Entry?
    ) throws(Refusal) {
        var data: ValueMap = [
            "driver": .text(spec.driver), "state": .text(state), "wanted": .map(spec.data),
        ]
        for (key, value) in seen.entries { data[key] = value }
        if let known, isSame(data, known.resource.data) { return }
        // Never back: what an older state begins must not make that state obeyed.
        let position = max(node.circle.graph.applied(.root), known?.position ?? .zero)
        data["position"] = .int(Int64(clamping: position.rawValue))
        let isInState = known?.state == state
        data["since"] = Value.int(isInState ? known?.since ?? 0 : clock.now.milliseconds)
        var command = Command.create(
            Draft(
                id: LinuxEntropy().identifier(at: clock.now), type: MachineTypes.machinestate.name,
                namespace: node.identity.namespace, name: spec.name, data: data))
        if let known {
            var update = Update(id: known.resource.id, data: data)
            update.replaces = true
            command = .update(update)
        }
        try propose(command, "\(spec.name) is \(state)")
    }

    private func isSame(_ data: ValueMap, _ known: ValueMap) -> Bool {
        var known = known
        known["position"] = nil
        known["since"] = nil
        return data == known
    }

    /// Forgets a machine that is no more.
    func forget(_ entry: Entry) throws(Refusal) {
        try propose(.delete(id: entry.resource.id, expect: nil), "\(entry.name) is let go")
    }

    private func propose(_ command: Command, _ reason: String) throws(Refusal) {
        _ = try node.circle.machine.propose(
            Proposal(
                caller: .system("machines"), batch: Batch([command], reason: reason),
                time: clock.now)
        ).get()
    }
}
