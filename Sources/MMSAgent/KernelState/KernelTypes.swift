internal import Resources

/// The types of the kernel's own state.
enum KernelTypes {
    static let all = [
        kernel, securityModule, apparmorProfile, kernelModule, sysctl, kernelKey, swap, kernelLog,
        audit, securityEvent,
    ]

    private typealias Field = TypeDefinition.Field

    /// Milliseconds for which history of what comes and goes is kept after it is gone.
    private static let window: Int64 = 3_600_000

    static let kernel = TypeDefinition(
        name: Kind.kernel, summary: "The kernel that runs.", role: .observed,
        writer: "sensor kernel",
        fields: [
            .init("release", .text, "Its release.", indexed: true),
            .init("version", .text, "Its build."),
            .init("architecture", .text, "The machine word."),
            .init("arguments", .list, "Its command line; values of secret options are ***."),
            .init("root", .text, "The root it was given."),
            .init("image", .text, "The file it was loaded from."),
            .init("tainted", .bool, "Something casts doubt on it.", indexed: true),
            .init("taints", .list, "What does."),
            .init("lockdown", .text, "What it forbids to root.", indexed: true),
            .init("fips", .bool, "It keeps to approved cryptography."),
            .init("securityModules", .list, "Security modules in the order they are asked."),
            .init("fileSystems", .list, "File systems it can mount."),
            .init("raidPersonalities", .list, "RAID levels it knows."),
        ], columns: ["release", "architecture", "tainted", "lockdown"])

    static let securityModule = TypeDefinition(
        name: Kind.securityModule, summary: "A security module of the kernel.", role: .observed,
        writer: "sensor kernel",
        fields: [
            .init("enabled", .bool, "It is asked."),
            .init("mode", .text, "enforcing, permissive, integrity …", indexed: true),
            .init("policyVersion", .text, "The version of policies it takes."),
            .init("policies", .int, "Profiles loaded."),
            .init("settings", .map, "What it is set to."),
        ], columns: ["enabled", "mode"])

    static let apparmorProfile = TypeDefinition(
        name: Kind.apparmorProfile, summary: "A profile AppArmor has loaded.", role: .observed,
        writer: "sensor kernel",
        fields: [
            .init("path", .text, "Its folder in securityfs."),
            .init("mode", .text, "enforce, complain, kill, unconfined.", indexed: true),
            .init("attachment", .text, "Programs it is for.", indexed: true),
            .init("digest", .text, "The kernel's digest of it."),
        ], columns: ["mode", "attachment"])

    static let kernelModule = TypeDefinition(
        name: Kind.kernelModule, summary: "A module of the kernel, loaded or built in.",
        role: .observed, writer: "sensor kernel-modules",
        fields: [
            .init("state", .text, "live, loading, unloading or built-in.", indexed: true),
            .init("size", .int, "Its size in memory.", unit: "bytes"),
            .init("address", .text, "Where it is, for those who may know."),
            .init("usedBy", .list, "Modules that use it."),
            .init("taints", .text, "Letters of why it taints the kernel."),
            .init("version", .text, "Its version.", indexed: true),
            .init("sourceVersion", .text, "The digest of its source."),
            .init("parameters", .list, "The names of its parameters."),
        ],
        relations: [
            HardwareTypes.relation(
                "USED_BY", to: [Kind.kernelModule], "Modules that use it.", single: false)
        ], columns: ["state", "size", "version"])

    static let sysctl = TypeDefinition(
        name: Kind.sysctl, summary: "A setting of the kernel.", role: .observed,
        writer: "sensor sysctl",
        fields: [
            .init("value", .text, "What it is.", indexed: true),
            .init("configured", .text, "What a file says it should be."),
            .init("file", .text, "The file that says so.", indexed: true),
            .init("agrees", .bool, "Both are the same text.", indexed: true),
            .init("subsystem", .text, "The first part of its name.", indexed: true),
            .init("path", .text, "Its file."),
        ], columns: ["value", "configured"])

    static let kernelKey = TypeDefinition(
        name: Kind.kernelKey, summary: "A key or keyring the kernel keeps.", role: .observed,
        writer: "sensor kernel-keys",
        fields: [
            .init("serial", .text, "Its number, in hexadecimal.", indexed: true),
            .init("kind", .text, "keyring, user, logon, asymmetric …", indexed: true),
            .init("description", .text, "What it is called.", indexed: true),
            .init("flags", .text, "Letters: I instantiated, R revoked, D dead, Q in a quota …"),
            .init("permissions", .text, "Who may do what, in hexadecimal."),
            .init("uid", .int, "Its owner.", indexed: true),
            .init("gid", .int, "Its group."), .init("user", .text, "The name of its owner."),
            .init("expires", .bool, "It ends by itself."),
        ],
        relations: [HardwareTypes.relation("OWNED_BY", to: [Kind.owner], "Its owner.")],
        ephemeral: window, columns: ["kind", "description", "user"])

    static let swap = TypeDefinition(
        name: Kind.swap, summary: "A swap area in use.", role: .observed, writer: "sensor swap",
        fields: [
            .init("path", .text, "The device or file.", indexed: true, required: true),
            .init("kind", .text, "partition or file."),
            .init("size", .int, "How much it holds.", unit: "bytes"),
            .init("priority", .int, "The higher is used first."),
        ],
        relations: [
            HardwareTypes.relation(
                "ON", to: [Kind.blockDevice, Kind.backingFile], "What holds it.")
        ], columns: ["kind", "size", "priority"])

    static let kernelLog = TypeDefinition(
        name: Kind.kernelLog, summary: "Messages of the kernel since the sensor's start, counted.",
        role: .observed, writer: "sensor kernel-log",
        fields: MessageTally.levels.map { Field($0, .int, "Messages of level \($0).") } + [
            .init("overwritten", .int, "Messages overwritten before they were counted."),
            .init("lastError", .text, "The last message of level err or worse."),
            .init("lastErrorLevel", .text, "Its level.", oneOf: MessageTally.levels),
            .init("lastErrorAt", .int, "When it came.", unit: "ms since boot"),
        ], columns: ["crit", "err", "warning", "lastError"])

    static let audit = TypeDefinition(
        name: Kind.audit, summary: "The state of the kernel's audit system.", role: .observed,
        writer: "sensor audit",
        fields: [
            .init("enabled", .bool, "It records.", indexed: true),
            .init("locked", .bool, "It stays as it is until the next boot."),
            .init("failure", .text, "What happens when it cannot: silent, print, panic."),
            .init("daemon", .int, "The process of the audit daemon."),
            .init("rateLimit", .int, "Records it takes; 0 is no limit.", unit: "1/s"),
            .init("backlogLimit", .int, "Records that may wait."),
            .init("lost", .int, "Records it lost since boot."),
        ], columns: ["enabled", "failure", "lost"])

    static let securityEvent = TypeDefinition(
        name: Kind.securityEvent,
        summary: "A denial, login or change of accounts, with how often it happened.",
        role: .observed, writer: "sensor audit", fields: eventFields + whoFields,
        ephemeral: window, columns: ["kind", "result", "account", "executable", "count", "last"])

    private static let eventFields: [Field] = [
        .init("kind", .text, "The audit record's type: AVC, USER_LOGIN …", indexed: true),
        .init("group", .text, "denial, login, account, policy or anomaly.", indexed: true),
        .init("result", .text, "success, failed, denied, allowed …", indexed: true),
        .init("count", .int, "How often, while it is kept: an hour after the last time."),
        .init("first", .int, "The first time.", unit: "ms since 1970"),
        .init("last", .int, "The last time.", unit: "ms since 1970"),
        .init("operation", .text, "What was tried."),
        .init("permissions", .text, "What was refused."),
        .init("profile", .text, "The AppArmor profile."),
        .init("subject", .text, "The SELinux context of who tried."),
        .init("object", .text, "The SELinux context of what it was tried on."),
        .init("class", .text, "The SELinux class of that."),
        .init("objectName", .text, "The name of that."),
        .init("signal", .int, "The signal a process was ended by."),
        .init("syscall", .int, "The number of a system call."),
    ]

    private static let whoFields: [Field] = [
        .init("account", .text, "The account that was named.", indexed: true),
        .init("executable", .text, "The program.", indexed: true),
        .init("program", .text, "Its short name."),
        .init("pid", .int, "The process that did it last."),
        .init("uid", .int, "Its user.", indexed: true),
        .init("auid", .int, "The user who logged in."),
        .init("session", .int, "The session it was done in last."),
        .init("address", .text, "Where a login came from.", indexed: true),
        .init("hostname", .text, "The name of that."),
        .init("terminal", .text, "The terminal."),
    ]
}
