import Host
import MMSGraph
import Resources

/// The graph as one would write it in an hour: a dictionary and no index. The judge of the other.
struct Model {
    var resources: [Identifier: Resource] = [:]
    let mounts: Mounts

    /// Applies a batch whole; the code of the refusal when it does not apply.
    mutating func apply(_ header: EntryHeader, _ batch: Batch) -> Refusal.Code? {
        var next = self
        var touched: Set<Identifier> = []
        for command in batch.commands {
            if let code = next.apply(command, header, &touched) { return code }
        }
        self = next
        return nil
    }

    private mutating func apply(
        _ command: Command, _ header: EntryHeader, _ touched: inout Set<Identifier>
    ) -> Refusal.Code? {
        switch command {
        case .create(let draft):
            if mounts.log(of: draft.namespace) != header.log { return .wrongLog }
            if resources[draft.id] != nil { return .alreadyExists }
            let taken = resources.values.contains { other in
                other.type == draft.type && other.name == draft.name
                    && other.namespace == draft.namespace
            }
            if taken { return .alreadyExists }
            if draft.owner == draft.id { return .invalidValue }
            resources[draft.id] = Resource(
                draft: draft, created: header.moment, changed: header.moment)
        case .update(let update):
            if let code = refuse(update.id, update.expect, header) { return code }
            guard var resource = resources[update.id] else { return .notFound }
            let old = resource.draft
            merge(update, into: &resource.draft)
            if resource.draft.owner == resource.id { return .invalidValue }
            if resource.draft == old { return nil }
            resources[update.id] = Resource(
                draft: resource.draft, created: resource.created, changed: header.moment)
        case .delete(let id, let expect):
            if let code = refuse(id, expect, header) { return code }
            delete(id, header.log)
        }
        return nil
    }

    private func refuse(
        _ id: Identifier, _ expect: Position?, _ header: EntryHeader
    ) -> Refusal.Code? {
        guard let resource = resources[id] else { return .notFound }
        if mounts.log(of: resource.namespace) != header.log { return .wrongLog }
        if let expect, expect != resource.revision { return .revisionMismatch }
        return nil
    }

    private func merge(_ update: Update, into draft: inout Draft) {
        if update.replaces { (draft.tags, draft.links, draft.data) = ([:], [:], [:]) }
        if let owner = update.owner { draft.owner = owner }
        for (key, value) in update.tags.entries { draft.tags[key] = value }
        for (key, targets) in update.links.entries {
            draft.links[key] = targets.isEmpty ? nil : targets
        }
        for (key, value) in update.data.entries { draft.data[key] = value == .null ? nil : value }
    }

    private mutating func delete(_ id: Identifier, _ log: Namespace) {
        resources[id] = nil
        for (other, resource) in resources.sorted(by: { $0.key < $1.key })
        where resource.owner == id && mounts.log(of: resource.namespace) == log {
            if resources[other] != nil { delete(other, log) }
        }
    }

    /// All resources a selection means, in order of identity.
    func select(_ selection: Selection) -> [Resource] {
        resources.values.filter(selection.contains).sorted { $0.id < $1.id }
    }
}

/// Random commands over few names, so that they meet.
struct Script {
    var random: SeededRandom
    let mounts: Mounts
    let types: [TypeName]
    let places: [Namespace]

    init(seed: UInt64, mounts: Mounts) throws {
        random = SeededRandom(seed: seed)
        self.mounts = mounts
        types = [try TypeName("plain"), try TypeName("rich")]
        places = try ["/", "/x", "/x/y", "/x-y", "/machines/m", "/machines/m/z"].map {
            try Namespace($0)
        }
    }

    mutating func below(_ bound: Int) -> Int { Int(random.next(upperBound: UInt64(bound))) }

    mutating func identifier() -> Identifier { id(UInt64(below(16))) }

    mutating func batch(_ model: Model) throws -> Batch {
        var commands: [Command] = []
        for _ in 0...below(3) { commands.append(try command(model)) }
        return Batch(commands)
    }

    private mutating func command(_ model: Model) throws -> Command {
        let id = identifier()
        var expect = random.oneIn(3) ? model.resources[id]?.revision : nil
        if random.oneIn(12) { expect = Position(UInt64(below(40))) }
        switch below(10) {
        case 0..<5: return .create(try draft(id))
        case 5..<8: return .update(update(id, expect))
        default: return .delete(id: id, expect: expect)
        }
    }

    private mutating func draft(_ id: Identifier) throws -> Draft {
        // Identities are of one log for good, as time-ordered random ones are in life.
        let places = id.low.isMultiple(of: 2) ? places.prefix(4) : places.suffix(2)
        let place = places[places.startIndex + below(places.count)]
        var draft = Draft(
            id: id, type: types[below(2)], namespace: place,
            name: try ResourceName("n\(below(6))"), data: data())
        if random.oneIn(4) { draft.owner = identifier() }
        if random.oneIn(2) { draft.tags["app"] = ["web", "db"][below(2)] }
        if random.oneIn(3) { draft.links["USES"] = [identifier(), identifier()] }
        return draft
    }

    private mutating func update(_ id: Identifier, _ expect: Position?) -> Update {
        var update = Update(id: id, expect: expect, data: data())
        update.replaces = random.oneIn(5)
        if random.oneIn(6) { update.owner = identifier() }
        if random.oneIn(4) { update.tags["app"] = random.oneIn(2) ? .some(nil) : "web" }
        if random.oneIn(4) { update.links["USES"] = random.oneIn(2) ? [] : [identifier()] }
        return update
    }

    private mutating func data() -> ValueMap {
        var data = ValueMap()
        if random.oneIn(2) { data["count"] = .int(Int64(below(5))) }
        if random.oneIn(3) { data["count"] = .float(Double(below(8)) / 2) }
        if random.oneIn(2) { data["state"] = .text(["on", "off", "o\u{0}n", ""][below(4)]) }
        if random.oneIn(8) { data["count"] = .null }
        return data
    }

    /// A selection that some index or other may answer.
    mutating func selection() throws -> Selection {
        var selection = Selection(random.oneIn(4) ? nil : types[below(2)])
        let place = places[below(6)]
        selection.scope = random.oneIn(3) ? .namespace(place) : .subtree(place)
        if random.oneIn(4) { selection.scope = .subtree(.root) }
        if random.oneIn(4) { selection.tags["app"] = "web" }
        if !random.oneIn(4) { selection.predicate = predicate(depth: 0) }
        return selection
    }

    private mutating func predicate(depth: Int) -> Predicate {
        let comparisons: [Predicate.Comparison] = [
            .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
        ]
        switch below(depth > 2 ? 6 : 9) {
        case 0, 1:
            return .compare(
                .field(["count"]), comparisons[below(6)], .int(Int64(below(5))))
        case 2: return .compare(.field(["state"]), .startsWith, .text("o"))
        case 3:
            return .isOneOf(.field(["state"]), [.text("on"), .text(["off", "on"][below(2)])])
        case 4: return .compare(.name, .equal, .text("n\(below(6))"))
        case 5: return .compare(.owner, .equal, .text(identifier().description))
        case 6: return .not(predicate(depth: depth + 1))
        case 7: return .or([predicate(depth: depth + 1), predicate(depth: depth + 1)])
        default: return .and([predicate(depth: depth + 1), predicate(depth: depth + 1)])
        }
    }
}
