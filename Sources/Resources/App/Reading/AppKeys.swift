/// The keys of an app file, all of them (Docs/app-file.md).
extension AppShape {
    /// The whole file.
    static let app = AppShape(keys: [
        Key("app", .text(.label), "The name of the app, a DNS label.", required: true),
        Key("version", .text(.version), "Its version; quote 1.0.", required: true),
        Key("description", .text(.line), "What it is for."),
        Key("directory", .text(.line), "The folder of its programs, relative to the file."),
        Key(
            "components", .map(.label, .shape(component), most: Limits.appComponents.value),
            "Its parts by name, each of so many replicas.", required: true),
        Key(
            "services", .map(.label, .shape(service), most: Limits.appServices.value),
            "Names and addresses under which components answer."),
        Key(
            "volumes", .map(.label, .shape(volume), most: Limits.appVolumes.value),
            "Places for data that outlives tasks."),
        Key(
            "capabilities", .map(.label, .shape(capability), most: Limits.appCapabilities.value),
            "Operations the app offers."),
    ])

    /// Where a file names its bases. It is merged away before the app is read.
    static let from = Key(
        "from", .list(.text(.line), most: Limits.appBases.value),
        "Files or folders, relative to the file, that it is merged over, the first lowest.")

    static let component = AppShape(
        keys: [Key("run", .shape(run), "What each replica runs.", required: true)]
            + scheduleKeys + mountKeys + lifeKeys,
        choices: [
            Choice(
                keys: [("every", []), ("cron", [])], what: "schedules", isRequired: false)
        ])

    static let run = AppShape(
        keys: [
            Key(
                "native", .text(.text), "A command of the app's folder, run in a container."),
            Key("host", .text(.text), "A command of the machine, run plainly."),
            Key("oci", .text(.image), "An OCI image: a name, or a path in the app's folder."),
            Key("command", .text(.text), "What the image runs instead of its own command."),
        ],
        choices: [
            Choice(
                keys: [("native", []), ("host", []), ("oci", ["command"])], what: "ways to run",
                isRequired: true)
        ])

    private static let scheduleKeys = [
        Key("count", .integer(1...Limits.replicas.value), "How many replicas run; 1."),
        Key(
            "every", .duration(Limits.jobInterval.range),
            "A job: starts so long after its last start."),
        Key("cron", .text(.cron), "A job: starts at these times in UTC, five fields."),
        Key("needs", .shape(needs), "What each replica needs, and in a container is held to."),
        Key(
            "ports", .map(.label, .port, most: Limits.componentPorts.value),
            "The first replica's ports by name, the n-th has n more; or auto."),
    ]

    private static let mountKeys = [
        Key(
            "volumes", .map(.label, .text(.path), most: Limits.componentMounts.value),
            "Where it sees volumes of the app."),
        Key(
            "env", .map(.variable, .text(.text), most: Limits.componentVariables.value),
            "Its environment."),
        Key(
            "configs", .map(.path, .text(.resource), most: Limits.componentMounts.value),
            "Names of configs by the path it sees them at."),
        Key(
            "secrets", .map(.variableOrPath, .text(.resource), most: Limits.componentMounts.value),
            "Names of secrets by variable or by the path it sees them at."),
        Key("on-change", .text(.change), "After a new config or secret: restart, signal NAME."),
    ]

    private static let lifeKeys = [
        Key("health", .shape(health), "How to find out whether a replica serves."),
        Key("stop", .shape(stop), "How a replica is asked to end."),
        Key(
            "restart", .oneOf(App.Restart.allCases.map(\.rawValue)),
            "When a replica that ended is started again; always, of a job never."),
        Key("place", .shape(place), "Where replicas may run and would like to."),
        Key("update", .shape(update), "How replicas are moved to a new version."),
    ]

    static let needs = AppShape(keys: [
        Key("cpu", .number(most: Limits.needCores.value, unit: "cores"), "Cores."),
        Key("memory", .size(1...Limits.needBytes.value), "Memory."),
        Key("storage", .size(1...Limits.needBytes.value), "Disk of its machine."),
        Key(
            "processes", .integer(Limits.instanceProcesses.range), "Processes and threads; 512."),
    ])

    static let health = AppShape(
        keys: [
            Key("http", .text(.request), "GET of this path is answered with 200 to 399."),
            Key("port", .text(.label), "The port for it; the one named http, or the only one."),
            Key("tcp", .text(.label), "The port of this name takes a connection."),
            Key("command", .text(.text), "The command ends with 0."),
            Key("every", .duration(Limits.healthInterval.range), "From one to the next; 2s."),
            Key("timeout", .duration(Limits.healthTimeout.range), "How long it may take; 1s."),
            Key("failures", .integer(1...Limits.healthChecks.value), "In a row: failing; 3."),
            Key("passes", .integer(1...Limits.healthChecks.value), "In a row: passing; 1."),
            Key(
                "grace", .duration(Limits.healthGrace.range),
                "After a start, in which failures do not count; 10s."),
        ],
        choices: [
            Choice(
                keys: [("http", ["port"]), ("tcp", []), ("command", [])], what: "ways to check",
                isRequired: true)
        ])

    static let stop = AppShape(keys: [
        Key("signal", .oneOf(App.Signal.allCases.map(\.rawValue)), "What it is sent; TERM."),
        Key("grace", .duration(Limits.stopGrace.range), "Until it is killed; 10s."),
    ])

    static let place = AppShape(keys: [
        Key("spread", .text(.tag), "Over what replicas are spread: machine, or a tag."),
        Key(
            "require", .map(.tag, .text(.line), most: Limits.placementRules.value),
            "Tags and facts a machine must have."),
        Key(
            "prefer", .map(.tag, .text(.line), most: Limits.placementRules.value),
            "Tags and facts a machine had better have."),
        Key(
            "near", .list(.text(.label), most: Limits.placementRules.value),
            "Components that should be on the same machine."),
        Key(
            "apart", .list(.text(.label), most: Limits.placementRules.value),
            "Components that must not be on the same machine; itself: its replicas."),
    ])

    static let update = AppShape(keys: [
        Key(
            "strategy", .oneOf(App.Update.Strategy.allCases.map(\.rawValue)),
            "Replica by replica, or a whole second set; rolling."),
        Key(
            "max-unavailable", .integer(1...Limits.replicas.value),
            "Replicas that may not be ready at one time while it rolls; 1."),
        Key("auto-revert", .flag, "What does not get ready is taken back; true."),
        Key("deadline", .duration(Limits.updateDeadline.range), "Until it must be ready; 60s."),
    ])

    static let service = AppShape(keys: [
        Key("component", .text(.label), "The component that answers.", required: true),
        Key("port", .text(.label), "Its port; the only one."),
        Key(
            "balance", .oneOf(App.Service.Balance.allCases.map(\.rawValue)),
            "Who gets the next connection; round-robin."),
        Key("listen", .listen, "Where it listens; a loopback address of its own."),
        Key(
            "protocol", .oneOf(App.Service.Scheme.allCases.map(\.rawValue)),
            "What is spoken; http."),
        Key(
            "driver", .oneOf(App.Service.Driver.allCases.map(\.rawValue)),
            "What balances; builtin."),
    ])

    static let volume = AppShape(keys: [
        Key("size", .size(1...Limits.volumeBytes.value), "What it holds at the most."),
        Key(
            "driver", .oneOf(App.Volume.Driver.allCases.map(\.rawValue)),
            "What keeps the data; directory."),
        Key(
            "per", .oneOf(App.Volume.Extent.allCases.map(\.rawValue)),
            "Who has it: each replica its own, or all the same; replica."),
        Key(
            "lost", .oneOf(App.Volume.Loss.allCases.map(\.rawValue)),
            "When its machine is lost: wait for it, or begin elsewhere, empty; wait."),
    ])

    static let capability = AppShape(keys: [
        Key("run", .shape(run), "What is run; an argument label is $ARG_LABEL.", required: true),
        Key("component", .text(.label), "In whose sandbox; the only component's."),
        Key(
            "takes", .map(.label, .oneOf(kinds), most: Limits.capabilityArguments.value),
            "The kinds of its arguments by name."),
        Key("returns", .oneOf(kinds), "The kind of what it writes to its output."),
        Key("timeout", .duration(Limits.capabilityTimeout.range), "How long it may take; 60s."),
    ])

    /// Kinds of arguments and results.
    private static let kinds = ["text", "int", "float", "bool", "list", "map"]
}
