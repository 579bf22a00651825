internal import Host
internal import Resources

/// Which package a file of the roots came with, by dpkg's lists.
///
/// The lists have every path of every package, 161,000 on a workstation; only those in the roots
/// are kept. A list is read again when it was replaced.
struct FileOwners: Sendable {
    static let folder = "/var/lib/dpkg/info"

    private struct List: Sendable {
        var inode: UInt64
        var changed: Int64
        var paths: [String]
    }

    private var lists: [String: List] = [:]
    private var packages: [String: String] = [:]
    private var roots = FileRoots()

    init() {}

    /// The package of a file.
    subscript(_ path: String) -> String? { packages[path] }

    /// Reads the lists that are new or were replaced since.
    mutating func refresh(_ roots: FileRoots, _ kernel: any Kernel) {
        if roots != self.roots {
            self.roots = roots
            lists = [:]
        }
        var found: [String: List] = [:]
        var same = true
        let prefixes = Prefixes(roots, kernel)
        for name in kernel.list(Self.folder) ?? [] where name.hasSuffix(".list") {
            let path = "\(Self.folder)/\(name)"
            guard let status = kernel.status(path, following: false) else { continue }
            if let old = lists[name], old.inode == status.inode, old.changed == status.changed {
                found[name] = old
                continue
            }
            same = false
            found[name] = List(
                inode: status.inode, changed: status.changed,
                paths: prefixes.paths(in: kernel.read(path) ?? []))
        }
        if same, found.count == lists.count { return }
        lists = found
        packages = [:]
        // A path of several packages is that of the first: a folder, or one diverted.
        let native = DpkgReader.nativeArchitecture(kernel)
        for name in found.keys.sorted() {
            let package = Self.label(name.dropLast(5), native)
            for path in found[name]?.paths ?? [] where packages[path] == nil {
                packages[path] = package
            }
        }
    }

    /// `name:arch.list` is of what dpkg calls `name` when that is the machine's own architecture.
    static func label(_ name: Substring, _ native: String?) -> String {
        guard let native, name.hasSuffix(":" + native) else { return String(name) }
        return String(name.dropLast(native.count + 1))
    }

    /// What the paths of the roots begin with in the lists: those of packages may go through links
    /// such as `/bin`.
    struct Prefixes {
        private var written: [(from: [UInt8], to: String)] = []
        private let roots: FileRoots

        init(_ roots: FileRoots, _ kernel: any Kernel) {
            self.roots = roots
            for root in Set(roots.paths).union(FileRoots.standard) {
                written.append((Array(root.utf8), realPath(root, kernel)))
            }
            written.sort { $0.from.count > $1.from.count }
        }

        /// The paths of a list that are in the roots, by their real path.
        func paths(in list: [UInt8]) -> [String] {
            var found: [String] = []
            var start = 0
            for index in list.indices where list[index] == 10 {
                if let path = path(list[start..<index]) { found.append(path) }
                start = index + 1
            }
            return found
        }

        private func path(_ line: ArraySlice<UInt8>) -> String? {
            guard line.count > 3 else { return nil }
            for (from, to) in written where line.starts(with: from) {
                let rest = line.dropFirst(from.count)
                guard rest.isEmpty || rest.first == 0x2F else { continue }
                let path = to + lossyText(rest)
                return roots.contains(path) ? path : nil
            }
            return nil
        }
    }
}
