internal import Cypher
internal import Resources

/// A standing statement with its parameters: what is shared by all who follow the same.
struct StandingQuestion: Sendable {
    let number: Int
    let key: Key
    let body: Body
    let columns: [String]
    let standing: StandingClass
    /// The labels whose changes may concern it.
    let watched: Touched

    enum Body: Sendable {
        case resource(ResourceQuestion)
        case matches(MatchShape)
        case whole(Statement)
    }

    /// What makes two subscriptions the same.
    struct Key: Hashable, Sendable {
        let text: String
        /// The parameters' names and values, in bytes.
        let parameters: [UInt8]
        /// Where the resources must be.
        let scope: Namespace
    }
}

extension StandingQuestion.Key {
    init(_ statement: Statement, _ parameters: CypherMap, _ scope: Namespace) {
        var bytes: [UInt8] = []
        for name in statement.parameters {
            CypherValue.string(name).write(into: &bytes)
            parameters[name]?.write(into: &bytes)
        }
        self.init(text: statement.text, parameters: bytes, scope: scope)
    }
}

extension Refusal {
    /// Why a standing query ends when its statement fails on the data.
    init(standing error: CypherError) {
        let code: Code =
            switch error.kind {
            case .limitExceeded: .tooMany
            case .storeError: .unavailable
            default: .invalidValue
            }
        self.init(
            code, filter: "standing", subject: "statement", reason: error.description,
            remedy: "change the statement and subscribe anew")
    }
}
