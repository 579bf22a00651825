internal import Cypher
internal import Resources

/// The questions that someone follows: the same statement with the same parameters is one.
struct StandingRegistry: Sendable {
    private var shared: [StandingQuestion.Key: Shared] = [:]
    private var keys: [Int: StandingQuestion.Key] = [:]
    /// Programs by text: ten thousand who give one statement other parameters share one.
    private var programs: [String: Program] = [:]
    private var next = 0
    /// The subscriptions there are.
    private(set) var users = 0

    private struct Shared {
        let question: StandingQuestion
        var users = 0
    }

    private struct Program {
        let program: ResourceProgram
        let standing: StandingClass
        let columns: [String]
        var users = 0
    }

    /// The question of a statement with one user more.
    mutating func join(
        _ statement: Statement, _ parameters: CypherMap, _ scope: Namespace,
        _ sizes: StandingSizes
    ) throws(Refusal) -> StandingQuestion {
        if users >= sizes.feed.subscriptions {
            throw Refusal(
                .overloaded, filter: "standing", subject: "subscription",
                reason: "there are \(sizes.feed.subscriptions) already, which is the limit",
                remedy: "end some, or subscribe at another node")
        }
        let key = StandingQuestion.Key(statement, parameters, scope)
        var known: Shared
        if let old = shared[key] {
            known = old
        } else {
            known = Shared(question: try question(statement, parameters, key, sizes))
            keys[known.question.number] = key
        }
        known.users += 1
        users += 1
        shared[key] = known
        return known.question
    }

    /// Takes a user from a question; true when it was the last.
    mutating func leave(_ number: Int) -> Bool {
        guard let key = keys[number], var known = shared[key] else { return false }
        users -= 1
        known.users -= 1
        shared[key] = known
        if known.users > 0 { return false }
        shared[key] = nil
        keys[number] = nil
        programs[key.text]?.users -= 1
        if programs[key.text]?.users == 0 { programs[key.text] = nil }
        return true
    }

    private mutating func question(
        _ statement: Statement, _ parameters: CypherMap, _ key: StandingQuestion.Key,
        _ sizes: StandingSizes
    ) throws(Refusal) -> StandingQuestion {
        next += 1
        if let known = programs[statement.text] {
            programs[statement.text]?.users += 1
            return question(statement, known, parameters, key, sizes)
        }
        let standing = try StandingClass(of: statement)
        let body: StandingQuestion.Body
        switch standing.letter {
        case .a:
            if let program = ResourceProgram(statement) {
                let made = Program(
                    program: program, standing: standing, columns: statement.columns, users: 1)
                programs[statement.text] = made
                return question(statement, made, parameters, key, sizes)
            }
            body = .resource(
                ResourceQuestion(
                    statement, nil, parameters, within: key.scope, options: sizes.query))
        case .b: body = .matches(MatchShape(statement))
        case .c: body = .whole(statement)
        }
        return StandingQuestion(
            number: next, key: key, body: body, columns: statement.columns, standing: standing,
            watched: Touched(statement.query))
    }

    private func question(
        _ statement: Statement, _ program: Program, _ parameters: CypherMap,
        _ key: StandingQuestion.Key, _ sizes: StandingSizes
    ) -> StandingQuestion {
        let resource = ResourceQuestion(
            statement, program.program, parameters, within: key.scope, options: sizes.query)
        return StandingQuestion(
            number: next, key: key, body: .resource(resource), columns: program.columns,
            standing: program.standing, watched: Touched())
    }
}
