internal import Resources

extension Kind {
    static let cronJob = known { () throws(NameError) in try TypeName("cron-job") }
    static let resolver = known { () throws(NameError) in try TypeName("resolver") }
    static let hostEntry = known { () throws(NameError) in try TypeName("host-entry") }
    static let serviceName = known { () throws(NameError) in try TypeName("service-name") }
    static let protocolName = known { () throws(NameError) in try TypeName("protocol") }
    static let certificate = known { () throws(NameError) in try TypeName("certificate") }
    static let limitRule = known { () throws(NameError) in try TypeName("limit-rule") }
    static let limit = known { () throws(NameError) in try TypeName("limit") }
    static let setting = known { () throws(NameError) in try TypeName("setting") }
    static let sshOption = known { () throws(NameError) in try TypeName("ssh-option") }
    static let programExtension = known { () throws(NameError) in try TypeName("extension") }
    static let clock = known { () throws(NameError) in try TypeName("clock") }
}

/// The types of what the machine's files of configuration say.
enum ConfigurationTypes {
    static let all = [
        cronJob, resolver, hostEntry, serviceName, protocolName, certificate, limitRule, limit,
        setting, sshOption, clock, programExtension,
    ]

    private typealias Field = TypeDefinition.Field

    private static let time = "ms since 1970"
    private static let file = Field(
        "file", .text, "The file it stands in.", indexed: true, required: true)
    private static let line = Field("line", .int, "Its line there.")
    private static let user = AccountTypes.relation("USER", to: Kind.user, "Whose it is.")

    private static func observed(
        _ name: TypeName, _ summary: String, by writer: String, _ fields: [Field],
        relations: [TypeDefinition.RelationDefinition] = [], columns: [String]
    ) -> TypeDefinition {
        TypeDefinition(
            name: name, summary: summary, role: .observed, writer: "sensor \(writer)",
            fields: fields, relations: relations, columns: columns)
    }

    private static let cronJob = observed(
        Kind.cronJob, "What cron is told to run.", by: "cron",
        [
            file, line,
            .init("event", .text, "@reboot, @daily and the like.", indexed: true),
            .init("minute", .text, "Minutes of the hour."),
            .init("hour", .text, "Hours of the day."),
            .init("dayOfMonth", .text, "Days of the month."),
            .init("month", .text, "Months."),
            .init("dayOfWeek", .text, "Days of the week."),
            .init("user", .text, "As whom it runs.", indexed: true, required: true),
            .init("command", .text, "The command; secret values are ***.", required: true),
        ],
        relations: [AccountTypes.relation("USER", to: Kind.user, "As whom it runs.")],
        columns: ["user", "event", "minute", "hour", "command", "file"])

    private static let resolver = observed(
        Kind.resolver, "How the machine asks for names.", by: "names",
        [
            file,
            .init(
                "kind", .text, "What it is.", indexed: true, required: true,
                oneOf: ["nameserver", "search", "sortlist", "option"]),
            .init("value", .text, "The address, domain or option.", indexed: true),
            .init("mask", .text, "The network's mask, of a sort list."),
            .init("order", .int, "Its place in the file."),
        ],
        columns: ["kind", "value", "file"])

    private static let hostEntry = observed(
        Kind.hostEntry, "An address and its names in /etc/hosts.", by: "names",
        [
            .init("address", .text, "The address.", indexed: true, required: true),
            .init("hostnames", .list, "Its names.", required: true), line,
        ],
        columns: ["address", "hostnames"])

    private static let serviceName = observed(
        Kind.serviceName, "A name of a port in /etc/services.", by: "names",
        [
            .init("service", .text, "The name.", indexed: true, required: true),
            .init("port", .int, "The port.", indexed: true, required: true),
            .init("protocol", .text, "tcp, udp …", indexed: true, required: true),
            .init("aliases", .list, "Other names."),
            .init("comment", .text, "What is said of it."),
        ],
        columns: ["service", "port", "protocol", "aliases"])

    private static let protocolName = observed(
        Kind.protocolName, "A name of a protocol in /etc/protocols.", by: "names",
        [
            .init("protocol", .text, "The name.", indexed: true, required: true),
            .init("number", .int, "Its number in IP packets.", indexed: true, required: true),
            .init("aliases", .list, "Other names."),
            .init("comment", .text, "What is said of it."),
        ],
        columns: ["protocol", "number", "aliases"])

    private static let certificate = observed(
        Kind.certificate, "A certificate in a file.", by: "certificates",
        [
            .init("fingerprint", .text, "Its SHA-256.", indexed: true, required: true),
            .init("commonName", .text, "The subject's common name.", indexed: true),
            .init("subject", .text, "Whose it is.", indexed: true),
            .init("issuer", .text, "Who signed it.", indexed: true),
            .init("serial", .text, "The issuer's number for it, in hexadecimal."),
            .init("notBefore", .int, "Its first moment.", unit: time, indexed: true),
            .init("notAfter", .int, "Its last moment.", unit: time, indexed: true),
            .init("signature", .text, "The algorithm it is signed by.", indexed: true),
            .init("key", .text, "The algorithm of its key.", indexed: true),
            .init("keyBits", .int, "The length of its key.", unit: "bits"),
            .init("authority", .bool, "It may sign others.", indexed: true),
            .init("selfIssued", .bool, "Subject and issuer are the same."),
            .init("usage", .list, "What its key is for."),
            .init("alternatives", .list, "Other names of the subject: hosts, addresses."),
            .init("subjectKey", .text, "Identifier of its key."),
            .init("authorityKey", .text, "Identifier of the key it is signed by."),
            .init("path", .text, "The first file it is in.", indexed: true),
            .init("paths", .list, "All files it is in."),
            .init("stores", .list, "The stores of the firmware it is in: db, dbx, KEK, PK."),
        ],
        columns: ["commonName", "issuer", "notAfter", "key", "authority"])

    private static let limitRule = observed(
        Kind.limitRule, "A limit that login sets.", by: "settings",
        [
            file, line,
            .init("domain", .text, "Whom it is for.", indexed: true, required: true),
            .init("kind", .text, "Which limit.", oneOf: ["soft", "hard", "both"]),
            .init("item", .text, "What is limited.", indexed: true),
            .init("value", .text, "How much."),
        ],
        relations: [
            AccountTypes.relation("USER", to: Kind.user, "Whom it is for."),
            AccountTypes.relation("GROUP", to: Kind.group, "Whose members it is for."),
        ],
        columns: ["domain", "kind", "item", "value"])

    private static let limit = observed(
        Kind.limit, "A limit of the agent's own process, as the machine gives it.",
        by: "settings",
        [
            .init("item", .text, "What is limited.", indexed: true, required: true),
            .init("soft", .text, "The limit; a process may raise it up to the hard one."),
            .init("hard", .text, "The most."),
            .init("unit", .text, "What it is counted in."),
        ],
        columns: ["item", "soft", "hard", "unit"])

    private static let setting = observed(
        Kind.setting, "A setting in a file of configuration.", by: "settings",
        [
            file, line,
            .init("section", .text, "The section it is in."),
            .init("key", .text, "Its name, or the whole line of a list.", indexed: true),
            .init("value", .text, "Its value; secret ones are ***."),
        ],
        columns: ["file", "key", "value"])

    private static let sshOption = observed(
        Kind.sshOption, "An option of OpenSSH.", by: "ssh",
        [
            file, line,
            .init("block", .text, "The Host or Match line it is under."),
            .init("option", .text, "Its name.", indexed: true, required: true),
            .init("value", .text, "Its value; secret ones are ***."),
            .init("user", .text, "Whose file it is; none for the system's.", indexed: true),
            .init("uid", .int, "The number of whose file it is."),
        ],
        relations: [user],
        columns: ["file", "block", "option", "value"])

    private static let clock = observed(
        Kind.clock, "The clock of this machine.", by: "clock",
        [
            .init("zone", .text, "The time zone's name.", indexed: true),
            .init("zoneRule", .text, "Its rule for times to come (POSIX TZ)."),
            .init("zoneDigest", .text, "SHA-256 of its table."),
            .init("hardwareClock", .text, "What the hardware keeps.", oneOf: ["UTC", "local"]),
            .init("synchroniser", .text, "Who sets the clock.", indexed: true),
            .init("synchronised", .bool, "The kernel holds it for right.", indexed: true),
            .init("steps", .int, "Times it was set since the agent started.", unit: "steps"),
            .init("lastStep", .int, "When it was set last.", unit: time),
        ],
        columns: ["zone", "synchronised", "synchroniser", "steps"])

    private static let programExtension = observed(
        Kind.programExtension, "An extension of a browser, an editor or an agent.",
        by: "extensions",
        [
            .init("program", .text, "The program it extends.", indexed: true, required: true),
            .init("id", .text, "Its identifier.", indexed: true, required: true),
            .init("name", .text, "What it is called.", indexed: true),
            .init("version", .text, "Its version."),
            .init("author", .text, "Who made it.", indexed: true),
            .init("description", .text, "What it is said to do."),
            .init("profile", .text, "The profile it is in."),
            .init("path", .text, "Where it is."),
            .init("active", .bool, "It is in use, where the program says so."),
            .init("permissions", .list, "What it may do."),
            .init(
                "kind", .text, "What it is.", indexed: true,
                oneOf: ["extension", "plugin", "agent skill"]),
            .init("license", .text, "Its license."),
            .init("compatibility", .text, "What it needs, in its maker's words."),
            .init("scripts", .list, "Scripts that it puts into pages, one for each match."),
            .init("matches", .list, "The pages of those scripts, in their order."),
            .init("user", .text, "Whose it is.", indexed: true),
            .init("uid", .int, "The number of whose it is."),
        ],
        relations: [user],
        columns: ["program", "name", "version", "user"])
}
