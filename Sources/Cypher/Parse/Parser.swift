internal import Resources

/// Reads a statement by recursive descent, in time linear in its length.
///
/// After a fault in a clause it goes on at the next one, so that several faults are told at once.
struct Parser {
    let text: String
    let bytes: [UInt8]
    let tokens: [Token]
    let lexicalFaults: [Fault]
    let brackets: Brackets
    var index = 0
    /// How deep the brackets and subqueries around this place are.
    private var nesting = 0
    /// How many tokens were taken or looked past, for the test that this is linear.
    private(set) var steps = 0
    private var clauseCount = 0
    private var hopCount = 0

    /// How many faults one error tells.
    static let faultsMost = 5

    /// Reads a whole statement.
    static func parse(_ text: String) throws(CypherError) -> ParsedStatement {
        let most = Limits.statementBytes.value
        guard text.utf8.count <= most else {
            throw CypherError(
                .limitExceeded, .statementLength, .compileTime,
                "the statement has \(text.utf8.count) bytes, more than \(most): "
                    + "put data into parameters")
        }
        var parser = Parser(text)
        return try parser.parse()
    }

    /// Reads the statement; all its faults become one error.
    mutating func parse() throws(CypherError) -> ParsedStatement {
        var faults: [Fault] = []
        let statement = statement(&faults)
        if let first = faults.first {
            throw Fault.error(first, others: faults.dropFirst(), in: text)
        }
        return statement
    }

    init(_ text: String) {
        let lexer = Lexer(text)
        self.text = text
        bytes = lexer.bytes
        tokens = lexer.tokens
        lexicalFaults = lexer.faults
        brackets = Brackets(lexer.tokens)
    }

    // MARK: Looking

    var token: Token { tokens[index] }
    var kind: Token.Kind { tokens[index].kind }
    var at: SourceOffset { tokens[index].at }

    /// The kind of a later token; the end goes on for ever.
    func kind(ahead: Int) -> Token.Kind {
        tokens[min(index + ahead, tokens.count - 1)].kind
    }

    func isAt(_ keyword: Keyword, ahead: Int = 0) -> Bool {
        kind(ahead: ahead) == .word(keyword)
    }

    func isAt(_ symbol: Symbol, ahead: Int = 0) -> Bool {
        kind(ahead: ahead) == .symbol(symbol)
    }

    func isName(ahead: Int = 0) -> Bool { Self.isName(kind(ahead: ahead)) }

    static func isName(_ kind: Token.Kind) -> Bool {
        switch kind {
        case .word, .quotedWord: true
        case .integer, .float, .string, .symbol, .faulty, .end: false
        }
    }

    func text(of token: Token) -> String {
        String(decoding: bytes[token.start..<token.end], as: UTF8.self)
    }

    // MARK: Taking

    mutating func advance() {
        steps += 1
        if index < tokens.count - 1 { index += 1 }
    }

    /// Counts a look at a token that is not taken yet.
    mutating func look() { steps += 1 }

    mutating func accept(_ keyword: Keyword) -> Bool {
        guard isAt(keyword) else { return false }
        advance()
        return true
    }

    mutating func accept(_ symbol: Symbol) -> Bool {
        guard isAt(symbol) else { return false }
        advance()
        return true
    }

    mutating func expect(_ keyword: Keyword, _ purpose: String = "") throws(Fault) {
        if !accept(keyword) { throw unexpected("\(keyword.rawValue)\(purpose)") }
    }

    mutating func expect(_ symbol: Symbol, _ purpose: String = "") throws(Fault) {
        if !accept(symbol) { throw unexpected("`\(symbol.rawValue)`\(purpose)") }
    }

    /// Takes a name; any word will do, with or without a meaning.
    mutating func name(_ purpose: String) throws(Fault) -> Name {
        let token = token
        switch token.kind {
        case .word:
            advance()
            return Name(text(of: token), at: token.at)
        case .quotedWord:
            advance()
            return Name(unquoted(token), at: token.at)
        case .integer, .float, .string, .symbol, .faulty, .end:
            if case .faulty(let fault) = token.kind,
                lexicalFaults[fault].detail == .invalidNumberLiteral
            {
                throw Fault(
                    .unexpectedSyntax, at: token.at,
                    "found `\(text(of: token))`, expected \(purpose): "
                        + "put a name that begins with a digit in backticks")
            }
            throw unexpected(purpose)
        }
    }

    /// The text of a name in backticks, where two of them stand for one.
    private func unquoted(_ token: Token) -> String {
        var name: [UInt8] = []
        var index = token.start + 1
        while index < token.end - 1 {
            name.append(bytes[index])
            index += bytes[index] == UInt8(ascii: "`") ? 2 : 1
        }
        return String(decoding: name, as: UTF8.self)
    }

    // MARK: Faults and limits

    /// The fault of a token that stands where something else was expected.
    func unexpected(_ expected: String, hint: String? = nil) -> Fault {
        let token = token
        if case .faulty(let fault) = token.kind { return lexicalFaults[fault] }
        let found =
            token.kind == .end
            ? "the statement ends here"
            : "found `\(String(text(of: token).prefix(40)))`"
        let hint = hint ?? self.hint
        let tail = hint.map { ": \($0)" } ?? ""
        return Fault(.unexpectedSyntax, at: token.at, "\(found), expected \(expected)\(tail)")
    }

    private var hint: String? {
        if isAt(.equal), index > 0, tokens[index - 1].kind == .symbol(.equal) {
            return "Cypher compares with a single ="
        }
        return nil
    }

    mutating func enter() throws(Fault) {
        nesting += 1
        let most = Limits.statementNesting.value
        guard nesting <= most else {
            throw Fault(
                .nestingDepth, at: at,
                "brackets and subqueries are nested deeper than \(most): "
                    + "split the query with WITH, or pass the value as a parameter",
                kind: .limitExceeded)
        }
    }

    mutating func leave() { nesting -= 1 }

    /// After a fault, back to the outside.
    mutating func leaveAll() { nesting = 0 }

    mutating func countClause() throws(Fault) {
        clauseCount += 1
        let most = Limits.statementClauses.value
        guard clauseCount <= most else {
            throw Fault(
                .nestingDepth, at: at,
                "the statement has more than \(most) clauses: use UNWIND with a parameter",
                kind: .limitExceeded)
        }
    }

    mutating func countHop() throws(Fault) {
        hopCount += 1
        let most = Limits.statementHops.value
        guard hopCount <= most else {
            throw Fault(
                .hopLimit, at: at,
                "the patterns of the statement have more than \(most) relationships: "
                    + "split it into several statements", kind: .limitExceeded)
        }
    }

    /// An expression, unless its tree is too tall.
    func build(_ kind: Expression.Kind, at: SourceOffset) throws(Fault) -> Expression {
        let expression = Expression(kind, at: at)
        let most = Limits.statementHeight.value
        guard expression.height <= most else {
            throw Fault(
                .nestingDepth, at: at,
                "an expression chains more than \(most) operators: use a list and reduce()",
                kind: .limitExceeded)
        }
        return expression
    }
}
