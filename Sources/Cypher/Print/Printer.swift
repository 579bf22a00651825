/// Writes a tree as a text that reads back as the same tree.
///
/// Names that could mean something else stand in backticks, and parentheses stand only where the
/// precedence of operators asks for them.
struct Printer {
    private(set) var text = ""

    mutating func put(_ piece: String) { text += piece }

    /// Puts pieces with a separator between them.
    mutating func put<Items: Sequence>(
        _ items: Items, separator: String = ", ", _ body: (inout Printer, Items.Element) -> Void
    ) {
        var isFirst = true
        for item in items {
            if !isFirst { put(separator) }
            isFirst = false
            body(&self, item)
        }
    }

    // MARK: Names

    mutating func put(name: String) { put(Self.quoted(name)) }
    mutating func put(_ name: Name) { put(Self.quoted(name.text)) }

    /// The name, in backticks unless it is a plain word without a meaning.
    static func quoted(_ name: String) -> String {
        isPlain(name) && Keyword(text: name) == nil ? name : inBackticks(name)
    }

    private static func inBackticks(_ name: String) -> String {
        var result = "`"
        for scalar in name.unicodeScalars {
            result += scalar == "`" ? "``" : String(scalar)
        }
        return result + "`"
    }

    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, first.isASCIILetter || first == UInt8(ascii: "_") else {
            return false
        }
        return name.utf8.allSatisfy { $0.isASCIILetter || $0.isDigit || $0 == UInt8(ascii: "_") }
    }

    /// A name with dots, of a function or a procedure.
    mutating func put(dotted name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let isWhole = parts.count > 1 || Self.isFreeFunction(name)
        guard isWhole, parts.allSatisfy({ Self.isPlain(String($0)) }) else {
            return put(Self.inBackticks(name))
        }
        put(name)
    }

    /// Some words with a meaning are functions too: `count(x)`, `exists(x)`.
    private static func isFreeFunction(_ name: String) -> Bool {
        switch Keyword(text: name) {
        case nil, .count, .exists: true
        default: false
        }
    }

    // MARK: Literals

    mutating func put(_ literal: Literal) {
        switch literal {
        case .null: put("null")
        case .boolean(let value): put(value ? "true" : "false")
        case .integer(let value): put("\(value)")
        case .float(let value): put("\(value)")
        case .string(let value): put(string: value)
        }
    }

    private mutating func put(string: String) {
        var result = "'"
        for scalar in string.unicodeScalars {
            switch scalar {
            case "'": result += "\\'"
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7f {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        put(result + "'")
    }
}

extension Expression {
    /// The expression as text.
    package var printed: String {
        var printer = Printer()
        printer.put(self)
        return printer.text
    }
}

extension ParsedStatement {
    /// The statement as text.
    package var printed: String {
        var printer = Printer()
        if mode != .run { printer.put(mode.rawValue + " ") }
        printer.put(query)
        return printer.text
    }

    /// Reads a statement without checking it.
    package init(reading text: String) throws(CypherError) {
        self = try Parser.parse(text)
    }
}
