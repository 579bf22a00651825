internal import Resources

/// An entry of apt's sources (sources.list(5)): a kind, a place and a suite.
struct AptEntry: Hashable, Sendable {
    var kind: String
    var uri: String
    var suite: String
    var components: [String]
    var file: String
    var line: Int
    var isEnabled = true
    var architectures: [String] = []
    var trusted: Bool?
    var signedBy: String?

    /// The entries of a file; which of the two forms it has is told by its name.
    static func entries(_ bytes: [UInt8], file: String) -> [AptEntry] {
        file.hasSuffix(".sources") ? paragraphs(bytes, file) : lines(bytes, file)
    }

    // MARK: One line an entry

    private static func lines(_ bytes: [UInt8], _ file: String) -> [AptEntry] {
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        return lines.enumerated().compactMap { number, line in
            let text = lossyText(line.prefix(Limits.controlField.value).prefix { $0 != 0x23 })
            return entry(text, file, number + 1)
        }
    }

    /// `deb [option=value …] uri suite [component …]`
    private static func entry(_ text: String, _ file: String, _ line: Int) -> AptEntry? {
        var words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" }[...]
        guard let kind = words.popFirst(), kind == "deb" || kind == "deb-src" else { return nil }
        var options: [Substring] = []
        if words.first?.hasPrefix("[") == true {
            while let word = words.popFirst() {
                options.append(word)
                if word.hasSuffix("]") { break }
            }
        }
        guard let uri = words.popFirst(), let suite = words.popFirst() else { return nil }
        var entry = AptEntry(
            kind: String(kind), uri: withoutSecrets(String(uri)), suite: String(suite),
            components: words.map { String($0) }, file: file, line: line)
        for option in options {
            let pair = option.split(separator: "=", maxSplits: 1).map { part in
                String(part.drop { $0 == "[" }.prefix { $0 != "]" })
            }
            if pair.count == 2 { entry.set(pair[0].lowercased(), pair[1]) }
        }
        return entry
    }

    private mutating func set(_ option: String, _ value: String) {
        switch option {
        case "arch", "architectures":
            architectures = value.split { $0 == "," || $0 == " " }.map { String($0) }
        case "trusted": trusted = value == "yes"
        case "signed-by": signedBy = value.contains("BEGIN PGP") ? "inline" : value
        default: break
        }
    }

    // MARK: One paragraph an entry

    private static let wanted: Set<String> = [
        "types", "uris", "suites", "components", "enabled", "architectures", "trusted",
        "signed-by",
    ]

    private static func paragraphs(_ bytes: [UInt8], _ file: String) -> [AptEntry] {
        var entries: [AptEntry] = []
        ControlText.read(bytes, wanted: wanted) { paragraph in
            let words = { (field: String) in
                (paragraph[field] ?? "").split { " \t\n".contains($0) }.map { String($0) }
            }
            for kind in words("types") {
                for uri in words("uris") {
                    for suite in words("suites") {
                        var entry = AptEntry(
                            kind: kind, uri: withoutSecrets(uri), suite: suite,
                            components: words("components"), file: file, line: paragraph.line)
                        entry.isEnabled = paragraph["enabled"]?.lowercased() != "no"
                        for option in ["architectures", "trusted", "signed-by"] {
                            if let value = paragraph[option] { entry.set(option, value) }
                        }
                        entries.append(entry)
                    }
                }
            }
            return entries.count < Limits.packageFolders.value * 16
        }
        return entries
    }

    /// A place without the password, and without what a query may hold.
    static func withoutSecrets(_ uri: String) -> String {
        var result = uri
        if let scheme = result.firstIndex(of: ":"), result[scheme...].hasPrefix("://") {
            let start = result.index(scheme, offsetBy: 3)
            let end = result[start...].firstIndex(of: "/") ?? result.endIndex
            if let at = result[start..<end].lastIndex(of: "@") {
                let user = result[start..<at].prefix { $0 != ":" }
                let isNamed = user.count < result[start..<at].count
                result.replaceSubrange(start..<at, with: isNamed ? "\(user):***" : "***")
            }
        }
        if let query = result.firstIndex(of: "?") {
            result.replaceSubrange(query..., with: "?***")
        }
        return result
    }

    /// The name apt gives the release file it fetches from here, without its folder.
    var releaseFile: String? {
        guard let scheme = uri.firstIndex(of: ":"), uri[scheme...].hasPrefix("://") else {
            return nil
        }
        let place = uri[uri.index(scheme, offsetBy: 3)...]
        let path = place.hasSuffix("/") ? String(place.dropLast()) : String(place)
        let isFlat = suite.hasSuffix("/")
        let below = isFlat ? String(suite.dropLast()) : "dists/\(suite)"
        let parts = [path, below].filter { !$0.isEmpty && $0 != "." }.joined(separator: "/")
        return parts.replacing("_", with: "%5f").replacing("/", with: "_") + "_InRelease"
    }
}
