/// The first block of a hash partition, by which tools know what follows (cryptsetup's wiki,
/// "DMVerity": Verity superblock format). The kernel does not read it: to it the tree starts at
/// block 1.
struct VeritySuperblock {
    /// Its block.
    let bytes: [UInt8]

    /// That of a sealed root; it has the identity of the root.
    init(_ seal: RootSeal) {
        var bytes = Array("verity".utf8) + [0, 0]
        bytes.append(little: 1 as UInt32)
        // Type 1: the salt comes before the block.
        bytes.append(little: 1 as UInt32)
        bytes += seal.identity
        bytes += Array("sha256".utf8)
        bytes.pad(to: 64)
        bytes.append(little: UInt32(VerityTree.block))
        bytes.append(little: UInt32(VerityTree.block))
        bytes.append(little: UInt64(seal.blocks))
        bytes.append(little: UInt16(seal.salt.count))
        bytes.pad(to: 88)
        bytes += seal.salt
        bytes.pad(to: VerityTree.block)
        self.bytes = bytes
    }
}
