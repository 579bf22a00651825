public import MMSGraph
public import Resources
internal import Trust

extension Changeover {
    /// How a changeover is undone.
    public struct Undoing: Sendable {
        /// One batch: what was there before, and the record that says so.
        public let commands: [Command]
        /// What somebody has changed since then: it stays as it is. Addresses.
        public let kept: [String]
    }

    /// The commands after which all is as the record says it was before.
    public static func undoing(
        _ record: Resource, on graph: some GraphReader, at time: WallTime,
        identify: () -> Identifier
    ) throws(GraphError) -> Undoing {
        var commands: [Command] = []
        var kept: [String] = []
        for value in (record.data["before"]?.list ?? []).reversed() {
            guard let changed = ChangedResource(value) else {
                throw GraphError(
                    operation: "undo", subject: record.address,
                    cause: "it does not say what was before")
            }
            let state = changed.state
            let known = try graph.resource(state.type, state.name, in: state.namespace)
            let local = try graph.localFields(of: state.type)
            let digest = known.map { DesiredState($0, but: local).digest }
            guard digest == changed.after else {
                // Already as it was: somebody was faster.
                if let before = changed.before, digest == before.digest { continue }
                if changed.before == nil, known == nil { continue }
                kept.append(state.address)
                continue
            }
            switch (known, changed.before) {
            case (let known?, let before?):
                commands.append(.update(before.update(of: known, but: local)))
            case (let known?, nil):
                commands.append(.delete(id: known.id, expect: known.revision))
            case (nil, let before?): commands.append(.create(before.draft(as: identify())))
            case (nil, nil): break
            }
        }
        let data: ValueMap = [
            "state": "reverted", "since": .int(time.milliseconds), "before": .null,
            "kept": .list(kept.map { .text($0) }),
        ]
        commands.append(.update(Update(id: record.id, expect: record.revision, data: data)))
        return Undoing(commands: commands, kept: kept)
    }

    /// The command that lets a changeover stand: its system is good.
    public static func keeping(_ record: Resource, at time: WallTime) -> Command {
        .update(
            Update(
                id: record.id, expect: record.revision,
                data: ["state": "kept", "since": .int(time.milliseconds), "before": .null]))
    }
}

/// A resource that a changeover touched.
struct ChangedResource {
    /// Its address, and what it was when that is known.
    let state: DesiredState
    /// What it was; nil when it was not there.
    let before: DesiredState?
    /// The digest of what it became; nil when it was deleted.
    let after: ContentDigest?

    init(_ state: DesiredState, before: DesiredState?, after: ContentDigest?) {
        self.state = state
        self.before = before
        self.after = after
    }

    /// Reads what a record has.
    init?(_ value: Value) {
        guard let map = value.map, let type = map["type"]?.text.flatMap({ try? TypeName($0) }),
            let namespace = map["namespace"]?.text.flatMap({ try? Namespace($0) }),
            let name = map["name"]?.text.flatMap({ try? ResourceName($0) })
        else { return nil }
        let tags = (map["tags"]?.map ?? [:]).entries.compactMap { key, value in
            value.text.map { (key, $0) }
        }
        state = DesiredState(
            type: type, namespace: namespace, name: name, data: map["data"]?.map ?? [:],
            tags: SortedMap(tags))
        before = map["data"]?.map == nil ? nil : state
        after = map["after"]?.bytes.flatMap { ContentDigest(bytes: $0) }
    }

    var value: Value {
        var map: ValueMap = [
            "type": .text(state.type.text), "namespace": .text(state.namespace.path),
            "name": .text(state.name.text),
        ]
        if let before {
            map["data"] = .map(before.data)
            map["tags"] = .map(ValueMap(before.tags.entries.map { ($0.key, .text($0.value)) }))
        }
        map["after"] = after.map { .bytes($0.bytes) }
        return .map(map)
    }
}

/// What an update may change of a resource: its fields but those of one machine, and its tags.
struct DesiredState: Hashable, Sendable {
    let type: TypeName
    let namespace: Namespace
    let name: ResourceName
    let data: ValueMap
    let tags: SortedMap<String>

    init(
        type: TypeName, namespace: Namespace, name: ResourceName, data: ValueMap,
        tags: SortedMap<String>
    ) {
        self.type = type
        self.namespace = namespace
        self.name = name
        self.data = data
        self.tags = tags
    }

    init(_ heir: Description.Heritable, _ data: ValueMap) {
        self.init(
            type: heir.type, namespace: heir.namespace, name: heir.name, data: data,
            tags: heir.tags)
    }

    init(_ resource: Resource, but local: Set<String>) {
        self.init(
            type: resource.type, namespace: resource.namespace, name: resource.name,
            data: ValueMap(
                resource.data.entries.filter { !local.contains($0.key) }
                    .map { ($0.key, $0.value) }),
            tags: resource.tags)
    }

    var address: String { "\(namespace.path == "/" ? "" : namespace.path)/\(type)/\(name)" }

    var digest: ContentDigest {
        var writer = CBORWriter()
        writer.write(data)
        writer.write(ValueMap(tags.entries.map { ($0.key, .text($0.value)) }))
        return ContentDigest(of: writer.bytes)
    }

    func draft(as id: Identifier) -> Draft {
        var draft = Draft(id: id, type: type, namespace: namespace, name: name, data: data)
        draft.tags = tags
        return draft
    }

    /// Makes a resource this; fields of the machine and links stay.
    func update(of known: Resource, but local: Set<String>) -> Update {
        var update = Update(id: known.id, expect: known.revision, data: data)
        for field in known.data.keys where data[field] == nil && !local.contains(field) {
            update.data[field] = .null
        }
        let gone = known.tags.keys.filter { tags[$0] == nil }.map { ($0, String?.none) }
        update.tags = SortedMap(tags.entries.map { ($0.key, String?.some($0.value)) } + gone)
        return update
    }
}
