/// The types of machines that are made: what people want, and what became of it. The sensors' type
/// `machine` is what a machine says of itself once it runs.
public enum MachineTypes {
    /// All of them.
    public static let all = [machinespec, machinestate]

    /// A machine that another one makes and keeps, written by people.
    public static let machinespec = TypeDefinition(
        name: CoreTypes.known("machinespec"),
        summary: "A machine that a machine of the fleet makes a node of it.", role: .desired,
        writer: "people",
        fields: [
            .init(
                "driver", .text, "How it is made: of an existing host, over ssh, or as a guest.",
                indexed: true, required: true, oneOf: ["ssh", "qemu"]),
            .init("on", .text, "The machine that makes it.", indexed: true, required: true),
            .init("address", .text, "ssh: the host, as ssh://user@host:22/directory."),
            .init("bus", .text, "Where other machines reach it, as 10.0.0.8:7118."),
            .init("wire", .text, "qemu: the maker's address on their wire, as 10.98.0.1/30."),
            .init(
                "role", .text, "ssh: what it is in the fleet.",
                oneOf: ["voter", "learner", "client"]),
            .init("key", .text, "ssh: the file of the private key, on the machine that makes it."),
            .init("knownHosts", .text, "ssh: the file of known keys of hosts, on that machine."),
            .init("state", .text, "ssh: its state directory; /var/lib/pisces unless told."),
            .init(
                "listen", .text,
                "Where its API listens; of a guest, where that is reached on the machine that "
                    + "makes it."),
            .init(
                "image", .text,
                "qemu: the file of the image of a disk; the running system unless told."),
            .init("memory", .int, "qemu: its memory; 512 unless told.", unit: "MiB"),
            .init("processors", .int, "qemu: its processors; 1 unless told."),
            .init("erase", .bool, "Delete its data when it is removed.", standard: false),
        ],
        columns: ["driver", "on", "address", "bus", "role", "image", "listen"])

    /// What a machine knows of one that it makes, written by its driver.
    public static let machinestate = TypeDefinition(
        name: CoreTypes.known("machinestate"),
        summary: "A machine that this one makes, and how far that is.", role: .observed,
        writer: "machines",
        fields: [
            .init("driver", .text, "How it is made.", required: true),
            .init(
                "state", .text, "How far it is.", indexed: true, required: true,
                oneOf: ["copying", "joining", "starting", "running", "failed", "stopping"]),
            .init("reason", .text, "Why it is not further."),
            .init("generation", .text, "The system that is installed there."),
            .init("pid", .int, "The process of its node, there, or of the guest, here."),
            .init("console", .text, "Where its console is reached."),
            .init("wanted", .map, "What was wanted when it was begun: what stopping it needs."),
            .init("position", .int, "The position of the fleet log that was obeyed last."),
            .init("since", .int, "Since when it is in this state.", unit: "ms since 1970"),
        ],
        columns: ["driver", "state", "generation", "reason"], health: "state != 'failed'")
}
