/// What a proposer says of a resource to be created: all but what the log gives.
public struct Draft: Hashable, Sendable {
    /// Its identity, chosen by the proposer.
    public var id: Identifier
    /// Its type.
    public var type: TypeName
    /// Where it lives.
    public var namespace: Namespace
    /// Its name, unique within namespace and type.
    public var name: ResourceName
    /// The version of the type's schema that `data` follows.
    public var apiVersion = "v1"
    /// The resource that owns it; deleting the owner deletes it.
    public var owner: Identifier?
    /// Key to value, indexed.
    public var tags = SortedMap<String>()
    /// What it costs while it exists.
    public var cost = Cost.zero
    /// Relation to targets; targets may dangle.
    public var links = SortedMap<[Identifier]>()
    /// The fields of its type.
    public var data = ValueMap()

    /// A draft with nothing but its identity and address.
    public init(
        id: Identifier, type: TypeName, namespace: Namespace, name: ResourceName,
        data: ValueMap = [:], links: SortedMap<[Identifier]> = [:], owner: Identifier? = nil
    ) {
        self.id = id
        self.type = type
        self.namespace = namespace
        self.name = name
        self.data = data
        self.links = links
        self.owner = owner
    }
}

/// A node of the graph: one version of it, as of `revision`.
public struct Resource: Hashable, Sendable {
    /// What the proposer said.
    public var draft: Draft
    /// Position and author's wall time of its creation.
    public var created: Moment
    /// Position and author's wall time of its last change: what the next command expects.
    public var changed: Moment

    /// A position with the wall time its author gave it.
    public struct Moment: Hashable, Sendable {
        /// The position in the resource's log.
        public let position: Position
        /// The author's wall time.
        public let time: WallTime

        /// A moment of the given position and time.
        public init(position: Position, time: WallTime) {
            self.position = position
            self.time = time
        }
    }

    /// A version of a resource.
    public init(draft: Draft, created: Moment, changed: Moment) {
        self.draft = draft
        self.created = created
        self.changed = changed
    }

    /// Its identity.
    public var id: Identifier { draft.id }
    /// Its type.
    public var type: TypeName { draft.type }
    /// Where it lives.
    public var namespace: Namespace { draft.namespace }
    /// Its name.
    public var name: ResourceName { draft.name }
    /// Its owner.
    public var owner: Identifier? { draft.owner }
    /// The fields of its type.
    public var data: ValueMap { draft.data }
    /// Its outgoing links.
    public var links: SortedMap<[Identifier]> { draft.links }
    /// Its tags.
    public var tags: SortedMap<String> { draft.tags }
    /// The position of its last change.
    public var revision: Position { changed.position }
    /// `type/name`, as people write it.
    public var address: String { "\(type)/\(name)" }
}
