internal import Resources

/// The types of what hangs on buses and holds data.
enum DeviceTypes {
    static let all = [blockDevice, pciDevice, usbDevice, powerSupply, watchdog]

    private typealias Field = TypeDefinition.Field

    /// A disk, partition, loop device, mapped device or array.
    static let blockDevice = TypeDefinition(
        name: Kind.blockDevice, summary: "A block device: disk, partition, mapping or array.",
        role: .observed, writer: "sensor block-devices",
        fields: blockFields + diskFields + contentFields + layerFields,
        relations: [
            HardwareTypes.relation(
                "ON", to: [Kind.blockDevice], "The devices it lies on.", single: false),
            HardwareTypes.relation(
                "BACKED_BY", to: [Kind.backingFile], "The file behind a loop device."),
            HardwareTypes.relation("AT", to: [Kind.pciDevice], "The PCI device it hangs on."),
        ],
        columns: ["kind", "size", "fileSystem", "label", "model", "readOnly"],
        health: "not (raidDegraded > 0)")

    private static let blockFields: [Field] = [
        .init("path", .text, "Its device node.", indexed: true, required: true),
        .init("device", .text, "Device numbers, major:minor.", indexed: true),
        .init("kind", .text, "disk, partition, loop, rom, crypt, lvm, raid1 …", indexed: true),
        .init("size", .int, "How much it holds.", unit: "bytes"),
        .init("readOnly", .bool, "It cannot be written."),
        .init("sequence", .int, "The kernel's number of the medium, never used again."),
        .init("number", .int, "The number of a partition."),
        .init("disk", .text, "The disk of a partition.", indexed: true),
        .init("offset", .int, "Where a partition, or a loop device's part, begins.", unit: "bytes"),
        .init("partitionName", .text, "The name a partition table gives it."),
        .init("partitionUuid", .text, "The identifier a partition table gives it.", indexed: true),
        .init("partitionType", .text, "What a partition table says it is for."),
    ]

    private static let diskFields: [Field] = [
        .init("removable", .bool, "The medium can be taken out."),
        .init("rotational", .bool, "It turns."),
        .init("logicalBlock", .int, "The unit of addressing.", unit: "bytes"),
        .init("physicalBlock", .int, "The unit of writing.", unit: "bytes"),
        .init("vendor", .text, "Who made it."),
        .init("model", .text, "What its maker calls it.", indexed: true),
        .init("serial", .text, "Its serial number.", indexed: true),
        .init("wwn", .text, "Its worldwide name.", indexed: true),
        .init("firmware", .text, "The version of its firmware."),
        .init("driver", .text, "The driver it is bound to."),
    ]

    private static let contentFields: [Field] = [
        .init("fileSystem", .text, "What lies on it: ext4, swap, crypto_LUKS …", indexed: true),
        .init("fileSystemUuid", .text, "The identifier of what lies on it.", indexed: true),
        .init("label", .text, "The label of what lies on it.", indexed: true),
        .init("tableType", .text, "The kind of partition table: gpt, dos."),
        .init("tableUuid", .text, "The identifier of the partition table."),
    ]

    private static let layerFields: [Field] = [
        .init("backingFile", .text, "The file behind a loop device."),
        .init("mapName", .text, "The name of a mapped device.", indexed: true),
        .init("mapUuid", .text, "The identifier of a mapped device."),
        .init("suspended", .bool, "A mapped device lets nothing through."),
        .init("encryption", .text, "The format of an encrypted mapping: LUKS1, LUKS2, PLAIN …"),
        .init("raidLevel", .text, "The level of an array.", indexed: true),
        .init("raidState", .text, "Its state; active also while nothing is written."),
        .init("raidDisks", .int, "Members it should have."),
        .init("raidDegraded", .int, "Members it lacks."),
        .init("raidAction", .text, "What it does besides: idle, resync, recover, check …"),
        .init("raidMetadata", .text, "The version of its metadata."),
        .init("raidUuid", .text, "Its identifier."),
        .init("raidChunk", .int, "The size of a stripe.", unit: "bytes"),
        .init("raidMembers", .list, "Members with device, state and slot."),
    ]

    /// A function of a PCI device.
    static let pciDevice = TypeDefinition(
        name: Kind.pciDevice, summary: "A function of a PCI device.", role: .observed,
        writer: "sensor devices",
        fields: [
            .init("address", .text, "domain:bus:device.function", indexed: true, required: true),
            .init("vendorId", .text, "Who made it, in hexadecimal.", indexed: true),
            .init("deviceId", .text, "What it is, in hexadecimal.", indexed: true),
            .init("class", .text, "Class, subclass and interface, in hexadecimal."),
            .init("className", .text, "The class in words.", indexed: true),
            .init("subsystemVendorId", .text, "Who made the board."),
            .init("subsystemDeviceId", .text, "What the board is."),
            .init("hardwareRevision", .text, "Its revision, in hexadecimal."),
            .init("driver", .text, "The driver it is bound to.", indexed: true),
            .init("iommuGroup", .text, "The group it is isolated in."),
            .init("numaNode", .int, "The memory node it is near to."),
        ],
        relations: [
            HardwareTypes.relation("PARENT", to: [Kind.pciDevice], "The bridge it is behind.")
        ],
        columns: ["className", "vendorId", "deviceId", "driver"])

    /// A USB device.
    static let usbDevice = TypeDefinition(
        name: Kind.usbDevice, summary: "A USB device or hub.", role: .observed,
        writer: "sensor devices",
        fields: [
            .init("bus", .int, "The number of its bus."),
            .init("number", .int, "Its number on the bus."),
            .init("vendorId", .text, "Who made it, in hexadecimal.", indexed: true),
            .init("productId", .text, "What it is, in hexadecimal.", indexed: true),
            .init("vendor", .text, "Who made it."),
            .init("product", .text, "What its maker calls it.", indexed: true),
            .init("serial", .text, "Its serial number.", indexed: true),
            .init("version", .text, "Its release."),
            .init("usbVersion", .text, "The version of USB it speaks."),
            .init("class", .text, "Its class, in hexadecimal."),
            .init("subclass", .text, "Its subclass, in hexadecimal."),
            .init("protocol", .text, "Its protocol, in hexadecimal."),
            .init("speed", .int, "Its speed.", unit: "kbit/s"),
            .init("removable", .bool, "It can be taken out; left out where nobody knows."),
            .init("authorized", .bool, "The kernel lets it work."),
            .init("driver", .text, "The driver it is bound to."),
            .init("interfaceDrivers", .list, "The drivers its interfaces are bound to."),
        ],
        relations: [
            HardwareTypes.relation("PARENT", to: [Kind.usbDevice], "The hub it is on."),
            HardwareTypes.relation("AT", to: [Kind.pciDevice], "The controller of a root hub."),
        ],
        columns: ["vendor", "product", "vendorId", "productId", "speed"])

    /// A battery or mains adapter.
    static let powerSupply = TypeDefinition(
        name: Kind.powerSupply, summary: "A battery or a mains adapter.", role: .observed,
        writer: "sensor devices",
        fields: [
            .init("kind", .text, "Battery, Mains, UPS, USB …", indexed: true),
            .init("scope", .text, "System, or Device where it supplies only one, as a mouse."),
            .init("online", .bool, "It supplies power."),
            .init("present", .bool, "The battery is in its place."),
            .init("status", .text, "Charging, Discharging, Full …", indexed: true),
            .init("level", .text, "The charge in words: critical below 10 %, low below 25 %."),
            .init("health", .text, "The state of the battery."),
            .init("technology", .text, "Its chemistry."),
            .init("manufacturer", .text, "Who made it."),
            .init("model", .text, "What its maker calls it."),
            .init("serial", .text, "Its serial number."),
            .init("cycles", .int, "How often it was charged."),
            .init("designEnergy", .int, "What it held when new.", unit: "mWh"),
        ],
        columns: ["kind", "status", "level", "online"], health: "level != 'critical'")

    /// A watchdog timer.
    static let watchdog = TypeDefinition(
        name: Kind.watchdog, summary: "A timer that resets a machine that hangs.",
        role: .observed, writer: "sensor devices",
        fields: [
            .init("model", .text, "What it is."),
            .init("device", .text, "Device numbers, major:minor."),
            .init("state", .text, "active or inactive.", indexed: true),
            .init("timeout", .int, "How long it waits.", unit: "s"),
            .init("noWayOut", .bool, "Once started it cannot be stopped."),
            .init("hasReset", .bool, "It says that the last start of the machine was its doing."),
        ],
        columns: ["model", "state", "timeout"])
}
