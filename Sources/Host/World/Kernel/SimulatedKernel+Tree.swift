internal import Resources

/// A file of the World: contents, or a target for a link. Folders are there by what is in them.
public struct SimulatedEntry: Hashable, Sendable {
    /// What it holds.
    public var bytes: [UInt8]
    /// Where it points, for a link.
    public var target: String?
    /// True when this reader may not read it.
    public var isRefused: Bool
    var inode: UInt64
    var modified: Int64
}

/// What a netlink request is answered in the World: the datagrams, and how the answer ends.
public typealias SimulatedAnswer = (_ request: [UInt8]) -> ([[UInt8]], DumpOutcome)

extension SimulatedKernel {
    // MARK: The tree

    /// Writes a file, making it when there is none, and tells those who watch it.
    public func write(_ path: String, _ text: String, isRefused: Bool = false) {
        write(path, bytes: Array(text.utf8), isRefused: isRefused)
    }

    /// Writes a file of any bytes.
    public func write(_ path: String, bytes: [UInt8], isRefused: Bool = false) {
        keep(
            path,
            SimulatedEntry(
                bytes: bytes, target: nil, isRefused: isRefused, inode: 0, modified: 0))
    }

    /// Makes a symbolic link.
    public func link(_ path: String, to target: String) {
        keep(
            path,
            SimulatedEntry(
                bytes: [], target: target, isRefused: false, inode: 0, modified: 0))
    }

    private func keep(_ path: String, _ file: SimulatedEntry) {
        time.advance(milliseconds: 1)
        lastInode += 1
        var file = file
        file.inode = files[path]?.inode ?? lastInode
        file.modified = time.now.milliseconds * 1_000_000
        let kind: FileEvent.Kind = files[path] == nil ? [.appeared, .contents] : .contents
        files[path] = file
        announce(path, kind)
        send(.file(path), [0])
    }

    /// Removes a file, or a folder with all in it.
    public func remove(_ path: String) {
        for name in files.keys.sorted() where name == path || name.hasPrefix(path + "/") {
            files[name] = nil
            announce(name, .vanished)
        }
    }

    private func announce(_ path: String, _ kind: FileEvent.Kind) {
        for watch in fileWatches { watch.tell(path) }
        let start = table[writer]?.start ?? 0
        for feed in fileFeeds { feed.tell(path, kind, by: writer, start) }
    }

    /// The file at a path, through links of its last part; nil for a loop or none.
    func resolved(_ path: String) -> SimulatedEntry? {
        var path = path
        for _ in 0..<8 {
            guard let file = files[path] else { return nil }
            guard let target = file.target else { return file }
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            path = target.hasPrefix("/") ? target : "/\(folder)/\(target)"
        }
        return nil
    }

    public func list(_ folder: String) -> [String]? {
        beforeRead?()
        let inside = folder == "/" ? "/" : folder + "/"
        let names = files.keys.filter { $0.hasPrefix(inside) }.compactMap { path in
            path.dropFirst(inside.count).split(separator: "/").first.map { String($0) }
        }
        return names.isEmpty ? nil : Set(names).sorted()
    }

    public func link(_ path: String) -> String? { files[path]?.target }

    public func status(_ path: String, following: Bool) -> FileStatus? {
        if let file = following ? resolved(path) : files[path] {
            return FileStatus(
                kind: file.target == nil ? .file : .link, device: 1, inode: file.inode,
                mode: 0o644, size: Int64(file.bytes.count), modified: file.modified,
                changed: file.modified)
        }
        let isFolder = files.keys.contains { $0.hasPrefix(path + "/") }
        return isFolder ? FileStatus(kind: .directory, device: 1, mode: 0o755) : nil
    }

    public func watchFiles() throws(KernelError) -> any FileWatch {
        let watch = SimulatedFileWatch()
        fileWatches.append(watch)
        return watch
    }

    // MARK: Netlink and streams

    public func netlink(
        _ family: Int32, groups: [UInt32], bufferBytes: Int, slot: Int
    ) throws(KernelError) -> any KernelFeed {
        if isUnprivileged {
            throw KernelError(
                operation: "join netlink \(family)", cause: "Operation not permitted",
                remedy: "grant CAP_NET_ADMIN")
        }
        return open(.netlink(family), capacity: max(1, bufferBytes / 832))
    }

    /// Sends a datagram to all feeds of a netlink family.
    public func send(netlink family: Int32, _ datagram: [UInt8]) {
        send(.netlink(family), datagram)
    }

    public func ask(
        _ family: Int32, _ request: [UInt8], _ take: (RawSpan) -> Void
    ) -> DumpOutcome {
        beforeRead?()
        guard let answer = answers[family] else { return .failed("Protocol not supported") }
        let (datagrams, outcome) = answer(request)
        for datagram in datagrams { unsafe take(datagram.span.bytes) }
        return outcome
    }

    public func stream(_ stream: KernelStream) throws(KernelError) -> any KernelFeed {
        open(.stream(stream), capacity: 64)
    }

    /// Sends a datagram to all feeds of a stream.
    public func send(_ stream: KernelStream, _ datagram: [UInt8]) {
        send(.stream(stream), datagram)
    }
}

/// Changes of files of the World: all that is under a watched path is told.
final class SimulatedFileWatch: FileWatch {
    let descriptor: Int32? = nil
    let isUrgent = false
    private(set) var hasGrown = false
    private var wanted = WatchedPaths()
    private var queue: [String] = []

    func become(_ paths: WatchedPaths) -> [String: String] {
        hasGrown = !paths.named.union(paths.exact).isSubset(of: wanted.named.union(wanted.exact))
        wanted = paths
        return [:]
    }

    func tell(_ path: String) {
        let folder = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
        let concerns =
            wanted.exact.contains(path) || wanted.exact.contains(folder)
            || wanted.named.contains(path)
            || wanted.named.contains(folder)
        if concerns { queue.append(path) }
    }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        for path in queue { unsafe take(Array(path.utf8).span.bytes) }
        queue = []
        return .empty
    }

    func close() { queue = [] }
}
