internal import Host
internal import Resources

/// The home folders of the accounts, each once, with whose it is.
struct Homes {
    /// A home folder, by the first account that has it.
    struct Home: Hashable, Sendable {
        var user: String, uid: UInt32, path: String
    }

    private(set) var all: [Home] = []
    /// True when there are more than are looked at.
    private(set) var isCut = false

    init(_ files: inout ConfigReader) {
        var known: Set<String> = []
        for user in PasswordLine.all(files.bytes("/etc/passwd") ?? []) {
            var path = user.home
            while path.count > 1, path.hasSuffix("/") { path.removeLast() }
            // Nobody keeps anything at home in `/` or in a folder that is not there.
            guard path.hasPrefix("/"), path != "/", path != "/nonexistent",
                path.utf8.count <= Limits.nameBytes.value, known.insert(path).inserted
            else { continue }
            if all.count == Limits.homes.value {
                isCut = true
                return
            }
            all.append(Home(user: user.name, uid: user.uid, path: path))
        }
    }
}
