/// The content of a directory of EROFS: blocks that each have fixed entries and then their names,
/// all in bytewise order, so that the kernel finds a name by halving.
enum EROFSDirectory {
    /// What a name leads to, as `d_type` has it less the difference (FT_* of erofs_fs.h).
    enum Kind: UInt8 {
        case file = 1
        case directory = 2
        case symlink = 7
    }

    /// A name in a directory.
    struct Entry {
        var name: [UInt8]
        var inode: UInt64
        var kind: Kind
    }

    private static let entryBytes = 12

    /// Bytes of a directory that holds those names besides `.` and `..`.
    static func bytes(of names: [[UInt8]]) -> Int64 {
        let all = names + [Array(".".utf8), Array("..".utf8)]
        let sizes = all.sorted { $0.lexicographicallyPrecedes($1) }.map(\.count)
        let blocks = split(sizes)
        guard let last = blocks.last else { return 0 }
        let end = sizes[last].reduce(0) { $0 + entryBytes + $1 }
        return Int64(blocks.count - 1) * RootFileSystem.block + Int64(end)
    }

    /// The directory of those entries.
    static func encoded(_ entries: [Entry]) -> [UInt8] {
        let sorted = entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        var bytes: [UInt8] = []
        for part in split(sorted.map(\.name.count)) {
            bytes.pad(to: bytes.count.rounded(upTo: Int(RootFileSystem.block)))
            bytes += block(sorted[part])
        }
        return bytes
    }

    private static func block(_ entries: ArraySlice<Entry>) -> [UInt8] {
        var bytes: [UInt8] = []
        var names: [UInt8] = []
        for entry in entries {
            bytes.append(little: entry.inode)
            bytes.append(little: UInt16(entries.count * entryBytes + names.count))
            bytes += [entry.kind.rawValue, 0]
            names += entry.name
        }
        return bytes + names
    }

    /// Which entries share a block: as many as fit, in order.
    private static func split(_ sizes: [Int]) -> [Range<Int>] {
        var (blocks, start, sum) = ([Range<Int>](), 0, 0)
        for (index, size) in sizes.enumerated() {
            if sum + entryBytes + size > Int(RootFileSystem.block) {
                blocks.append(start..<index)
                (start, sum) = (index, 0)
            }
            sum += entryBytes + size
        }
        if start < sizes.count { blocks.append(start..<sizes.count) }
        return blocks
    }
}
