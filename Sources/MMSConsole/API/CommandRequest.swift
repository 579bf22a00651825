internal import Resources

/// A batch as the API takes it: commands that may name resources by address.
struct CommandRequest: Sendable {
    var commands: [RequestedCommand] = []
    var reason: String?
    var session: Batch.Session?

    /// Reads `{"commands": […], "reason": …, "session": {"client": …, "sequence": …}}`.
    init(_ body: [UInt8]) throws(Refusal) {
        let reader = try RequestReader(body: body, subject: "batch")
        try reader.allow(["commands", "reason", "session"])
        reason = try reader.text("reason")
        session = try reader.session()
        guard let list = reader.map["commands"]?.list else {
            throw reader.refusal("commands", "must be a list of commands")
        }
        if list.isEmpty { throw reader.refusal("commands", "must not be empty") }
        for (index, element) in list.enumerated() {
            do throws(Refusal) { commands.append(try RequestedCommand(element)) } catch {
                var refusal = error
                refusal.command = index
                throw refusal
            }
        }
    }
}

/// A command whose resource may be named by address.
enum RequestedCommand: Sendable {
    case create(RequestedDraft)
    /// Creates the resource, or replaces the one at its address.
    case apply(RequestedDraft)
    case update(Target, Update)
    case delete(Target, expect: Position?)

    /// Which resource a command means.
    enum Target: Sendable {
        case id(Identifier)
        case address(TypeName, ResourceName, Namespace?)
    }

    init(_ value: Value) throws(Refusal) {
        let reader = try RequestReader(value, subject: "command")
        let verbs = ["create", "update", "delete", "apply"]
        guard reader.map.count == 1, let (verb, body) = reader.map.entries.first else {
            throw reader.refusal(nil, "must have exactly one of \(verbs.joined(separator: ", "))")
        }
        let content = try RequestReader(body, subject: verb)
        switch verb {
        case "create": self = .create(try RequestedDraft(content))
        case "apply": self = .apply(try RequestedDraft(content))
        case "update": self = try Self.update(content)
        case "delete":
            try content.allow(["id", "type", "name", "namespace", "expect"])
            self = .delete(try content.target(), expect: try content.position("expect"))
        default:
            let near = nearest(to: verb, among: verbs)
            throw reader.refusal(
                verb, "there is no such command",
                remedy: near.map { "did you mean \($0)?" } ?? "use one of \(verbs)")
        }
    }

    private static func update(_ reader: RequestReader) throws(Refusal) -> RequestedCommand {
        try reader.allow([
            "id", "type", "name", "namespace", "expect", "replaces", "owner", "cost", "tags",
            "links", "data",
        ])
        let target = try reader.target()
        let none = Identifier(high: 0, low: 0)
        var update = Update(id: none, expect: try reader.position("expect"))
        if case .id(let id) = target { update.id = id }
        update.replaces = try reader.flag("replaces") ?? false
        update.owner = try reader.identifier("owner")
        update.cost = try reader.cost()
        update.tags = try reader.tagPatch()
        update.links = try reader.links()
        update.data = try reader.fields("data")
        return .update(target, update)
    }
}

/// A resource to be created, whose identifier the server may choose.
struct RequestedDraft: Sendable {
    let id: Identifier?
    let type: TypeName
    let namespace: Namespace?
    let name: ResourceName
    let apiVersion: String
    let owner: Identifier?
    let cost: Cost?
    let tags: SortedMap<String>
    let links: SortedMap<[Identifier]>
    let data: ValueMap

    init(_ reader: RequestReader) throws(Refusal) {
        try reader.allow([
            "id", "type", "namespace", "name", "apiVersion", "owner", "tags", "cost", "links",
            "data",
        ])
        id = try reader.identifier("id")
        type = try reader.type()
        namespace = try reader.namespace()
        name = try reader.name()
        apiVersion = try reader.text("apiVersion") ?? "v1"
        owner = try reader.identifier("owner")
        cost = try reader.cost()
        links = try reader.links()
        data = try reader.fields("data")
        var tags = SortedMap<String>()
        for (key, value) in try reader.tagPatch().entries {
            guard let value else { throw reader.refusal("tags", "\(key) must be a text") }
            tags[key] = value
        }
        self.tags = tags
    }

    /// The draft with `id` unless the request brought one, and `namespace` unless it named one.
    func draft(id newID: Identifier, namespace standard: Namespace) -> Draft {
        var draft = Draft(
            id: id ?? newID, type: type, namespace: namespace ?? standard, name: name, data: data,
            links: links, owner: owner)
        draft.apiVersion = apiVersion
        draft.cost = cost ?? .zero
        draft.tags = tags
        return draft
    }
}
