internal import Resources

extension Kind {
    static let unit = known { () throws(NameError) in try TypeName("unit") }
    static let autostart = known { () throws(NameError) in try TypeName("autostart") }
}

/// The types of what starts by itself.
enum ServiceTypes {
    static let all = [unit, autostart]

    private typealias Field = TypeDefinition.Field

    private static let unit = TypeDefinition(
        name: Kind.unit, summary: "A service, or another unit of its supervisor.",
        role: .observed, writer: "sensor services", fields: stateFields + fileFields,
        relations: [
            GroupTypes.relation("CONTROLS", to: Kind.cgroup, "Its control group.", single: true),
            GroupTypes.relation("MAIN", to: Kind.process, "Its main process.", single: true),
            GroupTypes.relation("TRIGGERS", to: Kind.unit, "What a timer, socket … starts."),
            GroupTypes.relation("REQUIRES", to: Kind.unit, "What it cannot be without."),
            GroupTypes.relation("WANTS", to: Kind.unit, "What is started with it."),
            GroupTypes.relation("AFTER", to: Kind.unit, "What is started before it."),
            GroupTypes.relation(
                "ALIAS", to: Kind.unit, "The unit it is a name of.", single: true),
        ],
        columns: ["kind", "activeState", "subState", "enabled", "description"],
        health: "activeState != 'failed'")

    private static let stateFields: [Field] = [
        .init("name", .text, "Its name.", indexed: true, required: true),
        .init("kind", .text, "service, timer, socket, target …", indexed: true, required: true),
        .init("supervisor", .text, "systemd, sysv, openrc, runit, s6.", indexed: true),
        .init("description", .text, "What it is for."),
        .init("loadState", .text, "Whether its file was read: loaded, stub, masked …"),
        .init("activeState", .text, "active, inactive, failed …", indexed: true),
        .init("subState", .text, "What that means for its kind: running, exited, dead …"),
        .init("failed", .bool, "It ended badly.", indexed: true),
        .init("job", .text, "What its manager is about to do with it."),
        .init("pid", .int, "Its main process.", indexed: true),
        .init("cgroup", .text, "Its control group.", indexed: true),
    ]

    private static let fileFields: [Field] = [
        .init("fragmentPath", .text, "Its file.", indexed: true),
        .init("dropIns", .list, "Files that change what its file says."),
        .init("enabled", .text, "enabled, disabled, static, masked, alias …", indexed: true),
        .init("template", .bool, "Only its instances run."),
        .init("aliases", .list, "Its other names."),
        .init("wantedBy", .list, "Units that start it."),
        .init("runLevels", .list, "The run levels that start a script."),
        .init("command", .list, "What it runs; values of secret options are ***."),
        .init("user", .text, "The user it runs as, unless it is root.", indexed: true),
        .init("group", .text, "The group it runs as."),
        .init("restart", .text, "When it is started again by itself."),
        .init("startType", .text, "How it says that it has started: simple, notify …"),
        .init("workingDirectory", .text, "Where it runs."),
        .init("environment", .list, "Names of the variables it sets, never values."),
        .init("environmentFiles", .list, "Files of further variables."),
        .init("schedule", .list, "When a timer starts it, or what a path unit looks at."),
        .init("listens", .list, "What a socket unit listens on."),
    ]

    private static let autostart = TypeDefinition(
        name: Kind.autostart, summary: "A program that a desktop session starts.",
        role: .observed, writer: "sensor autostart",
        fields: [
            .init("name", .text, "What it is called.", indexed: true),
            .init("path", .text, "The entry's file.", indexed: true, required: true),
            .init("command", .list, "What it runs; values of secret options are ***."),
            .init("user", .text, "Whose session; none for all.", indexed: true),
            .init("enabled", .bool, "It is not hidden.", indexed: true),
            .init("desktops", .list, "The desktops it is for, when not all."),
        ],
        columns: ["path", "name", "user", "enabled", "command"])
}
