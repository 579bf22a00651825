internal import Host
internal import NIOCore
internal import Node
internal import Reproduction
internal import Resources
internal import Trust

/// Updates of the machine: what they would do, making them, how far they are.
extension API {
    /// What an update would do, or why it is refused; nothing is changed.
    func planUpdate(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "plan an update")
        let (plan, have, changes, isAlone) = try reproducing {
            () throws(ReproductionError) -> (UpdatePlan, [Int64], Value, Bool) in
            let updates = try MachineUpdates(node)
            let (offer, _) = try offered(request, updates)
            let plan = try updates.plan(offer)
            let isAlone = try ChangeoverBook(api: self).isAlone
            let changes = updates.running.map { Self.changes(from: $0, to: offer.description) }
            var have: [Int64] = []
            for blob in plan.missing {
                have.append(try updates.inbox.partialSize(of: blob.digest))
            }
            return (plan, have, .list(isAlone ? changes ?? [] : []), isAlone)
        }
        let missing = zip(plan.missing, have).map { blob, have -> Value in
            [
                "digest": .text(blob.digest.description), "size": .int(blob.size),
                "have": .int(have),
            ]
        }
        return .json { writer in
            writer.object { writer in
                writer.member("generation", plan.generation.description)
                writer.member("sequence", plan.sequence)
                writer.member("slot", plan.slot.rawValue)
                writer.member("entry", plan.entry.fileName)
                writer.member("removes", .list(plan.removed.map { .text($0.fileName) }))
                writer.member("changed", plan.changed)
                writer.member("toCopy", plan.missingBytes)
                writer.member("written", plan.written)
                writer.member("keepsLoader", .bool(plan.keepsLoader))
                writer.member("changes", changes)
                writer.member("keepsDesiredState", .bool(!isAlone))
                writer.member("missing", .list(missing))
            }
        }
    }

    /// What of apps and configuration an update changes, and how.
    private static func changes(from old: Description, to new: Description) -> [Value] {
        let changeover = Changeover(from: old, to: new)
        return [("set", changeover.sets), ("removed", changeover.removes)].flatMap { how, heirs in
            heirs.map { heir -> Value in
                [
                    "type": .text(heir.type.text), "namespace": .text(heir.namespace.path),
                    "name": .text(heir.name.text), "how": .text(how),
                ]
            }
        }
    }

    /// Makes an update and says how far it is; then the machine restarts into it, at once when it
    /// is alone and in its turn when it is one of a fleet.
    func applyUpdate(_ request: HTTPRequest, _ responder: Responder) throws(Refusal) {
        try requireAdminRight(request, to: "update the machine")
        let (updates, offer, sources, restarts) = try reproducing {
            () throws(ReproductionError)
                -> (MachineUpdates, UpdateOffer, [any BlobSource], Bool) in
            let updates = try MachineUpdates(node)
            let (offer, sources) = try offered(request, updates)
            _ = try updates.plan(offer)
            return (updates, offer, sources, try updates.book.policy().restarts)
        }
        let follower = UpdateFollower(responder, clock: clock)
        responder.begin(follower)
        do throws(ReproductionError) {
            let ended = try updates.apply(offer, from: sources) {
                (progress) throws(ReproductionError) in try follower.take(progress)
            }
            var next = UpdateFollower.Next.byHand
            if restarts && !request.flag("no-restart") {
                next = try self.restarts.isAlone ? .now : .turn
            }
            if next == .turn { self.restarts.want(ended.plan.generation) }
            follower.end(ended, next: next)
            if next == .now {
                // The answer leaves before the connections are closed.
                responder.eventLoop.scheduleTask(in: .milliseconds(200)) {
                    LinuxSystem.requestEnd(.restart)
                }
            }
        } catch { follower.fail(Self.refusal(of: error)) }
    }

    /// What runs, what is under way, what was given up.
    func updateStatus(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let (updates, newest, generations) = try reproducing {
            () throws(ReproductionError)
                -> (MachineUpdates, UpdateBook.Entry?, [ValueMap]) in
            let updates = try MachineUpdates(node)
            return (updates, try updates.book.newest(), try updates.book.generations())
        }
        var table: SlotTable?
        var loaderFailure: String?
        do throws(ReproductionError) {
            table = try updates.atLoader { (updater, slot) throws(ReproductionError) in
                try updates.table(updater, slot)
            }
        } catch {
            // A machine that was not started by our loader has no entries.
            if error.kind != .refused { loaderFailure = "\(error)" }
        }
        return .json { writer in
            writer.object { writer in
                writer.member("runs", updates.running?.digest.description ?? "no image")
                writer.member("sequence", updates.running?.sequence ?? 0)
                if let table {
                    writer.member("slot", table.running.rawValue)
                    writer.member(
                        "entries", .list(table.entries.map { .text($0.fileName) }))
                    writer.member("isOnTrial", .bool(table.entry.tries != nil))
                }
                if let loaderFailure { writer.member("loader", loaderFailure) }
                if let newest { writer.member("update", .map(newest.resource.data)) }
                writer.member("systems", .list(generations.map { .map($0) }))
            }
        }
    }

    /// Signs a copy that lies on this machine.
    func signUpdate(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "sign a system")
        guard let path = request["path"] else { throw malformed("path", "is missing") }
        guard let days = Int64(request["days"] ?? "90"), (1...3650).contains(days) else {
            throw malformed("days", "must be a number from 1 to 3650")
        }
        let release = try reproducing { () throws(ReproductionError) in
            try CopyDirectory(path).sign(
                by: node.apps.devices.key, at: clock.now,
                until: clock.now.advanced(byMilliseconds: days * 86_400_000))
        }
        let keys = release.signatures.map { Value.text($0.key.description) }
        return .json { writer in
            writer.object { writer in
                writer.member("generation", release.generation.description)
                writer.member("sequence", release.sequence)
                writer.member("expires", release.expires.milliseconds)
                writer.member("keys", .list(keys))
            }
        }
    }

    /// Takes a piece of content.
    func takeUpdateContent(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "send content")
        guard let digest = request["digest"].flatMap({ ContentDigest($0) }) else {
            throw malformed("digest", "must be the SHA-256 of the content")
        }
        guard let size = request["size"].flatMap({ Int64($0) }), size >= 0,
            size <= Int64(Limits.blobBytes.value),
            let offset = request["offset"].flatMap({ Int64($0) }),
            (0...size).contains(offset)
        else { throw malformed("size and offset", "must be counts of bytes") }
        let have = try reproducing { () throws(ReproductionError) in
            try MachineUpdates(node).inbox.append(
                request.body, to: Blob(digest, size: size), at: offset)
        }
        return .json { $0.object { $0.member("have", have) } }
    }

    /// What is offered, and where its content is: a copy on this machine, or what was sent.
    private func offered(
        _ request: HTTPRequest, _ updates: MachineUpdates
    ) throws(ReproductionError) -> (UpdateOffer, [any BlobSource]) {
        if let path = request["path"] {
            let copy = CopyDirectory(path)
            guard path.hasPrefix("/"), let description = try copy.description() else {
                throw ReproductionError(
                    .missing, operation: "read", subject: printable(path),
                    cause: "no system is described there",
                    remedy: "name a directory with a copy, from / on")
            }
            return (UpdateOffer(description, try copy.release()), [copy.store])
        }
        guard let digest = request["description"].flatMap({ ContentDigest($0) }) else {
            throw ReproductionError(
                .badForm, operation: "update", subject: "this machine",
                cause: "neither path nor description is given",
                remedy: "name the directory of a copy")
        }
        let description = try updates.sentDescription(digest)
        let release = try request["release"].flatMap { ContentDigest($0) }.map {
            (digest) throws(ReproductionError) in
            try Release(try updates.sent(digest, atMost: 64 << 10))
        }
        return (UpdateOffer(description, release), [])
    }
}
