internal import Host
internal import Resources

/// One block device as sysfs shows it.
struct BlockDevice {
    let name: String
    /// Its folder.
    let folder: String
    let isPartition: Bool
    let isVirtual: Bool
    /// The disk a partition is on.
    let disk: String?
    /// major:minor.
    let number: String
    let sequence: String?
    private let events: [String: String]
    private let kernel: any Kernel

    /// Reads the device of a name in `/sys/class/block`; nil when it is gone, or hidden because
    /// another device stands for it.
    init?(_ entry: String, _ kernel: any Kernel) {
        folder = "/sys/class/block/\(entry)"
        let path = kernel.link(folder)?.split(separator: "/").map { String($0) } ?? []
        events = kernel.pairs("\(folder)/uevent")
        guard let major = events["MAJOR"], let minor = events["MINOR"],
            kernel.flag("\(folder)/hidden") != true
        else { return nil }
        number = "\(major):\(minor)"
        isPartition = events["DEVTYPE"] == "partition"
        isVirtual = path.contains("virtual")
        disk = isPartition ? path.dropLast().last.map(Self.deviceName) : nil
        name = events["DEVNAME"] ?? Self.deviceName(entry)
        let base = isPartition ? "\(folder)/.." : folder
        sequence = events["DISKSEQ"] ?? kernel.attribute("\(base)/diskseq")
        self.kernel = kernel
    }

    /// A name as under `/dev`: sysfs writes `!` for a slash.
    static func deviceName(_ entry: String) -> String {
        String(entry.map { $0 == "!" ? "/" : $0 })
    }

    /// Bytes; sysfs counts in sectors of 512 whatever the device's own are.
    var size: Int64 {
        (kernel.number("\(folder)/size") ?? 0).multipliedReportingOverflow(by: 512).partialValue
    }

    private var start: Int64? {
        isPartition
            ? kernel.number("\(folder)/start")?.multipliedReportingOverflow(by: 512).partialValue
            : nil
    }

    /// What stays the same while it is this device: the kernel numbers each medium once.
    var identity: String {
        let place = start.map { ":\($0)" } ?? ""
        return "\(number):\(sequence ?? "")\(place):\(attribute("dm/uuid") ?? "")"
    }

    private func attribute(_ name: String) -> String? { kernel.attribute("\(folder)/\(name)") }

    /// The names of the devices it lies on.
    var below: [String] {
        if let disk { return [disk] }
        return (kernel.list("\(folder)/slaves") ?? []).map(Self.deviceName)
    }

    /// The file behind a loop device.
    var backingFile: String? { attribute("loop/backing_file") }

    /// The PCI device it hangs on.
    var address: String? {
        let path = kernel.link(folder)?.split(separator: "/") ?? []
        return path.last { PCIAddress.isOne($0) }.map { String($0) }
    }

    // MARK: Fields

    /// All that is known of it but what lies on it.
    var fields: ValueMap {
        var data: ValueMap = [
            "path": .text("/dev/\(name)"), "device": .text(number), "kind": .text(kind),
            "size": .int(size), "readOnly": .bool(kernel.flag("\(folder)/ro") ?? false),
        ]
        data.set("sequence", sequence.flatMap { Int64($0) })
        isPartition ? addPartition(&data) : addDisk(&data)
        data.set("backingFile", backingFile)
        data.set("offset", start ?? kernel.number("\(folder)/loop/offset"))
        addMapping(&data)
        addArray(&data)
        return data
    }

    /// disk, partition, loop, rom, crypt, lvm, raid1 … in the words of lsblk.
    var kind: String {
        if isPartition { return "partition" }
        if let uuid = attribute("dm/uuid"), let dash = uuid.firstIndex(of: "-") {
            let owner = uuid[..<dash].lowercased()
            // kpartx writes the number of the partition behind it.
            return owner.hasPrefix("part") ? "partition" : owner
        }
        if attribute("dm/name") != nil { return "dm" }
        if let level = attribute("md/level") { return level }
        if name.hasPrefix("md"), events["MAJOR"] == "9" { return "md" }
        if events["MAJOR"] == "7" { return "loop" }
        return attribute("device/type") == "5" || events["MAJOR"] == "11" ? "rom" : "disk"
    }

    private func addPartition(_ data: inout ValueMap) {
        data.set("number", kernel.number("\(folder)/partition"))
        data.set("disk", disk)
        data.set("partitionName", events["PARTNAME"])
        data.set("partitionUuid", events["PARTUUID"])
    }

    private func addDisk(_ data: inout ValueMap) {
        data.set("removable", kernel.flag("\(folder)/removable"))
        data.set("rotational", kernel.flag("\(folder)/queue/rotational"))
        data.set("logicalBlock", kernel.number("\(folder)/queue/logical_block_size"))
        data.set("physicalBlock", kernel.number("\(folder)/queue/physical_block_size"))
        data.set("vendor", attribute("device/vendor").flatMap { $0.hasPrefix("0x") ? nil : $0 })
        data.set("model", attribute("device/model"))
        data.set("serial", attribute("serial") ?? attribute("device/serial") ?? page80)
        data.set("wwn", attribute("wwid") ?? attribute("device/wwid"))
        data.set("firmware", attribute("device/firmware_rev") ?? attribute("device/rev"))
        data.set("driver", kernel.linkName("\(folder)/device/driver"))
    }

    /// The serial number a SCSI device tells in page 80 of its vital product data.
    private var page80: String? {
        guard let bytes = kernel.read("\(folder)/device/vpd_pg80", at: 0, count: 256),
            bytes.count > 4
        else { return nil }
        let text = bytes.dropFirst(4).prefix(Int(bytes[3])).filter { $0 > 32 && $0 < 127 }
        return text.isEmpty ? nil : lossyText(text)
    }

    private func addMapping(_ data: inout ValueMap) {
        guard let mapped = attribute("dm/name") else { return }
        data["mapName"] = .text(mapped)
        data.set("mapUuid", attribute("dm/uuid"))
        data.set("suspended", kernel.flag("\(folder)/dm/suspended"))
        let parts = (attribute("dm/uuid") ?? "").split(separator: "-")
        // Of what cryptsetup maps these only prove what they hold.
        if parts.first == "CRYPT", parts.count > 1, !["VERITY", "INTEGRITY"].contains(parts[1]) {
            data["encryption"] = .text(String(parts[1]))
        }
    }

    private func addArray(_ data: inout ValueMap) {
        guard let level = attribute("md/level") else { return }
        data["raidLevel"] = .text(level)
        data.set("raidState", attribute("md/array_state").map(Self.settled))
        data.set("raidDisks", figure("raid_disks"))
        data.set("raidDegraded", kernel.number("\(folder)/md/degraded"))
        data.set("raidAction", attribute("md/sync_action"))
        data.set("raidMetadata", attribute("md/metadata_version"))
        data.set("raidUuid", attribute("md/uuid"))
        data.set("raidChunk", figure("chunk_size"))
        let members = (kernel.list("\(folder)/md") ?? []).filter { $0.hasPrefix("dev-") }
        data["raidMembers"] = .list(
            members.map { member in
                var one: ValueMap = ["device": .text(Self.deviceName(String(member.dropFirst(4))))]
                one.set("state", attribute("md/\(member)/state"))
                one.set("slot", attribute("md/\(member)/slot"))
                return .map(one)
            })
    }

    /// A figure of an array; while it is made another one the old figure stands behind in
    /// parentheses.
    private func figure(_ name: String) -> Int64? {
        attribute("md/\(name)")?.split(separator: " ").first.flatMap { Int64($0) }
    }

    /// An array turns from clean to active and back as it is written to: both are one word here.
    private static func settled(_ state: String) -> String {
        ["clean", "active", "active-idle", "write-pending"].contains(state) ? "active" : state
    }
}

/// The address of a PCI function, `domain:bus:device.function`.
enum PCIAddress {
    /// True when the text is one.
    static func isOne(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count >= 4, parts[1].utf8.count == 2,
            parts[2].utf8.count == 4, parts[2].dropFirst(2).hasPrefix(".")
        else { return false }
        return text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }
}
