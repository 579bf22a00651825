internal import Resources

extension Kind {
    static let package = known { () throws(NameError) in try TypeName("package") }
    static let aptSource = known { () throws(NameError) in try TypeName("apt-source") }
}

/// The types of what is installed and of where it comes from.
enum PackageTypes {
    static let all = [package, aptSource, yumSource, packageRule, javaArchive]

    /// A package.
    static let package = TypeDefinition(
        name: Kind.package, summary: "A package of a package manager.", role: .observed,
        writer: "sensor packages", fields: nameFields + stateFields + originFields + managerFields,
        relations: [
            TypeDefinition.RelationDefinition(
                known { () throws(NameError) in try Relation("DEPENDS") }, to: [Kind.package],
                "The installed packages it needs.")
        ], columns: ["name", "version", "architecture", "manager", "state"])

    private static let nameFields: [TypeDefinition.Field] = [
        .init("name", .text, "Its name.", indexed: true, required: true),
        .init(
            "manager", .text, "The package manager.", indexed: true, required: true,
            oneOf: [
                "dpkg", "pip", "npm", "pacman", "flatpak", "snap", "portage", "homebrew", "rpm",
            ]),
        .init("version", .text, "Its version.", indexed: true),
        .init("architecture", .text, "The architecture it is built for.", indexed: true),
        .init("location", .text, "The folder it lies in, where that tells it apart."),
    ]

    private static let stateFields: [TypeDefinition.Field] = [
        .init("state", .text, "How far it is installed, as its manager says.", indexed: true),
        .init("wanted", .text, "What was asked for: install, hold, deinstall, purge."),
        .init("broken", .bool, "Its manager says that it must be installed anew."),
        .init("size", .int, "What it takes on disk, as its maker says.", unit: "bytes"),
        .init("installed", .int, "When it was unpacked.", unit: "ms since 1970"),
        .init("essential", .bool, "The system does not work without it."),
    ]

    private static let originFields: [TypeDefinition.Field] = [
        .init("source", .text, "The source package it was built from.", indexed: true),
        .init("maintainer", .text, "Who maintains it."),
        .init("section", .text, "The section of the archive."),
        .init("priority", .text, "Its priority in the archive."),
        .init("summary", .text, "What it is, in a line."),
        .init("homepage", .text, "Where its makers write of it."),
        .init("license", .text, "Its license, where the manager keeps it."),
        .init("author", .text, "Its author, where the manager keeps it."),
    ]

    /// A source of packages.
    static let aptSource = TypeDefinition(
        name: Kind.aptSource, summary: "A source that apt fetches packages from.",
        role: .observed, writer: "sensor apt-sources",
        fields: [
            .init("kind", .text, "deb or deb-src.", indexed: true, required: true),
            .init("uri", .text, "Where; what is secret in it is ***.", indexed: true),
            .init("suite", .text, "The suite.", indexed: true),
            .init("components", .list, "The components."),
            .init("architectures", .list, "Only for these architectures."),
            .init("file", .text, "The file it is written in.", indexed: true),
            .init("line", .int, "The line its entry begins on."),
            .init("enabled", .bool, "It is in use.", indexed: true),
            .init("trusted", .bool, "Its packages are taken without a signature."),
            .init("signedBy", .text, "The keys that may sign it; `inline` for keys in the entry."),
            .init("origin", .text, "Who runs it, as its last fetched release says."),
            .init("label", .text, "Its label, as its last fetched release says."),
            .init("release", .text, "Its code name, as its last fetched release says."),
            .init("version", .text, "Its version, as its last fetched release says."),
        ], columns: ["kind", "uri", "suite", "components", "enabled", "file"])
}
