/// A file or directory of a FAT volume, and where its clusters are.
struct FATNode {
    let name: String
    /// A file's bytes; nil for a directory.
    let content: Rope?
    /// What is in a directory, in bytewise order of the names.
    private(set) var children: [FATNode] = []
    /// Its first cluster; 0 for an empty file.
    private(set) var cluster: Int64 = 0

    init(directory name: String) {
        self.name = name
        content = nil
    }

    private init(file name: String, _ content: Rope) {
        self.name = name
        self.content = content
    }

    var isDirectory: Bool { content == nil }

    /// Puts a file where a path leads, in directories that are made on the way.
    mutating func insert(_ path: ArraySlice<Substring>, _ content: Rope) {
        guard let first = path.first else { return }
        let name = String(first)
        if path.count == 1 {
            children.append(FATNode(file: name, content))
        } else if let index = children.firstIndex(where: { $0.name == name }) {
            children[index].insert(path.dropFirst(), content)
        } else {
            var child = FATNode(directory: name)
            child.insert(path.dropFirst(), content)
            children.append(child)
        }
        children.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Bytes of its clusters that are in use.
    private func bytes(isRoot: Bool) -> Int64 {
        content?.size ?? FATDirectory.bytes(of: self, isRoot: isRoot)
    }

    /// Gives it and what is in it clusters from `next` on, and notes the length of each run.
    mutating func place(at next: inout Int64, runs: inout [Int64], clusterBytes: Int64) {
        let isRoot = next == 2
        let count = bytes(isRoot: isRoot).rounded(upTo: clusterBytes) / clusterBytes
        if count > 0 {
            cluster = next
            next += count
            runs.append(count)
        }
        for index in children.indices {
            children[index].place(at: &next, runs: &runs, clusterBytes: clusterBytes)
        }
    }

    /// Appends its clusters and those of what is in it, in the order in which they were placed.
    func append(
        to rope: inout Rope, parent: FATNode?, writer: FATDirectory, clusterBytes: Int64
    ) {
        let start = rope.size
        rope.append(content ?? Rope(writer.entries(of: self, parent: parent)))
        let used = rope.size - start
        rope.append(zeros: used.rounded(upTo: clusterBytes) - used)
        for child in children {
            child.append(to: &rope, parent: self, writer: writer, clusterBytes: clusterBytes)
        }
    }
}
