internal import Resources

/// Reads the members of a request's object; what is wrong becomes a refusal that names it.
struct RequestReader {
    let map: ValueMap
    private let subject: String

    init(_ value: Value, subject: String) throws(Refusal) {
        guard let map = value.map else {
            throw Refusal(
                .malformed, filter: "request", subject: subject, reason: "must be an object")
        }
        self.map = map
        self.subject = subject
    }

    /// Reads a request's body.
    init(body: [UInt8], subject: String) throws(Refusal) {
        let value: Value
        do throws(JSONError) { value = try JSONReader.decode(body) } catch {
            throw Refusal(
                .malformed, filter: "json", subject: "request body",
                reason: "line \(error.line), column \(error.column): \(error.reason)")
        }
        try self.init(value, subject: subject)
    }

    /// Refuses members that are not in the list.
    func allow(_ names: [String]) throws(Refusal) {
        for key in map.keys where !names.contains(key) {
            let near = nearest(to: key, among: names)
            throw refusal(
                key, "there is no such member",
                remedy: near.map { "did you mean \($0)?" }
                    ?? "use \(names.joined(separator: ", "))")
        }
    }

    func text(_ key: String) throws(Refusal) -> String? {
        try member(key, "a text") { $0.text }
    }

    func flag(_ key: String) throws(Refusal) -> Bool? {
        try member(key, "true or false") { $0.bool }
    }

    func position(_ key: String) throws(Refusal) -> Position? {
        try member(key, "a revision") { value in
            value.int.flatMap { $0 < 0 ? nil : Position(UInt64($0)) }
                ?? value.text.flatMap { UInt64($0) }.map(Position.init)
        }
    }

    func identifier(_ key: String) throws(Refusal) -> Identifier? {
        try member(key, "an identifier of 26 characters") { $0.text.flatMap { Identifier($0) } }
    }

    func fields(_ key: String) throws(Refusal) -> ValueMap {
        try member(key, "an object") { $0.map } ?? [:]
    }

    func type() throws(Refusal) -> TypeName {
        let text = try needed("type")
        return try named("type") { () throws(NameError) in try TypeName(text) }
    }

    func name() throws(Refusal) -> ResourceName {
        let text = try needed("name")
        return try named("name") { () throws(NameError) in try ResourceName(text) }
    }

    func namespace() throws(Refusal) -> Namespace? {
        guard let text = try text("namespace") else { return nil }
        return try named("namespace") { () throws(NameError) in try Namespace(text) }
    }

    func target() throws(Refusal) -> RequestedCommand.Target {
        if let id = try identifier("id") { return .id(id) }
        guard map["type"] != nil || map["name"] != nil else {
            throw refusal(
                "id", "the command names no resource", remedy: "give id, or type and name")
        }
        return .address(try type(), try name(), try namespace())
    }

    func cost() throws(Refusal) -> Cost? {
        guard map["cost"] != nil, map["cost"] != .null else { return nil }
        switch Cost.read(try fields("cost")) {
        case .success(let cost): return cost
        case .failure(let unknown):
            throw refusal(
                "cost", "\(printable(unknown.name)) is no dimension with a number from 0 up",
                remedy: "use \(Cost.dimensions.map(\.name).joined(separator: ", "))")
        }
    }

    func tagPatch() throws(Refusal) -> SortedMap<String?> {
        var tags = SortedMap<String?>()
        for (key, value) in try fields("tags").entries {
            switch value {
            case .text(let text): tags[key] = .some(text)
            case .null: tags[key] = .some(nil)
            case .bool, .int, .float, .bytes, .list, .map:
                throw refusal("tags", "\(printable(key)) must be a text")
            }
        }
        return tags
    }

    func links() throws(Refusal) -> SortedMap<[Identifier]> {
        var links = SortedMap<[Identifier]>()
        for (relation, value) in try fields("links").entries {
            let targets = value.list?.compactMap { $0.text.flatMap { Identifier($0) } }
            guard let targets, targets.count == value.list?.count else {
                throw refusal("links", "\(printable(relation)) must be a list of identifiers")
            }
            links[relation] = targets
        }
        return links
    }

    func session() throws(Refusal) -> Batch.Session? {
        guard let value = map["session"], value != .null else { return nil }
        let reader = try RequestReader(value, subject: "session")
        guard let client = try reader.identifier("client"),
            let sequence = reader.map["sequence"]?.int, sequence > 0
        else { throw refusal("session", "needs client (an identifier) and sequence (from 1)") }
        return Batch.Session(client: client, sequence: UInt64(sequence))
    }

    func refusal(_ field: String?, _ reason: String, remedy: String? = nil) -> Refusal {
        Refusal(
            .malformed, filter: "request",
            subject: field.map { "\(subject).\(printable($0))" } ?? subject, reason: reason,
            remedy: remedy, field: field)
    }

    private func member<Answer>(
        _ key: String, _ what: String, _ read: (Value) -> Answer?
    ) throws(Refusal) -> Answer? {
        guard let value = map[key], value != .null else { return nil }
        guard let answer = read(value) else { throw refusal(key, "must be \(what)") }
        return answer
    }

    func needed(_ key: String) throws(Refusal) -> String {
        guard let text = try text(key) else { throw refusal(key, "is missing") }
        return text
    }

    private func named<Name>(
        _ key: String, _ make: () throws(NameError) -> Name
    ) throws(Refusal) -> Name {
        do throws(NameError) { return try make() } catch {
            throw Refusal(
                .invalidName, filter: "request", subject: "\(subject).\(key) '\(error.text)'",
                reason: error.reason, field: key)
        }
    }
}
