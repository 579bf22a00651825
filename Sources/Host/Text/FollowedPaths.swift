/// Paths that are followed, and how a folder lies to them.
struct FollowedPaths: Sendable {
    /// How a folder lies to what is followed.
    enum Place: Hashable, Sendable {
        /// In it, or it itself.
        case inside
        /// A folder that leads to it.
        case above
        case outside
    }

    private let roots: Set<String>
    /// The folders above the roots.
    private let above: Set<String>

    init(_ roots: Set<String> = []) {
        self.roots = roots
        var above: Set<String> = []
        for root in roots {
            var rest = root[...]
            while let slash = rest.lastIndex(of: "/") {
                rest = rest[..<slash]
                if !above.insert(rest.isEmpty ? "/" : String(rest)).inserted { break }
            }
        }
        self.above = above
    }

    /// Where a folder lies.
    func place(_ path: [UInt8]) -> Place {
        let text = String(decoding: path, as: UTF8.self)
        if contains(text) { return .inside }
        return above.contains(text) ? .above : .outside
    }

    /// True for a root, for what is in one, and for a folder that leads to one.
    func leads(_ path: [UInt8]) -> Bool { place(path) != .outside }

    private func contains(_ path: String) -> Bool {
        var rest = path[...]
        while !rest.isEmpty {
            if roots.contains(String(rest)) { return true }
            guard let slash = rest.lastIndex(of: "/") else { return false }
            rest = rest[..<slash]
        }
        return roots.contains("/")
    }
}
