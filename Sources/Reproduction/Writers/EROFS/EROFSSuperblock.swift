internal import Host

/// What says that a device has an EROFS: 128 bytes at 1024.
struct EROFSSuperblock {
    let identity: [UInt8]
    let timestamp: Int64
    let blocks: Int64
    let inodes: Int
    let root: UInt64

    static let offset: Int64 = 1024
    static let bytes: Int64 = 128

    private static let magic: UInt32 = 0xE0F5_E1E2
    /// The superblock has a checksum (EROFS_FEATURE_COMPAT_SB_CHKSUM).
    private static let hasChecksum: UInt32 = 1
    /// 4096 as a power of two.
    private static let blockBits: UInt8 = 12

    /// Writes it over block 0, which is whole but for it.
    func write(into block: inout [UInt8]) {
        var bytes: [UInt8] = []
        bytes.append(little: Self.magic)
        bytes.append(little: 0 as UInt32)
        bytes.append(little: Self.hasChecksum)
        bytes += [Self.blockBits, 0]
        bytes.append(little: UInt16(root))
        bytes.append(little: UInt64(inodes))
        bytes.append(little: UInt64(timestamp))
        bytes.append(little: 0 as UInt32)
        bytes.append(little: UInt32(blocks))
        // Blocks of inodes and of shared attributes: all counts from 0, and there are none.
        bytes.append(little: 0 as UInt64)
        bytes += identity
        bytes += Array("pisces-root".utf8)
        bytes.pad(to: Int(Self.bytes))
        block.set(Int(Self.offset), bytes)
        block.set(Int(Self.offset) + 4, little: checksum(of: block))
    }

    /// CRC-32C of the block from the superblock on, its own field as zero, not inverted at the end
    /// as elsewhere (fs/erofs/super.c).
    private func checksum(of block: [UInt8]) -> UInt32 {
        let rest = Array(block[Int(Self.offset)...])
        return unsafe ~CRC32C.of(rest.span.bytes)
    }
}
