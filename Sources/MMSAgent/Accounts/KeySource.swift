internal import Host
internal import Resources

/// The keys of OpenSSH: who may come in, whom one knows, and what private keys lie about.
final class KeySource: LevelSource {
    private(set) var contract = SensorContract(
        name: "keys", kinds: [Kind.authorizedKey, Kind.knownHost, Kind.sshKey],
        mechanism: "inotify on .ssh of every home folder and on /etc/ssh",
        why: "their folders tell of every change of these files",
        privilege: "CAP_DAC_READ_SEARCH: homes are their owners'",
        fallback: "reads what this user may read, and says what not", mayMiss: missed)
    private static let missed =
        "keys that commands of sshd give (AuthorizedKeysCommand), and "
        + "those in places that sshd_config names itself; private keys outside of .ssh"
    private static let system = "/etc/ssh"
    private var paths: Set<String> = ["/etc/passwd", system]

    var watched: WatchedPaths? { WatchedPaths(named: paths) }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        var files = ConfigReader(kernel)
        watch(Homes(&files))
        return []
    }

    private func watch(_ homes: Homes) {
        paths = Set(homes.all.map { $0.path + "/.ssh" }).union(["/etc/passwd", Self.system])
    }

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        let homes = Homes(&files)
        watch(homes)
        var found = Found()
        for home in homes.all {
            let folder = home.path + "/.ssh"
            for path in files.folder(folder) { found.add(path, of: home, &files) }
        }
        let host = Homes.Home(user: "", uid: 0, path: "")
        for path in files.folder(Self.system) { found.add(path, of: host, &files) }
        contract.mayMiss =
            Self.missed + files.complaint
            + (homes.isCut ? "; homes after the first \(Limits.homes.value)" : "")
        return .whole(found.seen)
    }

    private struct Found {
        var seen: [Seen] = []
        private var names: [TypeName: NameRoll] = [:]

        init() {}

        /// Adds what a file of a `.ssh` or of `/etc/ssh` holds; the latter has no user.
        mutating func add(_ path: String, of home: Homes.Home, _ files: inout ConfigReader) {
            let name = path.split(separator: "/").last ?? ""
            switch name {
            case "authorized_keys", "authorized_keys2":
                for line in files.lines(path) where !line.isComment {
                    if let key = AuthorizedKey(line.text) { add(key, line, path, home) }
                }
            case "known_hosts", "known_hosts2", "ssh_known_hosts", "ssh_known_hosts2":
                for line in files.lines(path) where !line.isComment {
                    if let host = KnownHost(line.text) { add(host, path, home) }
                }
            case "config", "ssh_config", "sshd_config", "moduli": break
            default:
                guard !name.hasSuffix(".pub"),
                    let head = files.kernel.read(path, at: 0, count: PrivateKey.head),
                    let key = PrivateKey(head)
                else { break }
                add(key, path, home)
            }
        }

        private mutating func add(
            _ type: TypeName, _ name: String, _ data: ValueMap, _ key: PublicKey?,
            _ home: Homes.Home
        ) {
            var data = data
            data["keyType"] = key.map { .text($0.type) }
            data["fingerprint"] = key.map { .text($0.fingerprint) }
            data["bits"] = key?.bits.map { .int(Int64($0)) }
            var one = Seen(type, names[type, default: NameRoll()].take(name), data)
            if !home.user.isEmpty {
                one.data["user"] = .text(home.user)
                one.data["uid"] = .int(Int64(home.uid))
                one.links["USER"] = [.user(home.user)]
            }
            seen.append(one)
        }

        private mutating func add(
            _ key: AuthorizedKey, _ line: ConfigLine, _ path: String, _ home: Homes.Home
        ) {
            var data: ValueMap = ["file": .text(path), "line": .int(Int64(line.number))]
            data["comment"] = .unlessEmpty(key.comment)
            data["options"] = .unlessEmpty(key.options)
            let who = home.user.isEmpty ? path : home.user
            add(Kind.authorizedKey, "\(who) \(key.key.fingerprint)", data, key.key, home)
        }

        private mutating func add(_ host: KnownHost, _ path: String, _ home: Homes.Home) {
            var data: ValueMap = ["file": .text(path), "hashed": .bool(host.isHashed)]
            data["hosts"] = .unlessEmpty(host.hosts)
            data["marker"] = host.marker.map { .text($0) }
            let what = host.hosts.first ?? host.key.fingerprint
            add(Kind.knownHost, "\(path) \(what) \(host.key.type)", data, host.key, home)
        }

        private mutating func add(_ key: PrivateKey, _ path: String, _ home: Homes.Home) {
            let data: ValueMap = [
                "path": .text(path), "format": .text(key.format),
                "encrypted": .bool(key.isEncrypted),
            ]
            add(Kind.sshKey, path, data, key.key, home)
        }
    }
}
