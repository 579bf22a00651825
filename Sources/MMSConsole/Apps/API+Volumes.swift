internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// Volumes, and what is asked of them: a snapshot and a clone are resources, which the executor of
/// the machine with the data carries out (RFD 0021).
extension API {
    /// All volumes with where they are, and their snapshots.
    func volumes(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let reader = try reader(request)
        let scene = try reading { () throws(GraphError) in try VolumeScene(reader) }
        let namespace = try namespace(request)
        let items = scene.volumes.filter { volume in
            request.caller.mayRead(volume.namespace)
                && (namespace.map { $0 == volume.namespace } ?? true)
        }.map { Value.map(scene.value(of: $0)) }
        return .json { $0.object { $0.member("items", .list(items)) } }
    }

    /// Asks for a snapshot of a volume under the name of the query. One of that name that failed is
    /// asked for again.
    func takeSnapshot(_ request: HTTPRequest, of text: String) throws(Refusal) -> HTTPReply {
        let reader = try reader(request)
        let volume = try found(AppTypes.volume.name, text, request, reader)
        let name = try newName(request)
        let scene = try reading { () throws(GraphError) in try VolumeScene(reader) }
        if volume.data["driver"]?.text == App.Volume.Driver.tmpfs.rawValue {
            throw Refusal(
                .invalidValue, filter: "volume", subject: volume.address,
                reason: "is in memory, of which nothing is kept",
                remedy: "use driver directory or loop")
        }
        guard let machine = scene.place(of: volume)?.namespace.machine?.text else {
            throw Refusal(
                .conflict, filter: "volume", subject: volume.address,
                reason: "has no data yet, on no machine", remedy: "start a task that uses it")
        }
        var commands: [Command] = []
        if let before = scene.snapshots.first(where: { snapshot in
            snapshot.name == name && snapshot.namespace == volume.namespace
        }), scene.state(of: before)?.data["state"] == "failed" {
            commands.append(.delete(id: before.id, expect: before.revision))
        }
        let draft = Draft(
            id: entropy.identifier(at: clock.now), type: AppTypes.snapshot.name,
            namespace: volume.namespace, name: name,
            data: ["volume": .text(volume.name.text), "machine": .text(machine)],
            links: ["OF": [volume.id]], owner: volume.id)
        return try ask(
            commands + [.create(draft)], draft, machine, request, "pisces volume snapshot")
    }

    /// Asks for a volume made of a snapshot, under the name of the query.
    func cloneVolume(_ request: HTTPRequest, from text: String) throws(Refusal) -> HTTPReply {
        let reader = try reader(request)
        let snapshot = try found(AppTypes.snapshot.name, text, request, reader)
        let name = try newName(request)
        let scene = try reading { () throws(GraphError) in try VolumeScene(reader) }
        guard let state = scene.state(of: snapshot), state.data["state"] == "ready",
            let machine = state.namespace.machine?.text
        else {
            let state = scene.state(of: snapshot)?.data
            throw Refusal(
                .conflict, filter: "volume", subject: snapshot.address,
                reason: state?["error"]?.text ?? "is not taken yet",
                remedy: "wait until pisces volume list says ready")
        }
        let origin = scene.volumes.first { snapshot.links["OF"] == [$0.id] }
        var data: ValueMap = [
            "from": .text(snapshot.name.text), "machine": .text(machine),
            "driver": origin?.data["driver"] ?? .text(App.Volume.Driver.directory.rawValue),
        ]
        data["size"] = origin?.data["size"] == nil ? nil : state.data["size"]
        var draft = Draft(
            id: entropy.identifier(at: clock.now), type: AppTypes.volume.name,
            namespace: snapshot.namespace, name: name, data: data, links: ["FROM": [snapshot.id]])
        draft.cost.storage = data["size"]?.number ?? 0
        return try ask([.create(draft)], draft, machine, request, "pisces volume clone")
    }

    private func found(
        _ type: TypeName, _ name: String, _ request: HTTPRequest,
        _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> Resource {
        let found = try resource(
            type, try resourceName(name), in: try namespace(request), at: reader)
        guard request.caller.mayRead(found.namespace) else { throw notFound(found.address) }
        return found
    }

    private func newName(_ request: HTTPRequest) throws(Refusal) -> ResourceName {
        guard let text = request["name"] else { throw malformed("name", "is missing") }
        return try resourceName(text)
    }

    private func ask(
        _ commands: [Command], _ draft: Draft, _ machine: String, _ request: HTTPRequest,
        _ reason: String
    ) throws(Refusal) -> HTTPReply {
        let receipt = try node.circle.propose(
            Proposal(
                caller: request.caller,
                batch: Batch(commands, reason: request["reason"] ?? reason), time: clock.now)
        ).get()
        return .json { writer in
            writer.object { writer in
                writer.member("position", receipt.position.rawValue)
                writer.member("id", draft.id.description)
                writer.member("machine", machine)
            }
        }
    }
}

/// Volumes and snapshots as people asked for them, with what machines say of both.
private struct VolumeScene {
    let volumes: [Resource]
    let snapshots: [Resource]
    private let places: [Identifier: [Resource]]
    private let states: [Identifier: Resource]

    init(_ reader: CommittedReader<RocksStore>) throws(GraphError) {
        volumes = try reader.all("volume")
        snapshots = try reader.all("snapshot")
        places = Dictionary(
            grouping: try reader.all("volumestate"), by: { $0.links["OF"]?.first ?? $0.id })
        let pairs = try reader.all("snapshotstate").compactMap { state in
            state.links["OF"]?.first.map { ($0, state) }
        }
        states = Dictionary(pairs, uniquingKeysWith: { $1 })
    }

    /// What the machine says that has the data which was attached last.
    func place(of volume: Resource) -> Resource? {
        (places[volume.id] ?? []).filter { $0.data["path"] != nil }
            .max { ($0.data["fence"]?.int ?? 0) < ($1.data["fence"]?.int ?? 0) }
    }

    func state(of snapshot: Resource) -> Resource? { states[snapshot.id] }

    func value(of volume: Resource) -> ValueMap {
        let place = place(of: volume)
        let error = (places[volume.id] ?? []).compactMap { $0.data["error"]?.text }.first
        let isClone = volume.links["FROM"] != nil
        var value: ValueMap = [
            "name": .text(volume.name.text), "namespace": .text(volume.namespace.path),
            "id": .text(volume.id.description),
            "state": place != nil
                ? "ready" : error != nil ? "failed" : isClone ? "cloning" : "not used yet",
        ]
        value["error"] = error.map { .text($0) }
        for key in ["app", "driver", "from"] { value[key] = volume.data[key] }
        value["size"] = place?.data["size"] ?? volume.data["size"]
        value["machine"] = place?.namespace.machine.map { .text($0.text) } ?? volume.data["machine"]
        value["task"] = place?.data["task"]
        value["snapshots"] = .list(
            snapshots.filter { $0.links["OF"] == [volume.id] }.map { .map(self.value($0)) })
        return value
    }

    private func value(_ snapshot: Resource) -> ValueMap {
        var value: ValueMap = [
            "name": .text(snapshot.name.text), "id": .text(snapshot.id.description),
            "state": "waiting",
        ]
        value["machine"] = snapshot.data["machine"]
        for key in ["state", "error", "taken", "size", "copied", "shared", "entries"] {
            if let known = state(of: snapshot)?.data[key] { value[key] = known }
        }
        return value
    }
}
