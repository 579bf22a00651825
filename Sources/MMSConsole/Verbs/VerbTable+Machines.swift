/// The verbs of machines that a machine makes (design/05).
extension VerbTable {
    static let machines = [
        Verb(
            .machineList, "machine list",
            "Lists the machines that are made, and how far each is.", parameters: [output],
            route: .init("GET", "/v1/machines", reply: "The machines with their state.")),
        Verb(
            .machineAdd, "machine add",
            "Makes an existing host a node of the fleet, or a guest that boots our image.",
            positionals: [.init(name: "NAME"), .init(name: "ADDRESS|qemu")],
            parameters: [
                .init(
                    name: "address", value: "ADDRESS",
                    summary: "The host, as ssh://root@10.0.0.8:22/opt/pisces, or qemu.",
                    scope: .api),
                .init(
                    name: "bus", value: "ADDRESS:PORT",
                    summary: "Where other machines reach its node; a guest with it joins the fleet."
                ),
                guestWire, hostKey, knownHosts,
                .init(
                    name: "role", value: "voter|learner|client",
                    summary: "What it is in the fleet; client unless told."),
                .init(
                    name: "state-directory", value: "PATH",
                    summary: "Its state directory there; /var/lib/pisces unless told."),
                .init(
                    name: "api", value: "ADDRESS:PORT",
                    summary: "Where its API listens; for a guest, where that is reached here."),
                .init(
                    name: "image", value: "FILE",
                    summary: "For a guest: the image of a disk; the running system unless told."),
                guestMemory, guestProcessors,
                .init(
                    name: "on", value: "MACHINE",
                    summary: "The machine that makes it; the one that is asked unless told."),
                .init(
                    name: "erase", value: nil,
                    summary: "When it is removed, its data and its installation go too."),
                .init(name: "reason", short: "m", value: "TEXT", summary: "Why, for the log."),
            ],
            route: .init("POST", "/v1/machines/{name}", reply: "What is wanted."),
            examples: [
                "machine add pi-2 ssh://root@10.0.0.8 --bus 10.0.0.8:7118 --key /root/.ssh/id_fleet",
                "machine add try-it qemu --image dist/image/pisces.img --api 127.0.0.1:7201",
                "machine add node-4 qemu --image dist/image/pisces.img --bus 10.98.0.2:7118 "
                    + "--wire 10.98.0.1/30",
            ]),
        Verb(
            .machineRemove, "machine remove",
            "Lets a machine go: its tasks move, its node leaves the fleet and is stopped.",
            positionals: [.init(name: "NAME")],
            parameters: [
                .init(name: "reason", short: "m", value: "TEXT", summary: "Why, for the log.")
            ], examples: ["machine remove pi-2"]),
    ]
}
