public import Resources

/// Resources of one page and where the next page begins.
public struct Page: Hashable, Sendable {
    /// The resources, in the selection's order.
    public let resources: [Resource]
    /// What to give as `resume` for the next page; nil after the last.
    public let next: String?
}

extension CommittedReader {
    /// Gives `body` each resource of a selection until it answers false. Without an order this
    /// streams in constant memory; with one it holds as many as the limit.
    public func forEach(
        _ selection: Selection, _ body: (Resource) throws(Refusal) -> Bool
    ) throws(Refusal) {
        try walk(selection) { (resource, _) throws(Refusal) in try body(resource) }
    }

    /// One page of a selection, at most `Limits.listPage` long.
    public func list(_ selection: Selection) throws(Refusal) -> Page {
        var selection = selection
        let limit = min(selection.limit ?? .max, Limits.listPage.value)
        // One more than asked tells whether there is a next page.
        selection.limit = limit + 1
        var resources: [Resource] = []
        var tokens: [ResumeToken] = []
        try walk(selection) { (resource, token) in
            resources.append(resource)
            tokens.append(token)
            return true
        }
        guard resources.count > limit else { return Page(resources: resources, next: nil) }
        return Page(
            resources: Array(resources.prefix(limit)),
            next: limit == 0 ? nil : tokens[limit - 1].text)
    }

    /// The number of resources of a selection, whatever its limit.
    public func count(_ selection: Selection) throws(Refusal) -> Int {
        var selection = selection
        (selection.limit, selection.sort) = (nil, [])
        var count = 0
        try forEach(selection) { _ in
            count += 1
            return true
        }
        return count
    }

    /// The index a selection is read by, in words.
    public func explain(_ selection: Selection) throws(Refusal) -> String {
        try refusing { () throws(GraphError) in try self.plan(selection).summary }
    }

    private func walk(
        _ selection: Selection, _ body: (Resource, ResumeToken) throws(Refusal) -> Bool
    ) throws(Refusal) {
        let resume = try selection.resume.map { (text) throws(Refusal) in
            try ResumeToken(text: text)
        }
        guard selection.sort.isEmpty else {
            return try walkSorted(selection, resume, body)
        }
        var left = selection.limit ?? .max
        try walkPlain(selection, resume) { (resource, token) throws(Refusal) in
            guard left > 0 else { return false }
            left -= 1
            return try body(resource, token) && left > 0
        }
    }

    private func walkPlain(
        _ selection: Selection, _ resume: ResumeToken?,
        _ body: (Resource, ResumeToken) throws(Refusal) -> Bool
    ) throws(Refusal) {
        let plan = try refusing { () throws(GraphError) in try self.plan(selection) }
        var candidates = CandidateCursor(self, plan)
        if let resume { try candidates.skip(to: resume) }
        while let (resource, token) = try refusing({ () throws(GraphError) in
            try candidates.next { selection.mayContain(nameKey: $0) }
        }) {
            guard selection.contains(resource) else { continue }
            if try !body(resource, token) { return }
        }
    }

    /// Keeps the first rows of the order in a sorted buffer no longer than the limit.
    private func walkSorted(
        _ selection: Selection, _ resume: ResumeToken?,
        _ body: (Resource, ResumeToken) throws(Refusal) -> Bool
    ) throws(Refusal) {
        let after = try resume.map { (token) throws(Refusal) in try token.row(selection.sort) }
        var buffer = SortBuffer(
            order: selection.sort, capacity: selection.limit ?? Limits.sortRows.value + 1)
        try walkPlain(selection, nil) { (resource, _) in
            let row = SortBuffer.Row(resource, selection.sort)
            if let after, !buffer.precedes(after, row) { return true }
            buffer.insert(row)
            return true
        }
        guard buffer.rows.count <= Limits.sortRows.value else {
            throw Refusal(
                .tooMany, filter: "query", subject: "sort",
                reason: "would hold more than \(Limits.sortRows.value) resources",
                remedy: "give a limit or select fewer")
        }
        for row in buffer.rows {
            guard let resource = row.resource else { continue }
            if try !body(resource, .row(row.values, row.id)) { return }
        }
    }

    func plan(_ selection: Selection) throws(GraphError) -> Plan {
        let definition = try selection.type.flatMap { (type) throws(GraphError) in
            try self.type(type)
        }
        let planner = Planner(
            selection: selection, fields: definition?.fields ?? [],
            types: { () throws(GraphError) in try types() },
            namespaces: { (type) throws(GraphError) in try counts(of: type).map(\.namespace) })
        return isPast ? try planner.plan(past: bookmark) : try planner.plan()
    }

    /// The types that have had resources: those alive, and in a past state those since deleted
    /// are found by their graves.
    public func types() throws(GraphError) -> [TypeName] {
        var types: [TypeName] = []
        var lower: [UInt8] = []
        while let pair = try first(.names, KeyRange(lower: lower, upper: nil)) {
            let word = pair.key.prefix { $0 != 0 }
            lower = Array(word) + [1]
            if let type = try? TypeName(String(decoding: word, as: UTF8.self)) {
                types.append(type)
            }
        }
        return types
    }

    func forEachCandidate(
        in plan: Plan, _ body: (Resource) throws(GraphError) -> Bool
    ) throws(GraphError) {
        var candidates = CandidateCursor(self, plan)
        while let (resource, _) = try candidates.next(where: { _ in true }) {
            if try !body(resource) { return }
        }
    }
}

extension Selection {
    /// False when the key of a name alone tells that its resource is not meant.
    func mayContain(nameKey: [UInt8]) -> Bool {
        let parts = nameKey.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return false }
        if let type, !type.text.utf8.elementsEqual(parts[0]) { return false }
        let top = scope.namespace.path.utf8
        switch scope {
        case .namespace: return parts[1].elementsEqual(top)
        case .subtree(.root): return true
        case .subtree:
            return parts[1].starts(with: top)
                && (parts[1].count == top.count
                    || parts[1][parts[1].startIndex + top.count] == UInt8(ascii: "/"))
        }
    }
}
