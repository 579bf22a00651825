/// A type as data: what a resource of type `type` says (design/00, law 6). Validation, CLI
/// columns, the console and reference pages derive from it.
public struct TypeDefinition: Hashable, Sendable {
    /// The type it defines.
    public var name: TypeName
    /// One sentence for people.
    public var summary: String
    /// Desired, observed, or a part of the system itself.
    public var role: Role
    /// Who writes resources of this type: a driver, a handler, a sensor, or "people".
    public var writer: String
    /// The fields by name, in order of display.
    public var fields: [Field]
    /// The relations its resources may have.
    public var relations: [RelationDefinition]
    /// Milliseconds that deleted resources keep their history; nil keeps it for the budget.
    public var ephemeral: Int64?
    /// The fields a table shows, in order.
    public var columns: [String]
    /// A predicate in the form of `--where` that holds when a resource of the type is healthy.
    public var health: String?
    /// True when a copy of the system is born with its resources: they say what the system is, not
    /// what one machine is, was or knows. So never for identities, keys, tokens, secrets, what was
    /// observed, names of hosts or addresses.
    public var heritable: Bool

    /// Desired and observed are different resources, never halves of one record.
    public enum Role: String, Hashable, Sendable, CaseIterable { case desired, observed, system }

    /// The kinds of value a field takes.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case bool, int, float, text, bytes, list, map, any
    }

    /// A field of a type.
    public struct Field: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// The kind of value it takes; `float` takes integers too.
        public var kind: Kind
        /// One sentence for people.
        public var summary: String
        /// The unit: "bytes", "ms", "°C" …
        public var unit: String?
        /// True when it has an index.
        public var indexed: Bool
        /// True when a resource must have it.
        public var required: Bool
        /// What it is when not given.
        public var standard: Value?
        /// The only values it takes, when not empty.
        public var oneOf: [String]
        /// True when it says something of one machine, and is not inherited with its resource.
        public var local: Bool

        /// A field.
        public init(
            _ name: String, _ kind: Kind, _ summary: String, unit: String? = nil,
            indexed: Bool = false, required: Bool = false, standard: Value? = nil,
            oneOf: [String] = [], local: Bool = false
        ) {
            self.name = name
            self.kind = kind
            self.summary = summary
            self.unit = unit
            self.indexed = indexed
            self.required = required
            self.standard = standard
            self.oneOf = oneOf
            self.local = local
        }
    }

    /// A relation of a type.
    public struct RelationDefinition: Hashable, Sendable {
        /// Its name, in capitals.
        public var name: Relation
        /// The types it leads to; empty for any.
        public var targets: [TypeName]
        /// One sentence for people.
        public var summary: String
        /// True when a resource has at most one such link.
        public var single: Bool
        /// Who writes these links, when that is not the writer of the type: one writer per fact.
        public var writer: String?

        /// A relation.
        public init(
            _ name: Relation, to targets: [TypeName], _ summary: String, single: Bool = false,
            writer: String? = nil
        ) {
            self.name = name
            self.targets = targets
            self.summary = summary
            self.single = single
            self.writer = writer
        }
    }

    /// A type.
    public init(
        name: TypeName, summary: String, role: Role, writer: String, fields: [Field],
        relations: [RelationDefinition] = [], ephemeral: Int64? = nil, columns: [String],
        health: String? = nil, heritable: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.role = role
        self.writer = writer
        self.fields = fields
        self.relations = relations
        self.ephemeral = ephemeral
        self.columns = columns
        self.health = health
        self.heritable = heritable
    }

    /// The field of that name.
    public func field(_ name: String) -> Field? { fields.first { $0.name == name } }

    /// The relation of that name.
    public func relation(_ name: String) -> RelationDefinition? {
        relations.first { $0.name.text == name }
    }
}
