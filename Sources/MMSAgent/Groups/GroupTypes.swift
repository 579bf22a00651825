internal import Resources

extension Kind {
    static let cgroup = known { () throws(NameError) in try TypeName("cgroup") }
    static let namespace = known { () throws(NameError) in try TypeName("namespace") }
    static let container = known { () throws(NameError) in try TypeName("container") }
}

/// The types of groups of processes.
enum GroupTypes {
    static let all = [cgroup, namespace, container]

    private static let cgroup = TypeDefinition(
        name: Kind.cgroup, summary: "A control group: processes and what they may use.",
        role: .observed, writer: "sensor cgroups",
        fields: [
            .init("path", .text, "Its path from the root.", indexed: true, required: true),
            .init("hierarchies", .list, "The hierarchies it is in: unified, or controllers."),
            .init("controllers", .list, "The controllers that rule it."),
            .init("kind", .text, "domain, threaded …", indexed: true),
            .init("populated", .bool, "There are processes in it or below.", indexed: true),
            .init("frozen", .bool, "Its processes are stopped.", indexed: true),
            .init("cpuMax", .float, "The processor time it may take.", unit: "cores"),
            .init("cpuWeight", .int, "Its share when processors are short, 1 to 10000."),
            .init("cpuShares", .int, "The same in version 1, 2 to 262144."),
            .init("cpus", .text, "The processors it may run on."),
            .init("memoryMax", .int, "The memory it may take.", unit: "bytes"),
            .init("memoryHigh", .int, "Above this it is slowed down.", unit: "bytes"),
            .init("swapMax", .int, "The swap space it may take.", unit: "bytes"),
            .init("pidsMax", .int, "The processes it may have.", unit: "processes"),
            .init(
                "oomKills", .int, "Processes killed in it for want of memory.", unit: "processes",
                indexed: true),
        ],
        relations: [
            relation("PARENT", to: Kind.cgroup, "The group it is part of.", single: true)
        ],
        columns: ["path", "populated", "frozen", "cpuMax", "memoryMax", "pidsMax"])

    private static let namespace = TypeDefinition(
        name: Kind.namespace, summary: "A namespace of the kernel.", role: .observed,
        writer: "sensor namespaces",
        fields: [
            .init("kind", .text, "net, mnt, pid, user …", indexed: true, required: true),
            .init("inode", .int, "Its number.", indexed: true, required: true),
            .init("initial", .bool, "The machine began in it.", indexed: true),
            .init("pid", .int, "The process in it with the lowest number."),
            .init("mountPoints", .list, "The mounts that keep it, as of ip netns."),
        ],
        columns: ["kind", "inode", "initial", "pid", "mountPoints"], health: nil)

    private static let container = TypeDefinition(
        name: Kind.container, summary: "A container, whatever engine runs it.", role: .observed,
        writer: "sensor containers", fields: containerFields + engineFields,
        relations: [
            relation("HAS", to: Kind.process, "Its first process.", single: true),
            relation("IN", to: Kind.cgroup, "Its control group.", single: true),
        ],
        columns: ["name", "engine", "image", "status", "pid", "created"],
        health: "status != 'dead'")

    private static let containerFields: [TypeDefinition.Field] = [
        .init("id", .text, "What its engine knows it by.", indexed: true, required: true),
        .init(
            "engine", .text,
            "docker, podman, cri-o, containerd, runc, crun, lxc, lxd, incus, nspawn.",
            indexed: true),
        .init("name", .text, "What people call it.", indexed: true),
        .init("image", .text, "The image it was made of.", indexed: true),
        .init("imageId", .text, "The image's digest.", indexed: true),
        .init("status", .text, "created, running, paused, stopped, exited …", indexed: true),
        .init("pid", .int, "Its first process.", indexed: true),
        .init("exitCode", .int, "The code it ended with."),
        .init("created", .int, "When it was made.", unit: "ms since 1970"),
        .init("runtime", .text, "The program that runs it.", indexed: true),
        .init("bundle", .text, "The folder of its configuration."),
        .init("rootFolder", .text, "The folder that is its root."),
        .init("cgroup", .text, "Its control group.", indexed: true),
        .init("command", .list, "What it runs; values of secret options are ***."),
    ]

    private static let engineFields: [TypeDefinition.Field] = [
        .init("hostname", .text, "Its host name."),
        .init("space", .text, "The engine's own namespace it is in."),
        .init("pod", .text, "The pod it is part of."),
        .init("unit", .text, "The unit it runs as."),
        .init("environment", .list, "Names of its variables, never values."),
        .init("labels", .list, "Labels, as key=value."),
        .init("mounts", .list, "Mounts, as source:destination, :ro behind those it may not write."),
        .init("networks", .list, "Networks, as name=address."),
        .init("networkMode", .text, "bridge, host, none …"),
        .init("ports", .list, "Ports, as host:port->port/protocol."),
        .init("restart", .text, "When it is started again by itself."),
        .init("securityOptions", .list, "What rules its calls: seccomp, AppArmor …"),
        .init("privileged", .bool, "It may do all that root may.", indexed: true),
        .init("readOnly", .bool, "It may not write its root."),
    ]

    static func relation(
        _ name: String, to target: TypeName, _ summary: String, single: Bool = false
    ) -> TypeDefinition.RelationDefinition {
        TypeDefinition.RelationDefinition(
            known { () throws(NameError) in try Relation(name) }, to: [target], summary,
            single: single)
    }
}
