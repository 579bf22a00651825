internal import Resources

extension Kind {
    static let yumSource = known { () throws(NameError) in try TypeName("yum-source") }
    static let packageRule = known { () throws(NameError) in try TypeName("package-rule") }
    static let javaArchive = known { () throws(NameError) in try TypeName("java-archive") }
}

extension PackageTypes {
    /// Fields that single package managers keep.
    static let managerFields: [TypeDefinition.Field] = [
        .init("title", .text, "What people call it, where that is not its name."),
        .init("kind", .text, "What it is to its manager: app, runtime, base, formula …"),
        .init("release", .text, "The release of its version (rpm)."),
        .init("epoch", .int, "The epoch of its version (rpm)."),
        .init("revision", .text, "The revision that is in use (snap)."),
        .init("channel", .text, "The channel it follows (snap)."),
        .init("storeId", .text, "Its number in the store (snap)."),
        .init("confinement", .text, "How it is shut in (snap)."),
        .init("grade", .text, "How finished it is said to be (snap)."),
        .init("base", .text, "The package it runs on (snap)."),
        .init("architectures", .list, "The architectures it is made for (snap)."),
        .init("branch", .text, "The branch it follows (flatpak)."),
        .init("commit", .text, "The commit that is in use (flatpak)."),
        .init("runtime", .text, "The runtime it needs (flatpak)."),
        .init("scope", .text, "For whom it is installed: system, user (flatpak)."),
        .init("user", .text, "The user it is installed for (flatpak).", indexed: true),
        .init("origin", .text, "The remote or tap it came from.", indexed: true),
        .init("slot", .text, "The slot it takes (portage)."),
        .init("repository", .text, "The repository it was built from (portage)."),
        .init("eapi", .text, "The language its recipe is written in (portage)."),
        .init("use", .list, "The choices it was built with (portage)."),
        .init("keywords", .list, "The architectures it is tested on (portage)."),
        .init("reason", .text, "Whether it was asked for: explicit, dependency.", indexed: true),
        .init("groups", .list, "The groups it is in (pacman, rpm)."),
        .init("validation", .list, "How it was proven to be whole (pacman)."),
        .init("built", .int, "When it was built.", unit: "ms since 1970"),
        .init("sha1", .text, "The SHA-1 of its header (rpm)."),
    ]

    /// A source of packages of yum, dnf and zypper.
    static let yumSource = TypeDefinition(
        name: Kind.yumSource, summary: "A repository that yum, dnf or zypper fetches from.",
        role: .observed, writer: "sensor yum-sources",
        fields: [
            .init("id", .text, "Its identifier.", indexed: true, required: true),
            .init("title", .text, "What it is called."),
            .init("places", .list, "Where; what is secret in it is ***."),
            .init("mirrors", .text, "Where a list of mirrors is."),
            .init("metalink", .text, "Where a list of mirrors with digests is."),
            .init("enabled", .bool, "It is in use.", indexed: true),
            .init("signed", .bool, "Its packages must be signed.", indexed: true),
            .init("keys", .list, "Where the keys are that may sign them."),
            .init("file", .text, "The file it is written in.", indexed: true),
            .init("line", .int, "The line its section begins on."),
        ], columns: ["id", "title", "enabled", "signed", "file"])

    /// A rule of portage.
    static let packageRule = TypeDefinition(
        name: Kind.packageRule, summary: "What an administrator of Gentoo has set for a package.",
        role: .observed, writer: "sensor package-rules",
        fields: [
            .init("package", .text, "The package, or a pattern.", indexed: true, required: true),
            .init("version", .text, "The version it is for; none for all."),
            .init(
                "kind", .text, "What is set.", indexed: true,
                oneOf: ["keywords", "mask", "unmask", "use"]),
            .init("words", .list, "Keywords or choices."),
            .init("atom", .text, "What is written."),
            .init("file", .text, "The file it is written in.", indexed: true),
            .init("line", .int, "Its line there."),
        ], columns: ["package", "version", "kind", "words", "file"])

    /// An archive of Java.
    static let javaArchive = TypeDefinition(
        name: Kind.javaArchive, summary: "An archive of Java's programs, by its file's name.",
        role: .observed, writer: "sensor java-archives",
        fields: [
            .init("title", .text, "Its name, without the version.", indexed: true, required: true),
            .init("version", .text, "Its version.", indexed: true),
            .init("vendor", .text, "Its group, where the folders say it.", indexed: true),
            .init("kind", .text, "Where it is kept: system, maven, gradle.", indexed: true),
            .init("path", .text, "The file.", indexed: true),
            .init("user", .text, "Whose cache it is in.", indexed: true),
            .init("uid", .int, "The number of whose cache it is in."),
        ], columns: ["title", "version", "kind", "path"])
}
