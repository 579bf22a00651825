internal import Host
internal import Log
internal import MMSGraph
internal import NIOCore
internal import Node
internal import Resources
internal import ZeroProcs

extension API {
    /// Every version of a resource, and those of what observes it, oldest first.
    func history(_ request: HTTPRequest, id: String) throws(Refusal) -> HTTPReply {
        let subject = try identifier(id)
        var versions = try versions(of: subject, as: nil)
        for observer in try observers(of: subject) {
            versions += try self.versions(of: observer.id, as: observer.address)
        }
        versions.sort { ($0.time, $0.position) < ($1.time, $1.position) }
        return .json { writer in
            writer.object { writer in
                writer.key("versions")
                writer.array { list in for version in versions { list.write(version) } }
            }
        }
    }

    /// The entries that led to a resource's state, newest first: its own, and those of what it
    /// follows from (its owner, and what it is an instance or assignment of).
    func why(_ request: HTTPRequest, id: String) throws(Refusal) -> HTTPReply {
        var chain: [LogEntry] = []
        var next: Identifier? = try identifier(id)
        var seen: Set<Identifier> = []
        while let subject = next, seen.insert(subject).inserted, seen.count <= 16 {
            let versions = try versions(of: subject, as: nil)
            for version in versions.reversed() {
                if let entry = version.entry, !chain.contains(entry) { chain.append(entry) }
            }
            let resource = versions.last { $0.resource != nil }?.resource
            next = resource?.links["OF"]?.first ?? resource?.owner
        }
        return .json { writer in
            writer.object { writer in
                writer.key("chain")
                writer.array { list in
                    for entry in chain { list.write(entry, naming: node.circle.graph) }
                }
            }
        }
    }

    /// Restores a resource to what it was; goes through the filters like any other command.
    func undo(_ request: HTTPRequest, id: String) throws(Refusal) -> HTTPReply {
        guard let text = request["to"],
            let position = UInt64(text.drop { $0 == "@" }).map(Position.init)
        else { throw malformed("to", "must be a position, as @12") }
        let command = try node.circle.graph.undo(try identifier(id), to: position)
        let batch = Batch([command], reason: "undo to @\(position)")
        let writer = try node.circle.writer(for: batch)
        let receipt = try writer.propose(
            Proposal(caller: request.caller, batch: batch, time: clock.now)
        ).get()
        return .json { writer in
            writer.object { $0.member("position", receipt.position.rawValue) }
        }
    }

    func links(_ request: HTTPRequest, id: String) throws(Refusal) -> HTTPReply {
        let reader = try reader(request)
        let subject = try resourceOrLast(id, reader)
        let incoming = try incoming(subject.id, reader)
        return .json { writer in
            writer.object { writer in
                writer.key("out")
                writer.object { out in
                    for (relation, targets) in subject.links.entries {
                        out.key(relation)
                        out.array { list in
                            for target in targets { list.write(stub: target, reader) }
                        }
                    }
                }
                writer.key("in")
                writer.object { out in
                    for (relation, sources) in incoming {
                        out.key(relation)
                        out.array { list in
                            for source in sources { list.write(stub: source, reader) }
                        }
                    }
                }
            }
        }
    }

    /// The resource, or what it was last when it is gone.
    private func resourceOrLast(
        _ id: String, _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> Resource {
        let identifier = try identifier(id)
        let found = try reading { () throws(GraphError) -> Resource? in
            if let now = try reader.resource(identifier) { return now }
            return try node.circle.graph.history(identifier, limit: 1).versions.first?.resource
        }
        guard let found else { throw notFound(id) }
        return found
    }

    private func incoming(
        _ id: Identifier, _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> [(String, [Identifier])] {
        try reading { () throws(GraphError) in
            let relations = Set(
                try reader.all("type").flatMap { type in
                    type.data["relations"]?.list?.compactMap { $0.map?["name"]?.text } ?? []
                })
            var found: [(String, [Identifier])] = []
            for name in relations.sorted() {
                guard let relation = try? Relation(name) else { continue }
                let sources = try reader.sources(of: id, by: relation)
                if !sources.isEmpty { found.append((name, sources)) }
            }
            return found
        }
    }

    private func observers(of id: Identifier) throws(Refusal) -> [Resource] {
        try reading { () throws(GraphError) in
            let reader = try node.circle.graph.reader()
            let sources = try reader.sources(of: id, by: CoreTypes.relation("OF"))
            var found: [Resource] = []
            for source in sources {
                if let resource = try reader.resource(source), resource.type.text == "instance" {
                    found.append(resource)
                }
            }
            return found
        }
    }

    /// A version with the entry that made it.
    struct VersionWithEntry {
        let subject: String?
        let action: String
        let position: Position
        let time: WallTime
        let resource: Resource?
        let entry: LogEntry?
    }

    private func versions(
        of id: Identifier, as subject: String?
    ) throws(Refusal) -> [VersionWithEntry] {
        let versions = try reading { () throws(GraphError) in
            try node.circle.graph.history(id).versions.reversed()
        }
        guard let namespace = versions.first?.resource.namespace else {
            throw notFound(id.description)
        }
        // Entries of other machines' logs are only there.
        let log = { [node] position in node.circle.log(of: namespace, at: position) }
        var events: [VersionWithEntry] = []
        for version in versions {
            let resource = version.resource
            let created = resource.created == resource.changed
            events.append(
                VersionWithEntry(
                    subject: subject, action: created ? "create" : "update",
                    position: resource.revision, time: resource.changed.time,
                    resource: resource,
                    entry: Self.entry(resource.revision, of: log(resource.revision))))
            guard version.deleted, let ended = version.ended else { continue }
            let entry = Self.entry(ended, of: log(ended))
            events.append(
                VersionWithEntry(
                    subject: subject, action: "delete", position: ended,
                    time: entry?.header.time ?? resource.changed.time, resource: nil,
                    entry: entry))
        }
        return events
    }

    /// The entry at a position; nil when it was trimmed.
    private static func entry(
        _ position: Position, of log: CommandLog<LinuxDisk>?
    ) -> LogEntry? {
        try? log?.read(from: position, maximumBytes: 1).first
    }

    func identifier(_ text: String) throws(Refusal) -> Identifier {
        guard let id = Identifier(text) else {
            throw malformed("id \(printable(text))", "must be an identifier of 26 characters")
        }
        return id
    }
}

extension API {
    /// Entries of a log: from a position on, or the latest.
    func log(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let sequencer = try sequencer(request)
        let limit = min(try self.limit(request) ?? 100, Limits.listPage.value)
        let tail = sequencer.log.tail
        let latest = tail.rawValue >= UInt64(limit) ? tail.rawValue - UInt64(limit) + 1 : 1
        var next = try from(request) ?? Position(latest)
        var entries: [LogEntry] = []
        do throws(LogError) {
            while entries.count < limit, next <= tail {
                let read = try sequencer.log.read(from: next, maximumBytes: 256 << 10)
                guard let last = read.last else { break }
                entries += read.prefix(limit - entries.count)
                next = last.header.position.next
            }
        } catch { throw error.refusal }
        return .json { writer in
            writer.object { writer in
                writer.key("entries")
                writer.array { list in
                    for entry in entries { list.write(entry, naming: node.circle.graph) }
                }
                writer.member("tail", tail.rawValue)
            }
        }
    }

    /// Streams the entries of a log as they come.
    func follow(_ request: HTTPRequest, _ responder: Responder) {
        do throws(Refusal) {
            let sequencer = try sequencer(request)
            let from = try from(request) ?? sequencer.log.tail.next
            responder.begin(
                LogTail(
                    sequencer, from: from, naming: node.circle.graph, responder: responder,
                    tails: tails))
        } catch {
            responder.send(.problem(error))
        }
    }

    private func sequencer(
        _ request: HTTPRequest
    ) throws(Refusal) -> Sequencer<LinuxDisk, RocksStore> {
        let circle = node.circle
        switch request["log"] ?? "fleet" {
        case "fleet", "/":
            guard request.caller.mayRead(.root) else { throw forbidden(request) }
            return circle.fleet.sequencer
        case "machine", circle.machine.sequencer.mount.path:
            guard request.caller.mayRead(circle.machine.sequencer.mount) else {
                throw forbidden(request)
            }
            return circle.machine.sequencer
        case let name:
            let found = circle.mounted?.logs.first {
                $0.log.mount.path == name || $0.log.name.text == name
            }
            guard let found else {
                throw malformed(
                    "log \(printable(name))", "must be fleet, machine or a mounted log")
            }
            guard request.caller.mayRead(found.log.mount) else { throw forbidden(request) }
            return found.writer.sequencer
        }
    }

    private func forbidden(_ request: HTTPRequest) -> Refusal {
        Refusal(
            .forbidden, filter: "permission", subject: "\(request.caller.identity)",
            reason: "may not read this log whole")
    }

    private func from(_ request: HTTPRequest) throws(Refusal) -> Position? {
        guard let text = request["from"] else { return nil }
        guard let position = UInt64(text.drop { $0 == "@" }) else {
            throw malformed("from \(printable(text))", "must be a position")
        }
        return Position(position)
    }
}

extension JSONWriter {
    mutating func write(_ version: API.VersionWithEntry) {
        object { writer in
            writer.member("position", version.position.rawValue)
            writer.member("time", version.time.text)
            writer.member("action", version.action)
            writer.member("subject", version.subject)
            if let entry = version.entry {
                writer.member("author", entry.header.author.text)
                if let batch = try? CBORReader.decodeBatch(entry.payload) {
                    writer.member("origin", batch.origin.text)
                    writer.member("reason", batch.reason)
                }
            }
            writer.key("resource")
            if let resource = version.resource {
                writer.write(resource)
            } else {
                writer.writeNull()
            }
        }
    }

    /// Writes what names a resource; a link may lead to what is gone.
    mutating func write(stub id: Identifier, _ reader: CommittedReader<RocksStore>) {
        object { writer in
            writer.member("id", id.description)
            guard let resource = try? reader.resource(id) else { return }
            writer.member("type", resource.type.text)
            writer.member("namespace", resource.namespace.path)
            writer.member("name", resource.name.text)
        }
    }
}
