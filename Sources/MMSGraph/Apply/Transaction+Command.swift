internal import Resources

extension Transaction {
    mutating func apply(_ command: Command, _ moment: Resource.Moment) throws(Refusal) {
        switch command {
        case .create(let draft): try create(draft, moment)
        case .update(let update): try apply(update, moment)
        case .delete(let id, let expect):
            let version = try require(id, expect)
            try delete(version)
        }
    }

    private mutating func create(_ draft: Draft, _ moment: Resource.Moment) throws(Refusal) {
        let resource = Resource(draft: draft, created: moment, changed: moment)
        try checkLog(draft.namespace, subject: resource.address)
        if let alive = try find(draft.id) {
            throw Refusal(
                .alreadyExists, filter: "apply", subject: resource.address,
                reason: "the identity \(draft.id) is that of \(alive.resource.address)",
                remedy: "choose a new identity, or update the resource",
                current: alive.resource.revision)
        }
        let holder = try attempting { () throws(GraphError) in
            try self.holder(of: resource.nameKey)
        }
        if let holder {
            throw Refusal(
                .alreadyExists, filter: "apply", subject: resource.address,
                reason: "the name is taken in \(draft.namespace) by \(holder)",
                remedy: "choose another name, or update that resource",
                current: try find(holder)?.resource.revision)
        }
        set(draft.id, try checked(resource), before: nil)
        if MountedLog.isMade(by: resource) { try mount(resource) }
    }

    private mutating func apply(
        _ update: Update, _ moment: Resource.Moment
    ) throws(Refusal) {
        let version = try require(update.id, update.expect)
        let draft = update.applied(to: version.resource.draft)
        // An update that changes nothing makes no version: the revision stays what it was.
        // Bytes decide, because equal texts of Unicode may have unequal bytes.
        if draft == version.resource.draft, draft.bytes == version.resource.draft.bytes { return }
        let resource = Resource(draft: draft, created: version.resource.created, changed: moment)
        try keepMount(version.resource, resource)
        set(update.id, try checked(resource), before: version)
    }

    /// Deletes a resource and, breadth first, what it owns in this log. What it owns in other
    /// logs stays for those logs' own handlers: a batch is atomic in one log only.
    private mutating func delete(_ version: Version) throws(Refusal) {
        try keepMount(version.resource, nil)
        var queue = [version]
        var next = 0
        set(version.resource.id, nil, before: version)
        while next < queue.count {
            let owner = queue[next].resource.id
            next += 1
            let owned = try attempting { () throws(GraphError) in
                try holders(of: Keys.owned(by: owner)) { $0.owner == owner }
            }
            for id in owned {
                guard let found = try find(id),
                    mounts.log(of: found.resource.namespace) == log
                else { continue }
                try keepMount(found.resource, nil)
                set(id, nil, before: found)
                queue.append(found)
            }
            if queue.count > Limits.cascade.value { throw tooManyOwned(version.resource) }
        }
    }

    private func tooManyOwned(_ resource: Resource) -> Refusal {
        Refusal(
            .tooMany, filter: "apply", subject: resource.address,
            reason: "owns more than \(Limits.cascade.value) resources, directly or not",
            remedy: "delete some of them first")
    }

    /// The resource a command is about, at the revision it expects and in this log.
    private func require(
        _ id: Identifier, _ expect: Position?
    ) throws(Refusal) -> Version {
        guard let version = try find(id) else {
            throw Refusal(
                .notFound, filter: "apply", subject: "\(id)", reason: "there is no such resource",
                remedy: "it may have been deleted: `pisces history \(id)` tells")
        }
        let resource = version.resource
        try checkLog(resource.namespace, subject: resource.address)
        if let expect, expect != resource.revision {
            throw Refusal(
                .revisionMismatch, filter: "apply", subject: resource.address,
                reason: "has revision \(resource.revision), not \(expect)",
                remedy: "read it again and decide anew", current: resource.revision)
        }
        return version
    }

    private func checkLog(_ namespace: Namespace, subject: String) throws(Refusal) {
        let home = mounts.log(of: namespace)
        if home == log { return }
        throw Refusal(
            .wrongLog, filter: "apply", subject: subject,
            reason: "is in \(namespace), which belongs to "
                + (home.map { "the log \($0), not \(log)" } ?? "no log"),
            remedy: home.map { "send the command to the log \($0)" })
    }

    func find(_ id: Identifier) throws(Refusal) -> Version? {
        try attempting { () throws(GraphError) in try version(id) }
    }

    /// A failure of the store is a refusal too: the batch is not applied and may be sent again.
    func attempting<Result>(
        _ body: () throws(GraphError) -> Result
    ) throws(Refusal) -> Result {
        do throws(GraphError) { return try body() } catch {
            throw Refusal(
                .unavailable, filter: "apply", subject: error.subject,
                reason: "the \(error.operation) failed: \(error.cause)", remedy: "send it again")
        }
    }
}

extension Draft {
    fileprivate var bytes: [UInt8] {
        var writer = CBORWriter()
        writer.write(self)
        return writer.bytes
    }
}
