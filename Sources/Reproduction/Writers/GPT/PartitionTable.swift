/// A GUID partition table with its protective MBR (UEFI Specification 2.10, chapter 5).
///
/// Sectors have 512 bytes. The primary table is at the start of the disk, its mirror at the end.
struct PartitionTable {
    /// A partition.
    struct Partition: Hashable, Sendable {
        /// Its label, at most 36 units of UTF-16.
        var name: String
        /// What is in it.
        var type: GUID
        /// Which one it is.
        var id: GUID
        /// Where it lies; both ends are multiples of 512.
        var bytes: Range<Int64>
    }

    /// Which disk it is.
    let disk: GUID
    /// The disk's bytes.
    let size: Int64
    /// What is on it, in order.
    let partitions: [Partition]

    /// Bytes of a sector.
    static let sector: Int64 = 512
    /// Bytes that the primary table takes with the MBR; the mirror takes one sector less.
    static let primaryBytes = 34 * sector
    /// Bytes that the mirror takes.
    static let mirrorBytes = 33 * sector

    private static let entries: UInt32 = 128
    private static let entryBytes: UInt32 = 128

    /// The table of a disk.
    init(disk: GUID, size: Int64, partitions: [Partition]) {
        self.disk = disk
        self.size = size
        self.partitions = partitions
    }

    private var sectors: Int64 { size / Self.sector }

    /// The first 34 sectors: protective MBR, header, entries.
    var primary: [UInt8] {
        mbr + header(at: 1, other: sectors - 1, entries: 2) + entryArray
    }

    /// The last 33 sectors: entries, header.
    var mirror: [UInt8] {
        entryArray + header(at: sectors - 1, other: 1, entries: sectors - 33)
    }

    /// One partition of type EE over all of the disk, so that old programs leave it alone (5.2.3).
    private var mbr: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 446)
        bytes += [0x00, 0x00, 0x02, 0x00, 0xEE, 0xFF, 0xFF, 0xFF]
        bytes.append(little: 1 as UInt32)
        bytes.append(little: UInt32(clamping: sectors - 1))
        bytes.pad(to: 510)
        return bytes + [0x55, 0xAA]
    }

    private var entryArray: [UInt8] {
        var bytes: [UInt8] = []
        for partition in partitions {
            let end = bytes.count + Int(Self.entryBytes)
            bytes += partition.type.bytes + partition.id.bytes
            bytes.append(little: partition.bytes.lowerBound / Self.sector)
            bytes.append(little: partition.bytes.upperBound / Self.sector - 1)
            bytes.append(little: 0 as UInt64)
            for unit in partition.name.utf16.prefix(36) { bytes.append(little: unit) }
            bytes.pad(to: end)
        }
        bytes.pad(to: Int(Self.entries * Self.entryBytes))
        return bytes
    }

    /// A header (5.3.2); its checksum is over its 92 bytes with the checksum's own as zero.
    private func header(at place: Int64, other: Int64, entries: Int64) -> [UInt8] {
        var bytes = Array("EFI PART".utf8)
        bytes.append(little: 0x0001_0000 as UInt32)
        bytes.append(little: 92 as UInt32)
        bytes.append(little: 0 as UInt64)
        bytes.append(little: place)
        bytes.append(little: other)
        bytes.append(little: 34 as Int64)
        bytes.append(little: sectors - 34)
        bytes += disk.bytes
        bytes.append(little: entries)
        bytes.append(little: Self.entries)
        bytes.append(little: Self.entryBytes)
        bytes.append(little: CRC32.of(entryArray))
        bytes.set(16, little: CRC32.of(bytes))
        bytes.pad(to: Int(Self.sector))
        return bytes
    }
}
