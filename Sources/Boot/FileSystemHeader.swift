/// What the first bytes of a file system say about it.
public enum FileSystemHeader {
    /// Bytes from the start of a device that hold both headers.
    public static let bytesNeeded = 2048
    /// Where both file systems keep their superblock.
    public static let start = 1024

    /// The UUID of an EROFS; nil when the bytes are none
    /// (https://docs.kernel.org/filesystems/erofs.html).
    public static func rootIdentity(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= start + 64, word(bytes, start) == 0xE0F5_E1E2 else { return nil }
        return Array(bytes[start + 48..<start + 64])
    }

    /// An ext4 as its superblock describes it (https://docs.kernel.org/filesystems/ext4).
    public struct Data: Hashable, Sendable {
        /// Bytes of a block.
        public let blockBytes: UInt64
        /// Blocks in all.
        public let blocks: UInt64
        /// Its UUID.
        public let identity: [UInt8]
        /// How often it was mounted to be written.
        public let mounts: UInt32

        /// Reads the superblock; nil when the bytes hold none.
        public init?(_ bytes: [UInt8]) {
            guard bytes.count >= start + 1024, half(bytes, start + 56) == 0xEF53 else { return nil }
            let shift = word(bytes, start + 24)
            // 1 KiB to 64 KiB.
            guard shift <= 6 else { return nil }
            blockBytes = 1024 << shift
            let is64Bit = word(bytes, start + 96) & 0x80 != 0
            let high = is64Bit ? UInt64(word(bytes, start + 336)) << 32 : 0
            blocks = high | UInt64(word(bytes, start + 4))
            identity = Array(bytes[start + 104..<start + 120])
            mounts = half(bytes, start + 52)
            guard blocks > 0 else { return nil }
        }

        /// True when it still has the identity of the template that every image carries.
        public var isTemplate: Bool { identity == FileSystemHeader.templateIdentity }

        /// True when nothing was ever written to it since its image was built.
        public var isUntouched: Bool { isTemplate && mounts == 0 }

        /// The blocks it should have on a device of that size; nil when it fills it already.
        ///
        /// The kernel leaves out a last group that is too small for its own tables, so less than
        /// a group of 8 blocks of bitmaps is no reason to try again at every boot.
        public func blocks(growingTo deviceBytes: UInt64) -> UInt64? {
            let room = deviceBytes / blockBytes
            let group = blockBytes * 8
            return room >= blocks + group || (room > blocks && blocks < group) ? room : nil
        }
    }

    /// The UUID of the template in every image: "PISCES-TEMPLATE!" in ASCII.
    public static let templateIdentity = Array("PISCES-TEMPLATE!".utf8)

    /// The superblock of an ext4 that nobody ever wrote to, in the first bytes of its device, with
    /// another seed for the hashes of its folders, which the template has in common with all.
    public static func superblock(of bytes: [UInt8], seed: [UInt8]) -> [UInt8] {
        var block = Array(bytes[start..<start + 1024])
        block.replaceSubrange(0xEC..<0xFC, with: seed.prefix(16))
        let sum = checksum(block[..<0x3FC])
        for byte in 0..<4 { block[0x3FC + byte] = UInt8(truncatingIfNeeded: sum >> (8 * byte)) }
        return block
    }

    /// CRC-32C (RFC 3720, appendix B.4) as ext4 has it: not inverted at the end.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
                sum >> 1 ^ (sum & 1 == 0 ? 0 : 0x82F6_3B78)
            }
        }
    }

    private static func half(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        half(bytes, at) | half(bytes, at + 2) << 16
    }
}
