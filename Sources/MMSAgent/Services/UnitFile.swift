internal import Resources

/// What a file in the form of systemd.syntax(7) says: settings by section and key, in order.
struct UnitFile: Hashable, Sendable {
    /// `Section.Key` → values. An empty value forgets those before it.
    private(set) var settings: [String: [String]] = [:]

    init() {}

    /// Reads a file; lines that are none are left out.
    init(_ bytes: [UInt8]) { add(bytes) }

    /// Adds what a drop-in says.
    mutating func add(_ bytes: [UInt8]) {
        var section = ""
        var held: [UInt8] = []
        for raw in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            let trimmed = Self.trimmed(raw)
            // Comments may stand between the lines of one setting.
            if let first = trimmed.first, first == UInt8(ascii: "#") || first == UInt8(ascii: ";") {
                continue
            }
            if trimmed.last == UInt8(ascii: "\\"), held.count < Limits.unitFileBytes.value {
                held += trimmed.dropLast() + [32]
                continue
            }
            let line = lossyText(held.isEmpty ? Array(trimmed) : held + trimmed)
            held = []
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = String(line.dropFirst().dropLast())
            } else if let equals = line.firstIndex(of: "="), !section.isEmpty {
                let key = line[..<equals].reversed().drop { $0 == " " }.reversed()
                let value = line[line.index(after: equals)...].drop { $0 == " " || $0 == "\t" }
                set("\(section).\(String(key))", String(value))
            }
        }
    }

    private mutating func set(_ key: String, _ value: String) {
        if value.isEmpty {
            settings[key] = nil
        } else if (settings[key]?.count ?? 0) < Limits.unitSettings.value {
            settings[key, default: []].append(value)
        }
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let blank = { (byte: UInt8) in byte == 32 || byte == 9 || byte == 13 }
        var line = line.drop(while: blank)
        while let last = line.last, blank(last) { line.removeLast() }
        return line
    }

    /// The last value of a setting.
    func last(_ key: String) -> String? { settings[key]?.last }

    /// All values.
    func all(_ key: String) -> [String] { settings[key] ?? [] }

    /// All words of all values.
    func words(_ keys: String...) -> [String] {
        keys.flatMap { all($0) }.flatMap { $0.split(separator: " ").map { String($0) } }
    }

    /// The names, never the values, of the variables it sets.
    var environment: [String] {
        var names: [String] = []
        for line in all("Service.Environment") {
            for word in Self.arguments(line) {
                guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                    continue
                }
                names.append(String(word[..<equals]))
            }
        }
        return Array(Set(names)).sorted()
    }

    /// Splits a line as a shell would, quotes taken off.
    static func arguments(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isOpen = false
        var isEscaped = false
        for character in line {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
                isOpen = true
            } else if let current = quote {
                if character == current { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                isOpen = true
            } else if character == " " || character == "\t" {
                if isOpen { words.append(word) }
                (word, isOpen) = ("", false)
            } else {
                word.append(character)
                isOpen = true
            }
        }
        if isOpen { words.append(word) }
        return words
    }
}
