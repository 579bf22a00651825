extension Description {
    /// What the writers of an image are told, all of it fixed, so that equal descriptions give
    /// equal bytes. All sizes are in bytes.
    public struct Parameters: Hashable, Sendable {
        /// The partition of the firmware (FAT32).
        public var espBytes: Int64 = 128 << 20
        /// Each of the two partitions of a root (EROFS).
        public var rootBytes: Int64 = 256 << 20
        /// Each of the two partitions of a hash tree (dm-verity).
        public var verityBytes: Int64 = 4 << 20
        /// The least the partition of the data has to get.
        public var dataBytes: Int64 = 64 << 20
        /// Bytes of a block of the root and of the hash tree.
        public var blockBytes: Int64 = 4096
        /// What is hashed before each block of the tree; 0 to 32 bytes.
        public var salt: [UInt8] = []
        /// What all GUIDs of the image are made from; 16 bytes.
        public var seed = [UInt8]("pisces image 001".utf8)
        /// The time of every file, in seconds since 1970.
        public var timestamp: Int64 = 0

        /// The usual ones.
        public init() {}

        /// Bytes of the smallest disk that holds the image: tables of partitions at both ends, and
        /// all partitions on boundaries of a MiB.
        public var diskBytes: Int64 {
            (1 << 20) + espBytes + 2 * (rootBytes + verityBytes) + dataBytes + (1 << 20)
        }
    }
}
