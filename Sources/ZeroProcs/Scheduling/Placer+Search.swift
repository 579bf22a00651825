internal import Resources

extension Placer {
    /// The best machine for a task, with its score and how many fit; nil when none does.
    mutating func best(for demand: Demand) -> (machine: Int, score: Score, count: Int)? {
        let rules = ruleIndex(of: demand)
        let touched = mark(for: demand)
        defer { for index in touched { marks[index] = Mark() } }
        let domains = crowding(of: demand, in: rules)
        let homes = self.homes(of: demand)
        let fixed = demand.ports.entries.map(\.value).filter { $0 != 0 }
        let automatic = demand.automaticPorts
        let nearAll = Int32(demand.place.near.count)
        var best: (machine: Int, score: Score)?
        var count = 0
        for entry in rules.entries {
            let index = Int(entry.machine)
            let row = rows[index]
            guard row.holds(cpu: demand.cpu, memory: demand.memory, storage: demand.storage),
                row.automaticPorts >= automatic
            else { continue }
            let mark = marks[index]
            if mark.isBarred { continue }
            if let homes, !homes.contains(index) { continue }
            if !fixed.isEmpty, fixed.contains(where: { ports[index].holders[$0] != nil }) {
                continue
            }
            count += 1
            let score = Score(
                domain: domains.isEmpty ? 0 : domains[Int(entry.domain)],
                farFrom: nearAll - mark.near, wishes: entry.wishes,
                money: row.price(cpu: demand.cpu, memory: demand.memory),
                together: mark.together,
                load: row.load(
                    cpu: demand.cpu, memory: demand.memory, storage: demand.storage))
            if let known = best, !(score < known.score) { continue }
            best = (index, score)
        }
        return best.map { ($0.machine, $0.score, count) }
    }

    /// The ports of a task on a machine: its own, those of `kept` that are still free, and the
    /// lowest free ones. Nil when one is taken or none is left.
    mutating func give(
        _ demand: Demand, on index: Int, keeping kept: SortedMap<Int>
    ) -> SortedMap<Int>? {
        var given = demand.ports
        var used: [Int] = []
        for (_, port) in demand.ports.entries where port != 0 {
            guard ports[index].holders[port] == nil else { return nil }
            used.append(port)
        }
        for (name, port) in demand.ports.entries where port == 0 {
            let before = kept[name].flatMap { (old) -> Int? in
                let isFree = ports[index].holders[old] == nil && !used.contains(old)
                return AutomaticPorts.range.contains(old) && isFree ? old : nil
            }
            guard let port = before ?? ports[index].lowestFree(besides: used) else { return nil }
            given[name] = port
            used.append(port)
        }
        return given
    }

    /// The machines that the task's rules allow, kept for the next task with the same rules.
    private mutating func ruleIndex(of demand: Demand) -> RuleIndex {
        let key = RuleIndex.Key(demand)
        if let known = ruleIndexes[key] { return known }
        let made = RuleIndex(key, offers)
        if ruleIndexes.count >= Limits.placementIndexes.value { ruleIndexes = [:] }
        ruleIndexes[key] = made
        return made
    }

    /// Marks the machines where others of the task's app make a difference; gives which.
    private mutating func mark(for demand: Demand) -> [Int] {
        var touched: [Int] = []
        let own = crowds[demand.component]
        for (index, count) in own?.replicas ?? [:] {
            marks[index].together = count
            touched.append(index)
        }
        for name in demand.place.near {
            for index in (crowds[demand.sibling(name)]?.replicas ?? [:]).keys {
                marks[index].near += 1
                touched.append(index)
            }
        }
        for index in barred(demand) {
            marks[index].isBarred = true
            touched.append(index)
        }
        return touched
    }

    /// The machines with what the task must be apart from, or what must be apart from it.
    private func barred(_ demand: Demand) -> [Int] {
        var barred = (crowds[demand.component]?.shunned ?? [:]).keys.map(\.self)
        for name in demand.place.apart {
            barred += (crowds[demand.sibling(name)]?.replicas ?? [:]).keys
        }
        return barred
    }

    /// Replicas of the component in each part of the fleet; empty when it is not spread.
    private func crowding(of demand: Demand, in rules: RuleIndex) -> [Int32] {
        guard demand.place.spread != nil else { return [] }
        var counts = [Int32](repeating: 0, count: rules.domainCount)
        for (index, count) in crowds[demand.component]?.replicas ?? [:] {
            counts[Int(rules.domains[index])] += count
        }
        return counts
    }

    /// The machines that have all volumes of the task that live somewhere; nil for any machine.
    private func homes(of demand: Demand) -> Set<Int>? {
        var found: Set<Int>?
        for volume in demand.volumes {
            guard let machines = homes(of: volume, in: demand.namespace) else { continue }
            found = found.map { $0.intersection(machines) } ?? machines
        }
        return found
    }

    /// The machines a volume lives on; nil when it is nowhere yet.
    func homes(of volume: String, in namespace: Namespace) -> Set<Int>? {
        let keys = [
            VolumeKey(namespace: namespace, name: volume), VolumeKey(namespace: nil, name: volume),
        ]
        let machines = keys.flatMap { (homes[$0] ?? [:]).keys }
        return machines.isEmpty ? nil : Set(machines)
    }
}

extension Demand {
    /// Ports of the automatic range it takes, those it names among them.
    var automaticPorts: Int32 {
        ports.entries.reduce(into: 0) { count, port in
            if port.value == 0 || AutomaticPorts.range.contains(port.value) { count += 1 }
        }
    }
}
