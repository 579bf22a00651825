internal import Host
internal import Resources

/// The options of OpenSSH's clients and server.
final class SSHOptionSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "ssh", kinds: [Kind.sshOption],
        mechanism: "inotify on /etc/ssh and .ssh of every home folder",
        why: "their folders tell of every change of these files",
        privilege: "CAP_DAC_READ_SEARCH: homes are their owners'",
        fallback: "reads what this user may read, and says what not", mayMiss: missed)
    private static let missed =
        "options given on command lines; what Match blocks decide is "
        + "not worked out"
    private static let system = "/etc/ssh"
    private var paths: Set<String> = []

    var watched: WatchedPaths? { WatchedPaths(named: paths) }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        _ = read(kernel)
        return []
    }

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        let homes = Homes(&files)
        var walk = Walk(redaction: Redaction(of: kernel))
        for name in ["ssh_config", "sshd_config"] {
            walk.visit("\(Self.system)/\(name)", base: Self.system, home: nil, 0, &files)
        }
        for home in homes.all {
            let folder = home.path + "/.ssh"
            walk.visit("\(folder)/config", base: folder, home: home, 0, &files)
        }
        paths = walk.paths.union(["/etc/passwd", Redaction.path])
        contract.mayMiss = Self.missed + files.complaint
        return .whole(walk.seen)
    }

    private struct Walk {
        let redaction: Redaction
        var seen: [Seen] = []
        var paths: Set<String> = []
        private var names = NameRoll()
        private var open: Set<String> = []
        private var count = 0

        init(redaction: Redaction) { self.redaction = redaction }

        mutating func visit(
            _ path: String, base: String, home: Homes.Home?, _ depth: Int,
            _ files: inout ConfigReader
        ) {
            paths.insert(path)
            count += 1
            guard depth < Limits.configurationDepth.value,
                count <= Limits.configurationFiles.value + Limits.homes.value,
                open.insert(path).inserted
            else { return }
            var block = ""
            for line in files.lines(path) where !line.isComment {
                let (key, value) = Self.option(line.text)
                switch key.lowercased() {
                case "include":
                    for pattern in value.split(separator: " ") {
                        for target in expand(String(pattern), base, home, &files) {
                            visit(target, base: base, home: home, depth + 1, &files)
                        }
                    }
                case "host", "match": block = line.text
                default: add(path, line.number, block, key, value, home)
                }
            }
            open.remove(path)
        }

        private static func option(_ text: String) -> (key: String, value: String) {
            let key = text.prefix { $0 != " " && $0 != "\t" && $0 != "=" }
            let rest = text.dropFirst(key.count).drop { $0 == " " || $0 == "\t" || $0 == "=" }
            return (String(key), String(rest))
        }

        private mutating func add(
            _ path: String, _ line: Int, _ block: String, _ key: String, _ value: String,
            _ home: Homes.Home?
        ) {
            let place = block.isEmpty ? path : "\(path) [\(block)]"
            var one = Seen(
                Kind.sshOption, names.take("\(place) \(key)"),
                [
                    "file": .text(path), "line": .int(Int64(line)), "option": .text(key),
                    "value": .text(redaction.redacted(shell: value)),
                ])
            one.data["block"] = .unlessEmpty(block)
            if let home {
                one.data["user"] = .text(home.user)
                one.data["uid"] = .int(Int64(home.uid))
                one.links["USER"] = [.user(home.user)]
            }
            seen.append(one)
        }

        /// The files of a pattern, whose last part alone may have `*` and `?`.
        private mutating func expand(
            _ pattern: String, _ base: String, _ home: Homes.Home?, _ files: inout ConfigReader
        ) -> [String] {
            var whole = pattern
            if whole.hasPrefix("~/"), let home { whole = home.path + whole.dropFirst() }
            if !whole.hasPrefix("/") { whole = "\(base)/\(whole)" }
            guard let slash = whole.lastIndex(of: "/"), whole.contains(where: { "*?".contains($0) })
            else { return [whole] }
            let folder = String(whole[..<slash])
            let name = Array(whole[whole.index(after: slash)...].utf8)
            paths.insert(folder)
            return files.folder(folder).filter {
                Self.matches(Array($0.utf8.dropFirst(folder.utf8.count + 1))[...], name[...])
            }
        }

        /// Whether a name fits a pattern, in time of their lengths' product.
        private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool
        {
            var (name, pattern) = (name, pattern)
            var back: (name: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
            while true {
                if pattern.first == UInt8(ascii: "*") {
                    pattern = pattern.dropFirst()
                    back = (name, pattern)
                } else if let one = name.first,
                    pattern.first == one || pattern.first == UInt8(ascii: "?")
                {
                    (name, pattern) = (name.dropFirst(), pattern.dropFirst())
                } else if name.isEmpty, pattern.isEmpty {
                    return true
                } else if let last = back, !last.name.isEmpty {
                    back = (last.name.dropFirst(), last.pattern)
                    (name, pattern) = (last.name.dropFirst(), last.pattern)
                } else {
                    return false
                }
            }
        }
    }
}
