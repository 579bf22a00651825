/// An event that a handler cannot work off: it is put aside and the handler goes on. A person who
/// has mended the cause deletes it, and the handler tries again.
public enum DeadLetter {
    /// The resource, in `/`, under the handler's name and the identifier of what it is about. Its
    /// handler writes it; people may delete it.
    public static let type = TypeDefinition(
        name: CoreTypes.known("deadletter"),
        summary: "What a handler could not do and put aside; delete it to have it tried again.",
        role: .system, writer: "handlers",
        fields: [
            .init(
                "handler", .text, "The handler that put it aside.", indexed: true, required: true),
            .init("subject", .text, "What it is about, by address.", required: true),
            .init(
                "revision", .int, "The revision of that: another one is a new event.",
                required: true),
            .init("position", .int, "How far the handler had seen the fleet log.", required: true),
            .init("code", .text, "The code of the refusal.", required: true),
            .init("error", .text, "What is wrong, and what to do.", required: true),
            .init("attempts", .int, "How often it was tried.", required: true),
            .init("at", .int, "When it was put aside.", unit: "ms since 1970", required: true),
        ],
        relations: [.init(about, to: [], "What it is about.", single: true)],
        columns: ["handler", "subject", "attempts", "error", "at"])

    /// The relation to what it is about.
    public static let about = CoreTypes.relation("ABOUT")
}

extension Refusal.Code {
    /// What a refusal with this code says of the next attempt.
    public enum Outlook: Hashable, Sendable {
        /// The same batch is refused again: it breaks a rule.
        case same
        /// The state moved on, or will: another attempt may pass.
        case open
        /// The log takes nothing now, whatever is proposed.
        case closed
    }

    /// What a refusal with this code says of the next attempt.
    public var outlook: Outlook {
        switch self {
        case .malformed, .unknownType, .unknownField, .unknownRelation, .invalidValue,
            .missingField, .invalidName, .tooLarge, .tooMany, .unauthenticated, .forbidden,
            .cardinality:
            .same
        case .notFound, .alreadyExists, .revisionMismatch, .wrongLog, .gone, .conflict: .open
        case .overloaded, .diskFull, .readOnly, .unavailable, .unknownOutcome: .closed
        }
    }
}
