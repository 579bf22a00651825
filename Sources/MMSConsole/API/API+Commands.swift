internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

extension API {
    /// Proposes the batch of a request. A request by address is resolved on the committed state
    /// and carries the revision found there, so a race is refused by apply and tried again.
    func propose(_ request: HTTPRequest, _ responder: Responder) {
        do throws(Refusal) {
            let asked = try CommandRequest(request.body)
            if request.flag("dry-run") {
                responder.send(try rehearse(asked, by: request.caller))
            } else {
                try propose(asked, by: request.caller, attempt: 1, responder)
            }
        } catch {
            if !request.flag("dry-run") {
                node.refusals.note(error, ofRequest: "commands", by: request.caller.identity)
            }
            responder.send(.problem(error))
        }
    }

    private func propose(
        _ asked: CommandRequest, by caller: Caller, attempt: Int, _ responder: Responder
    ) throws(Refusal) {
        let resolved = try resolve(asked)
        let writer: SequencerThread<LinuxDisk, RocksStore>
        do throws(Refusal) {
            writer = try node.circle.writer(for: resolved.batch, in: resolved.places)
        } catch {
            guard error.isOfMount, attempt < Limits.applyAttempts.value else { throw error }
            // Its log is being opened, which this thread must not wait for.
            return onThread { [self] in
                node.circle.awaitMounts()
                again(asked, by: caller, attempt: attempt + 1, responder)
            } refused: {
                responder.send(.problem($0))
            }
        }
        let proposal = Proposal(caller: caller, batch: resolved.batch, time: clock.now)
        writer.propose(proposal) { [self] outcome in
            switch outcome {
            case .success(let receipt):
                responder.send { [self] in reply(receipt, resolved) }
            case .failure(let refusal):
                let mayRetry = (resolved.mayRetry && refusal.isRace) || refusal.hasMoved
                if mayRetry, attempt < Limits.applyAttempts.value {
                    again(asked, by: caller, attempt: attempt + 1, responder)
                } else {
                    responder.send(.problem(hinted(refusal)))
                }
            }
        }
    }

    /// A refused type with the nearest one that exists.
    private func hinted(_ refusal: Refusal) -> Refusal {
        guard refusal.code == .unknownType,
            let types = try? node.circle.graph.reader().all("type").map(\.name.text),
            let near = nearest(to: String(refusal.subject.prefix { $0 != "/" }), among: types)
        else { return refusal }
        var hinted = refusal
        hinted.remedy = "did you mean \(near)?"
        return hinted
    }

    private func again(
        _ asked: CommandRequest, by caller: Caller, attempt: Int, _ responder: Responder
    ) {
        do throws(Refusal) {
            try propose(asked, by: caller, attempt: attempt, responder)
        } catch {
            responder.send(.problem(error))
        }
    }

    private func rehearse(
        _ asked: CommandRequest, by caller: Caller
    ) throws(Refusal) -> HTTPReply {
        let resolved = try resolve(asked)
        let writer = try node.circle.writer(for: resolved.batch)
        let proposal = Proposal(caller: caller, batch: resolved.batch, time: clock.now)
        let changes = try writer.sequencer.rehearse(proposal).get()
        return .json { writer in
            writer.object { writer in
                writer.member("dryRun", .bool(true))
                writer.key("results")
                writer.array { list in for change in changes { list.write(result: change) } }
            }
        }
    }

    private func reply(_ receipt: Receipt, _ resolved: ResolvedBatch) -> HTTPReply {
        .json { writer in
            writer.object { writer in
                writer.member("log", receipt.log.path)
                writer.member("position", receipt.position.rawValue)
                writer.member("bookmark", Bookmark([receipt.log: receipt.position]).text)
                if receipt.repeated { writer.member("repeated", .bool(true)) }
                writer.key("results")
                writer.array { list in
                    for (index, id) in receipt.ids.enumerated() {
                        list.object { result in
                            result.member("id", id.description)
                            result.member("revision", receipt.position.rawValue)
                            let label = resolved.labels[index]
                            result.member("action", label.action)
                            result.member("type", label.type)
                            result.member("name", label.name)
                        }
                    }
                }
            }
        }
    }

    /// A batch whose resources are all named by identifier.
    struct ResolvedBatch {
        var batch: Batch
        /// What each command does, for the answer.
        var labels: [(action: String, type: String?, name: String?)] = []
        /// Where the resource of each command lives, as far as it was looked up.
        var places: [Namespace?] = []
        /// True when it depends on a state read before: then a race may be tried again.
        var mayRetry = false
    }

    private func resolve(_ asked: CommandRequest) throws(Refusal) -> ResolvedBatch {
        var resolved = ResolvedBatch(batch: Batch([], reason: asked.reason))
        resolved.batch.session = asked.session
        for (index, command) in asked.commands.enumerated() {
            do throws(Refusal) { try resolve(command, into: &resolved) } catch {
                var refusal = error
                refusal.command = index
                throw refusal
            }
        }
        return resolved
    }

    private func resolve(
        _ command: RequestedCommand, into resolved: inout ResolvedBatch
    ) throws(Refusal) {
        switch command {
        case .create(let requested):
            let id = entropy.identifier(at: clock.now)
            add(.create(requested.draft(id: id, namespace: .root)), requested, &resolved)
        case .apply(let requested):
            resolved.mayRetry = true
            let namespace = requested.namespace ?? .root
            let found = try reading { () throws(GraphError) in
                try node.circle.graph.resource(
                    requested.type, requested.name, in: namespace)
            }
            if let found {
                add(.update(requested.replacement(of: found)), requested, &resolved)
            } else {
                let id = entropy.identifier(at: clock.now)
                add(.create(requested.draft(id: id, namespace: namespace)), requested, &resolved)
            }
        case .update(let target, var update):
            let found = try find(target)
            update.id = found.id
            resolved.places.append(nil)
            resolved.batch.commands.append(.update(update))
            resolved.labels.append(("update", found.type?.text, found.name?.text))
        case .delete(let target, let expect):
            let found = try find(target)
            resolved.places.append(nil)
            resolved.batch.commands.append(.delete(id: found.id, expect: expect))
            resolved.labels.append(("delete", found.type?.text, found.name?.text))
        }
    }

    private func add(
        _ command: Command, _ requested: RequestedDraft, _ resolved: inout ResolvedBatch
    ) {
        let action = if case .create = command { "create" } else { "update" }
        resolved.places.append(requested.namespace ?? .root)
        resolved.batch.commands.append(command)
        resolved.labels.append((action, requested.type.text, requested.name.text))
    }

    private func find(
        _ target: RequestedCommand.Target
    ) throws(Refusal) -> (id: Identifier, type: TypeName?, name: ResourceName?) {
        switch target {
        case .id(let id): return (id, nil, nil)
        case .address(let type, let name, let namespace):
            let resource = try resource(type, name, in: namespace, at: nil)
            return (resource.id, type, name)
        }
    }
}

extension RequestedDraft {
    /// The update that makes `resource` what was asked, whole.
    func replacement(of resource: Resource) -> Update {
        var update = Update(id: resource.id, expect: resource.revision, data: data)
        update.replaces = true
        for (key, value) in tags.entries { update.tags[key] = .some(value) }
        update.links = links
        update.cost = cost ?? .zero
        update.owner = owner
        return update
    }
}

extension Refusal {
    /// True when the namespace came to have a log of its own on the way: looking again finds it.
    fileprivate var hasMoved: Bool { code == .wrongLog && filter == "apply" }

    /// True when the log it is for is being opened.
    fileprivate var isOfMount: Bool {
        filter == MountedLogs<LinuxDisk, RocksStore>.filter
    }

    /// True when another writer was faster: looking again may find a way.
    fileprivate var isRace: Bool {
        switch code {
        case .revisionMismatch, .alreadyExists, .notFound: true
        default: false
        }
    }
}

extension JSONWriter {
    /// Writes what a rehearsed change would do.
    mutating func write(result change: Change) {
        guard let resource = change.new ?? change.old else { return }
        object { result in
            result.member("id", resource.id.description)
            result.member("action", change.action)
            result.member("type", resource.type.text)
            result.member("name", resource.name.text)
        }
    }
}
