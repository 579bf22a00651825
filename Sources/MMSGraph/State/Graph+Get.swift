public import Resources
internal import Synchronization

/// The latest committed state, each question answered on its own: what a point read wants. Use
/// `reader()` for several answers of one state.
extension Graph: GraphReader {
    public func resource(_ id: Identifier) throws(GraphError) -> Resource? {
        try version(id)?.resource
    }

    public func resource(
        _ type: TypeName, _ name: ResourceName, in namespace: Namespace
    ) throws(GraphError) -> Resource? {
        let key = Keys.name(type, name, in: namespace)
        // Under one lock, for whoever commits waits for it too.
        if let cached = shared.withLock({ $0.cache.version(nameKey: key) }) {
            return cached.resource
        }
        guard let id = try identifier(nameKey: key) else { return nil }
        return try version(id)?.resource
    }

    public func sources(
        of target: Identifier, by relation: Relation
    ) throws(GraphError) -> [Identifier] {
        try identifiers(under: Keys.sources(of: target, by: relation.text))
    }

    public func type(_ name: TypeName) throws(GraphError) -> TypeDefinition? {
        try shape(name)?.definition
    }

    public func policies(_ kind: Policy) throws(GraphError) -> [Resource] {
        let (cached, generation) = shared.withLock { ($0.policies[kind.rawValue], $0.generation) }
        if let cached { return cached }
        let found = try resources(of: kind.type, below: .root)
        shared.withLock { shared in
            if shared.generation == generation { shared.policies[kind.rawValue] = found }
        }
        return found
    }

    public func resources(
        of type: TypeName, below namespace: Namespace
    ) throws(GraphError) -> [Resource] {
        try reader().resources(of: type, below: namespace)
    }

    public func count(of type: TypeName, below namespace: Namespace) throws(GraphError) -> Int {
        try reader().count(of: type, below: namespace)
    }

    func version(_ id: Identifier) throws(GraphError) -> Version? {
        let (cached, generation) = shared.withLock { ($0.cache.version(id), $0.generation) }
        if let cached { return cached }
        let stored = try GraphError.translating("get") { () throws(StoreError) in
            try store.get(.resources, Keys.id(id))
        }
        guard let stored else { return nil }
        let version = try Version(stored: stored)
        shared.withLock { if $0.generation == generation { $0.cache.insert(version) } }
        return version
    }

    func identifier(nameKey: [UInt8]) throws(GraphError) -> Identifier? {
        if let cached = shared.withLock({ $0.cache.identifier(nameKey) }) { return cached }
        return try GraphError.translating("find") { () throws(StoreError) in
            try store.get(.names, nameKey)
        }?.trailingIdentifier
    }

    /// The identities at the end of all link keys that begin with `prefix`.
    func identifiers(under prefix: [UInt8]) throws(GraphError) -> [Identifier] {
        try store.snapshot().identifiers(under: prefix)
    }

    func shape(_ name: TypeName) throws(GraphError) -> TypeShape? {
        let (cached, generation) = shared.withLock { ($0.types[name], $0.generation) }
        if let cached { return cached }
        let shape = try definingResource(name).flatMap(TypeShape.read)
        shared.withLock { shared in
            guard shared.generation == generation else { return }
            // Unknown names are remembered too; the bound keeps a flood of them from growing.
            if shared.types.count >= 1024 { shared.types = [:] }
            shared.types[name] = .some(shape)
        }
        return shape
    }

    private func definingResource(_ name: TypeName) throws(GraphError) -> Resource? {
        guard let resourceName = try? ResourceName(name.text) else { return nil }
        return try resource(.type, resourceName, in: .root)
    }
}

extension StoreSnapshot {
    func identifiers(under prefix: [UInt8]) throws(GraphError) -> [Identifier] {
        try GraphError.translating("scan") { () throws(StoreError) in
            var cursor = scan(.links, KeyRange(prefix: prefix), reverse: false)
            var found: [Identifier] = []
            while try cursor.advance() {
                if let id = cursor.key.trailingIdentifier { found.append(id) }
            }
            return found
        }
    }
}

extension TypeName {
    /// The type whose resources, in the root namespace, define types.
    static let type = literal("type")

    private static func literal(_ text: StaticString) -> TypeName {
        guard let name = try? TypeName("\(text)") else { preconditionFailure("\(text) is no type") }
        return name
    }
}
