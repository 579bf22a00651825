/// Why a text cannot be a name, with what to do instead.
public struct NameError: Error, Equatable, Sendable {
    /// What the text was meant to be: "namespace", "resource name" …
    public let what: String
    /// The text, shortened, with unprintable characters escaped.
    public let text: String
    /// What is wrong with it and what is allowed.
    public let reason: String
}

/// An absolute path: `/`, `/prod/web`, `/machines/pi-2`. No trailing slash but the root's own.
public struct Namespace: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The path as text.
    public let path: String

    /// The root, `/`.
    public static let root = Namespace(unchecked: "/")

    /// Where the machine of that name has its log: `/machines/<name>`.
    public static func machine(_ name: String) throws(NameError) -> Namespace {
        try Namespace("/machines/" + name)
    }

    /// Checks and takes a path. Each component follows the rules of a resource name.
    public init(_ path: String) throws(NameError) {
        if path == "/" {
            self = .root
            return
        }
        guard path.utf8.count <= Limits.namespaceBytes.value, path.utf8.first == UInt8(ascii: "/")
        else {
            throw NameError(
                what: "namespace", text: printable(path),
                reason: "must be an absolute path of at most \(Limits.namespaceBytes.value) bytes")
        }
        for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            try checkName(part, what: "namespace", limit: Limits.nameBytes.value)
        }
        self.init(unchecked: path)
    }

    private init(unchecked: String) { path = unchecked }

    /// True for this namespace and all below it.
    public func contains(_ other: Namespace) -> Bool {
        path == "/" || other.path == path
            || (other.path.utf8.count > path.utf8.count && other.path.hasPrefix(path)
                && other.path.utf8.dropFirst(path.utf8.count).first == UInt8(ascii: "/"))
    }

    public var description: String { path }

    public static func < (left: Namespace, right: Namespace) -> Bool { left.path < right.path }
}

/// The name of a resource, unique within its namespace and type.
public struct ResourceName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as text.
    public let text: String

    /// Checks and takes a name: 1 to 1,024 bytes, no NUL, control, bidi control or bidi control. A
    /// mount point or a file may be a name, so `/` is allowed.
    public init(_ text: String) throws(NameError) {
        try checkName(text, what: "resource name", limit: Limits.nameBytes.value, slashes: true)
        self.text = text
    }

    public var description: String { text }

    public static func < (left: ResourceName, right: ResourceName) -> Bool {
        left.text < right.text
    }
}

/// The name of a type (`process`) in lower case, or of a relation (`PARENT`) in capitals.
public struct TypeName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as text.
    public let text: String

    /// Checks and takes a name of lower-case letters, digits and hyphens, starting with a letter.
    public init(_ text: String) throws(NameError) {
        try checkWord(text, what: "type name", first: "a"..."z", rest: "-")
        self.text = text
    }

    public var description: String { text }

    public static func < (left: TypeName, right: TypeName) -> Bool { left.text < right.text }
}

/// The name of a relation between resources, in capitals: `PARENT`, `OWNED_BY`.
public struct Relation: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as text.
    public let text: String

    /// Checks and takes a name of capitals, digits and underscores, starting with a letter.
    public init(_ text: String) throws(NameError) {
        try checkWord(text, what: "relation", first: "A"..."Z", rest: "_")
        self.text = text
    }

    public var description: String { text }

    public static func < (left: Relation, right: Relation) -> Bool { left.text < right.text }
}

/// Refuses text that cannot be told apart on a screen or breaks a key: empty, too long, control
/// characters (NUL among them), bidi controls, unassigned line separators, `.` and `..`.
func checkName(
    _ text: some StringProtocol, what: String, limit: Int, slashes: Bool = false
) throws(NameError) {
    func refuse(_ reason: String) -> NameError {
        NameError(what: what, text: printable(String(text)), reason: reason)
    }
    if text.isEmpty { throw refuse("must not be empty") }
    if text.utf8.count > limit {
        throw refuse("has \(text.utf8.count) bytes; the limit is \(limit)")
    }
    if text == "." || text == ".." { throw refuse("must not be . or ..") }
    for scalar in text.unicodeScalars {
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
            throw refuse("has a control character")
        }
        if isInvisible(scalar) { throw refuse("has an invisible or bidirectional control") }
        if scalar == "/" && !slashes { throw refuse("must not contain /") }
    }
}

private func checkWord(
    _ text: String, what: String, first: ClosedRange<Character>, rest: Character
) throws(NameError) {
    let allowed = text.allSatisfy { first.contains($0) || ("0"..."9").contains($0) || $0 == rest }
    guard let initial = text.first, first.contains(initial), allowed, text.utf8.count <= 64 else {
        throw NameError(
            what: what, text: printable(text),
            reason: "must be 1 to 64 of \(first.lowerBound)-\(first.upperBound), 0-9 and "
                + "\(rest), starting with a letter")
    }
}

/// Zero-width characters, bidirectional controls and line separators (Unicode TR36, TR9).
private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF, 0xFFF9...0xFFFB: true
    default: false
    }
}

/// The text fit for a message: at most 64 characters, unprintable ones escaped.
public func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(64) {
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || isInvisible(scalar) {
            result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return text.unicodeScalars.count > 64 ? result + "…" : result
}
