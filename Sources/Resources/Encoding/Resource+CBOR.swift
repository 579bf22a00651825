// Stored and logged forms of the nouns: lists of fixed length. Docs/Formats/resources.md.

extension CBORWriter {
    /// Writes a draft: a list of 10.
    public mutating func write(_ draft: Draft) {
        beginList(10)
        write(draft.id)
        write(draft.type.text)
        write(draft.namespace.path)
        write(draft.name.text)
        write(draft.apiVersion)
        write(optional: draft.owner)
        beginMap(draft.tags.count)
        for (key, value) in draft.tags.entries {
            write(key)
            write(value)
        }
        write(draft.cost.map)
        write(draft.links)
        write(draft.data)
    }

    /// Writes a resource: a list of the draft and two moments.
    public mutating func write(_ resource: Resource) {
        beginList(5)
        write(resource.draft)
        write(unsigned: resource.created.position.rawValue)
        write(resource.created.time.milliseconds)
        write(unsigned: resource.changed.position.rawValue)
        write(resource.changed.time.milliseconds)
    }

    mutating func write(_ links: SortedMap<[Identifier]>) {
        beginMap(links.count)
        for (relation, targets) in links.entries {
            write(relation)
            beginList(targets.count)
            for target in targets { write(target) }
        }
    }

    mutating func write(optional identifier: Identifier?) {
        if let identifier { write(identifier) } else { writeNull() }
    }
}

extension CBORReader {
    /// Reads a draft.
    public mutating func readDraft() throws(CBORError) -> Draft {
        try expectList(10)
        var draft = Draft(
            id: try readIdentifier(),
            type: try readTypeName(), namespace: try readNamespace(),
            name: try readName { (text) throws(NameError) in try ResourceName(text) })
        draft.apiVersion = try readText()
        draft.owner = try readOptionalIdentifier()
        draft.tags = try readMap { (reader) throws(CBORError) in try reader.readText() }
        draft.cost = try readCost()
        draft.links = try readLinks()
        draft.data = try readFields()
        return draft
    }

    /// Reads a resource.
    public mutating func readResource() throws(CBORError) -> Resource {
        try expectList(5)
        return Resource(
            draft: try readDraft(), created: try readMoment(), changed: try readMoment())
    }

    mutating func readFields() throws(CBORError) -> ValueMap {
        try readMap { (reader) throws(CBORError) in try reader.readValue(depth: 1) }
    }

    mutating func readLinks() throws(CBORError) -> SortedMap<[Identifier]> {
        try readMap { (reader) throws(CBORError) in
            try reader.readList { (reader) throws(CBORError) in try reader.readIdentifier() }
        }
    }

    /// Reads a cost; refuses other forms of it than the one that is written, such as integers.
    mutating func readCost() throws(CBORError) -> Cost {
        let start = offset
        let fields = try readFields()
        guard case .success(let cost) = Cost.read(fields), cost.map == fields else {
            throw CBORError(offset: start, reason: .unexpected)
        }
        return cost
    }

    mutating func readOptionalIdentifier() throws(CBORError) -> Identifier? {
        skipNull() ? nil : try readIdentifier()
    }

    mutating func readPosition() throws(CBORError) -> Position { Position(try readUnsigned()) }

    /// Reads the name of a type.
    public mutating func readTypeName() throws(CBORError) -> TypeName {
        try readName { (text) throws(NameError) in try TypeName(text) }
    }

    /// Reads a namespace.
    public mutating func readNamespace() throws(CBORError) -> Namespace {
        try readName { (text) throws(NameError) in try Namespace(text) }
    }

    mutating func readName<Name>(
        _ make: (String) throws(NameError) -> Name
    ) throws(CBORError) -> Name {
        let start = offset
        let text = try readText()
        do throws(NameError) { return try make(text) } catch {
            throw CBORError(offset: start, reason: .unexpected)
        }
    }

    /// Reads the head of a list of that many values.
    public mutating func expectList(_ count: Int) throws(CBORError) {
        let start = offset
        guard try beginList() == count else { throw CBORError(offset: start, reason: .unexpected) }
    }

    private mutating func readMoment() throws(CBORError) -> Resource.Moment {
        Resource.Moment(
            position: try readPosition(), time: WallTime(milliseconds: try readInt()))
    }
}
