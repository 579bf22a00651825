internal import Resources

extension Placer {
    /// Why each machine refuses a task, "pi-2: needs 64 MiB, 12 MiB are free", in order of the
    /// machines' names. Beyond `Limits.refusalsNamed` machines the others are counted by reason.
    /// Empty when a machine would take it.
    public func refusals(of demand: Demand) -> [String] {
        if offers.isEmpty { return ["there is no machine"] }
        var words: [String] = []
        var others: [String: Int] = [:]
        for index in offers.indices {
            guard let refusal = refusal(of: demand, on: index) else { return [] }
            if words.count < Limits.refusalsNamed.value {
                words.append("\(offers[index].name): \(refusal.words)")
            } else {
                others[refusal.kind, default: 0] += 1
            }
        }
        let rest = others.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if !rest.isEmpty {
            words.append("and " + rest.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
        }
        return words
    }

    /// Why one machine refuses a task; nil when it would take it. A task that is there already may
    /// stay on a machine that is draining.
    func refusal(
        of demand: Demand, on index: Int, staying isStaying: Bool = false
    ) -> MachineRefusal? {
        let key = RuleIndex.Key(demand)
        if let out = RuleIndex.refusal(key, offers[index], isDrainingFine: isStaying) { return out }
        for volume in demand.volumes {
            if let machines = homes(of: volume, for: demand), !machines.contains(index) {
                return .volume(volume, on: names(machines))
            }
            if staleMachines(of: volume, for: demand).contains(index) { return .stale(volume) }
        }
        if let other = company(demand, on: index) { return .apart(from: other) }
        let row = rows[index]
        if demand.cpu > row.cpu { return .cpu(need: demand.cpu, free: row.cpu) }
        if demand.memory > row.memory {
            return .memory(need: demand.memory, free: row.memory)
        }
        if demand.storage > row.storage {
            return .storage(need: demand.storage, free: row.storage)
        }
        for (_, port) in demand.ports.entries {
            if let holder = ports[index].holders[port] { return .port(port, holder: holder) }
        }
        return row.automaticPorts < demand.automaticPorts ? .noAutomaticPort : nil
    }

    /// A component on a machine that must be apart from the task's.
    private func company(_ demand: Demand, on index: Int) -> String? {
        for name in demand.place.apart
        where crowds[demand.sibling(name)]?.replicas[index] != nil {
            return name
        }
        guard crowds[demand.component]?.shunned[index] != nil else { return nil }
        return "what wants no \(demand.component.name) beside it"
    }

    private func names(_ machines: Set<Int>) -> [String] {
        machines.sorted().map {
            $0 == Self.elsewhere ? "a machine that is not here" : offers[$0].name.text
        }
    }
}
