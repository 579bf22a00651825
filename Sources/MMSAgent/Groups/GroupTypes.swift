internal import Resources

extension Kind {
    static let cgroup = known { () throws(NameError) in try TypeName("cgroup") }
    static let namespace = known { () throws(NameError) in try TypeName("namespace") }
}

/// The types of groups of processes.
enum GroupTypes {
    static let all = [cgroup, namespace]

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
            .init("initial", .bool, "The first process is in it.", indexed: true),
            .init("pid", .int, "The process in it with the lowest number."),
            .init("mountPoints", .list, "The mounts that keep it, as of ip netns."),
        ],
        columns: ["kind", "inode", "initial", "pid", "mountPoints"], health: nil)

    static func relation(
        _ name: String, to target: TypeName, _ summary: String, single: Bool = false
    ) -> TypeDefinition.RelationDefinition {
        TypeDefinition.RelationDefinition(
            known { () throws(NameError) in try Relation(name) }, to: [target], summary,
            single: single)
    }
}
