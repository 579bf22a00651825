internal import Host
public import Resources

/// The types of what the sensors see.
public enum AgentTypes {
    /// All of them.
    public static let all =
        [machine, process, interface, address, route, mount, gap]
        + AccountTypes.all + ConfigurationTypes.all
        + SocketTypes.all
        + HardwareTypes.all
        + GroupTypes.all + ServiceTypes.all
        + PackageTypes.all
        + FileTypes.all

    private typealias Field = TypeDefinition.Field

    /// Milliseconds for which history of what churns is kept after it is gone.
    private static let window: Int64 = 3_600_000

    private static func relation(
        _ name: String, to target: TypeName, _ summary: String, single: Bool = true,
        writer: String? = nil
    ) -> TypeDefinition.RelationDefinition {
        TypeDefinition.RelationDefinition(
            known { () throws(NameError) in try Relation(name) }, to: [target], summary,
            single: single, writer: writer)
    }

    /// A process of the operating system.
    public static let process = TypeDefinition(
        name: Kind.process, summary: "A process of the operating system.", role: .observed,
        writer: "sensor processes", fields: identityFields + programFields + endFields,
        relations: [
            relation("PARENT", to: Kind.process, "The process it is a child of."),
            relation("RUNS", to: Kind.file, "The file it runs."),
            relation("USER", to: Kind.user, "The user it runs as."),
            relation(
                "IN", to: Kind.cgroup, "Its control group, unless that is the root.",
                writer: "sensor cgroups"),
            relation(
                "IN_NAMESPACE", to: Kind.namespace,
                "Namespaces other than those the machine began in.",
                single: false, writer: "sensor namespaces"),
        ] + SocketTypes.ofProcess,
        ephemeral: window, columns: ["pid", "ppid", "user", "name", "commandLine", "startTime"])

    private static let identityFields: [Field] = [
        .init("pid", .int, "Its number.", indexed: true, required: true),
        .init("ppid", .int, "The number of its parent; 0 for none.", indexed: true),
        .init("name", .text, "Its short name (comm), at most 15 bytes.", indexed: true),
        .init("uid", .int, "Effective user.", indexed: true),
        .init("gid", .int, "Effective group."),
        .init("user", .text, "Name of the effective user.", indexed: true),
        .init("startTime", .int, "When it started.", unit: "ms since 1970"),
    ]

    private static let programFields: [Field] = [
        .init("executable", .text, "The file it runs.", indexed: true),
        .init("executableGone", .bool, "The file it runs was removed or replaced since."),
        .init("commandLine", .list, "Its arguments; values of secret options are ***."),
        .init("commandLineCut", .bool, "There are more arguments than are kept."),
        .init("cgroup", .text, "Its control group.", indexed: true),
        .init("kernelThread", .bool, "It is a thread of the kernel.", indexed: true),
    ]

    private static let endFields: [Field] = [
        .init("exitCode", .int, "The code it ended with, in its last version."),
        .init("signal", .int, "The signal that ended it, in its last version."),
        .init("unread", .list, "Fields it was gone too soon, or protected too well, to read."),
    ]

    /// The machine.
    public static let machine = TypeDefinition(
        name: Kind.machine, summary: "The machine: hardware, system, and whether work waits.",
        role: .observed, writer: "sensor machine",
        fields: systemFields + hardwareFields + pressureFields,
        columns: ["osName", "kernel", "architecture", "cores", "memory", "bootTime"],
        health: "cpuPressure != 'severe' and memoryPressure != 'severe' "
            + "and ioPressure != 'severe'")

    private static let systemFields: [Field] = [
        .init("hostname", .text, "The host name.", indexed: true),
        .init("os", .text, "The distribution's identifier.", indexed: true),
        .init("osName", .text, "The distribution's name."),
        .init("osVersion", .text, "The distribution's version."),
        .init("kernel", .text, "The kernel's release."),
        .init("kernelVersion", .text, "The kernel's build."),
        .init("architecture", .text, "The machine word.", indexed: true),
        .init("bootId", .text, "The identity of this boot."),
        .init(
            "bootTime", .int, "When it was booted; uptime follows from it.", unit: "ms since 1970"),
    ]

    private static let hardwareFields: [Field] = [
        .init("vendor", .text, "Who made it."),
        .init("product", .text, "What its maker calls it."),
        .init("cpuModel", .text, "The model of its processors."),
        .init("cores", .int, "Processors that are online."),
        .init("memory", .int, "Memory.", unit: "bytes"),
        .init("swap", .int, "Swap space.", unit: "bytes"),
    ]

    private static let pressureFields = ["cpu", "memory", "io"].map { resource in
        Field(
            "\(resource)Pressure", .text, "How much work waits for \(resource).", indexed: true,
            oneOf: PressureLevel.allCases.map(\.rawValue))
    }

    /// A network interface.
    public static let interface = TypeDefinition(
        name: Kind.interface, summary: "A network interface.", role: .observed,
        writer: "sensor network",
        fields: [
            .init("index", .int, "Its number in its namespace."),
            .init("state", .text, "Operational state (RFC 2863).", indexed: true),
            .init("up", .bool, "It is set up."),
            .init("kind", .text, "The driver's kind: veth, bridge …", indexed: true),
            .init("hardwareAddress", .text, "Its link-layer address.", indexed: true),
            .init("mtu", .int, "The largest packet.", unit: "bytes"),
            .init("flags", .list, "Flags, as words."),
            .init("master", .text, "The bridge or bond it is part of."),
            .init("alias", .text, "The name an administrator gave it besides."),
            .init("namespace", .int, "The number of its network namespace."),
        ],
        relations: [
            relation("ON", to: Kind.interface, "The interface it lies on."),
            relation("IN", to: Kind.interface, "The bridge or bond it is part of."),
            relation("IN_NAMESPACE", to: Kind.namespace, "The network namespace it is in."),
        ],
        columns: ["state", "kind", "hardwareAddress", "mtu"])

    /// An address of an interface.
    public static let address = TypeDefinition(
        name: Kind.address, summary: "An IP address of a network interface.", role: .observed,
        writer: "sensor network",
        fields: [
            .init("address", .text, "The address.", indexed: true, required: true),
            .init("prefix", .int, "Length of the network's prefix.", unit: "bits"),
            .init("family", .text, "Its family.", indexed: true),
            .init("interface", .text, "The interface.", indexed: true),
            .init("scope", .text, "How far it is valid."),
            .init("flags", .list, "Flags, as words."),
            .init("peer", .text, "The other end of a point-to-point link."),
            .init("broadcast", .text, "The broadcast address."),
            .init("label", .text, "The label."),
        ],
        relations: [relation("ON", to: Kind.interface, "The interface it is on.")],
        columns: ["address", "prefix", "interface", "scope"])

    /// A route.
    public static let route = TypeDefinition(
        name: Kind.route, summary: "A route of the kernel's tables.", role: .observed,
        writer: "sensor network",
        fields: [
            .init("destination", .text, "Network, or default.", indexed: true, required: true),
            .init("family", .text, "Its family.", indexed: true),
            .init("table", .text, "The table.", indexed: true),
            .init("kind", .text, "unicast, local, blackhole …", indexed: true),
            .init("gateway", .text, "The next hop's address."),
            .init("interface", .text, "The interface it leaves by.", indexed: true),
            .init("hops", .list, "The ways of a route that has many."),
            .init("metric", .int, "The lower is taken first."),
            .init("source", .text, "The source address it prefers."),
            .init("scope", .text, "How far it reaches."),
            .init("origin", .text, "Who made it: kernel, static, dhcp …"),
            .init("service", .int, "The type of service it is for."),
        ],
        relations: [
            relation("ON", to: Kind.interface, "The interfaces it leaves by.", single: false)
        ],
        columns: ["destination", "gateway", "interface", "table", "metric"])

    /// A mount.
    public static let mount = TypeDefinition(
        name: Kind.mount, summary: "A mounted file system.", role: .observed,
        writer: "sensor mounts",
        fields: [
            .init("mountPoint", .text, "Where.", indexed: true),
            .init("fileSystem", .text, "The type of file system.", indexed: true),
            .init("source", .text, "What is mounted.", indexed: true),
            .init("root", .text, "The part of the file system that is mounted."),
            .init("device", .text, "Device numbers, major:minor.", indexed: true),
            .init("options", .list, "Options of the mount."),
            .init("superOptions", .list, "Options of the file system."),
            .init("propagation", .list, "Groups it shares mounts with."),
            .init("readOnly", .bool, "The mount is read-only."),
            .init("hidden", .bool, "Another mount lies on the same point."),
            .init("unread", .list, "Fields that could not be read before it was gone."),
        ],
        relations: [
            relation("PARENT", to: Kind.mount, "The mount it is mounted on."),
            relation("ON", to: Kind.blockDevice, "The device its file system is on."),
        ],
        columns: ["mountPoint", "fileSystem", "source", "readOnly"])

    /// A time in which events were lost.
    public static let gap = TypeDefinition(
        name: Kind.gap, summary: "A time in which a sensor's events were lost.", role: .observed,
        writer: "sensor processor",
        fields: [
            .init("source", .text, "The sensor.", indexed: true, required: true),
            .init("cause", .text, "How it was noticed.", required: true),
            .init("since", .int, "When it began.", unit: "ms since 1970", required: true),
            .init("closed", .int, "When all was read anew.", unit: "ms since 1970"),
        ],
        columns: ["source", "cause", "since", "closed"])

}
