/// A FAT32 file system for firmware (Microsoft, "FAT: General Overview of On-Disk Format", 1.03).
///
/// Everything lies in one run in the order of the tree, so that the same files always give the
/// same bytes and the rest of the volume is zeros.
struct FATVolume {
    /// Bytes of the volume.
    let size: Int64
    /// Its label: 11 bytes of ASCII.
    let label: [UInt8]
    /// Its serial number.
    let serial: UInt32
    /// The time of all that is in it.
    let time: FATTime
    private var root = FATNode(directory: "")

    /// Bytes of a sector.
    static let sector: Int64 = 512
    /// Sectors before the first table.
    private static let reserved: Int64 = 32
    /// Fewer clusters make another FAT (page 14).
    private static let leastClusters: Int64 = 65_525

    /// An empty volume; refused when it is too small or too large for FAT32.
    init(
        size: Int64, label: String, serial: UInt32, timestamp: Int64
    ) throws(ReproductionError) {
        self.size = size
        self.serial = serial
        var label = Array(label.utf8.prefix(11))
        while label.count < 11 { label.append(0x20) }
        self.label = label
        time = FATTime(timestamp)
        guard clusters >= Self.leastClusters, sectors <= Int64(UInt32.max) else {
            throw Self.refusal(
                "it has \(size) bytes", "give the ESP at least 33 MiB and at most 2 TiB")
        }
    }

    /// Adds a file, and the directories it is in.
    mutating func add(_ path: String, _ content: Rope) throws(ReproductionError) {
        guard content.size <= Int64(UInt32.max) else {
            throw Self.refusal("\(path) has \(content.size) bytes", "a file has at most 4 GiB")
        }
        root.insert(path.split(separator: "/")[...], content)
    }

    private var sectors: Int64 { size / Self.sector }

    /// Sectors of a cluster, by the table for FAT32 (page 20).
    private var clusterSectors: Int64 {
        switch size {
        case ...(260 << 20): 1
        case ...(8 << 30): 8
        case ...(16 << 30): 16
        case ...(32 << 30): 32
        default: 64
        }
    }

    private var clusterBytes: Int64 { clusterSectors * Self.sector }

    /// Sectors of one table: the least that has an entry for each cluster that is left.
    private var tableSectors: Int64 {
        let unit = 128 * clusterSectors + 2
        return (sectors - Self.reserved + 2 * clusterSectors + unit - 1) / unit
    }

    private var clusters: Int64 {
        (sectors - Self.reserved - 2 * tableSectors) / clusterSectors
    }

    /// The volume's bytes up to the last that is no zero.
    consuming func content() throws(ReproductionError) -> Rope {
        var next: Int64 = 2
        var runs: [Int64] = []
        root.place(at: &next, runs: &runs, clusterBytes: clusterBytes)
        guard next - 2 <= clusters else {
            throw Self.refusal(
                "its files take \((next - 2) * clusterBytes) bytes",
                "the ESP has \(clusters * clusterBytes): enlarge it or describe less")
        }
        var rope = Rope(reservedArea(next: next))
        let table = self.table(runs)
        for _ in 0..<2 {
            rope.append(table)
            rope.append(zeros: tableSectors * Self.sector - Int64(table.count))
        }
        let writer = FATDirectory(label: label, time: time)
        root.append(to: &rope, parent: nil, writer: writer, clusterBytes: clusterBytes)
        return rope
    }

    /// The entries of the clusters in use: each run is a chain.
    private func table(_ runs: [Int64]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: 0x0FFF_FFF8 as UInt32)
        bytes.append(little: 0x0FFF_FFFF as UInt32)
        var cluster: UInt32 = 2
        for run in runs {
            for index in 0..<run {
                cluster += 1
                bytes.append(little: index == run - 1 ? 0x0FFF_FFFF : cluster)
            }
        }
        return bytes
    }

    /// Boot sector and count of free clusters, and both again from sector 6 on.
    private func reservedArea(next: Int64) -> [UInt8] {
        var count = [UInt8](repeating: 0, count: 512)
        count.set(0, little: 0x4161_5252 as UInt32)
        count.set(484, little: 0x6141_7272 as UInt32)
        count.set(488, little: UInt32(clusters - (next - 2)))
        count.set(492, little: UInt32(next))
        count.set(508, little: 0xAA55_0000 as UInt32)
        let sectors = bootSector + count
        var bytes = sectors
        bytes.pad(to: 6 * 512)
        bytes += sectors
        bytes.pad(to: Int(Self.reserved * Self.sector))
        return bytes
    }

    private var bootSector: [UInt8] {
        var bytes: [UInt8] = [0xEB, 0x58, 0x90] + Array("PISCES  ".utf8)
        bytes.append(little: UInt16(Self.sector))
        bytes.append(UInt8(clusterSectors))
        bytes.append(little: UInt16(Self.reserved))
        bytes += [2, 0, 0, 0, 0, 0xF8, 0, 0]
        // Tracks and heads, which nothing but old BIOSes read; hidden sectors as others write.
        bytes.append(little: 32 as UInt16)
        bytes.append(little: 8 as UInt16)
        bytes.append(little: 2048 as UInt32)
        bytes.append(little: UInt32(sectors))
        bytes.append(little: UInt32(tableSectors))
        // Flags, version, first cluster of the root, sectors of free count and copy.
        bytes += [0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 6, 0]
        bytes.pad(to: 64)
        bytes += [0x80, 0, 0x29]
        bytes.append(little: serial)
        bytes += label + Array("FAT32   ".utf8)
        bytes.pad(to: 510)
        return bytes + [0x55, 0xAA]
    }

    private static func refusal(_ cause: String, _ remedy: String) -> ReproductionError {
        ReproductionError(
            .tooLarge, operation: "write", subject: "the ESP", cause: cause, remedy: remedy)
    }
}
