internal import Host
internal import Resources

/// The rules of sudo.
final class SudoSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "sudo", kinds: [Kind.sudoRule],
        mechanism: "inotify on /etc/sudoers, /etc/sudoers.d and what they include",
        why: "editors replace these files, and their folders tell of it",
        privilege: "CAP_DAC_READ_SEARCH: the files are root's",
        fallback: "reports none, and says what it could not read", mayMiss: missed)
    private static let missed = "rules of directory services (sudoers in LDAP)"
    private static let root = "/etc/sudoers"
    private var paths: Set<String> = [root, "/etc/sudoers.d"]

    var watched: WatchedPaths? { WatchedPaths(named: paths) }

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        var names = NameRoll()
        var walk = Walk(host: kernel.systemName().host)
        walk.visit(Self.root, 0, &files)
        paths = walk.paths.union([Self.root, "/etc/sudoers.d"])
        contract.mayMiss = Self.missed + files.complaint
        return .whole(walk.rules.map { $0.seen(&names) })
    }

    /// The files as sudo reads them: each where it is included.
    private struct Walk {
        let host: String
        var rules: [SudoRule] = []
        var paths: Set<String> = []
        private var open: Set<String> = []
        private var count = 0

        init(host: String) { self.host = host }

        mutating func visit(_ path: String, _ depth: Int, _ files: inout ConfigReader) {
            paths.insert(path)
            count += 1
            guard depth < Limits.configurationDepth.value,
                count <= Limits.configurationFiles.value, open.insert(path).inserted
            else { return }
            for line in files.lines(path, continues: true) {
                switch SudoLine(line.text) {
                case .include(let target): visit(place(target, beside: path), depth + 1, &files)
                case .folder(let target):
                    let folder = place(target, beside: path)
                    paths.insert(folder)
                    // sudo leaves out names with a dot, which packages' leftovers have.
                    for inside in files.folder(folder)
                    where inside.split(separator: "/").last?.contains(".") == false {
                        visit(inside, depth + 1, &files)
                    }
                case .rule(let header, let rest):
                    rules.append(
                        SudoRule(file: path, line: line.number, header: header, rest: rest))
                case .comment: break
                }
            }
            open.remove(path)
        }

        private func place(_ target: String, beside path: String) -> String {
            let whole = target.replacing("%h", with: host)
            if whole.hasPrefix("/") { return whole }
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            return "/\(folder)/\(whole)"
        }
    }
}

/// What a line of a sudoers file is (sudoers(5)).
enum SudoLine: Hashable, Sendable {
    case include(String), folder(String), rule(header: String, rest: String), comment

    init(_ text: String) {
        for (word, isFolder) in [("includedir", true), ("include", false)] {
            for sign in ["#", "@"] where text.hasPrefix(sign + word) {
                let rest = text.dropFirst(word.count + 1)
                guard let first = rest.first, first == " " || first == "\t" else { continue }
                let target = Self.unquoted(rest)
                self = isFolder ? .folder(target) : .include(target)
                return
            }
        }
        // `#1000` is a user by number.
        let isNumber = text.hasPrefix("#") && text.dropFirst().first?.isNumber == true
        if text.hasPrefix("#") && !isNumber {
            self = .comment
            return
        }
        let header = text.prefix { $0 != " " && $0 != "\t" && $0 != "=" }
        let rest = text.dropFirst(header.count).drop { $0 == " " || $0 == "\t" }
        self = .rule(header: String(header), rest: String(rest))
    }

    private static func unquoted(_ text: Substring) -> String {
        let bare = text.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
        if bare.hasPrefix("\""), bare.hasSuffix("\""), bare.count > 1 {
            return String(bare.dropFirst().dropLast())
        }
        return bare
    }
}

/// A rule, default or alias of sudo.
struct SudoRule: Hashable, Sendable {
    var file: String, line: Int
    /// Whom or what it is of.
    var header: String
    /// All that follows.
    var rest: String

    private var kind: String {
        if header.hasPrefix("Defaults") { return "default" }
        return header.hasSuffix("_Alias") ? "alias" : "rule"
    }

    func seen(_ names: inout NameRoll) -> Seen {
        var one = Seen(
            Kind.sudoRule, names.take("\(header) \(rest)"),
            [
                "file": .text(file), "line": .int(Int64(line)), "header": .text(header),
                "rule": .text(rest), "kind": .text(kind),
            ])
        guard kind == "rule" else { return one }
        one.data["noPassword"] = .bool(rest.contains("NOPASSWD:"))
        if let open = rest.firstIndex(of: "("), let close = rest[open...].firstIndex(of: ")") {
            one.data["runAs"] = .text(String(rest[rest.index(after: open)..<close]))
            let commands = rest[rest.index(after: close)...].drop { $0 == " " || $0 == "\t" }
            one.data["commands"] = .unlessEmpty(commands)
        } else if let equals = rest.firstIndex(of: "=") {
            let commands = rest[rest.index(after: equals)...].drop { $0 == " " || $0 == "\t" }
            one.data["commands"] = .unlessEmpty(commands)
        }
        let who = header.split(separator: ",")
        let groups = who.filter { $0.hasPrefix("%") && !$0.hasPrefix("%#") && !$0.hasPrefix("%:") }
        let users = who.filter { !"%#+!".contains($0.first ?? "!") && $0 != "ALL" }
        if !users.isEmpty { one.links["USER"] = users.map { .user($0) } }
        if !groups.isEmpty { one.links["GROUP"] = groups.map { .group($0.dropFirst()) } }
        return one
    }
}
