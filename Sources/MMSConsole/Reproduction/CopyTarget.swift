internal import Resources

/// Where a copy goes, as people spell it: `PATH`, `dir:PATH`, `image:PATH`, `device:PATH`,
/// `ssh://[user@]host[:port][/directory]`, or `qemu:NAME`.
struct CopyTarget: Equatable {
    let kind: Kind
    /// A path, an address, or the name of a guest.
    let path: String

    /// What a running system copies itself to.
    enum Kind: String {
        case directory, image, device, host
        /// A machine that this one makes of itself, under qemu.
        case guest

        /// True for what boots when it is made.
        var boots: Bool { self == .image || self == .device || self == .guest }
    }

    private static let kinds: [(prefix: String, kind: Kind)] = [
        ("dir:", .directory), ("image:", .image), ("device:", .device), ("qemu:", .guest),
    ]

    /// Reads the text; nil for a kind that is not built by a running system alone.
    init?(_ text: String) {
        for (prefix, kind) in Self.kinds where text.hasPrefix(prefix) {
            self.init(kind, String(text.dropFirst(prefix.utf8.count)))
            return
        }
        if text.hasPrefix("ssh://") {
            self.init(.host, text)
            return
        }
        for prefix in ["ssh:", "slot:"] where text.hasPrefix(prefix) { return nil }
        self.init(.directory, text)
    }

    init(_ kind: Kind, _ path: String) {
        self.kind = kind
        self.path = path
    }

    /// True when `path` is a path of a machine, which the command line makes absolute.
    var isPath: Bool { kind != .host && kind != .guest }

    /// The text that says the same.
    var text: String {
        (Self.kinds.first { $0.kind == kind }?.prefix ?? "") + path
    }
}
