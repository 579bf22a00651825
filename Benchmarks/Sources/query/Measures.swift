internal import Cypher
internal import Host
internal import MMSGraph
internal import Resources

/// The measures on one graph of `people`, which `open` gives to each statement.
struct Measures<Subject: PropertyGraph> {
    let name: String
    let people: Int
    let seconds: Double
    let open: () throws -> Subject
    /// Begins a statement as a node does.
    let begin: (Statement, CypherMap, QueryOptions) throws -> Query<Subject>

    /// Each question as a client asks it: the text is read and checked once.
    func questions() throws -> [Figure] {
        try Questions.all.map { question in
            let statement = try Statement(parsing: question.text)
            var random = SplitMix(UInt64(question.text.utf8.count))
            var rows = 0
            let figure = try Figure.repeating("query-\(question.key)/\(name)", seconds: seconds) {
                rows += try ask(statement, Int64(random.next() % UInt64(people)))
            }
            guard rows >= figure.count else { stop("\(question.key) found nothing") }
            return figure
        }
    }

    /// One hop from each person once, in random order: what nobody asked for before.
    func firstTouch() throws -> Figure {
        let statement = try Statement(parsing: Questions.firstTouch)
        let clock = LinuxClock()
        var order = Array(0..<people)
        var random = SplitMix(11)
        for place in order.indices {
            order.swapAt(place, Int(random.next() % UInt64(people)))
        }
        var durations: [UInt64] = []
        let start = clock.ticks
        for person in order {
            let before = clock.ticks
            _ = try ask(statement, Int64(person))
            durations.append(clock.ticks.nanoseconds(since: before))
        }
        return Figure(
            key: "query-cold/\(name)", count: people,
            nanoseconds: clock.ticks.nanoseconds(since: start), durations: durations)
    }

    private func ask(_ statement: Statement, _ number: Int64) throws -> Int {
        var query = try begin(
            statement, CypherMap([("number", .integer(number))]), Self.options)
        var rows = 0
        while try query.next() != nil { rows += 1 }
        return rows
    }

    /// What comes before the first row: reading and checking, and planning.
    func preparation() throws -> [Figure] {
        let text = Questions.all[1].text
        let read = try Figure.repeating("query-read/\(name)", seconds: seconds / 2) {
            guard try Statement(parsing: text).columns.count == 2 else { stop("two columns") }
        }
        let statement = try Statement(parsing: text)
        let number = CypherMap([("number", .integer(1))])
        let graph = try open()
        let plan = try Figure.repeating("query-plan/\(name)", seconds: seconds / 2) {
            let query = try Query(
                statement, parameters: number, graph: graph, options: Self.options)
            guard query.columns.count == 2 else { stop("two columns") }
        }
        let opening = try Figure.repeating("query-open/\(name)", seconds: seconds / 2) {
            guard try open().nodeCount >= people else { stop("\(people) people") }
        }
        return [read, plan, opening]
    }

    /// All people, row by row: when the first row came, when the last, and what memory it took.
    func scan(rows wanted: Int) throws -> String {
        let turns = max(1, wanted / people)
        let statement = try Statement(
            parsing: "UNWIND range(1, \(turns)) AS turn MATCH (p:Person) RETURN p.number")
        let clock = LinuxClock()
        let before = LinuxSystem.residentBytes
        var most = before
        let start = clock.ticks
        var query = try begin(statement, CypherMap(), Self.options)
        var first = start
        var rows = 0
        while try query.next() != nil {
            rows += 1
            if rows == 1 { first = clock.ticks }
            if rows & 0xffff == 0 { most = max(most, LinuxSystem.residentBytes) }
        }
        let end = clock.ticks
        guard rows == turns * people else { stop("\(rows) rows of \(turns * people)") }
        return "{\"key\":\"query-scan/\(name)\",\"n\":\(rows)"
            + ",\"firstus\":\(Double(first.nanoseconds(since: start)) / 1000)"
            + ",\"ops\":\(Double(rows) * 1e9 / Double(end.nanoseconds(since: start)))"
            + ",\"mb\":\(Double(most - before) / 1e6)}"
    }

    private static var options: QueryOptions {
        let clock = LinuxClock()
        var options = QueryOptions(clock: { clock.ticks }, now: clock.now)
        options.rows = 10_000_000
        options.milliseconds = 600_000
        return options
    }
}
