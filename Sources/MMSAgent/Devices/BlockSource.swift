internal import Host
internal import Resources

/// Disks, partitions, and what is made of them.
final class BlockSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "block-devices", kinds: [Kind.blockDevice],
        mechanism: "kobject uevents of block devices",
        why: "the kernel announces each device, medium and partition",
        privilege: "root to read labels where udev does not keep them",
        fallback: "reads /sys every 10 s",
        mayMiss: "a device that comes and goes before it is read; a file system made without a "
            + "udev that tells of it is seen at the next sweep")
    let sampled: [TypeName: SampledFields] = [
        Kind.blockDevice: .some([
            "fileSystem", "fileSystemUuid", "label", "tableType", "tableUuid", "readOnly",
            "raidState", "raidAction", "raidDegraded", "raidMembers", "suspended",
        ])
    ]
    private(set) var interval: UInt64?
    private let bufferBytes: Int
    private var events = Uevents(["block"])
    private var hasUdev = false
    /// True when the first feed is that of uevents.
    private var hasEvents = false
    /// True when there is a feed of the states of arrays.
    private var hasArrays = false

    /// Reads disks with a receive buffer of so many bytes.
    init(bufferBytes: Int = Limits.sensorBuffer.value) { self.bufferBytes = bufferBytes }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        hasUdev = kernel.list("/run/udev/data") != nil
        var feeds: [any KernelFeed] = []
        do throws(KernelError) {
            feeds.append(
                try kernel.netlink(
                    Uevents.family, groups: [Uevents.group], bufferBytes: bufferBytes,
                    slot: Uevents.slot))
            hasEvents = true
        } catch {
            contract.mechanism = "reads /sys every 10 s"
            contract.why = "\(error.operation): \(error.cause)"
            interval = 10_000
        }
        return feeds + openLate(kernel)
    }

    /// The states of arrays. Without their driver there is no such file, and nothing to miss: it
    /// comes before the first array does.
    func openLate(_ kernel: any Kernel) -> [any KernelFeed] {
        guard !hasArrays, let arrays = try? kernel.watch("/proc/mdstat", trigger: nil) else {
            return []
        }
        hasArrays = true
        contract.mechanism += "; poll of /proc/mdstat for the states of arrays"
        return [arrays]
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint {
        hasEvents && feed == 0 ? events.hint(datagram) : .changed
    }

    /// udev writes what it found out after the kernel's event.
    var watched: WatchedPaths? { hasUdev ? WatchedPaths(named: ["/run/udev/data"]) : nil }

    func read(_ kernel: any Kernel) -> Reading {
        let entries = kernel.list("/sys/class/block") ?? []
        let devices = entries.compactMap { BlockDevice($0, kernel) }
        return .whole(devices.compactMap { seen($0, kernel) })
    }

    private func seen(_ device: BlockDevice, _ kernel: any Kernel) -> Seen? {
        var data = device.fields
        // A loop or network device without anything behind it is only a place for one.
        if device.size == 0, device.kind == "loop" || device.name.hasPrefix("nbd") { return nil }
        if data["size"] != .int(0) { describe(device, &data, kernel) }
        var one = Seen(
            subject: Self.subject(device.name), identity: device.identity, data: data)
        one.links["ON"] = device.below.map { Self.subject($0) }
        if let file = device.backingFile {
            one.links["BACKED_BY"] = [
                Observation.Subject(type: Kind.backingFile, name: subjectName(file))
            ]
        }
        if let address = device.address {
            one.links["AT"] = [
                Observation.Subject(type: Kind.pciDevice, name: subjectName(address))
            ]
        }
        return one
    }

    static func subject(_ name: String) -> Observation.Subject {
        Observation.Subject(type: Kind.blockDevice, name: subjectName(name))
    }

    /// What lies on it: as udev found it, else as its first bytes say.
    private func describe(
        _ device: BlockDevice, _ data: inout ValueMap, _ kernel: any Kernel
    ) {
        if hasUdev, let known = UdevRecord("b\(device.number)", kernel) {
            known.describe(&data)
            return
        }
        guard let bytes = kernel.read("/dev/\(device.name)", at: 0, count: Superblock.bytes) else {
            return
        }
        let found = Superblock(bytes)
        data.set("fileSystem", found?.type)
        data.set("fileSystemUuid", found?.uuid)
        data.set("label", found?.label)
        guard found == nil, !device.isPartition else { return }
        let sector = data["logicalBlock"]?.int ?? 512
        let table = PartitionTable(bytes, sector: Int(sector))
        data.set("tableType", table?.type)
        data.set("tableUuid", table?.uuid)
    }
}

/// What udev keeps of a device in its database.
struct UdevRecord {
    private var values: [String: String] = [:]

    /// Reads the record of `b8:1` or the like; nil when udev has none.
    init?(_ device: String, _ kernel: any Kernel) {
        guard let bytes = kernel.read("/run/udev/data/\(device)", at: 0, count: 65_536) else {
            return nil
        }
        for line in bytes.split(separator: 10) where line.starts(with: "E:".utf8) {
            guard let equals = line.firstIndex(of: 61) else { continue }
            values[lossyText(line[line.startIndex + 2..<equals])] =
                lossyText(line[(equals + 1)...])
        }
    }

    private static let fields = [
        "fileSystem": "ID_FS_TYPE", "fileSystemUuid": "ID_FS_UUID", "label": "ID_FS_LABEL",
        "tableType": "ID_PART_TABLE_TYPE", "tableUuid": "ID_PART_TABLE_UUID",
        "partitionType": "ID_PART_ENTRY_TYPE", "serial": "ID_SERIAL_SHORT", "wwn": "ID_WWN",
    ]

    /// Adds what sysfs does not say.
    func describe(_ data: inout ValueMap) {
        for (field, key) in Self.fields where data[field] == nil { data.set(field, values[key]) }
    }
}
