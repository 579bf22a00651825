internal import Host
internal import Resources

/// Reads configuration files with bounds, and remembers what it could not read.
struct ConfigReader {
    let kernel: any Kernel
    /// What is there and may not be read, or was read in part, in the order of reading.
    private(set) var unread: [String] = []

    init(_ kernel: any Kernel) { self.kernel = kernel }

    /// A file's bytes; nil when there is none or it may not be read.
    mutating func bytes(_ path: String) -> [UInt8]? {
        let most = Limits.configurationBytes.value
        guard let bytes = kernel.read(path, at: 0, count: most + 1) else {
            let status = kernel.status(path, following: true)
            if status?.kind == .file || status?.kind == .pipe { unread.append(path) }
            return nil
        }
        if bytes.count > most { unread.append("\(path) after \(most) bytes") }
        return Array(bytes.prefix(most))
    }

    /// The lines of a file that say something.
    mutating func lines(_ path: String, continues: Bool = false) -> [ConfigLine] {
        guard let bytes = bytes(path) else { return [] }
        return ConfigLine.all(bytes[...], continues: continues)
    }

    /// The paths of what is in a folder, sorted, without hidden files and editors' copies.
    mutating func folder(_ path: String, suffix: String = "") -> [String] {
        guard let names = kernel.list(path) else {
            if kernel.status(path, following: true)?.kind == .directory { unread.append(path) }
            return []
        }
        let wanted = names.filter {
            $0.hasSuffix(suffix) && !$0.hasPrefix(".") && !$0.hasSuffix("~")
        }
        let most = Limits.configurationFiles.value
        if wanted.count > most { unread.append("\(path) after \(most) files") }
        return wanted.prefix(most).map { "\(path)/\($0)" }
    }

    /// What could not be read, for a contract; nothing when all could.
    var complaint: String {
        if unread.isEmpty { return "" }
        let rest = unread.count > 8 ? " and \(unread.count - 8) more" : ""
        return "; not readable here: " + unread.prefix(8).joined(separator: ", ") + rest
    }
}

/// A line of a configuration file that says something.
struct ConfigLine: Hashable, Sendable {
    /// Its number, from 1; of the first line where lines are joined.
    var number: Int
    /// What it says, without spaces around it.
    var text: String

    /// The lines that are not empty. A backslash at the end joins lines when it `continues`.
    static func all(_ bytes: ArraySlice<UInt8>, continues: Bool = false) -> [ConfigLine] {
        var result: [ConfigLine] = []
        var open: ConfigLine?
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        for (index, raw) in lines.enumerated() {
            var line = raw
            while let last = line.last, isBlank(last) { line = line.dropLast() }
            let goesOn = continues && line.last == UInt8(ascii: "\\")
            if goesOn { line = line.dropLast() }
            let text = lossyText(line.drop { isBlank($0) })
            if var one = open {
                one.text += " " + text
                open = one
            } else {
                open = ConfigLine(number: index + 1, text: text)
            }
            if goesOn, let one = open, one.text.utf8.count < Limits.commandLineBytes.value {
                continue
            }
            if let one = open, !one.text.isEmpty { result.append(one) }
            open = nil
        }
        if let one = open, !one.text.isEmpty { result.append(one) }
        return result
    }

    /// True for a line that only comments.
    var isComment: Bool { text.hasPrefix("#") }

    /// The words before a comment.
    var words: [Substring] {
        text.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
}

/// Names that are given once each: who comes later with one that is taken gets a number.
struct NameRoll {
    private var taken: Set<String> = []

    /// The name of a text, or of that and a number.
    mutating func take(_ text: String) -> ResourceName {
        var wanted = text
        var number = 2
        while !taken.insert(wanted).inserted {
            wanted = "\(text)#\(number)"
            number += 1
        }
        return subjectName(wanted)
    }
}

extension Seen {
    /// A subject that is what its name says: another of that name is the same thing.
    init(
        _ type: TypeName, _ name: ResourceName, _ data: ValueMap,
        links: SortedMap<[Observation.Subject]> = [:]
    ) {
        self.init(
            subject: Observation.Subject(type: type, name: name),
            identity: "\(type.text):\(name.text)", data: data, links: links)
    }
}

extension Value {
    /// A text, unless it is empty.
    static func unlessEmpty(_ text: some StringProtocol) -> Value? {
        text.isEmpty ? nil : .text(String(text))
    }

    /// A list of texts, unless it is empty.
    static func unlessEmpty(_ texts: [some StringProtocol]) -> Value? {
        texts.isEmpty ? nil : .list(texts.map { .text(String($0)) })
    }
}

extension Observation.Subject {
    /// The account of a login name.
    static func user(_ name: some StringProtocol) -> Self {
        Self(type: Kind.user, name: subjectName(String(name)))
    }

    /// The group of a name.
    static func group(_ name: some StringProtocol) -> Self {
        Self(type: Kind.group, name: subjectName(String(name)))
    }
}
