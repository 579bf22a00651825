internal import Cypher
internal import Host
internal import MMSGraph
internal import Resources

/// The graph that is asked: people with a number, a title and an age, each of whom knows five
/// others. The same seed gives the same graph, here and in the tables that peers load.
struct People {
    let count: Int
    static let known = 5

    /// The five that each knows, person by person.
    let known: [Int32]

    init(count: Int) {
        precondition(count > Self.known, "\(count) people cannot know \(Self.known) others each")
        self.count = count
        var random = SplitMix(3)
        var known: [Int32] = []
        known.reserveCapacity(count * Self.known)
        for person in 0..<count {
            let first = known.count
            while known.count < first + Self.known {
                let other = Int32(random.next() % UInt64(count))
                if other != person, !known[first...].contains(other) { known.append(other) }
            }
        }
        self.known = known
    }

    func title(_ person: Int) -> String { "Person \(person)" }
    func age(_ person: Int) -> Int64 { Int64(person &* 7919 % 90) }

    func others(_ person: Int) -> ArraySlice<Int32> {
        known[person * Self.known..<(person + 1) * Self.known]
    }

    /// In memory, with an index by number.
    func scratch() -> ScratchGraph {
        var graph = ScratchGraph()
        graph.createIndex(label: "Person", key: "number")
        for person in 0..<count {
            _ = graph.createNode(
                labels: ["Person"],
                properties: CypherMap([
                    ("number", .integer(Int64(person))), ("title", .string(title(person))),
                    ("age", .integer(age(person))),
                ]))
        }
        for person in 0..<count {
            for other in others(person) {
                _ = graph.createRelationship(
                    "KNOWS", from: Int64(person), to: Int64(other), properties: CypherMap())
            }
        }
        return graph
    }

    /// As resources of a type with an indexed field, in batches, without filters and log.
    func resources<Store: OrderedStore>(in graph: Graph<Store>) throws {
        let type = CoreTypes.known("person")
        let definition = TypeDefinition(
            name: type, summary: "A person.", role: .desired, writer: "people",
            fields: [
                .init("number", .int, "Who it is.", indexed: true),
                .init("title", .text, "How it is called."), .init("age", .int, "Years."),
            ],
            relations: [.init(CoreTypes.relation("KNOWS"), to: [type], "Whom it knows.")],
            columns: ["number"])
        let types = try [CoreTypes.type, definition].enumerated().map { index, definition in
            try draft(-1 - index, CoreTypes.type.name, definition.name.text, definition.data)
        }
        try apply(types, to: graph)
        for first in stride(from: 0, to: count, by: 1000) {
            try apply(
                (first..<min(count, first + 1000)).map { person in
                    var draft = try draft(
                        person, type, "p\(person)",
                        [
                            "number": .int(Int64(person)), "title": .text(title(person)),
                            "age": .int(age(person)),
                        ])
                    draft.links["KNOWS"] = others(person).map { Self.id(Int($0)) }
                    return draft
                }, to: graph)
        }
        try graph.flush()
    }

    static func id(_ person: Int) -> Identifier {
        Identifier(
            time: WallTime(milliseconds: 1_700_000_000_000),
            random: (0, UInt64(bitPattern: Int64(person))))
    }

    private func draft(
        _ person: Int, _ type: TypeName, _ name: String, _ data: ValueMap
    ) throws -> Draft {
        Draft(
            id: Self.id(person), type: type, namespace: .root, name: try ResourceName(name),
            data: data)
    }

    private func apply<Store: OrderedStore>(_ drafts: [Draft], to graph: Graph<Store>) throws {
        var transaction = try graph.begin(.root)
        let header = EntryHeader(
            log: .root, position: transaction.applied.next, author: .local(uid: 0),
            time: WallTime(milliseconds: 1_700_000_000_000))
        guard case .applied = try transaction.apply(header, Batch(drafts.map(Command.create)))
        else { stop("people were refused") }
        _ = try graph.commit(transaction, chain: [])
    }

    /// What peers load, and the commands of a node that is asked over Bolt, 100 in a line.
    func printTable(_ name: String) {
        switch name {
        case "people":
            for person in 0..<count { print("\(person),\(title(person)),\(age(person))") }
        case "knows":
            for person in 0..<count { for other in others(person) { print("\(person),\(other)") } }
        case "commands":
            print(Self.typeCommand)
            for first in stride(from: 0, to: count, by: 100) {
                let creations = (first..<min(count, first + 100)).map(creation)
                print("{\"commands\":[\(creations.joined(separator: ","))]}")
            }
        case "questions": for (key, text) in Questions.all { print("\(key)=\(text)") }
        default: stop("there is no table \(name)")
        }
    }

    private func creation(_ person: Int) -> String {
        let others = others(person).map { "\"\(Self.id(Int($0)))\"" }.joined(separator: ",")
        return "{\"create\":{\"id\":\"\(Self.id(person))\",\"type\":\"person\",\"namespace\":\"/\","
            + "\"name\":\"p\(person)\",\"links\":{\"KNOWS\":[\(others)]},\"data\":{"
            + "\"number\":\(person),\"title\":\"\(title(person))\",\"age\":\(age(person))}}}"
    }

    private static let typeCommand =
        "{\"commands\":[{\"create\":{\"type\":\"type\",\"namespace\":\"/\",\"name\":\"person\","
        + "\"data\":{\"summary\":\"A person.\",\"role\":\"desired\",\"writer\":\"people\","
        + "\"fields\":[{\"name\":\"number\",\"kind\":\"int\",\"summary\":\"Who it is.\","
        + "\"indexed\":true},{\"name\":\"title\",\"kind\":\"text\",\"summary\":\"How it is "
        + "called.\"},{\"name\":\"age\",\"kind\":\"int\",\"summary\":\"Years.\"}],"
        + "\"relations\":[{\"name\":\"KNOWS\",\"targets\":[\"person\"],\"summary\":\"Whom it "
        + "knows.\"}],\"columns\":[\"number\"]}}}]}"
}
