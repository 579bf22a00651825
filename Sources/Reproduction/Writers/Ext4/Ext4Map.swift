internal import Host

/// Where everything of the template is, in blocks.
struct Ext4Map {
    /// Block 0 has the superblock at 1024.
    let descriptors = 1
    let blockBitmap = 2
    let inodeBitmap = 3
    let inodeTable = 4
    let journalBlocks: Int

    /// One inode for 16 KiB of a whole group, as mke2fs has it; growing keeps the ratio.
    static let inodes = 8192
    /// Bytes of an inode.
    static let inodeBytes = 256

    var root: Int { inodeTable + Self.inodes * Self.inodeBytes / DataTemplate.block }
    var lost: Int { root + 1 }
    var journal: Int { lost + 1 }
    /// The first block that is free.
    var end: Int { journal + journalBlocks }

    /// What checksums start from (metadata_csum): those bytes before all others.
    static func checksum(_ parts: [UInt8]...) -> UInt32 {
        // CRC-32C, not inverted at the end as elsewhere; the seed is that of the template's UUID.
        let bytes = parts.reduce(DataTemplate.identity, +)
        return unsafe ~CRC32C.of(bytes.span.bytes)
    }

    /// The same of bytes alone.
    static func plainChecksum(_ bytes: [UInt8]) -> UInt32 {
        unsafe ~CRC32C.of(bytes.span.bytes)
    }
}

extension UInt32 {
    /// Its bytes, the lowest first.
    var littleBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: self)
        return bytes
    }
}
