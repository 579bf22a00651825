/// The verbs of the system that copies itself (design/05).
extension VerbTable {
    static let hostKey = Verb.Parameter(
        name: "key", value: "FILE",
        summary: "For a host: the private key, a file of the machine that copies; those of its "
            + "user unless told.")
    static let knownHosts = Verb.Parameter(
        name: "known-hosts", value: "FILE",
        summary: "For a host: known keys of hosts, a file of that machine; that of its user "
            + "unless told.")

    static let guestMemory = Verb.Parameter(
        name: "memory", value: "MIB", summary: "For a guest: its memory; 512 unless told.")
    static let guestProcessors = Verb.Parameter(
        name: "processors", value: "N", summary: "For a guest: its processors; 1 unless told.")
    static let guestWire = Verb.Parameter(
        name: "wire", value: "ADDRESS/PREFIX",
        summary: "For a guest with --bus: this machine's address on their wire.")

    static let copying = [
        Verb(
            .describeSelf, "describe-self",
            "Shows what this system consists of, and the digest of that: its generation.",
            parameters: [output],
            route: .init("GET", "/v1/description", reply: "The description, in short."),
            examples: ["describe-self", "describe-self -o json"]),
        Verb(
            .reproduce, "reproduce",
            "Copies this system to a directory or another host, or builds it on a disk that boots, "
                + "or as a guest.",
            parameters: [
                .init(
                    name: "to", value: "TARGET",
                    summary: "Where to: a directory as PATH or dir:PATH, a file as image:PATH, a "
                        + "disk as device:PATH, a host as ssh://USER@HOST:PORT/DIRECTORY, a "
                        + "guest of this machine as qemu:NAME."),
                hostKey, knownHosts,
                .init(
                    name: "force", value: nil,
                    summary: "Even if the target holds something else already, or is mounted."),
                .init(
                    name: "api", value: "ADDRESS:PORT",
                    summary: "For a guest: where its API is reached here; a free port of "
                        + "127.0.0.1 unless told."),
                .init(
                    name: "bus", value: "ADDRESS:PORT",
                    summary: "For a guest that joins the fleet: where other machines reach it."),
                guestWire, guestMemory, guestProcessors,
                .init(
                    name: "no-wait", value: nil,
                    summary: "For a guest: returns once its disk is made.", scope: .cli),
                .init(
                    name: "timeout", value: "AGE",
                    summary: "For a guest: how long to wait for it, as 90s; 300s unless told.",
                    scope: .cli),
            ],
            route: .init("POST", "/v1/reproductions", reply: "Server-sent events."),
            examples: [
                "reproduce --to /media/stick/pisces", "reproduce --to device:/dev/vdb",
                "reproduce --to ssh://root@10.0.0.8 --key /root/.ssh/id_ed25519",
                "reproduce --to qemu:twin",
            ]),
        Verb(
            .imageBuild, "image build",
            "Builds the image of a disk that boots from a staged folder; asks no node.",
            positionals: [.init(name: "STAGE")],
            parameters: [
                .init(name: "to", value: "FOLDER", summary: "Where the image goes.", scope: .cli),
                .init(
                    name: "sequence", value: "N",
                    summary: "Its place in its lineage; 1 unless told.", scope: .cli),
            ],
            examples: ["image build dist/stage --to dist/image"]),
        Verb(
            .birthInvite, "birth invite",
            "Invites a blank machine to become another of this system, over the network; prints "
                + "its ticket.",
            positionals: [.init(name: "NAME")],
            parameters: [
                .init(
                    name: "bus", value: "ADDRESS:PORT",
                    summary: "Where the other nodes reach it then."),
                .init(
                    name: "address", value: "ADDRESS/PREFIX",
                    summary: "Its fixed address; one that is lent unless told."),
                .init(
                    name: "gateway", value: "ADDRESS",
                    summary: "Where everything beyond its network goes."),
                .init(
                    name: "interface", value: "NAME",
                    summary: "The interface that gets the address; all unless told."),
                .init(
                    name: "disk", value: "DEVICE",
                    summary: "The disk it is built on; the only empty one unless told."),
                .init(
                    name: "lifetime", value: "AGE", summary: "How long it holds; 1h unless told."),
            ],
            route: .init("POST", "/v1/births/{name}", reply: "The ticket, shown once."),
            examples: [
                "birth invite pi-3 --bus 10.0.0.9:7118 --address 10.0.0.9/24 > ticket"
            ]),
        Verb(
            .lineage, "lineage",
            "Shows and verifies who made this system, up to the founder.",
            parameters: [output],
            route: .init("GET", "/v1/lineage", reply: "Own key, generation and certificates.")),
        Verb(
            .lineageCertify, "lineage certify",
            "Certifies that a system this one built is its child; prints the certificates for it.",
            positionals: [.init(name: "KEY")],
            parameters: [
                .init(
                    name: "birth", value: "NAME",
                    summary: "Which reproduction it came from; the latest unless told."),
                .init(name: "child", value: "KEY", summary: "The child's key.", scope: .api),
            ],
            route: .init("POST", "/v1/lineage/certificates", reply: "The certificates."),
            examples: ["lineage certify ed25519:… > certificates"]),
        Verb(
            .lineageTake, "lineage take",
            "Takes the certificates that the parent gave, when they hold.",
            positionals: [.init(name: "FILE")],
            route: .init("POST", "/v1/lineage", reply: "Own key, generation and certificates."),
            examples: ["lineage take certificates"]),
        Verb(
            .inherit, "inherit",
            "Takes over apps and desired state from a copy of a system; what is here stays.",
            positionals: [.init(name: "DIRECTORY")],
            parameters: [
                .init(name: "path", value: "PATH", summary: "Where the copy is.", scope: .api),
                .init(name: "reason", short: "m", value: "TEXT", summary: "Why, for the log."),
            ],
            route: .init("POST", "/v1/inheritance", reply: "What was taken over."),
            examples: ["inherit /media/stick/pisces"]),
    ]
}
