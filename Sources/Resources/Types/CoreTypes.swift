/// The types the system itself needs; every other room brings its own.
public enum CoreTypes {
    /// All of them.
    public static let all = [type, token, retention]

    /// The type of types.
    public static let type = TypeDefinition(
        name: known("type"), summary: "A kind of resource: its fields, relations and columns.",
        role: .system, writer: "people",
        fields: [
            .init("summary", .text, "One sentence for people.", required: true),
            .init(
                "role", .text, "Desired, observed, or a part of the system.", indexed: true,
                required: true, oneOf: TypeDefinition.Role.allCases.map(\.rawValue)),
            .init("writer", .text, "Who writes resources of the type.", required: true),
            .init("fields", .list, "The fields, in order of display.", required: true),
            .init("relations", .list, "The relations its resources may have."),
            .init("columns", .list, "The fields a table shows.", required: true),
            .init("ephemeral", .int, "How long history of what is gone is kept.", unit: "ms"),
            .init("health", .text, "A predicate that holds when a resource is healthy."),
            .init("heritable", .bool, "A copy of the system is born with its resources."),
        ],
        columns: ["role", "writer", "summary"], heritable: true)

    /// The right to use the API over the network.
    public static let token = TypeDefinition(
        name: known("token"), summary: "The right to use the API over the network.",
        role: .desired, writer: "people",
        fields: [
            .init(
                "digest", .bytes, "SHA-256 of the secret; the secret is shown once.",
                required: true),
            .init("node", .text, "The node it is for.", required: true),
            .init(
                "scope", .text, "What it allows; each but read allows reading too.",
                required: true, oneOf: ["read", "write", "run", "admin"]),
            .init("types", .list, "The types it is for; none: all but secrets."),
            .init(
                "prefix", .text, "The namespace it is for, with all below.",
                required: true, standard: "/"),
            .init(
                "expires", .int, "When it ends, in wall time.", unit: "ms since 1970",
                required: true),
        ],
        columns: ["scope", "prefix", "node", "expires"])

    /// How much history a log keeps; `default` in the namespace the log is mounted at.
    public static let retention = TypeDefinition(
        name: known("retention"), summary: "How much history the log of its namespace keeps.",
        role: .desired, writer: "people",
        fields: [
            .init(
                "maxAge", .int, "Entries younger than this stay while the bytes allow it.",
                unit: "s", standard: .int(Int64(Limits.retentionAge.value / 1000))),
            .init(
                "maxBytes", .int, "What the log's full files may take; the oldest go first.",
                unit: "bytes", standard: .int(Int64(Limits.retentionBytes.value))),
        ],
        columns: ["maxAge", "maxBytes"], heritable: true)

    /// The name of a type that this source spells right.
    public static func known(_ name: StaticString) -> TypeName {
        do throws(NameError) { return try TypeName("\(name)") } catch {
            preconditionFailure("\(name) is no type name: \(error.reason)")
        }
    }

    /// The name of a relation that this source spells right.
    public static func relation(_ name: StaticString) -> Relation {
        do throws(NameError) { return try Relation("\(name)") } catch {
            preconditionFailure("\(name) is no relation: \(error.reason)")
        }
    }
}
