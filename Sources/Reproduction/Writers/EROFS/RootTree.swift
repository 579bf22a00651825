/// The names of a root before they have places in it.
struct RootTree {
    /// What a name is.
    enum Content: Hashable {
        case directory
        case symlink([UInt8])
        case bytes([UInt8])
        case blob(Blob)
    }

    /// A name; that of the root is empty.
    struct Node {
        let name: [UInt8]
        let mode: UInt16
        let content: Content
        let parent: Int
        var children: [Int] = []
        var directories = 0

        var isDirectory: Bool { content == .directory }
    }

    /// All of it; the root is the first, and everything comes after what it is in.
    private(set) var nodes: [Node]
    private var places: [[UInt8]: Int]

    /// Only a root.
    init(mode: UInt16 = 0o755) {
        nodes = [Node(name: [], mode: mode, content: .directory, parent: 0)]
        places = [[]: 0]
    }

    /// Adds what is at a relative path, and directories of mode 0755 that it is in when they are
    /// not there. False when the path is taken, or leads through something else.
    mutating func add(_ path: String, mode: UInt16, _ content: Content) -> Bool {
        add(Array(path.utf8), mode: mode, content)
    }

    private mutating func add(_ path: [UInt8], mode: UInt16, _ content: Content) -> Bool {
        guard places[path] == nil else { return false }
        let slash = path.lastIndex(of: UInt8(ascii: "/"))
        let above = slash.map { Array(path[..<$0]) } ?? []
        if places[above] == nil, !add(above, mode: 0o755, .directory) { return false }
        guard let parent = places[above], nodes[parent].isDirectory else { return false }
        let name = Array(path[(slash.map { $0 + 1 } ?? 0)...])
        places[path] = nodes.count
        nodes[parent].children.append(nodes.count)
        if content == .directory { nodes[parent].directories += 1 }
        nodes.append(Node(name: name, mode: mode, content: content, parent: parent))
        return true
    }

    /// The names from the root to a node.
    func path(of index: Int) -> [String] {
        var (names, index) = ([String](), index)
        while index != 0 {
            names.append(String(decoding: nodes[index].name, as: UTF8.self))
            index = nodes[index].parent
        }
        return names.reversed()
    }

    /// The blobs of all files, as often as they are in it.
    var blobs: [Blob] {
        nodes.compactMap { if case .blob(let blob) = $0.content { blob } else { nil } }
    }
}
