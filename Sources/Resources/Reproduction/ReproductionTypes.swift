/// The types of reproduction: what people allow, and what became of it.
public enum ReproductionTypes {
    /// All of them.
    public static let all = [
        reproduction, generation, lineage, birthpolicy, updatepolicy, changeover, restarts,
    ]

    /// A copy or an update that is made or was, written by the controller of the machine.
    public static let reproduction = TypeDefinition(
        name: CoreTypes.known("reproduction"), summary: "A copy or an update of the system.",
        role: .observed, writer: "controller",
        fields: [
            .init(
                "generation", .text, "SHA-256 of the description.", indexed: true, required: true),
            .init("sequence", .int, "The sequence of the description.", required: true),
            .init(
                "target", .text, "Where it goes: directory, image, device, slot, host or machine.",
                required: true),
            .init(
                "kind", .text, "What the target is.", required: true,
                oneOf: ReproductionTarget.allCases.map(\.rawValue)),
            .init(
                "state", .text, "How far it is.", indexed: true, required: true,
                oneOf: ReproductionState.words),
            .init("tries", .int, "How often the loader tries to start it.", unit: "tries"),
            .init("try", .int, "Which attempt to start it runs.", unit: "tries"),
            .init("root", .text, "SHA-256 of what was built, after it was."),
            .init("reason", .text, "Why it ended without success."),
            .init("began", .int, "When it began.", unit: "ms since 1970"),
            .init("ended", .int, "When it ended.", unit: "ms since 1970"),
            .init("bytes", .int, "What was copied.", unit: "bytes"),
            .init("changed", .int, "What of it is not in the system that runs.", unit: "bytes"),
            .init("issued", .int, "When its release was signed.", unit: "ms since 1970"),
            .init("apps", .list, "The tasks that were healthy when the loader was told."),
            .init("lastWords", .text, "Why the system gave itself up at its last try."),
            .init("from", .text, "SHA-256 of the description of the system that made it."),
        ],
        columns: ["target", "state", "try", "reason", "bytes"],
        health: "state != 'aborted' and state != 'fellBack' and state != 'exhausted'")

    /// A description this machine knows, written by the controller.
    public static let generation = TypeDefinition(
        name: CoreTypes.known("generation"),
        summary: "A system that this machine is, was or may become.",
        role: .observed, writer: "controller",
        fields: [
            .init("digest", .text, "SHA-256 of its description.", indexed: true, required: true),
            .init("sequence", .int, "The sequence of its description.", required: true),
            .init(
                "state", .text, "What it is to this machine.", indexed: true, required: true,
                oneOf: ["running", "passive", "known", "quarantined"]),
            .init("slot", .text, "The slot it is in.", oneOf: ["a", "b"]),
            .init("reason", .text, "Why it is quarantined."),
            .init("since", .int, "Since when it is that.", unit: "ms since 1970"),
        ],
        columns: ["sequence", "state", "slot", "reason"], health: "state != 'quarantined'")

    /// Who made this system, written by the controller at its birth.
    public static let lineage = TypeDefinition(
        name: CoreTypes.known("lineage"),
        summary: "A certificate that one system was made by another.",
        role: .observed, writer: "controller",
        fields: [
            .init("child", .text, "The signing key of the system that was made.", required: true),
            .init("parent", .text, "The signing key of the system that made it.", required: true),
            .init("digest", .text, "The generation of the child at its birth.", required: true),
            .init(
                "number", .int, "How many births lie between it and the founder.", required: true),
            .init("signature", .bytes, "The parent's signature.", required: true),
        ],
        columns: ["number", "digest", "parent", "child"])

    /// How far the system may copy itself, written by people.
    public static let birthpolicy = TypeDefinition(
        name: CoreTypes.known("birthpolicy"),
        summary: "How often and how far the system may copy itself.", role: .desired,
        writer: "people",
        fields: [
            .init(
                "stopped", .bool, "The kill switch: no birth begins, and those under way end.",
                standard: false),
            .init(
                "children", .int, "The most systems each system may make.", unit: "births",
                standard: .int(Int64(Limits.births.value))),
            .init(
                "depth", .int, "The most births between a system and the founder.",
                unit: "generations", standard: .int(Int64(Limits.birthDepth.value))),
            .init("disk", .int, "The most each copy may take; none: no bound.", unit: "bytes"),
            .init("bandwidth", .int, "How fast blobs are sent; none: no bound.", unit: "bytes/s"),
        ],
        columns: ["stopped", "children", "depth", "disk", "bandwidth"], heritable: true)
}

extension ReproductionTypes {
    /// Which updates a machine takes and how it tries them, written by people. Several count all:
    /// an update has to satisfy each.
    public static let updatepolicy = TypeDefinition(
        name: CoreTypes.known("updatepolicy"),
        summary: "Whose updates a machine takes, and how long it examines them.", role: .desired,
        writer: "people",
        fields: [
            .init(
                "keys", .list, "The keys that count, as pisces status shows them.", required: true),
            .init(
                "threshold", .int, "How many of them have to sign.", unit: "keys",
                standard: .int(1)),
            .init(
                "patience", .int, "How long a new system may take to become sound.", unit: "ms",
                standard: .int(Int64(Limits.updatePatience.value))),
            .init(
                "soak", .int, "How long it has to be sound before it is kept.", unit: "ms",
                standard: .int(Int64(Limits.updateSoak.value))),
            .init(
                "restart", .bool, "Restart into an update that is armed, at once.",
                standard: true),
            .init(
                "atOnce", .int, "How many machines of a fleet restart into an update at once.",
                unit: "machines", standard: .int(1)),
        ],
        columns: ["threshold", "patience", "soak", "restart", "atOnce"], heritable: true)
}

extension ReproductionTypes {
    /// What an update changed of apps and configuration, and what was there before: written with
    /// the change itself, in one batch.
    public static let changeover = TypeDefinition(
        name: CoreTypes.known("changeover"),
        summary: "What an update changed of apps and configuration.", role: .system,
        writer: "controller",
        fields: [
            .init(
                "generation", .text, "The system whose apps and configuration these are.",
                indexed: true, required: true),
            .init("sequence", .int, "The sequence of that.", required: true),
            .init(
                "state", .text, "What became of it.", indexed: true, required: true,
                oneOf: ["applied", "kept", "reverted"]),
            .init("changed", .int, "How many resources it changed.", unit: "resources"),
            .init("before", .list, "What these were before; none once it stands or is undone."),
            .init("kept", .list, "What was not undone, because somebody had changed it since."),
            .init("since", .int, "Since when it is that.", unit: "ms since 1970"),
        ],
        columns: ["sequence", "state", "changed", "kept"], health: "state != 'reverted'")
}

extension ReproductionTypes {
    /// Which machines of a fleet restart into an update now; `fleet` in `/`.
    public static let restarts = TypeDefinition(
        name: CoreTypes.known("restarts"),
        summary: "Which machines of a fleet restart into an update now.", role: .system,
        writer: "controller",
        fields: [
            .init("turns", .list, "Machines that restart now, until their new system is good."),
            .init("failures", .list, "Systems that a machine fell back from, and why."),
        ],
        columns: ["turns", "failures"])
}

/// What a reproduction builds on.
public enum ReproductionTarget: String, Hashable, Sendable, CaseIterable {
    /// A directory with blobs and description: installer, backup, update without a network.
    case directory
    /// A file that is an image of a disk.
    case image
    /// A disk.
    case device
    /// The slot of this machine that does not run.
    case slot
    /// Another machine, by its ssh.
    case host
    /// A blank machine that fetches it.
    case machine

    /// True when what is built there is started by the machine that builds it.
    public var isStarted: Bool { self == .slot }
}

/// How far a reproduction is. Legal successors stand behind each.
public enum ReproductionState: Hashable, Sendable {
    /// The description is known and allowed → gathering.
    case described
    /// Blobs are copied → verified.
    case gathering
    /// All blobs are there, each of its digest → constructing.
    case verified
    /// The target is written → written.
    case constructing
    /// All is written and synced → readBack.
    case written
    /// What the device gives back is what was written → armed, or good when nothing is started.
    case readBack
    /// The loader knows the new system → booting.
    case armed
    /// An attempt to start it, counted from 1 → selfTest, booting of the next try, exhausted.
    case booting(try: Int)
    /// It runs and is examined → good, fellBack.
    case selfTest(try: Int)
    /// It is blessed. The end.
    case good
    /// No try is left; the old system has to start → fellBack.
    case exhausted
    /// The old system runs again; the new one is quarantined. The end.
    case fellBack(reason: String)
    /// It was ended before anything was started. The end.
    case aborted(reason: String)

    /// All states by their words.
    public static let words = [
        "described", "gathering", "verified", "constructing", "written", "readBack", "armed",
        "booting", "selfTest", "good", "exhausted", "fellBack", "aborted",
    ]

    /// The word of it.
    public var word: String {
        switch self {
        case .described: "described"
        case .gathering: "gathering"
        case .verified: "verified"
        case .constructing: "constructing"
        case .written: "written"
        case .readBack: "readBack"
        case .armed: "armed"
        case .booting: "booting"
        case .selfTest: "selfTest"
        case .good: "good"
        case .exhausted: "exhausted"
        case .fellBack: "fellBack"
        case .aborted: "aborted"
        }
    }

    /// True when nothing follows.
    public var isEnd: Bool {
        switch self {
        case .good, .fellBack, .aborted: true
        case .described, .gathering, .verified, .constructing, .written, .readBack, .armed,
            .booting, .selfTest, .exhausted:
            false
        }
    }
}
