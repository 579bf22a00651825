/// What of the blocks and inodes of the one group is taken
/// (Documentation/filesystems/ext4/bitmaps.rst).
struct Ext4Bitmaps {
    /// The bitmap of blocks; what is behind the last block counts as taken.
    let blockBytes: [UInt8]
    /// The bitmap of inodes, filled with ones to the end of its block.
    let inodeBytes: [UInt8]

    init(map: Ext4Map, blocks: Int) {
        let count = DataTemplate.block
        blockBytes = Self.bitmap(0..<map.end, blocks..<count * 8)
        inodeBytes = Self.bitmap(0..<Ext4Inodes.used, Ext4Map.inodes..<count * 8)
    }

    private static func bitmap(_ taken: Range<Int>...) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: DataTemplate.block)
        for bit in taken.joined() { bytes[bit / 8] |= 1 << UInt8(bit % 8) }
        return bytes
    }
}

/// The descriptor of the one group (Documentation/filesystems/ext4/group_descr.rst).
struct Ext4Group {
    /// Bytes of a descriptor, in the form of 64 bits.
    static let bytes = 64

    /// Blocks that nothing has.
    let freeBlocks: Int
    /// The descriptor, with its checksum.
    let bytes: [UInt8]

    /// The inode table is zeroed (EXT4_BG_INODE_ZEROED): nothing is left for the kernel to do.
    private static let isZeroed: UInt16 = 4

    init(map: Ext4Map, bitmaps: Ext4Bitmaps, blocks: Int) {
        freeBlocks = blocks - map.end
        let freeInodes = UInt16(Ext4Map.inodes - Ext4Inodes.used)
        let ofBlocks = Ext4Map.checksum(bitmaps.blockBytes)
        let ofInodes = Ext4Map.checksum(Array(bitmaps.inodeBytes[..<(Ext4Map.inodes / 8)]))
        var bytes = [UInt8](repeating: 0, count: Self.bytes)
        bytes.set(0x00, little: UInt32(map.blockBitmap))
        bytes.set(0x04, little: UInt32(map.inodeBitmap))
        bytes.set(0x08, little: UInt32(map.inodeTable))
        bytes.set(0x0C, little: UInt16(freeBlocks))
        bytes.set(0x0E, little: freeInodes)
        // Directories: the root and lost+found.
        bytes.set(0x10, little: 2 as UInt16)
        bytes.set(0x12, little: Self.isZeroed)
        bytes.set(0x18, little: UInt16(truncatingIfNeeded: ofBlocks))
        bytes.set(0x1A, little: UInt16(truncatingIfNeeded: ofInodes))
        // Inodes at the end of the table that were never used.
        bytes.set(0x1C, little: freeInodes)
        bytes.set(0x38, little: UInt16(ofBlocks >> 16))
        bytes.set(0x3A, little: UInt16(ofInodes >> 16))
        let number: UInt32 = 0
        let sum = Ext4Map.checksum(number.littleBytes, bytes)
        bytes.set(0x1E, little: UInt16(truncatingIfNeeded: sum))
        self.bytes = bytes
    }
}
