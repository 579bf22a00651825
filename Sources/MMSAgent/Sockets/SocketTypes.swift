internal import Resources

extension Kind {
    static let socket = known { () throws(NameError) in try TypeName("socket") }
    static let socketUser = known { () throws(NameError) in try TypeName("user") }
    static let pipe = known { () throws(NameError) in try TypeName("pipe") }
    static let openFile = known { () throws(NameError) in try TypeName("open-file") }
    /// Of another sensor.
    static let openedFile = known { () throws(NameError) in try TypeName("file") }
    static let sharedMemory = known { () throws(NameError) in try TypeName("shared-memory") }
}

/// The types of sockets, open files, the firewall and neighbours.
enum SocketTypes {
    static let all =
        [socket, pipe, openFile, sharedMemory, neighbour, rule, ipv6Setting]
        + [
            firewallTable, firewallChain, firewallRule, firewallSet, legacyTable, legacyChain,
            legacyRule,
        ]

    /// Milliseconds for which history of what churns is kept after it is gone.
    static let window: Int64 = 3_600_000

    static func relation(
        _ name: String, to targets: [TypeName], _ summary: String, single: Bool = false,
        writer: String? = nil
    ) -> TypeDefinition.RelationDefinition {
        TypeDefinition.RelationDefinition(
            known { () throws(NameError) in try Relation(name) }, to: targets, summary,
            single: single, writer: writer)
    }

    /// The relations of a process whose links these sensors report.
    static let ofProcess = [
        relation(
            "LISTENS", to: [Kind.socket], "The sockets on which others can reach it.",
            writer: "sensor sockets"),
        relation(
            "CONNECTS", to: [Kind.socket],
            "The connections it holds, and the named unix sockets it is connected to.",
            writer: "sensor sockets"),
        relation(
            "OPENS", to: [Kind.openFile, Kind.pipe],
            "The files and pipes it has open.", writer: "sensor open-files"),
        relation(
            "READS", to: [Kind.pipe], "The pipes it can read from.", writer: "sensor open-files"),
        relation(
            "WRITES", to: [Kind.pipe], "The pipes it can write to.", writer: "sensor open-files"),
    ]

    /// A socket.
    static let socket = TypeDefinition(
        name: Kind.socket, summary: "A socket: a listener, a connection, or a named unix socket.",
        role: .observed, writer: "sensor sockets",
        fields: [
            .init(
                "protocol", .text, "tcp, udp, udplite, raw, unix or packet.", indexed: true,
                required: true),
            .init("family", .text, "ipv4, ipv6, unix or packet.", indexed: true),
            .init("state", .text, "Its state, as ss names it.", indexed: true),
            .init("localAddress", .text, "Its own address.", indexed: true),
            .init("localPort", .int, "Its own port.", indexed: true),
            .init("port", .int, "The port on which others can reach it.", indexed: true),
            .init("remoteAddress", .text, "The other end's address.", indexed: true),
            .init("remotePort", .int, "The other end's port.", indexed: true),
            .init(
                "path", .text, "Where a unix socket is; @ begins an abstract one.", indexed: true),
            .init("kind", .text, "stream, datagram or seqpacket; of packet sockets raw too."),
            .init("number", .int, "The protocol number a raw or packet socket takes."),
            .init("interface", .int, "The index of the interface it is bound to."),
            .init("onlyIPv6", .bool, "It takes no IPv4 connections."),
            .init("uid", .int, "Its owner.", indexed: true),
            .init("inode", .int, "Its inode, as descriptors show it.", indexed: true),
            .init("cookie", .text, "The kernel's number of it, never used again."),
            .init("namespace", .int, "The number of its network namespace."),
        ],
        relations: [
            relation("USER", to: [Kind.socketUser], "The user it belongs to.", single: true)
        ],
        ephemeral: window,
        columns: ["protocol", "state", "localAddress", "localPort", "remoteAddress", "remotePort"])

    /// A pipe.
    static let pipe = TypeDefinition(
        name: Kind.pipe, summary: "A pipe that processes have open.", role: .observed,
        writer: "sensor open-files",
        fields: [
            .init("inode", .int, "Its inode.", indexed: true, required: true),
            .init("readers", .int, "Processes that can read from it."),
            .init("writers", .int, "Processes that can write to it."),
        ],
        ephemeral: window, columns: ["inode", "readers", "writers"])

    /// A file that is open.
    static let openFile = TypeDefinition(
        name: Kind.openFile,
        summary: "A regular file that processes have open, also one that was removed since.",
        role: .observed, writer: "sensor open-files",
        fields: [
            .init("path", .text, "Where it is, or was.", indexed: true, required: true),
            .init("device", .text, "The device it is on, major:minor.", indexed: true),
            .init("inode", .int, "Its inode.", indexed: true),
            .init("uid", .int, "Its owner."),
            .init("deleted", .bool, "It has no name any more; its space is in use.", indexed: true),
            .init(
                "sizeAtLeast", .int, "The size of a deleted one, down to a power of two.",
                unit: "bytes"),
        ],
        relations: [relation("AT", to: [Kind.openedFile], "The file at its path.", single: true)],
        ephemeral: window, columns: ["path", "device", "inode", "deleted"])

    /// A segment of shared memory.
    static let sharedMemory = TypeDefinition(
        name: Kind.sharedMemory, summary: "A System V shared memory segment.", role: .observed,
        writer: "sensor open-files",
        fields: [
            .init("shmid", .int, "Its number.", indexed: true, required: true),
            .init("key", .text, "Its key, in hexadecimal; 0x0 for a private one.", indexed: true),
            .init("permissions", .text, "Its mode, in octal."),
            .init("size", .int, "Its size.", unit: "bytes"),
            .init("uid", .int, "Its owner.", indexed: true),
            .init("creatorUid", .int, "Who made it."),
            .init("creatorPid", .int, "The process that made it."),
            .init("attached", .int, "How often it is attached."),
            .init("removed", .bool, "It goes when the last process lets go of it."),
            .init("locked", .bool, "It stays in memory."),
        ],
        columns: ["shmid", "key", "size", "uid", "attached"])
}
