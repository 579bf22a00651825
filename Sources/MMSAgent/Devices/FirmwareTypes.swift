internal import Resources

/// The types of what a machine is built of and what its firmware says.
enum FirmwareTypes {
    static let all = [
        cpu, numaNode, hardware, firmware, secureBoot, memoryArray, memoryModule, memoryRange,
        memoryError, memoryController, memoryRegion, smbiosStructure, acpiTable,
    ]

    private typealias Field = TypeDefinition.Field

    private static func type(
        _ name: TypeName, _ summary: String, _ fields: [Field],
        _ relations: [TypeDefinition.RelationDefinition] = [], columns: [String],
        by sensor: String = "firmware"
    ) -> TypeDefinition {
        TypeDefinition(
            name: name, summary: summary, role: .observed, writer: "sensor \(sensor)",
            fields: fields, relations: relations, columns: columns)
    }

    static let cpu = type(
        Kind.cpu, "A processor: one socket with its cores.",
        [
            .init("number", .int, "The number of its socket."),
            .init("vendor", .text, "Who made it.", indexed: true),
            .init("model", .text, "What its maker calls it.", indexed: true),
            .init("family", .text, "Its family."),
            .init("modelNumber", .text, "The number of its model."),
            .init("stepping", .text, "Its revision."),
            .init("microcode", .text, "The version of its microcode."),
            .init("cores", .int, "Its cores."),
            .init("threads", .int, "Its threads that are in use."),
            .init("processors", .list, "The numbers of those threads."),
            .init("flags", .list, "What it can do, in the kernel's words."),
            .init("bugs", .list, "What is wrong with it, in the kernel's words."),
            .init("vulnerabilities", .map, "What the kernel says of each known weakness."),
            .init("vulnerable", .list, "Weaknesses against which nothing is done."),
            .init("caches", .list, "Caches of its first core: level, kind, bytes."),
            .init("addressWidth", .int, "How wide its addresses are.", unit: "bits"),
            .init("physicalAddressBits", .int, "How wide memory's are.", unit: "bits"),
            .init("maximumFrequency", .int, "The most it runs at.", unit: "kHz"),
            .init("ratedFrequency", .int, "The most the firmware allows.", unit: "kHz"),
            .init("bootFrequency", .int, "What it ran at when booted.", unit: "kHz"),
            .init("socket", .text, "What is written at the socket."),
            .init("kind", .text, "central, signal, video …"),
            .init("enabled", .bool, "The firmware has it in use."),
            .init("serial", .text, "Its serial number."),
            .init("part", .text, "Its part number."),
        ], columns: ["model", "cores", "threads", "microcode"], by: "processors")

    static let numaNode = type(
        Kind.numaNode, "Memory with the processors near to it.",
        [
            .init("number", .int, "Its number."),
            .init("processors", .text, "Its processors, as ranges."),
            .init("distances", .text, "How far the nodes are, itself among them."),
            .init("memory", .int, "Its memory.", unit: "bytes"),
        ], columns: ["processors", "memory"], by: "processors")

    static let hardware = type(
        Kind.hardware, "What the machine is, by its firmware.",
        [
            .init("vendor", .text, "Who made it.", indexed: true),
            .init("product", .text, "What its maker calls it.", indexed: true),
            .init("version", .text, "Its version."),
            .init("serial", .text, "Its serial number.", indexed: true),
            .init("uuid", .text, "Its identifier.", indexed: true),
            .init("sku", .text, "Its number in the maker's catalogue."),
            .init("family", .text, "The family of products."),
            .init("boardVendor", .text, "Who made the board."),
            .init("boardName", .text, "What its maker calls the board."),
            .init("boardVersion", .text, "The board's version."),
            .init("boardSerial", .text, "The board's serial number."),
            .init("boardAssetTag", .text, "The board's tag."),
            .init("chassis", .text, "The form of its case.", indexed: true),
            .init("chassisVendor", .text, "Who made the case."),
            .init("chassisVersion", .text, "The case's version."),
            .init("chassisSerial", .text, "The case's serial number."),
            .init("chassisAssetTag", .text, "The case's tag."),
            .init("oemStrings", .list, "What its maker wrote besides."),
            .init("hypervisor", .text, "The hypervisor, where it says so."),
        ], columns: ["vendor", "product", "serial", "chassis"])

    static let firmware = type(
        Kind.firmware, "The firmware the machine was started by.",
        [
            .init("kind", .text, "bios, uefi or device tree.", indexed: true),
            .init("vendor", .text, "Who made it."),
            .init("version", .text, "Its version.", indexed: true),
            .init("date", .text, "Its date, as its maker writes it."),
            .init("release", .text, "Its release."),
            .init("size", .int, "Its size, up to 16 MiB.", unit: "bytes"),
            .init("address", .int, "Where it begins."),
        ], columns: ["kind", "vendor", "version", "date"])

    static let secureBoot = type(
        Kind.secureBoot, "Whether the firmware starts only what is signed.",
        [
            .init("enabled", .bool, "It does.", indexed: true),
            .init("setupMode", .bool, "Its keys can be replaced."),
            .init("auditMode", .bool, "It only records what it would refuse."),
            .init("deployedMode", .bool, "Its keys can only be replaced by signed ones."),
        ], columns: ["enabled", "setupMode"])

    private static let handle = Field("handle", .text, "Its number in SMBIOS.", indexed: true)

    static let memoryArray = type(
        Kind.memoryArray, "Slots for memory that belong together.",
        [
            handle, .init("location", .text, "Where it is."),
            .init("use", .text, "What it is for."),
            .init("errorCorrection", .text, "How errors are corrected."),
            .init("capacity", .int, "The most it takes.", unit: "bytes"),
            .init("slots", .int, "Its slots."),
            .init("errorHandle", .text, "The structure of its last error."),
        ], columns: ["use", "capacity", "slots", "errorCorrection"])

    static let memoryModule = type(
        Kind.memoryModule, "A slot for memory, with what is in it.",
        [
            handle, .init("size", .int, "How much it holds.", unit: "bytes"),
            .init("populated", .bool, "There is a module in it.", indexed: true),
            .init("locator", .text, "What is written at the slot.", indexed: true),
            .init("bank", .text, "The bank it is in."),
            .init("formFactor", .text, "Its form."),
            .init("technology", .text, "DDR4 …", indexed: true),
            .init("details", .list, "What it is besides."),
            .init("totalWidth", .int, "Its width with error correction.", unit: "bits"),
            .init("dataWidth", .int, "Its width.", unit: "bits"),
            .init("speed", .int, "The most it runs at.", unit: "MT/s"),
            .init("configuredSpeed", .int, "What it runs at.", unit: "MT/s"),
            .init("manufacturer", .text, "Who made it."),
            .init("serial", .text, "Its serial number.", indexed: true),
            .init("assetTag", .text, "Its tag."), .init("part", .text, "Its part number."),
            .init("set", .int, "Modules of one number belong together."),
            .init("minimumVoltage", .int, "The least it needs.", unit: "mV"),
            .init("maximumVoltage", .int, "The most it stands.", unit: "mV"),
            .init("configuredVoltage", .int, "What it is given.", unit: "mV"),
        ],
        [HardwareTypes.relation("IN", to: [Kind.memoryArray], "The array it is in.")],
        columns: ["locator", "size", "technology", "speed", "manufacturer", "part"])

    static let memoryRange = type(
        Kind.memoryRange, "Addresses that an array or a module answers to.",
        [
            handle, .init("kind", .text, "array or module.", indexed: true),
            .init("start", .int, "The first."), .init("end", .int, "The last."),
            .init("width", .int, "Modules that make one row."),
            .init("row", .int, "The module's position in a row."),
            .init("interleave", .int, "Its position in an interleave."),
            .init("interleaveDepth", .int, "Rows of an interleave."),
            .init("arrayRange", .text, "The array's range it is in."),
        ],
        [
            HardwareTypes.relation(
                "OF", to: [Kind.memoryArray, Kind.memoryModule], "What answers there.")
        ], columns: ["kind", "start", "end"])

    static let memoryError = type(
        Kind.memoryError, "What the firmware knows of an error of memory.",
        [
            handle, .init("kind", .text, "The number of its kind in SMBIOS; 3 is no error."),
            .init("granularity", .text, "device or partition."),
            .init("operation", .text, "What was done."),
            .init("syndrome", .int, "What the maker says of it."),
            .init("arrayAddress", .int, "Where in the array."),
            .init("deviceAddress", .int, "Where in the module."),
            .init("resolution", .int, "How exact that is.", unit: "bytes"),
        ], columns: ["kind", "operation"])

    static let memoryController = TypeDefinition(
        name: Kind.memoryController,
        summary: "A controller of memory that counts the errors it meets.", role: .observed,
        writer: "sensor firmware",
        fields: [
            .init("model", .text, "What the kernel's driver calls it.", indexed: true),
            .init("memory", .int, "Its memory.", unit: "bytes"),
            .init("corrected", .int, "Errors since boot that it set right.", required: true),
            .init("uncorrected", .int, "Errors since boot that it could not.", required: true),
            .init("correctedUnplaced", .int, "Those set right of which no module is known."),
            .init("uncorrectedUnplaced", .int, "The others of which no module is known."),
            .init(
                "modules", .list,
                "Modules, or their ranks: name, label, location, size in bytes, technology, width, "
                    + "errorCorrection, corrected, uncorrected."),
        ],
        relations: [
            HardwareTypes.relation(
                "HAS", to: [Kind.memoryModule], "The slots that its modules are labelled by.",
                single: false)
        ], columns: ["model", "memory", "corrected", "uncorrected"], health: "uncorrected = 0")

    static let memoryRegion = type(
        Kind.memoryRegion, "A range of addresses as the firmware gave it to the kernel.",
        [
            .init("kind", .text, "System RAM, Reserved, ACPI Tables …", indexed: true),
            .init("start", .int, "The first."), .init("end", .int, "The last."),
        ], columns: ["kind", "start", "end"])

    static let smbiosStructure = type(
        Kind.smbiosStructure, "A structure of SMBIOS.",
        [
            handle, .init("number", .int, "Its place in the table."),
            .init("kind", .int, "The number of its kind.", indexed: true),
            .init("description", .text, "Its kind.", indexed: true),
            .init("headerSize", .int, "Its size without texts.", unit: "bytes"),
            .init("size", .int, "Its size.", unit: "bytes"),
            .init("digest", .text, "FNV-1a of its bytes; tells that it changed."),
            .init("texts", .list, "Its texts, unless its maker alone knows what they are."),
        ], columns: ["kind", "description", "size"])

    static let acpiTable = type(
        Kind.acpiTable, "A table the firmware hands to the kernel.",
        [
            .init("size", .int, "Its size.", unit: "bytes"),
            .init("digest", .text, "FNV-1a of its bytes; tells that it changed."),
        ], columns: ["size", "digest"])
}
