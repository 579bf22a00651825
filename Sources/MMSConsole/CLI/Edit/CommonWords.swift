internal import MMSGraph

/// Which words of a predicate's text name common parts of a resource, such as `name`.
struct CommonWords {
    /// The words, each once, in the order of the text.
    let words: [String]

    /// The words of a text; none when it cannot be read.
    init(of text: String) {
        guard let predicate = try? Predicate(text) else {
            words = []
            return
        }
        var found: [String] = []
        Self.collect(predicate, into: &found)
        words = found
    }

    private static func collect(_ predicate: Predicate, into found: inout [String]) {
        switch predicate {
        case .and(let parts), .or(let parts): for part in parts { collect(part, into: &found) }
        case .not(let part): collect(part, into: &found)
        case .compare(let operand, _, _), .isOneOf(let operand, _), .exists(let operand):
            switch operand {
            case .tag, .field, .property: break
            case .id, .type, .name, .namespace, .owner, .revision:
                if !found.contains(operand.text) { found.append(operand.text) }
            }
        }
    }
}
