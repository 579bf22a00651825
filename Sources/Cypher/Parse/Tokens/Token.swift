/// A word, number, string or sign of a statement, by the bytes it takes up.
struct Token {
    enum Kind: Equatable {
        /// A name without backticks, perhaps one with a meaning.
        case word(Keyword?)
        /// A name in backticks.
        case quotedWord
        /// Digits; or `0x` and `0o` with theirs.
        case integer
        case float
        case string
        case symbol(Symbol)
        /// What cannot be a token; the fault has this place in the lexer's list.
        case faulty(Int)
        case end
    }

    let kind: Kind
    let start: Int
    let end: Int

    var at: SourceOffset { SourceOffset(start) }
}

/// The signs.
enum Symbol: String {
    case openParen = "("
    case closeParen = ")"
    case openBracket = "["
    case closeBracket = "]"
    case openBrace = "{"
    case closeBrace = "}"
    case comma = ","
    case dot = "."
    case dots = ".."
    case colon = ":"
    case semicolon = ";"
    case bar = "|"
    case plus = "+"
    case plusEqual = "+="
    case minus = "-"
    case star = "*"
    case slash = "/"
    case percent = "%"
    case caret = "^"
    case equal = "="
    case regex = "=~"
    case less = "<"
    case greater = ">"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case notEqual = "<>"
    case dollar = "$"

    /// The sign that closes this one.
    var closer: Symbol? {
        switch self {
        case .openParen: .closeParen
        case .openBracket: .closeBracket
        case .openBrace: .closeBrace
        default: nil
        }
    }

    var isCloser: Bool {
        self == .closeParen || self == .closeBracket || self == .closeBrace
    }
}

/// The words with a meaning. All may be names of labels, types, properties and columns; those
/// that are reserved cannot be read as a variable in an expression.
enum Keyword: String, CaseIterable {
    case all = "ALL"
    case and = "AND"
    case any = "ANY"
    case `as` = "AS"
    case asc = "ASC"
    case ascending = "ASCENDING"
    case by = "BY"
    case call = "CALL"
    case `case` = "CASE"
    case contains = "CONTAINS"
    case count = "COUNT"
    case create = "CREATE"
    case delete = "DELETE"
    case desc = "DESC"
    case descending = "DESCENDING"
    case detach = "DETACH"
    case distinct = "DISTINCT"
    case `else` = "ELSE"
    case end = "END"
    case ends = "ENDS"
    case exists = "EXISTS"
    case explain = "EXPLAIN"
    case `false` = "FALSE"
    case `in` = "IN"
    case `is` = "IS"
    case limit = "LIMIT"
    case match = "MATCH"
    case merge = "MERGE"
    case none = "NONE"
    case not = "NOT"
    case null = "NULL"
    case on = "ON"
    case optional = "OPTIONAL"
    case or = "OR"
    case order = "ORDER"
    case profile = "PROFILE"
    case reduce = "REDUCE"
    case remove = "REMOVE"
    case `return` = "RETURN"
    case set = "SET"
    case shortestPath = "SHORTESTPATH"
    case allShortestPaths = "ALLSHORTESTPATHS"
    case single = "SINGLE"
    case skip = "SKIP"
    case starts = "STARTS"
    case then = "THEN"
    case `true` = "TRUE"
    case union = "UNION"
    case unwind = "UNWIND"
    case when = "WHEN"
    case `where` = "WHERE"
    case with = "WITH"
    case xor = "XOR"
    case yield = "YIELD"

    static let longest = 16
    private static let byText = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    init?(text: String) {
        guard let found = Self.byText[text.uppercased()] else { return nil }
        self = found
    }

    /// True where an expression cannot begin with it as a variable.
    var isReserved: Bool { !Self.free.contains(self) }

    /// True when a clause begins with it.
    var beginsClause: Bool { Self.clauseWords.contains(self) }

    private static let free: Set<Keyword> = [
        .all, .any, .call, .count, .end, .exists, .explain, .none, .profile, .reduce,
        .shortestPath, .allShortestPaths, .single, .yield, .on,
    ]
    private static let clauseWords: Set<Keyword> = [
        .match, .optional, .unwind, .with, .return, .call, .create, .merge, .set, .remove,
        .delete, .detach, .union,
    ]
}
