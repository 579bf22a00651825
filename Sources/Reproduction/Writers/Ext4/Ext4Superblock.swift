/// The superblock (Documentation/filesystems/ext4/super.rst): 1024 bytes at 1024.
struct Ext4Superblock {
    /// Its bytes, with their checksum.
    let bytes: [UInt8]

    /// has_journal, ext_attr, dir_index.
    private static let compatible: UInt32 = 0x4 | 0x8 | 0x20
    /// filetype, extents, 64bit, csum_seed: the identity can change while it is mounted.
    private static let incompatible: UInt32 = 0x2 | 0x40 | 0x80 | 0x2000
    /// sparse_super, large_file, huge_file, dir_nlink, extra_isize, metadata_csum.
    private static let readOnlyCompatible: UInt32 = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x400

    /// That of the template; `journal` are the fields of its inode once more.
    init(blocks: Int, freeBlocks: Int, timestamp: UInt32, journal: [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: 1024)
        bytes.set(0x00, little: UInt32(Ext4Map.inodes))
        bytes.set(0x04, little: UInt32(blocks))
        bytes.set(0x0C, little: UInt32(freeBlocks))
        bytes.set(0x10, little: UInt32(Ext4Map.inodes - Ext4Inodes.used))
        // 4096 as 1024 shifted, for blocks and for clusters.
        bytes.set(0x18, little: 2 as UInt32)
        bytes.set(0x1C, little: 2 as UInt32)
        bytes.set(0x20, little: UInt32(DataTemplate.groupBlocks))
        bytes.set(0x24, little: UInt32(DataTemplate.groupBlocks))
        bytes.set(0x28, little: UInt32(Ext4Map.inodes))
        bytes.set(0x30, little: timestamp)
        // No count of mounts forces a check.
        bytes.set(0x36, little: 0xFFFF as UInt16)
        bytes.set(0x38, little: 0xEF53 as UInt16)
        // Clean; on errors go on read-only.
        bytes.set(0x3A, little: 1 as UInt16)
        bytes.set(0x3C, little: 2 as UInt16)
        bytes.set(0x40, little: timestamp)
        // Revision 1: sizes of inodes and features are said.
        bytes.set(0x4C, little: 1 as UInt32)
        bytes.set(0x54, little: Ext4Inodes.lost)
        bytes.set(0x58, little: UInt16(Ext4Map.inodeBytes))
        bytes.set(0x5C, little: Self.compatible)
        bytes.set(0x60, little: Self.incompatible)
        bytes.set(0x64, little: Self.readOnlyCompatible)
        bytes.set(0x68, DataTemplate.identity)
        bytes.set(0x78, Array("pisces-data".utf8))
        bytes.set(0xE0, little: UInt32(Ext4Inodes.journal))
        // The seed and version (half MD4) of directory hashes.
        bytes.set(0xEC, DataTemplate.identity)
        bytes[0xFC] = 1
        // A copy of the journal's inode is at 0x10C.
        bytes[0xFD] = 1
        // Bytes of a group descriptor.
        bytes.set(0xFE, little: UInt16(Ext4Group.bytes))
        // Mount options: extended attributes and access lists.
        bytes.set(0x100, little: 0xC as UInt32)
        bytes.set(0x108, little: timestamp)
        bytes.set(0x10C, journal)
        bytes.set(0x15C, little: Ext4Inodes.extraBytes)
        bytes.set(0x15E, little: Ext4Inodes.extraBytes)
        // Directory hashes take bytes as signed.
        bytes.set(0x160, little: 1 as UInt32)
        // CRC-32C.
        bytes[0x175] = 1
        bytes.set(0x270, little: Ext4Map.checksum())
        bytes.set(0x3FC, little: Ext4Map.plainChecksum(Array(bytes[..<0x3FC])))
        self.bytes = bytes
    }
}
