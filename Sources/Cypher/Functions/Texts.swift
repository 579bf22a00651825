internal import Resources

/// Functions and operators of strings. Characters are code points, as in Cypher.
enum Texts {
    static func call(
        _ function: Function, _ first: CypherValue, _ arguments: [CypherValue]
    ) throws(CypherError) -> CypherValue {
        guard case .string(let text) = first else { throw Functions.wrong(function, first) }
        if arguments.contains(where: \.isNull) { return .null }
        switch function {
        case .toLower, .lower: return .string(text.lowercased())
        case .toUpper, .upper: return .string(text.uppercased())
        case .trim, .bothTrim: return .string(trimmed(text))
        case .leftTrim: return .string(String(text.drop(while: \.isWhitespace)))
        case .rightTrim:
            let kept = text.reversed().drop(while: \.isWhitespace)
            return .string(String(kept.reversed()))
        case .left: return .string(prefix(text, try length(function, arguments[1])))
        case .right:
            let scalars = text.unicodeScalars
            return .string(String(scalars.suffix(try length(function, arguments[1]))))
        case .substring: return try substring(text, arguments)
        case .replace:
            let wanted = try string(function, arguments[1])
            let other = try string(function, arguments[2])
            return .string(wanted.isEmpty ? text : text.replacing(wanted, with: other))
        default: return try split(text, arguments[1])
        }
    }

    /// Without white space at both ends.
    static func trimmed(_ text: String) -> String {
        let head = text.drop(while: \.isWhitespace)
        return String(head.reversed().drop(while: \.isWhitespace).reversed())
    }

    private static func prefix(_ text: String, _ count: Int) -> String {
        String(text.unicodeScalars.prefix(count))
    }

    private static func string(
        _ function: Function, _ value: CypherValue
    ) throws(CypherError) -> String {
        guard case .string(let text) = value else { throw Functions.wrong(function, value) }
        return text
    }

    private static func length(
        _ function: Function, _ value: CypherValue
    ) throws(CypherError) -> Int {
        guard case .integer(let number) = value else { throw Functions.wrong(function, value) }
        if number < 0 {
            throw .runtime(
                .argumentError, .numberOutOfRange,
                "`\(function.rawValue)` takes no negative number; it is \(number)")
        }
        return Int(number)
    }

    private static func substring(
        _ text: String, _ arguments: [CypherValue]
    ) throws(CypherError) -> CypherValue {
        let rest = text.unicodeScalars.dropFirst(try length(.substring, arguments[1]))
        guard arguments.count > 2 else { return .string(String(rest)) }
        return .string(String(rest.prefix(try length(.substring, arguments[2]))))
    }

    private static func split(
        _ text: String, _ separator: CypherValue
    ) throws(CypherError) -> CypherValue {
        var separators: [String] = []
        switch separator {
        case .string(let one): separators = [one]
        case .list(let several):
            for one in several { separators.append(try string(.split, one)) }
        default: throw Functions.wrong(.split, separator)
        }
        var parts = [text]
        for separator in separators {
            parts = parts.flatMap { part in
                separator.isEmpty
                    ? part.unicodeScalars.map { String($0) }
                    : part.split(separator: separator, omittingEmptySubsequences: false)
                        .map(String.init)
            }
        }
        return .list(parts.map(CypherValue.string))
    }

    /// `STARTS WITH`, `ENDS WITH`, `CONTAINS`, `=~`: null unless both are strings.
    static func test(
        _ sign: BinaryOperator, _ left: CypherValue, _ right: CypherValue
    ) throws(CypherError) -> CypherValue {
        guard case .string(let text) = left, case .string(let part) = right else {
            return .null
        }
        switch sign {
        case .startsWith: return .boolean(text.utf8.starts(with: part.utf8))
        case .endsWith:
            return .boolean(text.utf8.reversed().starts(with: part.utf8.reversed()))
        case .contains: return .boolean(part.isEmpty || text.contains(part))
        default: return .boolean(try matches(text, part))
        }
    }

    /// The whole text must match.
    private static func matches(_ text: String, _ pattern: String) throws(CypherError) -> Bool {
        guard !repeatsRepeats(pattern), text.utf8.count <= Limits.regexText.value else {
            throw .runtime(
                .limitExceeded, .unsupported,
                "The regular expression '\(pattern)' repeats a group that repeats or chooses, or "
                    + "its text has more than \(Limits.regexText.value) bytes "
                    + "(\(Limits.regexText.name)); matching could take for ever")
        }
        do {
            return try Regex(pattern).wholeMatch(in: text) != nil
        } catch {
            throw .runtime(
                .argumentError, .invalidArgumentValue,
                "The regular expression '\(pattern)' cannot be read: \(error)")
        }
    }

    /// True when a repeated group holds a repetition or a choice: the engine tries all ways to
    /// divide the text among them, which grows with the power of its length.
    private static func repeatsRepeats(_ pattern: String) -> Bool {
        var open: [Bool] = []
        var hasChoice = false
        var justClosed = false
        var isEscaped = false
        var isInClass = false
        for character in pattern.unicodeScalars {
            if isEscaped {
                isEscaped = false
                justClosed = false
                continue
            }
            switch character {
            case "\\": isEscaped = true
            case "[" where !isInClass: isInClass = true
            case "]": isInClass = false
            case _ where isInClass: break
            case "(":
                open.append(hasChoice)
                hasChoice = false
            case ")":
                justClosed = hasChoice
                hasChoice = hasChoice || (open.popLast() ?? false)
                continue
            case "*", "+", "{":
                if justClosed { return true }
                hasChoice = true
            case "|": hasChoice = true
            default: break
            }
            justClosed = false
        }
        return false
    }
}
