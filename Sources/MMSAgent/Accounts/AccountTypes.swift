internal import Resources

extension Kind {
    static let user = known { () throws(NameError) in try TypeName("user") }
    static let group = known { () throws(NameError) in try TypeName("group") }
    static let sudoRule = known { () throws(NameError) in try TypeName("sudo-rule") }
    static let authorizedKey = known { () throws(NameError) in try TypeName("authorized-key") }
    static let knownHost = known { () throws(NameError) in try TypeName("known-host") }
    static let sshKey = known { () throws(NameError) in try TypeName("ssh-key") }
    static let setUserFile = known { () throws(NameError) in try TypeName("set-user-file") }
    static let session = known { () throws(NameError) in try TypeName("session") }
    static let login = known { () throws(NameError) in try TypeName("login") }
}

/// The types of accounts, of what they may do, and of who is in.
enum AccountTypes {
    static let all = [
        user, group, sudoRule, authorizedKey, knownHost, sshKey, setUserFile, session, login,
    ]

    private typealias Field = TypeDefinition.Field

    /// A relation to one type.
    static func relation(
        _ name: String, to target: TypeName, _ summary: String, single: Bool = true
    ) -> TypeDefinition.RelationDefinition {
        TypeDefinition.RelationDefinition(
            known { () throws(NameError) in try Relation(name) }, to: [target], summary,
            single: single)
    }

    private static let time = "ms since 1970"

    private static let user = TypeDefinition(
        name: Kind.user, summary: "An account of this machine.", role: .observed,
        writer: "sensor users", fields: accountFields + passwordFields,
        relations: [
            relation("PRIMARY", to: Kind.group, "Its primary group."),
            relation("MEMBER", to: Kind.group, "All groups it is in.", single: false),
        ],
        columns: ["uid", "gid", "description", "home", "shell"])

    private static let accountFields: [Field] = [
        .init("name", .text, "The login name.", indexed: true, required: true),
        .init("uid", .int, "Its number.", indexed: true, required: true),
        .init("gid", .int, "The number of its primary group.", indexed: true),
        .init("description", .text, "The full name, or what it is for."),
        .init("home", .text, "The home folder.", indexed: true),
        .init("shell", .text, "The program started at login.", indexed: true),
        .init("canLogIn", .bool, "Its shell lets one in.", indexed: true),
        .init("lastLogin", .int, "When it last logged in.", unit: time, indexed: true),
        .init("lastLoginLine", .text, "The terminal of the last login."),
        .init("lastLoginHost", .text, "Where the last login came from."),
    ]

    private static let passwordFields: [Field] = [
        .init(
            "password", .text, "What can be done with the password.", indexed: true,
            oneOf: ShadowLine.State.allCases.map(\.rawValue)),
        .init("locked", .bool, "No password lets one in.", indexed: true),
        .init("passwordMethod", .text, "The method its hash is made by.", indexed: true),
        .init("passwordChanged", .int, "The day it was changed last.", unit: time),
        .init("passwordMinimum", .int, "Least age before it may be changed.", unit: "days"),
        .init("passwordMaximum", .int, "Age at which it must be changed.", unit: "days"),
        .init("passwordWarning", .int, "How long before that a warning comes.", unit: "days"),
        .init("passwordGrace", .int, "How long after that it still serves.", unit: "days"),
        .init("expires", .int, "The day the account ends.", unit: time),
    ]

    private static let group = TypeDefinition(
        name: Kind.group, summary: "A group of accounts.", role: .observed,
        writer: "sensor users",
        fields: [
            .init("name", .text, "Its name.", indexed: true, required: true),
            .init("gid", .int, "Its number.", indexed: true, required: true),
        ],
        columns: ["gid"])

    private static let sudoRule = TypeDefinition(
        name: Kind.sudoRule, summary: "A rule, default or alias of sudo.", role: .observed,
        writer: "sensor sudo",
        fields: [
            .init("file", .text, "The file it stands in.", indexed: true, required: true),
            .init("line", .int, "Its line there."),
            .init(
                "kind", .text, "What it is.", indexed: true, oneOf: ["rule", "default", "alias"]),
            .init("header", .text, "Whom or what it is of.", indexed: true, required: true),
            .init("rule", .text, "All that follows."),
            .init("runAs", .text, "As whom commands run."),
            .init("commands", .text, "The commands, with their tags."),
            .init("noPassword", .bool, "It asks for no password.", indexed: true),
        ],
        relations: [
            relation("USER", to: Kind.user, "Whom it is for.", single: false),
            relation("GROUP", to: Kind.group, "Whose members it is for.", single: false),
        ],
        columns: ["header", "rule", "file"])

    private static let keyFields: [Field] = [
        .init("keyType", .text, "The type of key.", indexed: true),
        .init("fingerprint", .text, "SHA-256 of the public key.", indexed: true),
        .init("bits", .int, "Its length.", unit: "bits"),
        .init("user", .text, "Whose it is.", indexed: true),
        .init("uid", .int, "The number of whose it is.", indexed: true),
    ]

    private static let authorizedKey = TypeDefinition(
        name: Kind.authorizedKey, summary: "A key that lets one in as a user by SSH.",
        role: .observed, writer: "sensor keys",
        fields: keyFields + [
            .init("file", .text, "The file it stands in.", indexed: true, required: true),
            .init("line", .int, "Its line there."),
            .init("comment", .text, "What its owner calls it.", indexed: true),
            .init("options", .list, "The names of its options."),
        ],
        relations: [relation("USER", to: Kind.user, "As whom it lets one in.")],
        columns: ["user", "keyType", "fingerprint", "comment"])

    private static let knownHost = TypeDefinition(
        name: Kind.knownHost, summary: "A host whose SSH key is known.", role: .observed,
        writer: "sensor keys",
        fields: keyFields + [
            .init("file", .text, "The file it stands in.", indexed: true, required: true),
            .init("hosts", .list, "Its names and addresses."),
            .init("hashed", .bool, "The file hides its names."),
            .init("marker", .text, "cert-authority or revoked."),
        ],
        relations: [relation("USER", to: Kind.user, "Who knows it.")],
        columns: ["hosts", "keyType", "fingerprint", "user"])

    private static let sshKey = TypeDefinition(
        name: Kind.sshKey, summary: "A file with a private key of SSH.", role: .observed,
        writer: "sensor keys",
        fields: keyFields + [
            .init("path", .text, "The file.", indexed: true, required: true),
            .init("format", .text, "What its first line says."),
            .init("encrypted", .bool, "A passphrase protects it.", indexed: true),
        ],
        relations: [relation("USER", to: Kind.user, "Whose it is.")],
        columns: ["path", "keyType", "encrypted", "user"])

    private static let setUserFile = TypeDefinition(
        name: Kind.setUserFile, summary: "A program that runs as its owner or group.",
        role: .observed, writer: "sensor set-user",
        fields: [
            .init("path", .text, "The file.", indexed: true, required: true),
            .init("user", .text, "Its owner.", indexed: true),
            .init("uid", .int, "The owner's number."),
            .init("group", .text, "Its group.", indexed: true),
            .init("gid", .int, "The group's number."),
            .init("mode", .text, "Its permissions, in octal digits."),
            .init("setUser", .bool, "It runs as its owner.", indexed: true),
            .init("setGroup", .bool, "It runs as its group.", indexed: true),
        ],
        relations: [
            relation("USER", to: Kind.user, "Its owner."),
            relation("GROUP", to: Kind.group, "Its group."),
        ],
        columns: ["path", "user", "group", "mode"])

    private static let session = TypeDefinition(
        name: Kind.session, summary: "A user who is logged in.", role: .observed,
        writer: "sensor logins",
        fields: [
            .init("user", .text, "Who.", indexed: true),
            .init("tty", .text, "The terminal.", indexed: true),
            .init("host", .text, "Where the user comes from.", indexed: true),
            .init("since", .int, "When it began.", unit: time, indexed: true),
            .init("leader", .int, "The number of its first process."),
            .init("kind", .text, "user, greeter, background …", indexed: true),
            .init("seat", .text, "The seat."),
            .init("state", .text, "online, active, closing.", indexed: true),
            .init("service", .text, "The program that opened it."),
        ],
        relations: [
            relation("USER", to: Kind.user, "Who."),
            relation("LEADER", to: Kind.process, "Its first process."),
        ],
        columns: ["user", "tty", "host", "since", "state"])

    private static let login = TypeDefinition(
        name: Kind.login, summary: "A login or a boot of the past.", role: .observed,
        writer: "sensor logins",
        fields: [
            .init("kind", .text, "What it was.", indexed: true, oneOf: ["login", "boot"]),
            .init("user", .text, "Who.", indexed: true),
            .init("tty", .text, "The terminal.", indexed: true),
            .init("pid", .int, "The number of the process that let the user in."),
            .init("host", .text, "Where the user came from; of a boot, the kernel."),
            .init("time", .int, "When.", unit: time, indexed: true, required: true),
            .init("until", .int, "When it ended; none while it lasts.", unit: time),
        ],
        relations: [relation("USER", to: Kind.user, "Who.")],
        columns: ["user", "tty", "host", "time", "until"])
}
