internal import Resources

/// A line of `/etc/hosts` (hosts(5)).
struct HostEntry: Hashable, Sendable {
    var address: String
    var names: [String]

    init?(_ line: ConfigLine) {
        let words = line.words
        guard words.count >= 2 else { return nil }
        address = String(words[0])
        names = words.dropFirst().map { String($0) }
    }
}

/// A line of `/etc/services` (services(5)).
struct ServiceName: Hashable, Sendable {
    var name: String, port: Int, transport: String
    var aliases: [String]
    var comment: String

    init?(_ line: ConfigLine) {
        let words = line.words
        guard words.count >= 2 else { return nil }
        let parts = words[1].split(separator: "/")
        guard parts.count == 2, let port = Int(parts[0]), (0...65_535).contains(port) else {
            return nil
        }
        name = String(words[0])
        self.port = port
        transport = String(parts[1])
        aliases = words.dropFirst(2).map { String($0) }
        comment = line.comment
    }
}

/// A line of `/etc/protocols` (protocols(5)).
struct ProtocolName: Hashable, Sendable {
    var name: String, number: Int
    var aliases: [String]
    var comment: String

    init?(_ line: ConfigLine) {
        let words = line.words
        guard words.count >= 2, let number = Int(words[1]), (0...65_535).contains(number) else {
            return nil
        }
        name = String(words[0])
        self.number = number
        aliases = words.dropFirst(2).map { String($0) }
        comment = line.comment
    }
}

/// What `/etc/resolv.conf` (resolv.conf(5)) says, an item each.
struct ResolverItem: Hashable, Sendable {
    /// nameserver, search, sortlist or option.
    var kind: String
    var value: String
    var mask: String?

    static func all(_ lines: [ConfigLine]) -> [ResolverItem] {
        var items: [ResolverItem] = []
        for line in lines where !line.text.hasPrefix(";") {
            let words = line.words
            guard let keyword = words.first else { continue }
            let rest = words.dropFirst().map { String($0) }
            switch keyword {
            case "nameserver":
                if let one = rest.first {
                    items.append(ResolverItem(kind: "nameserver", value: one))
                }
            case "search", "domain":
                // The last of these lines counts.
                items.removeAll { $0.kind == "search" }
                items += rest.map { ResolverItem(kind: "search", value: $0) }
            case "sortlist":
                items += rest.map { pair in
                    let parts = pair.split(separator: "/", maxSplits: 1).map { String($0) }
                    return ResolverItem(
                        kind: "sortlist", value: parts.first ?? "",
                        mask: parts.count > 1 ? parts[1] : nil)
                }
            case "options": items += rest.map { ResolverItem(kind: "option", value: $0) }
            default: break
            }
        }
        return items
    }
}

extension ConfigLine {
    /// What stands after the first `#`.
    fileprivate var comment: String {
        guard let sign = text.firstIndex(of: "#") else { return "" }
        return String(text[text.index(after: sign)...].drop { $0 == " " || $0 == "#" })
    }
}
