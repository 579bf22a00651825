internal import Resources

extension Kind {
    static let file = known { () throws(NameError) in try TypeName("file") }
}

/// The type of files.
enum FileTypes {
    static let all = [file]

    private static func relation(
        _ name: StaticString, to target: StaticString, _ summary: String
    ) -> TypeDefinition.RelationDefinition {
        TypeDefinition.RelationDefinition(
            known { () throws(NameError) in try Relation("\(name)") },
            to: [known { () throws(NameError) in try TypeName("\(target)") }], summary, single: true
        )
    }

    /// A file.
    static let file = TypeDefinition(
        name: Kind.file, summary: "A file or folder that is followed (RFD 0006).",
        role: .observed, writer: "sensor files", fields: placeFields + ownerFields + changeFields,
        relations: [
            relation("OWNED_BY", to: "package", "The package it came with."),
            relation("USER", to: "user", "The user who owns it."),
            relation(
                "CHANGED_BY", to: "process",
                "The process that made the last change, where the kernel told."),
        ], columns: ["mode", "user", "group", "size", "modified", "package"])

    private static let placeFields: [TypeDefinition.Field] = [
        .init("path", .text, "Its path.", indexed: true, required: true),
        .init("kind", .text, "file, directory, link, …", indexed: true, required: true),
        .init("inode", .int, "Its number on its device."),
        .init("device", .int, "The device it is on."),
        .init("links", .int, "Names it has."),
        .init("size", .int, "Its size.", unit: "bytes"),
        .init("target", .text, "Where it points, for a link."),
        .init("represents", .int, "The device it stands for, for a device node."),
    ]

    private static let ownerFields: [TypeDefinition.Field] = [
        .init("mode", .text, "Permissions, in octal digits.", indexed: true),
        .init("uid", .int, "The number of its owner.", indexed: true),
        .init("gid", .int, "The number of its group."),
        .init("user", .text, "The name of its owner.", indexed: true),
        .init("group", .text, "The name of its group."),
        .init("setuid", .bool, "It runs as its owner; only written when true.", indexed: true),
        .init("setgid", .bool, "It runs as its group; only written when true.", indexed: true),
        .init("package", .text, "The package it came with.", indexed: true),
        .init(
            "capabilities", .text, "What it may do whoever starts it, in getcap's words.",
            indexed: true),
        .init("attributes", .list, "The names of its extended attributes."),
    ]

    private static let changeFields: [TypeDefinition.Field] = [
        .init("modified", .int, "When its contents changed last.", unit: "ms since 1970"),
        .init("born", .int, "When it was made.", unit: "ms since 1970"),
        .init("executed", .bool, "It is followed because it was executed.", indexed: true),
        .init("changedBy", .text, "The program that made the last change, where it was told."),
    ]
}
