/// A read-only file system of a tree: EROFS, uncompressed (Documentation/filesystems/erofs.rst of
/// Linux, "On-disk details"; fs/erofs/erofs_fs.h of Linux 6.1).
///
/// Block 0 has the superblock and the root's inode, which lie alone because its checksum covers
/// the block. Inodes follow in the order of the tree, each with its content behind it when that
/// is small. Then come directories and files in whole blocks; a blob that several files have is
/// there once.
struct RootFileSystem {
    /// Bytes of a block.
    static let block: Int64 = 4096
    /// Content of at most this many bytes lies in its inode's block.
    static let inlineMost: Int64 = 2048

    private let tree: RootTree
    private let identity: [UInt8]
    private let timestamp: Int64
    private var inodes: [EROFSInode] = []
    /// Bytes before the first block of content.
    private var metadataBytes: Int64 = 0
    /// All blocks.
    private(set) var blocks: Int64 = 0

    /// Lays out a tree; reads nothing. `identity` is its UUID, 16 bytes.
    init(_ tree: RootTree, identity: [UInt8], timestamp: Int64) {
        self.tree = tree
        self.identity = identity
        self.timestamp = timestamp
        placeInodes()
        placeContent()
    }

    /// Gives each inode its place, the number of which is its name in directories.
    private mutating func placeInodes() {
        var end: Int64 = EROFSSuperblock.offset + EROFSSuperblock.bytes
        for (index, node) in tree.nodes.enumerated() {
            let size = self.size(of: node)
            let links = node.isDirectory ? node.directories + 2 : 1
            var inode = EROFSInode(number: index + 1, size: size, links: links)
            inode.isInline = (1...Self.inlineMost).contains(size)
            let whole = inode.bytes + (inode.isInline ? size : 0)
            // Neither an inode nor what is behind it may cross the end of a block.
            if index == 1 || end % Self.block + whole > Self.block {
                end = end.rounded(upTo: Self.block)
            }
            inode.place = end
            end = (end + whole).rounded(upTo: EROFSInode.slot)
            inodes.append(inode)
        }
        metadataBytes = end.rounded(upTo: Self.block)
    }

    private func size(of node: RootTree.Node) -> Int64 {
        switch node.content {
        case .directory: EROFSDirectory.bytes(of: node.children.map { tree.nodes[$0].name })
        case .symlink(let target): Int64(target.count)
        case .bytes(let bytes): Int64(bytes.count)
        case .blob(let blob): blob.size
        }
    }

    /// Gives blocks to what is not small; directories come first, for they are read first.
    private mutating func placeContent() {
        var next = metadataBytes / Self.block
        var shared: [Blob: Int64] = [:]
        for index in contentOrder {
            let size = inodes[index].size
            if case .blob(let blob) = tree.nodes[index].content {
                if let block = shared[blob] {
                    inodes[index].block = block
                    continue
                }
                shared[blob] = next
            }
            inodes[index].block = next
            next += size.rounded(upTo: Self.block) / Self.block
        }
        blocks = next
    }

    /// The inodes that have blocks, directories before all others.
    private var contentOrder: [Int] {
        let large = inodes.indices.filter { inodes[$0].size > 0 && !inodes[$0].isInline }
        return large.filter { tree.nodes[$0].isDirectory }
            + large.filter { !tree.nodes[$0].isDirectory }
    }

    /// All blocks. The superblock's checksum is over block 0, whose bytes are all known.
    func content() -> Rope {
        var metadata = Rope(firstBlock())
        for index in tree.nodes.indices.dropFirst() {
            let inode = inodes[index]
            metadata.pad(to: inode.place)
            metadata.append(inode.encoded(mode: mode(index), timestamp: timestamp))
            if inode.isInline { append(index, to: &metadata) }
        }
        metadata.pad(to: metadataBytes)
        appendContent(to: &metadata)
        return metadata
    }

    private func firstBlock() -> [UInt8] {
        var bytes = [UInt8](
            repeating: 0, count: Int(EROFSSuperblock.offset + EROFSSuperblock.bytes))
        bytes += inodes[0].encoded(mode: mode(0), timestamp: timestamp)
        if inodes[0].isInline { bytes += entries(0) }
        bytes.pad(to: Int(Self.block))
        let superblock = EROFSSuperblock(
            identity: identity, timestamp: timestamp, blocks: blocks, inodes: inodes.count,
            root: inodes[0].name)
        superblock.write(into: &bytes)
        return bytes
    }

    private func appendContent(to rope: inout Rope) {
        for index in contentOrder where inodes[index].block * Self.block == rope.size {
            append(index, to: &rope)
            rope.pad(toMultipleOf: Self.block)
        }
    }

    private func append(_ index: Int, to rope: inout Rope) {
        switch tree.nodes[index].content {
        case .directory: rope.append(entries(index))
        case .symlink(let target): rope.append(target)
        case .bytes(let bytes): rope.append(bytes)
        case .blob(let blob): rope.append(blob)
        }
    }

    private func mode(_ index: Int) -> UInt16 {
        let node = tree.nodes[index]
        return switch node.content {
        case .directory: 0o040000 | node.mode
        case .symlink: 0o120000 | node.mode
        case .bytes, .blob: 0o100000 | node.mode
        }
    }

    private func entries(_ index: Int) -> [UInt8] {
        let node = tree.nodes[index]
        let own = [
            EROFSDirectory.Entry(
                name: Array(".".utf8), inode: inodes[index].name, kind: .directory),
            EROFSDirectory.Entry(
                name: Array("..".utf8), inode: inodes[node.parent].name, kind: .directory),
        ]
        let others = node.children.map { child in
            let kind: EROFSDirectory.Kind =
                switch tree.nodes[child].content {
                case .directory: .directory
                case .symlink: .symlink
                case .bytes, .blob: .file
                }
            return EROFSDirectory.Entry(
                name: tree.nodes[child].name, inode: inodes[child].name, kind: kind)
        }
        return EROFSDirectory.encoded(own + others)
    }
}
