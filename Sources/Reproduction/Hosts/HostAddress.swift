internal import Resources

/// An existing host, as people spell it: `ssh://[user@]host[:port][/directory]`, an address of
/// version 6 in brackets. Characters that a shell or ssh might take for more are refused.
public struct HostAddress: Hashable, Sendable, CustomStringConvertible {
    /// Who signs in; nil for whoever ssh says.
    public let user: String?
    /// Its name or numeric address, without brackets.
    public let host: String
    /// The port of its ssh server; nil for what ssh says.
    public let port: Int?
    /// The directory of the installation there.
    public let directory: String

    /// Where an installation goes unless told.
    public static let standardDirectory = "/opt/pisces"
    static let scheme = "ssh://"

    /// Reads an address.
    public init(_ text: String) throws(ReproductionError) {
        func refusal(_ cause: String) -> ReproductionError {
            ReproductionError(
                .refused, operation: "build on", subject: printable(text), cause: cause,
                remedy: "write ssh://user@host:22/directory")
        }
        guard text.utf8.count <= Limits.hostAddress.value else {
            throw refusal(
                "it has \(text.utf8.count) bytes; the limit is \(Limits.hostAddress.value)")
        }
        guard text.hasPrefix(Self.scheme) else { throw refusal("it does not begin with ssh://") }
        let rest = text.dropFirst(Self.scheme.utf8.count)
        let (place, path) = Self.split(rest, at: "/")
        let (front, back) = Self.split(place, at: "@")
        user = back == nil ? nil : String(front)
        let (name, port) = Self.host(back ?? front)
        host = String(name)
        if let port {
            guard let number = Int(port), (1...65_535).contains(number) else {
                throw refusal("'\(printable(String(port)))' is no port from 1 to 65535")
            }
            self.port = number
        } else {
            self.port = nil
        }
        if let user, !Self.isPlain(user, besides: "._-") { throw refusal("the user is no name") }
        guard Self.isPlain(host, besides: ".:-") else { throw refusal("the host is no name") }
        let folder = path.map { "/" + $0 } ?? ""
        directory = folder.count > 1 ? String(folder) : Self.standardDirectory
        if let cause = Self.flaw(inPath: directory) { throw refusal("the directory \(cause)") }
    }

    /// Why a path cannot be used on another host; nil when it can.
    public static func flaw(inPath path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard path.hasPrefix("/"), path.utf8.count <= 255 else {
            return "is no absolute path of at most 255 bytes"
        }
        if parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
            return "has an empty part, or one that is . or .."
        }
        let plain = path.allSatisfy { isPlain($0) || "/._-+@".contains($0) }
        return plain ? nil : "has characters besides letters, digits and ._-+@"
    }

    private static func split(
        _ text: Substring, at mark: Character
    ) -> (Substring, Substring?) {
        guard let index = text.firstIndex(of: mark) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    /// Host and port of `host:22` or `[fd00::7]:22`.
    private static func host(_ text: Substring) -> (Substring, Substring?) {
        guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else {
            return split(text, at: ":")
        }
        let rest = text[text.index(after: end)...]
        let name = text[text.index(after: text.startIndex)..<end]
        return (name, rest.hasPrefix(":") ? rest.dropFirst() : rest.isEmpty ? nil : rest)
    }

    private static func isPlain(_ text: String, besides others: String) -> Bool {
        guard let first = text.first, first != "-" else { return false }
        return text.allSatisfy { isPlain($0) || others.contains($0) }
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber)
    }

    /// The text that says the same.
    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return Self.scheme + (user.map { $0 + "@" } ?? "") + name
            + (port.map { ":\($0)" } ?? "") + directory
    }
}
