/// What apps are made of and run with: configs, secrets, images, bundles, rights, money.
extension AppTypes {
    static let materials = [config, secret, image]
    static let money = [budget, price]
    static let observed = [instance, volumestate, snapshotstate, outcome]

    /// A file or a text that tasks are given, written by people.
    public static let config = TypeDefinition(
        name: CoreTypes.known("config"), summary: "A file that tasks are given.", role: .desired,
        writer: "people",
        fields: [
            .init("text", .text, "What is in it, when that is text."),
            .init("bytes", .bytes, "What is in it, when that is no text."),
            .init("mode", .int, "The permission bits of the file.", standard: 0o444),
        ], columns: ["mode"], heritable: true)

    /// A text that only the machines that need it can read, written by people.
    public static let secret = TypeDefinition(
        name: CoreTypes.known("secret"),
        summary: "What tasks are given and nobody else can read.", role: .desired,
        writer: "people",
        fields: [
            .init(
                "sealed", .list, "For each machine: machine, key (encapsulated), box.",
                required: true),
            .init("mode", .int, "The permission bits of the file.", standard: 0o400),
            .init("version", .int, "How often it was rotated."),
        ], columns: ["version", "mode"])

    /// What containers start from, written by people.
    public static let image = TypeDefinition(
        name: CoreTypes.known("image"), summary: "An OCI image: what containers start from.",
        role: .desired, writer: "people",
        fields: [
            .init(
                "digest", .text, "SHA-256 of its manifest, as sha256:….", indexed: true,
                required: true),
            .init("source", .text, "Where it was imported from.", local: true),
            .init("bytes", .int, "What its layers take.", unit: "bytes"),
            .init("layers", .list, "The digests of its layers, lowest first."),
            .init("config", .map, "What it runs when a task does not say."),
        ], columns: ["digest", "bytes", "source"], heritable: true)

    /// What a namespace may cost, written by people.
    public static let budget = TypeDefinition(
        name: CoreTypes.known("budget"),
        summary: "What all in its namespace and below may cost together.", role: .desired,
        writer: "people",
        fields: [
            .init("cpu", .float, "The most of it.", unit: "cores"),
            .init("memory", .float, "The most of it.", unit: "bytes"),
            .init("storage", .float, "The most of it.", unit: "bytes"),
            .init("network", .float, "The most of it.", unit: "bytes/s"),
            .init("flash", .float, "The most written.", unit: "bytes/day"),
            .init("money", .float, "The most of it.", unit: "money/h"),
            .init("reserve", .map, "What is kept free for it, by part of the cost."),
            .init("quota", .map, "The most resources of a type, by type."),
        ], columns: ["cpu", "memory", "storage", "network", "flash", "money"], heritable: true)

    /// What a unit of cost is worth, written by people, in `/`.
    public static let price = TypeDefinition(
        name: CoreTypes.known("price"), summary: "What a unit of each cost is worth in money.",
        role: .desired, writer: "people",
        fields: [
            .init("cpu", .float, "Of one core.", unit: "money/core-hour"),
            .init("memory", .float, "Of memory.", unit: "money/GiB-hour"),
            .init("storage", .float, "Of storage.", unit: "money/GiB-hour"),
            .init("network", .float, "Of what is sent.", unit: "money/GiB"),
            .init("flash", .float, "Of what is written.", unit: "money/GiB"),
        ], columns: ["cpu", "memory", "storage", "network", "flash"], heritable: true)

    /// Who may do what where, written by people.
    public static let grant = TypeDefinition(
        name: CoreTypes.known("grant"), summary: "Who may do what, and where.", role: .desired,
        writer: "people",
        fields: [
            .init("subject", .text, "The identity.", indexed: true, required: true),
            .init("verbs", .list, "Of read, write, run and admin.", required: true),
            .init(
                "prefix", .text, "The namespace it is for, with all below.", required: true,
                standard: "/"),
            .init("types", .list, "The types it is for; none: all."),
            .init("expires", .int, "When it ends, in wall time.", unit: "ms since 1970"),
        ], columns: ["subject", "verbs", "prefix", "types", "expires"], heritable: true)

    /// A signed version of an app with its files, written by people.
    public static let bundle = TypeDefinition(
        name: CoreTypes.known("bundle"), summary: "A signed version of an app with its files.",
        role: .desired, writer: "people",
        fields: [
            .init("digest", .bytes, "SHA-256 of its manifest.", required: true),
            .init("app", .text, "The app.", indexed: true, required: true),
            .init("version", .text, "The version of the app.", required: true),
            .init("signer", .bytes, "The public key of who signed it."),
            .init("signature", .bytes, "The signature over the digest."),
            .init("size", .int, "What its files take.", unit: "bytes"),
            .init("files", .list, "Its files with their digests."),
        ], columns: ["app", "version", "size", "digest"])

    /// A call of a capability, written by people.
    public static let invocation = TypeDefinition(
        name: CoreTypes.known("invocation"), summary: "A call of an operation that an app offers.",
        role: .desired, writer: "people",
        fields: [
            .init("app", .text, "The app.", indexed: true, required: true),
            .init("capability", .text, "The operation.", required: true),
            .init("arguments", .map, "What it is given, by name."),
            .init("caller", .text, "The identity that asked for it."),
            .init("machine", .text, "The machine that carries it out and says what became of it."),
        ],
        relations: [.init(of, to: [app.name], "The app that offers it.", single: true)],
        columns: ["app", "capability", "arguments", "caller"])
}
