/// An empty ext4 for the partition of the data (Documentation/filesystems/ext4 of Linux), one
/// group of at most 128 MiB.
///
/// Every image carries the same one. The first boot grows it to its partition and gives it an
/// identity of its own, both by ioctls on the mounted file system; hence the checksums have a seed
/// of their own, and there are no blocks kept for growing: the kernel finds room (meta_bg).
struct DataTemplate {
    /// Blocks of the file system.
    let blocks: Int
    /// The time of all that is in it, in seconds since 1970.
    let timestamp: UInt32

    /// Every template's UUID, by which the first boot knows it.
    static let identity = Array("PISCES-TEMPLATE!".utf8)
    /// Bytes of a block.
    static let block = 4096
    /// The least that has room for a journal the kernel takes (1024 blocks).
    static let leastBytes: Int64 = 16 << 20
    /// Blocks of a group: a bitmap of one block.
    static let groupBlocks = 8 * block

    /// The template for a partition.
    init(size: Int64, timestamp: Int64) throws(ReproductionError) {
        guard size >= Self.leastBytes else {
            throw ReproductionError(
                .tooLarge, operation: "write", subject: "the data partition",
                cause: "it has \(size) bytes", remedy: "give it at least \(Self.leastBytes)")
        }
        blocks = Int(min(size / Int64(Self.block), Int64(Self.groupBlocks)))
        self.timestamp = UInt32(clamping: timestamp)
    }

    /// A quarter for the journal, at most 64 MiB, for it cannot grow with the rest.
    var journalBlocks: Int { min(max(blocks / 4, 1024), 16_384) }

    /// Its bytes up to the last that is no zero.
    func content() -> Rope {
        let map = Ext4Map(journalBlocks: journalBlocks)
        let inodes = Ext4Inodes(map: map, timestamp: timestamp)
        let bitmaps = Ext4Bitmaps(map: map, blocks: blocks)
        let group = Ext4Group(map: map, bitmaps: bitmaps, blocks: blocks)
        let superblock = Ext4Superblock(
            blocks: blocks, freeBlocks: group.freeBlocks, timestamp: timestamp,
            journal: inodes.journalBackup)
        var rope = Rope([UInt8](repeating: 0, count: 1024))
        rope.append(superblock.bytes)
        rope.pad(to: Int64(map.descriptors * Self.block))
        rope.append(group.bytes)
        rope.pad(to: Int64(map.blockBitmap * Self.block))
        rope.append(bitmaps.blockBytes)
        rope.append(bitmaps.inodeBytes)
        rope.append(inodes.bytes)
        rope.pad(to: Int64(map.root * Self.block))
        rope.append(Ext4Folder(of: Ext4Inodes.root, [(Ext4Inodes.lost, "lost+found")]).bytes)
        rope.append(Ext4Folder(of: Ext4Inodes.lost, []).bytes)
        rope.append(Ext4Journal(blocks: journalBlocks).bytes)
        return rope
    }
}
