internal import Host
internal import Resources

/// Which files are resources: those in the roots (RFD 0006).
struct FileRoots: Hashable, Sendable {
    /// Roots of the operator's: a path a line, `-` before one that is left out.
    static let file = "/etc/pisces/files"
    /// What runs with the system's rights, how it is set up, and what starts it.
    static let standard = [
        "/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin", "/etc",
        "/usr/lib/systemd", "/lib/systemd", "/boot",
    ]
    /// Farms of links that are made from others.
    static let standardLeftOut = ["/etc/alternatives", "/etc/ssl/certs"]

    private(set) var paths: Set<String> = []
    private(set) var leftOut: Set<String> = []

    /// No roots.
    init() {}

    /// The standard roots and those of the operator's file, each by its real path.
    init(_ kernel: any Kernel) {
        var paths = Self.standard
        var leftOut = Self.standardLeftOut
        for line in (kernel.read(Self.file) ?? []).split(separator: 10) {
            if line.first == 0x2D {
                leftOut += pathLines(Array(line.dropFirst()))
            } else {
                paths += pathLines(Array(line))
            }
        }
        self.paths = Set(paths.prefix(Limits.packageFolders.value).map { realPath($0, kernel) })
        self.leftOut = Set(leftOut.map { realPath($0, kernel) })
        // A root may stand in a folder that is left out, and the other way round.
        self.leftOut.subtract(self.paths)
    }

    /// True for a root and what is below one, unless something nearer to it is left out.
    func contains(_ path: String) -> Bool {
        var rest = path[...]
        while !rest.isEmpty {
            if leftOut.contains(String(rest)) { return false }
            if paths.contains(String(rest)) { return true }
            guard let slash = rest.lastIndex(of: "/") else { return false }
            rest = rest[..<slash]
        }
        return false
    }

    /// The roots that lie in no other, in order.
    var tops: [String] {
        paths.filter { path in
            !paths.contains { path != $0 && path.hasPrefix($0 + "/") }
        }.sorted()
    }
}

/// A path without links in it: a part that cannot be read stays as it is, and after 40 links the
/// rest does, as the kernel would refuse it.
func realPath(_ path: String, _ kernel: any Kernel) -> String {
    var rest = path.split(separator: "/").map { String($0) }[...]
    var done: [String] = []
    var links = 0
    while let part = rest.popFirst() {
        if part == "." { continue }
        if part == ".." {
            _ = done.popLast()
            continue
        }
        let here = "/" + (done + [part]).joined(separator: "/")
        guard links < 40, let target = kernel.link(here) else {
            done.append(part)
            continue
        }
        links += 1
        if target.hasPrefix("/") { done = [] }
        rest = (target.split(separator: "/").map { String($0) } + rest)[...]
    }
    return "/" + done.joined(separator: "/")
}
