internal import Resources

extension Placer {
    /// The best machine for a task, with its score and how many fit; nil when none does.
    mutating func best(for demand: Demand) -> (machine: Int, score: Score, count: Int)? {
        let rules = ruleIndex(of: demand)
        let touched = mark(for: demand)
        defer { for index in touched { marks[index] = Mark() } }
        let search = Search(
            need: Row.Need(demand), near: Int32(demand.place.near.count),
            domains: crowding(of: demand, in: rules), homes: homes(of: demand),
            stale: staleMachines(for: demand),
            fixed: demand.ports.entries.map(\.value).filter { $0 != 0 },
            isMarked: !touched.isEmpty)
        return best(search, among: rules)
    }

    /// What a search asks of every machine.
    private struct Search {
        let need: Row.Need
        let near: Int32
        let domains: [Int32]
        let homes: Set<Int>?
        let stale: Set<Int>
        let fixed: [Int]
        let isMarked: Bool

        var isPicky: Bool { homes != nil || !fixed.isEmpty || !stale.isEmpty }
    }

    /// The one loop over machines: each costs some nanoseconds, so what most tasks do not ask is
    /// asked last or not at all.
    private func best(
        _ search: Search, among rules: RuleIndex
    ) -> (machine: Int, score: Score, count: Int)? {
        var (found, count) = (-1, 0)
        var best = Score()
        let (isSpread, isPicky) = (!search.domains.isEmpty, search.isPicky)
        let (rows, marks) = (self.rows.span, self.marks.span)
        let entries = rules.entries.span
        for place in entries.indices {
            let entry = entries[place]
            let index = Int(entry.machine)
            guard rows[index].holds(search.need) else { continue }
            var score = Score()
            score.farFrom = search.near
            score.wishes = entry.wishes
            if search.isMarked {
                if marks[index].isBarred { continue }
                score.farFrom -= marks[index].near
                score.together = marks[index].together
            }
            if isPicky, !takes(index, search) { continue }
            count += 1
            if isSpread {
                score.domain = search.domains[Int(entry.domain)]
                if found >= 0, score.domain > best.domain { continue }
            }
            score.money = search.need.price(on: rows[index])
            score.load = search.need.load(on: rows[index])
            if found >= 0, !(score < best) { continue }
            (found, best) = (index, score)
        }
        return found < 0 ? nil : (found, best, count)
    }

    /// What few tasks ask: a volume's machine, ports of their own.
    private func takes(_ index: Int, _ search: Search) -> Bool {
        if let homes = search.homes, !homes.contains(index) { return false }
        if search.stale.contains(index) { return false }
        for port in search.fixed where ports[index].holders[port] != nil { return false }
        return true
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
            guard let machines = homes(of: volume, for: demand) else { continue }
            found = found.map { $0.intersection(machines) } ?? machines
        }
        return found
    }

    /// The machines a volume of a task lives on; nil when it is nowhere yet, or begins anew.
    func homes(of volume: String, for demand: Demand) -> Set<Int>? {
        var machines = Set(names(of: volume, for: demand).flatMap { (homes[$0] ?? [:]).keys })
        if demand.anew.contains(volume) { machines.remove(Self.elsewhere) }
        return machines.isEmpty ? nil : machines
    }

    /// The machines with data of a task's volumes that was given up.
    private func staleMachines(for demand: Demand) -> Set<Int> {
        if stale.isEmpty { return [] }
        return demand.volumes.reduce(into: []) { $0.formUnion(staleMachines(of: $1, for: demand)) }
    }

    func staleMachines(of volume: String, for demand: Demand) -> Set<Int> {
        names(of: volume, for: demand).reduce(into: []) { $0.formUnion(stale[$1] ?? []) }
    }

    private func names(of volume: String, for demand: Demand) -> [VolumeName] {
        [
            VolumeName(namespace: demand.namespace, name: volume),
            VolumeName(namespace: nil, name: volume),
        ]
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
