/// What proves a root: given this on the kernel's command line, no other bytes are read as it.
public struct RootSeal: Hashable, Sendable {
    /// The UUID of the root's file system: the first 16 bytes of the description's digest.
    public let identity: [UInt8]
    /// The root's blocks of 4096 bytes.
    public let blocks: Int64
    /// The root hash of the verity tree, 32 bytes.
    public let hash: [UInt8]
    /// What is hashed before each block, 0 to 32 bytes.
    public let salt: [UInt8]

    /// The block of the hash partition where the tree starts, which the device mapper is told:
    /// block 0 is a superblock.
    public static let treeStart = 1

    /// The words for the kernel's command line.
    public var words: [String] {
        [
            "pisces.id=\(ContentHex.text(identity))", "pisces.blocks=\(blocks)",
            "pisces.root=\(ContentHex.text(hash))",
            // As the device mapper writes a salt of no bytes.
            "pisces.salt=\(salt.isEmpty ? "-" : ContentHex.text(salt))",
        ]
    }
}
