internal import Resources

/// A log that an entry mounts on a namespace. What is in the namespace then is its state, and the
/// history of the log at `/` up to that entry is its history: nothing is copied, nobody writes.
struct Fork {
    let log: MountedLog
    /// False where the state at the entry is not known here, because a later one was taken over.
    var isWhole = true
}

extension Transaction {
    /// True when its last entry mounted a log: what follows belongs to another transaction, which
    /// knows by what hash the new log begins.
    public var isEnded: Bool { fork != nil && !isAdopted }

    /// Mounts the log that `resource` asks for, behind this entry.
    mutating func mount(_ resource: Resource) throws(Refusal) {
        let new = try MountedLog(resource)
        let address = resource.address
        if let fork {
            throw refusal(
                .tooMany, address, "comes with \(fork.log.name), and an entry mounts one log",
                "mount one at a time")
        }
        guard resource.owner == nil else {
            throw refusal(
                .conflict, address, "has an owner, with which it would go",
                "leave the owner out: a log stays mounted")
        }
        guard mounts.log(of: new.mount) == log else {
            throw refusal(
                .conflict, address,
                "mounts on \(new.mount), which belongs to the log "
                    + "\(mounts.log(of: new.mount)?.path ?? "of nobody")",
                "choose a namespace that still belongs to the log /")
        }
        try checkCount(of: new)
        fork = Fork(log: new)
        mounts = mounts.adding(new.mount)
    }

    /// Refuses what would change or end a mount: it holds from its entry on.
    func keepMount(_ old: Resource, _ new: Resource?) throws(Refusal) {
        guard MountedLog.isMade(by: old), old.data["mount"] != new?.data["mount"] else { return }
        throw refusal(
            .conflict, old.address,
            new == nil ? "is mounted and cannot be deleted" : "is mounted and cannot move",
            "mount another log; the namespace of this one stays its own")
    }

    /// Takes back what a refused attempt mounted.
    mutating func unmount() {
        guard let taken = fork else { return }
        mounts = mounts.removing(taken.log.mount)
        fork = nil
    }

    /// Mounts what the state of another machine has mounted. Its entries up to there are not
    /// known here, so neither is what the new logs began with.
    mutating func mountKnown(_ resources: [Resource]) throws(GraphError) {
        guard log == .root else { return }
        for resource in resources where MountedLog.isMade(by: resource) {
            let found: MountedLog
            do throws(Refusal) { found = try MountedLog(resource) } catch {
                throw GraphError(operation: "adopt", subject: error.subject, cause: error.reason)
            }
            if mounts.points.contains(found.mount) { continue }
            mounts = mounts.adding(found.mount)
            known.append(Fork(log: found, isWhole: false))
        }
    }

    /// The logs it mounts.
    var forks: [Fork] { known + (fork.map { [$0] } ?? []) }

    private func checkCount(of new: MountedLog) throws(Refusal) {
        let mounted = mounts.points.filter { $0 != .root && !$0.isOfMachine }
        guard mounted.count < Limits.mountedLogs.value else {
            throw refusal(
                .tooMany, "log \(new.mount)",
                "would be one more than \(Limits.mountedLogs.value) mounted logs",
                "put more into those there are")
        }
        let counts = try attempting { () throws(GraphError) in try graph.counts() }
        var count = counts.reduce(0) { sum, row in
            new.mount.contains(row.namespace) ? sum + row.count : sum
        }
        for entry in pending.values {
            if entry.base.map({ new.mount.contains($0.resource.namespace) }) ?? false {
                count -= 1
            }
            if entry.now.map({ new.mount.contains($0.resource.namespace) }) ?? false {
                count += 1
            }
        }
        guard count <= Limits.movedResources.value else {
            throw refusal(
                .tooLarge, "log \(new.mount)",
                "would begin with \(count) resources; an entry moves at most "
                    + "\(Limits.movedResources.value)",
                "mount logs on the namespaces below it first")
        }
    }

    private func refusal(
        _ code: Refusal.Code, _ subject: String, _ reason: String, _ remedy: String
    ) -> Refusal {
        Refusal(code, filter: "apply", subject: subject, reason: reason, remedy: remedy)
    }
}
