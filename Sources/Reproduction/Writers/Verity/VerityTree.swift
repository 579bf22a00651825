internal import Crypto

/// The tree of hashes by which the kernel proves each block of a root as it reads it: dm-verity,
/// format 1 (Documentation/admin-guide/device-mapper/verity.rst of Linux).
///
/// Blocks of 4096 bytes, SHA-256, the salt before the block. Level 0 holds the hashes of the data
/// blocks, 128 in a block, each further level those of the one below, up to a single block, whose
/// hash is the root hash.
struct VerityTree {
    /// What the kernel is told so that it believes nothing but this root.
    let seal: RootSeal
    /// The partition's bytes: superblock, then the levels, the top one first.
    let bytes: Rope

    static let block = 4096

    /// Bytes that the tree over so many blocks takes, with its superblock.
    static func bytes(over blocks: Int64) -> Int64 {
        var (sum, level) = (Int64(1), blocks)
        while level > 1 {
            level = (level + 127) / 128
            sum += level
        }
        return sum * Int64(block)
    }
}

/// Takes the bytes of a root in order and makes its tree. Holds 32 bytes for each 4 KiB.
struct VerityHasher {
    private let salt: [UInt8]
    private var leaves: [UInt8] = []
    private var partial: [UInt8] = []

    /// Nothing taken yet.
    init(salt: [UInt8], expecting blocks: Int64) {
        self.salt = salt
        leaves.reserveCapacity(Int(blocks) * 32)
    }

    /// Takes the next bytes.
    mutating func take(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        if !partial.isEmpty {
            let part = rest.prefix(VerityTree.block - partial.count)
            partial += part
            rest = rest.dropFirst(part.count)
            guard partial.count == VerityTree.block else { return }
            Self.add(partial[...], salt, to: &leaves)
            partial.removeAll(keepingCapacity: true)
        }
        while rest.count >= VerityTree.block {
            Self.add(rest.prefix(VerityTree.block), salt, to: &leaves)
            rest = rest.dropFirst(VerityTree.block)
        }
        partial += rest
    }

    /// The tree over all that was taken, which is whole blocks.
    consuming func finish(identity: [UInt8]) -> VerityTree {
        precondition(partial.isEmpty && !leaves.isEmpty, "a root has whole blocks")
        let blocks = Int64(leaves.count / 32)
        var levels: [[UInt8]] = []
        var top = leaves
        while top.count > 32 {
            top.pad(to: top.count.rounded(upTo: VerityTree.block))
            levels.append(top)
            var above: [UInt8] = []
            for start in stride(from: 0, to: top.count, by: VerityTree.block) {
                Self.add(top[start..<start + VerityTree.block], salt, to: &above)
            }
            top = above
        }
        let seal = RootSeal(identity: identity, blocks: blocks, hash: top, salt: salt)
        var rope = Rope(VeritySuperblock(seal).bytes)
        for level in levels.reversed() { rope.append(level) }
        return VerityTree(seal: seal, bytes: rope)
    }

    private static func add(
        _ block: ArraySlice<UInt8>, _ salt: [UInt8], to hashes: inout [UInt8]
    ) {
        var function = SHA256()
        function.update(data: salt)
        function.update(data: block)
        hashes.append(contentsOf: function.finalize())
    }
}
