internal import Host
internal import Resources

/// What is taken out of command lines before anything keeps them.
///
/// The value of an option whose name has one of the words is replaced by `***`: as
/// `--password=x`, `--token x`, `API_KEY=x` and `scheme://user:x@host`. Hyphens, underscores and
/// case do not count. A file may add words and take standard ones out.
struct Redaction: Hashable, Sendable {
    /// The file: a word a line, `-word` to take a standard one out, `#` for a comment.
    static let path = "/etc/pisces/redaction"

    /// With the standard words only.
    static let standard = Redaction(words: [
        "password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey",
        "credential", "pwd",
    ])

    private(set) var words: [String]

    private init(words: [String]) { self.words = words }

    /// The standard words with those of a file.
    init(_ lines: [ConfigLine]) {
        self = .standard
        for line in lines.prefix(Limits.configurationFiles.value) where !line.isComment {
            let word = Self.plain(line.text)
            if word.isEmpty { continue }
            if line.text.hasPrefix("-") {
                words.removeAll { $0 == word }
            } else if !words.contains(word) {
                words.append(word)
            }
        }
    }

    /// The rule of this machine. A file that cannot be read leaves the standard words.
    init(of kernel: any Kernel) {
        var files = ConfigReader(kernel)
        self.init(files.lines(Self.path))
    }

    private static func plain(_ text: some StringProtocol) -> String {
        text.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " && $0 != "\t" }
    }

    /// Arguments without the values of secret options.
    func redacted(_ arguments: [String]) -> [String] {
        var hidesNext = false
        return arguments.map { argument in
            if hidesNext, !argument.hasPrefix("-") {
                hidesNext = false
                return "***"
            }
            hidesNext = false
            guard let equals = argument.firstIndex(of: "=") else {
                hidesNext = argument.hasPrefix("-") && isSecret(argument)
                return redactedAddress(argument)
            }
            let name = argument[..<equals]
            return isSecret(name) && !name.contains("/")
                ? "\(name)=***" : redactedAddress(argument)
        }
    }

    /// The text of a shell command without the values of secret options.
    func redacted(shell text: String) -> String {
        let words = Self.words(of: text)
        let clean = redacted(words)
        // Untouched text stays as it was written, with its spaces.
        return clean == words ? text : clean.joined(separator: " ")
    }

    /// The words as a shell divides them; quotes and backslashes stay.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isEscaped = false
        for one in text {
            if quote == nil, !isEscaped, one == " " || one == "\t" {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            word.append(one)
            if isEscaped {
                isEscaped = false
            } else if one == "\\", quote != "'" {
                isEscaped = true
            } else if one == quote {
                quote = nil
            } else if quote == nil, one == "\"" || one == "'" {
                quote = one
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    private func isSecret(_ name: some StringProtocol) -> Bool {
        guard name.utf8.count < 64 else { return false }
        let plain = Self.plain(name)
        return words.contains { plain.contains($0) }
    }

    private func redactedAddress(_ argument: String) -> String {
        guard argument.utf8.contains(UInt8(ascii: "@")),
            let scheme = argument.firstRange(of: "://")
        else { return argument }
        let rest = argument[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":")
        else { return argument }
        return argument[...colon] + "***" + argument[at...]
    }
}
