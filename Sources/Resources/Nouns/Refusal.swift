/// Why a command was not taken. A refusal is a value with a reason: it says what was refused, by
/// whom, why, and what to do.
public struct Refusal: Error, Hashable, Sendable {
    /// A stable code for programs.
    public var code: Code
    /// Who refused: a filter ("schema", "permission" …) or "apply".
    public var filter: String
    /// What it is about: an address, an identifier, a field.
    public var subject: String
    /// What is wrong, in a sentence without the subject.
    public var reason: String
    /// What to do, when there is something.
    public var remedy: String?
    /// The field at fault.
    public var field: String?
    /// The revision the resource has, when another was expected.
    public var current: Position?
    /// The place of the command in its batch, from 0.
    public var command: Int?

    /// Stable codes, part of the API.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case malformed, unknownType, unknownField, unknownRelation, invalidValue, missingField
        case invalidName, notFound, alreadyExists, revisionMismatch, wrongLog, tooLarge, tooMany
        case unauthenticated, forbidden, overloaded, diskFull, readOnly, gone, cardinality, conflict
        case unavailable, unknownOutcome
    }

    /// A refusal by `filter` of `subject`.
    public init(
        _ code: Code, filter: String, subject: String, reason: String, remedy: String? = nil,
        field: String? = nil, current: Position? = nil
    ) {
        self.code = code
        self.filter = filter
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
        self.field = field
        self.current = current
    }

    /// More links than one of `relation`, which is marked `single`.
    public static func cardinality(
        filter: String, _ subject: String, _ relation: String, count: Int
    ) -> Refusal {
        Refusal(
            .cardinality, filter: filter, subject: subject,
            reason: "has \(count) links \(relation), which leads to one resource only",
            remedy: "give one target; a new one replaces the old", field: relation)
    }

    /// One line for people: what failed, on what, why, what to do.
    public var message: String {
        "\(subject): \(reason)" + (remedy.map { "; \($0)" } ?? "")
    }
}

/// The candidate nearest to `text` by edit distance, when it is near enough to be a slip.
public func nearest(to text: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(2, text.count / 3)
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
        let distance = editDistance(Array(text), Array(candidate))
        if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.candidate
}

/// Levenshtein's distance, one row at a time.
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for (i, character) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in right.enumerated() {
            let substitution = diagonal + (character == other ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
        }
    }
    return row[right.count]
}
