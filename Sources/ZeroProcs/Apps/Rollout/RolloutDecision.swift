internal import Resources

/// What one component's groups should be and which group each index belongs to: the deciding half
/// of the rollout, without commands.
///
/// The truth of which index runs what is in the tasks (`group`); a group's state says what it is
/// to the component. Everything is derived from those at every look, so that a change in the
/// middle, a restart of this program or a lost look leads to the same end.
struct RolloutDecision {
    let component: RolloutComponent
    /// The tasks there are, in order of their indexes.
    let replicas: [Replica]
    /// The groups in order of their numbers.
    var groups: [TaskGroup]
    /// The group that the component is on its way to, or at.
    var target = 0
    /// Index to group of what should run.
    var wanted: [Int: String] = [:]
    /// Groups that are over.
    var dropped: Set<Identifier> = []
    /// What is done, in words.
    var notes: [String] = []
    /// What cannot be done, in words.
    var waiting: [String] = []
    /// When something is due by itself.
    var due: WallTime?

    private var now: WallTime { component.now }
    private var policy: App.Update { component.spec.update }

    init(_ component: RolloutComponent, groups: [TaskGroup], replicas: [Replica]) {
        self.component = component
        self.groups = groups.sorted { $0.number < $1.number }
        self.replicas = replicas.sorted { $0.index < $1.index }
    }

    /// Decides. `identify` gives the identity of a new group.
    mutating func decide(_ identify: () -> Identifier) {
        guard chooseTarget(identify) else { return }
        retireOthers()
        judge()
        refresh()
        if groups[target].isBeside { layBeside() } else { layInPlace() }
        sweep()
        tell()
    }

    /// Looks again at `time` at the latest.
    mutating func look(at time: WallTime?) {
        due = [due, time].compactMap(\.self).min()
    }
}

extension RolloutDecision {
    /// The group of what the component asks for; after it failed, the one before. False when it
    /// cannot have a name.
    private mutating func chooseTarget(_ identify: () -> Identifier) -> Bool {
        let asked = groups.indices.filter { groups[$0].template == component.template }
        let standing = groups.firstIndex { $0.state == .current }
        if let going = asked.first(where: { groups[$0].state == .current })
            ?? asked.first(where: { groups[$0].state == .rolling })
        {
            target = going
        } else if let standing, let failed = asked.first(where: { groups[$0].state == .failed }) {
            target = standing
            waiting.append("\(groups[failed].name): \(groups[failed].reason)")
        } else if let again = asked.last(where: mayReturn) {
            target = again
            if groups[again].replicas.isEmpty { groups[again].spec = component.spec }
            groups[again].enter(.rolling, at: now, because: "is asked for again")
            notes.append("\(groups[again].name) is asked for again")
        } else {
            guard addGroup(identify()) else { return false }
        }
        // The first group replaces nothing, and a job is between two of its runs.
        if groups[target].state != .current, standing == nil || component.spec.isJob {
            becomeCurrent("replaces nothing that runs")
        }
        return true
    }

    /// A group whose tasks are about to end cannot take them back: they take no requests.
    private func mayReturn(_ group: Int) -> Bool {
        !groups[group].replicas.isEmpty
            || !replicas.contains { $0.group == groups[group].name.text }
    }

    private mutating func addGroup(_ id: Identifier) -> Bool {
        let number = (groups.last?.number ?? 0) + 1
        guard let name = ResourceName(joining: component.resource.name.text, String(number)) else {
            waiting.append("the name \(component.resource.name)-\(number) is too long; shorten it")
            return false
        }
        target = groups.count
        groups.append(TaskGroup(of: component, number: number, name: name, id: id))
        notes.append("\(name) is new")
        return true
    }

    private mutating func becomeCurrent(_ reason: String) {
        groups[target].enter(.current, at: now, because: reason)
        notes.append("\(groups[target].name) is current: \(reason)")
        for other in groups.indices where other != target && groups[other].state != .failed {
            guard groups[other].state != .retiring || !groups[other].replicas.isEmpty else {
                continue
            }
            groups[other].enter(
                .retiring, at: now, because: "\(groups[target].name) took its place")
        }
    }

    /// What is neither the target nor current leaves. Replicas of it that take requests go on
    /// until the target takes their index over; those beside others never took any.
    private mutating func retireOthers() {
        for other in groups.indices where other != target {
            switch groups[other].state {
            case .current, .retiring: break
            case .failed:
                if groups[other].template != component.template {
                    groups[other].state = .retiring
                    groups[other].since = now
                }
            case .rolling:
                if groups[other].isBeside { groups[other].replicas = [] }
                groups[other].enter(
                    .retiring, at: now,
                    because: "\(groups[target].name) is asked for before it was whole")
                notes.append("\(groups[other].name) retires")
            }
        }
    }

    /// Has the target failed? Then the current group is the target again.
    private mutating func judge() {
        guard groups[target].state == .rolling, let fault = fault() else { return }
        guard policy.autoRevert, let before = groups.firstIndex(where: { $0.state == .current })
        else {
            groups[target].reason = fault
            waiting.append("\(groups[target].name): \(fault)")
            return
        }
        let failed = groups[target].name
        if groups[target].isBeside { groups[target].replicas = [] }
        groups[target].enter(.failed, at: now, because: fault)
        target = before
        notes.append("\(failed) failed: \(fault); back to \(groups[before].name)")
        waiting.append("\(failed): \(fault)")
    }

    private mutating func fault() -> String? {
        let own = replicas.filter(isOwn)
        if let crashing = own.first(where: { $0.restarts >= Limits.rolloutRestarts.value }) {
            return "\(crashing.task.name) restarted \(crashing.restarts) times"
                + (crashing.isReady ? "" : ": \(crashing.trouble)")
        }
        if isWhole(own) { return nil }
        // Each step counts anew: a hundred replicas may take longer than one.
        let steps = own.map { $0.task.changed.time } + [groups[target].since]
        let deadline = (steps.max() ?? now).advanced(byMilliseconds: policy.deadline)
        if now < deadline {
            look(at: deadline)
            return nil
        }
        let first = own.first { !$0.isSteady }
        let subject = first.map { "\($0.task.name) \($0.trouble)" } ?? "a replica has no task yet"
        return "not ready \(policy.deadline) ms after its last step: \(subject)"
    }

    /// What changes without a restart is taken over at once. How the group is updated stays for
    /// as long as the update runs, because which replicas take requests depends on it.
    private mutating func refresh() {
        guard groups[target].template == component.template else { return }
        var map = component.spec.map
        if groups[target].state == .rolling {
            map["update"] = groups[target].spec.map["update"]
        }
        groups[target].spec = ComponentSpec(map: map)
        groups[target].version = component.version
    }
}

extension RolloutDecision {
    func isOwn(_ replica: Replica) -> Bool { replica.group == groups[target].name.text }

    /// True when a replica of another group takes requests: its index is still that group's. One
    /// without a group was there before there were groups.
    private func isStanding(_ replica: Replica) -> Bool {
        if isOwn(replica) { return false }
        guard let group = groups.first(where: { $0.name.text == replica.group }) else {
            return true
        }
        return group.replicas.contains(replica.index)
    }

    private func isWhole(_ own: [Replica]) -> Bool {
        guard own.count == component.count, own.allSatisfy(\.isSteady) else { return false }
        return groups[target].isBeside || !replicas.contains(where: isStanding)
    }

    /// Replica by replica: a task keeps its index and name and gets what the target runs.
    private mutating func layInPlace() {
        let lively = replicas.filter { isOwn($0) || isStanding($0) }
        let kept = Array(lively.prefix(component.count))
        let added = freeIndexes(component.count - kept.count, below: component.count)
        let moved = moves(kept, added: added.count)
        for replica in kept where !isOwn(replica) && !moved.contains(replica.index) {
            wanted[replica.index] = replica.group ?? ""
        }
        for replica in kept where isOwn(replica) { want(replica.index) }
        for index in moved.sorted() {
            notes.append("index \(index) goes to \(groups[target].name)")
            want(index)
        }
        add(added)
        if groups[target].state == .rolling, lively.count == kept.count,
            isWhole(replicas.filter(isOwn))
        {
            becomeCurrent("all \(component.count) replicas are ready")
        }
        lookWhenSteady(kept)
    }

    private mutating func want(_ index: Int) { wanted[index] = groups[target].name.text }

    private mutating func add(_ indexes: [Int]) {
        for index in indexes {
            notes.append("index \(index) is new in \(groups[target].name)")
            want(index)
        }
    }

    /// Which replicas of other groups the target takes over now.
    ///
    /// Never more than `max-unavailable` are not ready because of it. Those that are not ready
    /// anyway go first and cost nothing; but a new template gets no more of them at a time
    /// either, so that a bad one is found before it is everywhere. On the way back to a group
    /// that was current they all go at once.
    private func moves(_ kept: [Replica], added: Int) -> Set<Int> {
        if component.spec.isJob { return Set(kept.filter { !isOwn($0) }.map(\.index)) }
        let most = policy.maxUnavailable
        let isReturn = groups[target].state == .current
        var inFlight = added + kept.count { isOwn($0) && !$0.isSteady }
        var unavailable = added + kept.count { isOwn($0) ? !$0.isSteady : !$0.isReady }
        var moved: Set<Int> = []
        for replica in kept where !isOwn(replica) && !replica.isReady {
            guard isReturn || inFlight < most else { continue }
            moved.insert(replica.index)
            inFlight += 1
        }
        for replica in kept where !isOwn(replica) && replica.isReady {
            guard unavailable < most, isReturn || inFlight < most else { break }
            moved.insert(replica.index)
            inFlight += 1
            unavailable += 1
        }
        return moved
    }

    /// The target's replicas beside those that take requests, until all are ready.
    private mutating func layBeside() {
        let own = replicas.filter(isOwn)
        if isWhole(own) {
            becomeCurrent("all \(component.count) replicas are ready")
        } else {
            for replica in replicas.filter(isStanding).prefix(component.count) {
                wanted[replica.index] = replica.group ?? ""
            }
        }
        for replica in own.prefix(component.count) { want(replica.index) }
        add(freeIndexes(component.count - own.count, below: 2 * component.count))
        lookWhenSteady(own)
    }

    /// The lowest indexes that no task has. The bound is that of the ports an app was checked
    /// for: when draining tasks hold too many indexes, the rest waits for their end.
    private func freeIndexes(_ count: Int, below bound: Int) -> [Int] {
        let taken = Set(replicas.map(\.index))
        return Array(
            (0..<bound).lazy.filter { !taken.contains($0) }.prefix(max(0, count)))
    }

    private mutating func lookWhenSteady(_ replicas: [Replica]) {
        guard groups[target].state == .rolling || !replicas.allSatisfy(isOwn) else { return }
        for replica in replicas where isOwn(replica) { look(at: replica.steadyAt) }
    }
}

extension RolloutDecision {
    /// Says in each group which indexes it should run.
    mutating func assign() {
        for index in groups.indices {
            let name = groups[index].name.text
            groups[index].replicas = Set(wanted.filter { $0.value == name }.map(\.key))
        }
    }

    /// True when a task that is not wanted is still left alone: its group was switched away a
    /// moment ago, and requests may be on their way to it.
    mutating func isDraining(_ replica: Replica) -> Bool {
        guard let group = groups.first(where: { $0.name.text == replica.group }),
            group.state == .retiring
        else { return false }
        let end = group.since.advanced(byMilliseconds: Int64(Limits.rolloutDrain.value))
        if now < end { look(at: end) }
        return now < end
    }

    /// Groups that left no task are over, but for the one that keeps the highest number.
    private mutating func sweep() {
        let used = Set(replicas.compactMap(\.group)).union(wanted.values)
        for group in groups.dropLast()
        where group.state == .retiring && !used.contains(group.name.text) {
            dropped.insert(group.id)
        }
    }

    private mutating func tell() {
        let troubled = replicas.filter { wanted[$0.index] != nil && !$0.isReady }
        if troubled.isEmpty { return }
        let first = troubled.prefix(Limits.rolloutReasons.value)
            .map { "\($0.task.name) \($0.trouble)" }.joined(separator: "; ")
        waiting.append(
            "\(component.resource.name): \(troubled.count) of \(component.count) not ready: \(first)"
        )
    }
}
