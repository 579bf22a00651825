/// What the first bytes of a file system say about it.
public enum FileSystemHeader {
    /// Bytes from the start of a device that hold both headers.
    public static let bytesNeeded = 2048
    /// Where both file systems keep their superblock.
    private static let start = 1024

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
            guard blocks > 0 else { return nil }
        }

        /// True when it still has the identity of the template that every image carries.
        public var isTemplate: Bool { identity == FileSystemHeader.templateIdentity }

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

    private static func half(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        half(bytes, at) | half(bytes, at + 2) << 16
    }
}
