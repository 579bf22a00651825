internal import Host
internal import Resources

/// What firmware says of the machine: SMBIOS, ACPI, secure boot, the memory map; and what memory
/// has met since.
final class FirmwareSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "firmware",
        kinds: [
            Kind.hardware, Kind.firmware, Kind.secureBoot, Kind.memoryArray, Kind.memoryModule,
            Kind.memoryRange, Kind.memoryError, Kind.memoryController, Kind.memoryRegion,
            Kind.smbiosStructure, Kind.acpiTable,
        ],
        mechanism: "reads what firmware left behind and memory's errors, at the sweep",
        why: "it hardly changes while the machine runs, and nothing announces it when it does",
        privilege: "root for SMBIOS, ACPI and the memory map",
        fallback: "the identifiers the kernel shows to everybody",
        mayMiss: "a firmware setting changed and changed back between two sweeps")
    let sampled: [TypeName: SampledFields]
    /// Digests of ACPI tables by name and bytes: they are read once.
    private var digests: [String: UInt64] = [:]

    init() {
        sampled = Dictionary(uniqueKeysWithValues: contract.kinds.map { ($0, .all) })
    }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        let dmi = "/sys/firmware/dmi/tables"
        if kernel.list(dmi) == nil {
            contract.why += "; this machine has no SMBIOS tables"
        } else if SMBIOS.read(kernel) == nil {
            contract.why += "; the SMBIOS tables are for root only"
        }
        if kernel.list("/sys/firmware/efi") == nil { contract.why += "; no EFI, no secure boot" }
        return []
    }

    func read(_ kernel: any Kernel) -> Reading {
        let structures = SMBIOS.read(kernel) ?? []
        var result = [hardware(structures, kernel), firmware(structures, kernel)]
        result += secureBoot(kernel)
        result += structures.compactMap(\.memory) + MemoryControllers.read(kernel, structures)
        result += structures.enumerated().map { listed($0.offset, $0.element) }
        return .whole(result + regions(kernel) + tables(kernel))
    }

    private func seen(
        _ type: TypeName, _ name: String, _ identity: String, _ data: ValueMap
    ) -> Seen {
        Seen(
            subject: Observation.Subject(type: type, name: subjectName(name)), identity: identity,
            data: data)
    }

    // MARK: SMBIOS

    /// Fields with the structure, the offset of their text there, and the kernel's own file.
    private static let names: [(field: String, type: UInt8, offset: Int, file: String)] = [
        ("vendor", 1, 4, "sys_vendor"), ("product", 1, 5, "product_name"),
        ("version", 1, 6, "product_version"), ("serial", 1, 7, "product_serial"),
        ("sku", 1, 25, "product_sku"), ("family", 1, 26, "product_family"),
        ("boardVendor", 2, 4, "board_vendor"), ("boardName", 2, 5, "board_name"),
        ("boardVersion", 2, 6, "board_version"), ("boardSerial", 2, 7, "board_serial"),
        ("boardAssetTag", 2, 8, "board_asset_tag"), ("chassisVendor", 3, 4, "chassis_vendor"),
        ("chassisVersion", 3, 6, "chassis_version"), ("chassisSerial", 3, 7, "chassis_serial"),
        ("chassisAssetTag", 3, 8, "chassis_asset_tag"),
    ]

    private func hardware(_ structures: [SMBIOS.Structure], _ kernel: any Kernel) -> Seen {
        var data = ValueMap()
        for name in Self.names {
            let one = structures.first { $0.type == name.type }
            data.set(
                name.field,
                one?.text(name.offset) ?? kernel.attribute("/sys/class/dmi/id/\(name.file)"))
        }
        data.set("uuid", kernel.attribute("/sys/class/dmi/id/product_uuid"))
        let chassis =
            structures.first { $0.type == 3 }?.byte(5)
            ?? kernel.number("/sys/class/dmi/id/chassis_type").map { Int($0) }
        data.set("chassis", SMBIOS.word(chassis.map { $0 & 0x7F }, Self.chassis))
        if data["product"] == nil {
            data.set("product", kernel.attribute("/proc/device-tree/model"))
        }
        let notes = structures.filter { $0.type == 11 }.flatMap(\.texts)
        data.set("oemStrings", notes)
        data.set("hypervisor", kernel.attribute("/sys/hypervisor/type"))
        return seen(
            Kind.hardware, "hardware", "hardware:\(data["uuid"]?.text ?? "")", data)
    }

    private static let chassis = [
        "other", "unknown", "desktop", "low profile desktop", "pizza box", "mini tower", "tower",
        "portable", "laptop", "notebook", "hand held", "docking station", "all in one",
        "sub notebook", "space-saving", "lunch box", "main server chassis", "expansion chassis",
        "sub chassis", "bus expansion chassis", "peripheral chassis", "RAID chassis",
        "rack mount chassis", "sealed-case PC", "multi-system", "CompactPCI", "AdvancedTCA",
        "blade", "blade enclosing", "tablet", "convertible", "detachable", "IoT gateway",
        "embedded PC", "mini PC", "stick PC",
    ]

    private func firmware(_ structures: [SMBIOS.Structure], _ kernel: any Kernel) -> Seen {
        let one = structures.first { $0.type == 0 }
        let file = { (name: String) in kernel.attribute("/sys/class/dmi/id/bios_\(name)") }
        var data = ValueMap()
        data.set("vendor", one?.text(4) ?? file("vendor"))
        data.set("version", one?.text(5) ?? file("version"))
        data.set("date", one?.text(8) ?? file("date"))
        let release = one.flatMap { one -> String? in
            guard let major = one.byte(20), let minor = one.byte(21), major != 0xFF else {
                return nil
            }
            return "\(major).\(minor)"
        }
        data.set("release", release ?? file("release"))
        data.set("size", one?.byte(9).flatMap { $0 == 0xFF ? nil : Int64($0 + 1) << 16 })
        data.set("address", one?.word(6, as: UInt16.self).map { Int64($0) << 4 })
        let kind =
            kernel.list("/sys/firmware/efi") != nil
            ? "uefi" : kernel.list("/proc/device-tree") != nil ? "device tree" : "bios"
        data["kind"] = .text(kind)
        return seen(Kind.firmware, "firmware", "firmware", data)
    }

    private func listed(_ index: Int, _ one: SMBIOS.Structure) -> Seen {
        seen(
            Kind.smbiosStructure, SMBIOS.name(one.handle), "smbios:\(one.handle):\(one.type)",
            [
                "number": .int(Int64(index)), "kind": .int(Int64(one.type)),
                "description": .text(SMBIOS.description(one.type)),
                "handle": .text(SMBIOS.name(one.handle)),
                "headerSize": .int(Int64(one.body.count)), "size": .int(Int64(one.size)),
                "digest": .text(hexadecimal(one.digest)), "texts": .list(Self.harmless(one)),
            ])
    }

    /// Texts of what OEMs keep for themselves may be keys: only their number is told.
    private static func harmless(_ one: SMBIOS.Structure) -> [Value] {
        one.type >= 128 ? [] : one.texts.map { .text($0) }
    }

    // MARK: EFI, memory map, ACPI

    private static let global = "8be4df61-93ca-11d2-aa0d-00e098032b8c"

    private func secureBoot(_ kernel: any Kernel) -> [Seen] {
        let value = { (name: String) -> Bool? in
            // Four bytes of attributes lie before the value.
            let path = "/sys/firmware/efi/efivars/\(name)-\(Self.global)"
            return kernel.read(path, at: 0, count: 64).flatMap { $0.count > 4 ? $0[4] == 1 : nil }
        }
        guard let enabled = value("SecureBoot") else { return [] }
        var data: ValueMap = ["enabled": .bool(enabled)]
        data.set("setupMode", value("SetupMode"))
        data.set("auditMode", value("AuditMode"))
        data.set("deployedMode", value("DeployedMode"))
        return [seen(Kind.secureBoot, "secure-boot", "secure-boot", data)]
    }

    private func regions(_ kernel: any Kernel) -> [Seen] {
        let folder = "/sys/firmware/memmap"
        return (kernel.list(folder) ?? []).compactMap { entry in
            let text = { (name: String) in kernel.attribute("\(folder)/\(entry)/\(name)") }
            guard let start = address(text("start")), let end = address(text("end")),
                let kind = text("type")
            else { return nil }
            return seen(
                Kind.memoryRegion, entry, "memmap:\(start):\(kind)",
                ["start": .int(start), "end": .int(end), "kind": .text(kind)])
        }
    }

    private func address(_ text: String?) -> Int64? {
        text.flatMap { UInt64($0.dropFirst(2), radix: 16) }.flatMap { Int64(exactly: $0) }
    }

    private func tables(_ kernel: any Kernel) -> [Seen] {
        let folder = "/sys/firmware/acpi/tables"
        return (kernel.list(folder) ?? []).compactMap { name in
            let path = "\(folder)/\(name)"
            guard let status = kernel.status(path, following: false), status.kind == .file else {
                return nil
            }
            let key = "\(name):\(status.size)"
            if digests[key] == nil { digests[key] = kernel.read(path).map { fingerprint($0) } }
            var data: ValueMap = ["size": .int(status.size)]
            data.set("digest", digests[key].map { hexadecimal($0) })
            return seen(Kind.acpiTable, name, "acpi:\(name)", data)
        }
    }
}

/// The sixteen digits of a number.
func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
