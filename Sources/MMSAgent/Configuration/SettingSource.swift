internal import Host
internal import Resources

/// What the usual files of settings say, and limits of resources.
final class SettingSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "settings", kinds: [Kind.limitRule, Kind.limit, Kind.setting],
        mechanism: "inotify on the files; poll of /proc/sys/kernel/domainname",
        why: "their folders tell of every change of these files, the kernel of its own",
        privilege: "none", fallback: "leaves out what it may not read", mayMiss: missed)
    private static let missed =
        "files of settings that are not in its list; the agent's own "
        + "limits are sampled"
    /// What the kernel does not tell of here.
    private var unheard = ""
    let sampled: [TypeName: SampledFields] = [Kind.limit: .all]
    private static let domain = "/proc/sys/kernel/domainname"
    private static let folders = ["/etc/security/limits.d", "/etc/default"]

    /// How a file is written.
    private enum Form: String, Sendable {
        /// `key value`, `key: value`, `key = value` in sections, and a value a line.
        case spaced, colon, assigned, listed
        /// `key=value` of which only the names are kept.
        case named
    }

    private static let files: [(path: String, form: Form)] = [
        ("/etc/login.defs", .spaced), ("/etc/host.conf", .spaced), ("/etc/nsswitch.conf", .colon),
        ("/etc/gai.conf", .spaced), ("/etc/shells", .listed), ("/etc/hostname", .listed),
        ("/etc/mailname", .listed), ("/etc/securetty", .listed), ("/etc/locale.conf", .assigned),
        ("/etc/environment", .named), ("/etc/adduser.conf", .assigned),
        ("/etc/deluser.conf", .assigned), ("/etc/selinux/config", .assigned),
        ("/etc/vconsole.conf", .assigned), ("/etc/fuse.conf", .assigned),
        ("/etc/security/pwquality.conf", .assigned), ("/etc/security/faillock.conf", .assigned),
        ("/etc/systemd/system.conf", .assigned), ("/etc/systemd/user.conf", .assigned),
        ("/etc/systemd/logind.conf", .assigned), ("/etc/systemd/journald.conf", .assigned),
        ("/etc/systemd/timesyncd.conf", .assigned), ("/etc/systemd/resolved.conf", .assigned),
        ("/etc/systemd/networkd.conf", .assigned), ("/etc/systemd/sleep.conf", .assigned),
    ]

    let watched: WatchedPaths? = WatchedPaths(
        named: Set(
            files.map(\.path) + folders + ["/etc/security/limits.conf", Redaction.path]))

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            return [try kernel.watch(Self.domain, trigger: nil)]
        } catch {
            contract.mechanism = "inotify on the files"
            unheard = "; changes of the domain name (\(error.cause)), until the sweep"
            contract.mayMiss = Self.missed + unheard
            return []
        }
    }

    func read(_ kernel: any Kernel) -> Reading {
        let redaction = Redaction(of: kernel)
        var files = ConfigReader(kernel)
        var found = Found(redaction: redaction)
        for (path, form) in Self.files { found.add(path, form, &files) }
        for path in files.folder("/etc/default") { found.add(path, .assigned, &files) }
        found.add(Self.domain, .listed, &files)
        let rules =
            ["/etc/security/limits.conf"]
            + files.folder("/etc/security/limits.d", suffix: ".conf")
        for path in rules {
            for line in files.lines(path) { found.add(limit: line, path) }
        }
        for line in files.lines("/proc/self/limits").dropFirst() { found.add(row: line) }
        contract.mayMiss = Self.missed + unheard + files.complaint
        return .whole(found.seen)
    }

    private struct Found {
        let redaction: Redaction
        var seen: [Seen] = []
        private var names: [TypeName: NameRoll] = [:]

        init(redaction: Redaction) { self.redaction = redaction }

        private mutating func add(_ type: TypeName, _ name: String, _ data: ValueMap) {
            seen.append(Seen(type, names[type, default: NameRoll()].take(name), data))
        }

        // MARK: Settings

        mutating func add(_ path: String, _ form: Form, _ files: inout ConfigReader) {
            var section = ""
            for line in files.lines(path, continues: form == .assigned) where !line.isComment {
                if form == .assigned, line.text.hasPrefix("["), line.text.hasSuffix("]") {
                    section = String(line.text.dropFirst().dropLast())
                    continue
                }
                guard let (key, value) = Self.pair(line, form) else { continue }
                add(path, section, key, value, line.number)
            }
        }

        private mutating func add(
            _ path: String, _ section: String, _ key: String, _ value: String?, _ line: Int
        ) {
            let place = section.isEmpty ? path : "\(path) [\(section)]"
            var data: ValueMap = [
                "file": .text(path), "key": .text(key), "line": .int(Int64(line)),
            ]
            data["section"] = .unlessEmpty(section)
            if let value {
                let whole = redaction.redacted(["\(key)=\(value)"])[0].dropFirst(key.count + 1)
                data["value"] = .text(redaction.redacted(shell: String(whole)))
            }
            add(Kind.setting, "\(place) \(key)", data)
        }

        /// The key and the value of a line; nil for what is neither.
        private static func pair(_ line: ConfigLine, _ form: Form) -> (String, String?)? {
            let text = line.text
            let isBlank = { (one: Character) in one == " " || one == "\t" }
            switch form {
            case .listed: return text.contains("(none)") ? nil : (text, nil)
            case .spaced:
                let key = text.prefix { !isBlank($0) }
                return (String(key), String(text.dropFirst(key.count).drop(while: isBlank)))
            case .colon:
                guard let colon = text.firstIndex(of: ":") else { return nil }
                let value = text[text.index(after: colon)...].drop(while: isBlank)
                return (String(text[..<colon]), String(value))
            case .assigned, .named:
                guard let equals = text.firstIndex(of: "=") else {
                    return form == .named || text.contains(where: isBlank) ? nil : (text, nil)
                }
                var key = text[..<equals]
                if key.hasPrefix("export ") { key = key.dropFirst(7) }
                while key.last.map(isBlank) == true { key = key.dropLast() }
                guard !key.isEmpty, !key.contains(where: isBlank) else { return nil }
                if form == .named { return (String(key), nil) }
                let value = text[text.index(after: equals)...].drop(while: isBlank)
                let quotes = value.count > 1 && value.first == value.last
                let isQuoted = quotes && (value.first == "\"" || value.first == "'")
                return (String(key), String(isQuoted ? value.dropFirst().dropLast() : value))
            }
        }

        // MARK: Limits

        mutating func add(limit line: ConfigLine, _ path: String) {
            let words = line.words
            guard words.count >= 2 else { return }
            // `domain -` alone means no limits at all (limits.conf(5)).
            let item = words.count > 2 ? String(words[2]) : "all"
            let (domain, kind) = (String(words[0]), String(words[1]))
            guard ["hard", "soft", "-"].contains(kind) else { return }
            var data: ValueMap = [
                "file": .text(path), "line": .int(Int64(line.number)), "domain": .text(domain),
                "kind": .text(kind == "-" ? "both" : kind), "item": .text(item),
            ]
            if words.count > 3 { data["value"] = .text(String(words[3])) }
            add(Kind.limitRule, "\(path) \(domain) \(kind) \(item)", data)
            let isGroup = domain.hasPrefix("@")
            let who = isGroup ? domain.dropFirst() : domain[...]
            if isGroup {
                seen[seen.count - 1].links["GROUP"] = [.group(who)]
            } else if !who.hasPrefix("*"), !who.hasPrefix("%"), !who.contains(":") {
                seen[seen.count - 1].links["USER"] = [.user(who)]
            }
        }

        /// A row of `/proc/self/limits`: a name of several words, then soft, hard and unit.
        mutating func add(row line: ConfigLine) {
            var columns = line.text.split(separator: " ").map { String($0) }
            let isValue = { (text: String) in text == "unlimited" || Int(text) != nil }
            let unit = columns.last.flatMap { isValue($0) ? nil : columns.removeLast() }
            guard columns.count >= 3, let hard = columns.popLast(), let soft = columns.popLast(),
                isValue(hard), isValue(soft)
            else { return }
            let name = columns.joined(separator: " ")
            var data: ValueMap = [
                "item": .text(name), "soft": .text(soft), "hard": .text(hard),
            ]
            data["unit"] = unit.map { .text($0) }
            add(Kind.limit, name, data)
        }
    }
}
