/// An inode of EROFS: compact, 32 bytes, or extended, 64, when size or links need it. All belong
/// to user and group 0. A compact one has the time of the superblock.
struct EROFSInode {
    /// What `stat` shows as its number.
    let number: Int
    /// Bytes of its content.
    let size: Int64
    /// Names that lead to it.
    let links: Int
    /// Its place in the file system, a multiple of 32.
    var place: Int64 = 0
    /// The first block of its content, when it has any.
    var block: Int64 = 0
    /// True when its content is behind it.
    var isInline = false

    /// Inodes begin at multiples of this.
    static let slot: Int64 = 32

    /// An inode that has no place yet.
    init(number: Int, size: Int64, links: Int) {
        self.number = number
        self.size = size
        self.links = links
    }

    /// True when it takes 64 bytes.
    var isExtended: Bool { size > Int64(UInt32.max) || links > Int(UInt16.max) }
    /// What it takes.
    var bytes: Int64 { isExtended ? 64 : 32 }
    /// What directories call it: its place in slots.
    var name: UInt64 { UInt64(place / Self.slot) }

    /// Bit 0: extended; bits 1 to 3: 0 plain blocks, 2 content behind the inode.
    private var format: UInt16 { (isExtended ? 1 : 0) | (isInline ? 2 << 1 : 0) }

    /// Its bytes; `mode` has the kind of file in it, the time is in seconds since 1970.
    func encoded(mode: UInt16, timestamp: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: format)
        bytes.append(little: 0 as UInt16)
        bytes.append(little: mode)
        bytes.append(little: isExtended ? 0 : UInt16(links))
        // 32 bits and a reserved word in a compact one: the same bytes.
        bytes.append(little: UInt64(size))
        bytes.append(little: UInt32(block))
        bytes.append(little: UInt32(number))
        // User and group: 16 bits each and a reserved word, or 32 bits each.
        bytes.append(little: 0 as UInt64)
        return isExtended ? extended(bytes, timestamp) : bytes
    }

    /// The second half: time, nanoseconds, links.
    private func extended(_ half: [UInt8], _ timestamp: Int64) -> [UInt8] {
        var bytes = half
        bytes.append(little: UInt64(timestamp))
        bytes.append(little: 0 as UInt32)
        bytes.append(little: UInt32(links))
        bytes.pad(to: 64)
        return bytes
    }
}
