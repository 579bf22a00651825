internal import Resources

/// Where a copy goes, as people spell it: `PATH`, `dir:PATH`, `image:PATH`, `device:PATH`, or
/// `ssh://[user@]host[:port][/directory]`.
struct CopyTarget {
    let kind: ReproductionTarget
    let path: String

    private static let kinds: [(prefix: String, kind: ReproductionTarget)] = [
        ("dir:", .directory), ("image:", .image), ("device:", .device),
    ]

    /// Reads the text; nil for a kind that is not built by a running system alone.
    init?(_ text: String) {
        for (prefix, kind) in Self.kinds where text.hasPrefix(prefix) {
            self.kind = kind
            path = String(text.dropFirst(prefix.utf8.count))
            return
        }
        if text.hasPrefix("ssh://") {
            kind = .host
            path = text
            return
        }
        for prefix in ["ssh:", "qemu:", "slot:"] where text.hasPrefix(prefix) { return nil }
        kind = .directory
        path = text
    }

    init(_ kind: ReproductionTarget, _ path: String) {
        self.kind = kind
        self.path = path
    }

    /// The text that says the same.
    var text: String {
        (Self.kinds.first { $0.kind == kind }?.prefix ?? "") + path
    }
}
