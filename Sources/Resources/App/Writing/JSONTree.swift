/// JSON for people: members stay in the order they were given.
indirect enum JSONTree {
    case text(String)
    case int(Int)
    case flag(Bool)
    case list([JSONTree])
    case object([(String, JSONTree)])

    /// The text, two blanks a level; a list of plain values is one line.
    func indented(_ indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .text, .int, .flag: return plain
        case .list(let list) where list.allSatisfy(\.isPlain):
            return "[" + list.map(\.plain).joined(separator: ", ") + "]"
        case .list(let list):
            let lines = list.map { inner + $0.indented(inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n" + indent + "]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            let lines = members.map { inner + quoted($0.0) + ": " + $0.1.indented(inner) }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
        }
    }

    private var isPlain: Bool {
        switch self {
        case .text, .int, .flag: true
        case .list, .object: false
        }
    }

    private var plain: String {
        switch self {
        case .text(let text): quoted(text)
        case .int(let int): String(int)
        case .flag(let flag): flag ? "true" : "false"
        case .list, .object: indented()
        }
    }

    private func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.write(text)
        return writer.text
    }
}
