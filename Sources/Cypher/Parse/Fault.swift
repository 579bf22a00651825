/// What is wrong with a statement and at which byte; it becomes a `CypherError` once the line
/// and column are counted.
struct Fault: Error, Hashable {
    let kind: CypherError.Kind
    let detail: CypherError.Detail
    let at: SourceOffset
    let message: String

    init(
        _ detail: CypherError.Detail, at: SourceOffset, _ message: String,
        kind: CypherError.Kind = .syntaxError
    ) {
        self.kind = kind
        self.detail = detail
        self.at = at
        self.message = message
    }

    /// The error of the first fault; its message lists the others with their places.
    static func error(_ first: Fault, others: some Sequence<Fault>, in text: String) -> CypherError
    {
        var message = first.message
        for other in others {
            let place = other.at.lineAndColumn(in: text)
            message += "\n\(place.line):\(place.column): \(other.message)"
        }
        let place = first.at.lineAndColumn(in: text)
        return CypherError(
            first.kind, first.detail, .compileTime,
            at: CypherError.Place(line: place.line, column: place.column), message)
    }
}
