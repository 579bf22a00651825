/// A directory of one block (Documentation/filesystems/ext4/directory.rst).
struct Ext4Folder {
    /// Its block, with its checksum.
    let bytes: [UInt8]

    private static let directory: UInt8 = 2
    private static let tailBytes = 12

    /// The directory with that inode, in the root, and what directories are in it.
    init(of inode: UInt32, _ names: [(inode: UInt32, name: String)]) {
        var entries = [(inode, "."), (Ext4Inodes.root, "..")]
        entries += names.map { ($0.inode, $0.name) }
        let end = DataTemplate.block - Self.tailBytes
        var bytes: [UInt8] = []
        for (index, entry) in entries.enumerated() {
            let used = (8 + entry.1.utf8.count).rounded(upTo: 4)
            // The last entry reaches to the tail.
            let size = index == entries.count - 1 ? end - bytes.count : used
            let next = bytes.count + size
            bytes.append(little: entry.0)
            bytes.append(little: UInt16(size))
            bytes += [UInt8(entry.1.utf8.count), Self.directory]
            bytes += Array(entry.1.utf8)
            bytes.pad(to: next)
        }
        let sum = Ext4Map.checksum(inode.littleBytes, (0 as UInt32).littleBytes, bytes)
        // The tail looks like an entry without a name, of type DE.
        bytes.append(little: 0 as UInt32)
        bytes.append(little: UInt16(Self.tailBytes))
        bytes += [0, 0xDE]
        bytes.append(little: sum)
        self.bytes = bytes
    }
}

/// The superblock of an empty journal, big-endian (Documentation/filesystems/ext4/journal.rst).
/// The first mount adds checksums to it.
struct Ext4Journal {
    /// Its first block.
    let bytes: [UInt8]

    init(blocks: Int) {
        var bytes = [UInt8](repeating: 0, count: DataTemplate.block)
        bytes.set(0x00, big: 0xC03B_3998 as UInt32)
        // A superblock of version 2.
        bytes.set(0x04, big: 4 as UInt32)
        bytes.set(0x0C, big: UInt32(DataTemplate.block))
        bytes.set(0x10, big: UInt32(blocks))
        // The first block of entries, the first number of one; no entry is there.
        bytes.set(0x14, big: 1 as UInt32)
        bytes.set(0x18, big: 1 as UInt32)
        bytes.set(0x40, big: 1 as UInt32)
        self.bytes = bytes
    }
}
