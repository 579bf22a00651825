internal import Resources

/// The arguments of a process, cut to a limit, with secrets taken out.
///
/// A command line is readable by every user of the machine while the process lives, but a log
/// keeps it; so the value of an option whose name says secret is replaced by `***`: as
/// `--password=x`, `--token x`, `API_KEY=x` and `scheme://user:x@host`.
struct CommandLine: Hashable, Sendable {
    var arguments: [String]
    var isCut: Bool

    /// Reads `/proc/<pid>/cmdline`: arguments closed by NUL. Trailing empty arguments, which a
    /// process that rewrote its title leaves behind, are dropped.
    init(_ bytes: ArraySlice<UInt8>, isCut: Bool) {
        let body = bytes.last == 0 ? bytes.dropLast() : bytes
        var parts = body.split(separator: 0, omittingEmptySubsequences: false)
        while parts.last?.isEmpty == true { parts.removeLast() }
        self.isCut = isCut || parts.count > Self.most
        arguments = Self.redacted(parts.prefix(Self.most).map { lossyText($0) })
    }

    private static let most = 1024

    private static func redacted(_ arguments: [String]) -> [String] {
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

    private static func isSecret(_ name: some StringProtocol) -> Bool {
        guard name.utf8.count < 64 else { return false }
        let plain = name.lowercased().filter { $0 != "-" && $0 != "_" }
        return words.contains { plain.contains($0) }
    }

    private static let words = [
        "password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey",
        "credential", "pwd",
    ]

    private static func redactedAddress(_ argument: String) -> String {
        guard argument.utf8.contains(UInt8(ascii: "@")),
            let scheme = argument.firstRange(of: "://")
        else { return argument }
        let rest = argument[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":")
        else { return argument }
        return argument[...colon] + "***" + argument[at...]
    }
}
