/// The inodes of the template (Documentation/filesystems/ext4/inodes.rst): root, journal and
/// lost+found; the others below 11 are reserved.
struct Ext4Inodes {
    static let root: UInt32 = 2
    static let journal: UInt32 = 8
    static let lost: UInt32 = 11
    /// Inodes that are taken.
    static let used = 11
    /// Bytes of fields behind the first 128.
    static let extraBytes: UInt16 = 32

    private let map: Ext4Map
    private let timestamp: UInt32

    /// The inode's blocks are a tree of extents (EXT4_EXTENTS_FL).
    private static let hasExtents: UInt32 = 0x8_0000

    init(map: Ext4Map, timestamp: UInt32) {
        self.map = map
        self.timestamp = timestamp
    }

    /// The inodes up to the last that is taken.
    var bytes: [UInt8] {
        let empty = [UInt8](repeating: 0, count: Ext4Map.inodeBytes)
        return (1...UInt32(Self.used)).flatMap { number in
            switch number {
            case Self.root: inode(number, mode: 0o040755, links: 3, at: map.root, blocks: 1)
            case Self.journal:
                inode(
                    number, mode: 0o100600, links: 1, at: map.journal, blocks: map.journalBlocks)
            case Self.lost: inode(number, mode: 0o040700, links: 2, at: map.lost, blocks: 1)
            default: empty
            }
        }
    }

    /// What the superblock repeats of the journal's inode: its extents and size.
    var journalBackup: [UInt8] {
        var bytes = extent(at: map.journal, blocks: map.journalBlocks)
        bytes.append(little: 0 as UInt32)
        bytes.append(little: UInt32(map.journalBlocks * DataTemplate.block))
        return bytes
    }

    private func inode(
        _ number: UInt32, mode: UInt16, links: UInt16, at block: Int, blocks: Int
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Ext4Map.inodeBytes)
        bytes.set(0x00, little: mode)
        bytes.set(0x04, little: UInt32(blocks * DataTemplate.block))
        for offset in [0x08, 0x0C, 0x10, 0x90] { bytes.set(offset, little: timestamp) }
        bytes.set(0x1A, little: links)
        // In sectors.
        bytes.set(0x1C, little: UInt32(blocks * DataTemplate.block / 512))
        bytes.set(0x20, little: Self.hasExtents)
        bytes.set(0x28, extent(at: block, blocks: blocks))
        bytes.set(0x80, little: Self.extraBytes)
        // The inode's number and its generation, 0, come before it.
        let sum = Ext4Map.checksum(number.littleBytes, (0 as UInt32).littleBytes, bytes)
        bytes.set(0x7C, little: UInt16(truncatingIfNeeded: sum))
        bytes.set(0x82, little: UInt16(sum >> 16))
        return bytes
    }

    /// A tree of one extent, 60 bytes (Documentation/filesystems/ext4/ifork.rst).
    private func extent(at block: Int, blocks: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in [0xF30A, 1, 4, 0, 0, 0] as [UInt16] { bytes.append(little: word) }
        bytes.append(little: 0 as UInt32)
        bytes.append(little: UInt16(blocks))
        bytes.append(little: 0 as UInt16)
        bytes.append(little: UInt32(block))
        bytes.pad(to: 60)
        return bytes
    }
}
