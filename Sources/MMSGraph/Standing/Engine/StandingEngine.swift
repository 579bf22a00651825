internal import Cypher
internal import Resources
internal import Synchronization

/// Works on queries of class B and C: a machine that one thread cranks.
struct StandingEngine<Store: OrderedStore>: Sendable {
    typealias Inbox = StandingInbox<Store>

    /// A query of class B or C with its rows.
    struct Running: Sendable {
        let question: StandingQuestion
        let setting: MatchShape.Setting
        var rows: Rows
        /// The state that the rows are of.
        var bookmark: Bookmark
        var followers: [EngineFollower] = []
        /// A query of class C rests until then.
        var due: Ticks
    }

    enum Rows: Sendable {
        case matches(MatchTable)
        case whole(WholeTable)

        var all: [StandingRow] {
            switch self {
            case .matches(let table): table.all
            case .whole(let table): table.all
            }
        }

        /// The changes that lead from other rows of the same query to these.
        func changes(since other: Rows) -> [RowChange] {
            switch (self, other) {
            case (.matches(let table), .matches(let old)): table.changes(since: old)
            case (.whole(let table), .whole(let old)): table.changes(since: old)
            case (.matches, .whole), (.whole, .matches): []
            }
        }
    }

    let graph: Graph<Store>
    let sizes: StandingSizes
    let clock: @Sendable () -> Ticks
    private(set) var running: [Int: Running] = [:]
    /// A state that has commits in it which were not published yet.
    private var waiting: CommittedReader<Store>?
    /// Followers to be woken when the turn is over.
    private var awake: [EngineFollower] = []

    init(graph: Graph<Store>, sizes: StandingSizes, clock: @escaping @Sendable () -> Ticks) {
        self.graph = graph
        self.sizes = sizes
        self.clock = clock
    }

    mutating func takeAwake() -> [EngineFollower] {
        defer { awake = [] }
        return awake
    }

    /// One turn; true when there is more to do at once.
    mutating func turn(_ inbox: borrowing Mutex<Inbox>) -> Bool {
        if let reader = waiting {
            guard step(to: reader, inbox) else { return false }
            waiting = nil
        }
        guard let job = inbox.withLock({ $0.takeJob() }) else { return false }
        switch job {
        case .step(let snapshot): follow(snapshot, inbox)
        case .join(let join): self.join(join)
        case .leave(let question, let follower): leave(question, follower)
        }
        return waiting == nil
    }

    private mutating func follow(_ snapshot: Store.Snapshot, _ inbox: borrowing Mutex<Inbox>) {
        do throws(GraphError) {
            let reader = try graph.reader(of: snapshot)
            if !step(to: reader, inbox) { waiting = reader }
        } catch {
            failAll(.b, error.refusal)
        }
    }

    private mutating func failAll(_ letter: StandingClass.Letter, _ refusal: Refusal) {
        for (number, query) in running where query.question.standing.letter == letter {
            fail(number, refusal)
        }
    }

    /// Ends a query for all who follow it now; who comes later has it evaluated anew.
    private mutating func fail(_ number: Int, _ refusal: Refusal) {
        guard let query = running.removeValue(forKey: number) else { return }
        for follower in query.followers { follower.end(refusal) }
        awake += query.followers
    }

    private mutating func tell(_ number: Int, _ entry: StandingEntry) {
        for follower in running[number]?.followers ?? [] where follower.offer(entry) {
            awake.append(follower)
        }
    }
}

extension StandingEngine {
    /// Follows the changes that lead to a state; false when not all of them are known yet.
    private mutating func step(
        to reader: CommittedReader<Store>, _ inbox: borrowing Mutex<Inbox>
    ) -> Bool {
        let taken = inbox.withLock { $0.takeNotes(upTo: reader.bookmark) }
        guard let (notes, isFlooded) = taken else { return false }
        var graphs: [Namespace: ResourceGraph<Store>] = [:]
        for number in running.keys.sorted() {
            guard let query = running[number], query.question.standing.letter == .b,
                !query.bookmark.covers(reader.bookmark)
            else { continue }
            let relevant = isFlooded ? notes : notes.filter { query.question.sees($0.touched) }
            guard let last = relevant.last else {
                running[number]?.bookmark = reader.bookmark
                continue
            }
            do throws(CypherError) {
                let scope = query.question.key.scope
                if graphs[scope] == nil {
                    graphs[scope] = try ResourceGraph(reader, within: scope)
                }
                guard let graph = graphs[scope] else { continue }
                let rows = try update(number, relevant, isFlooded, graph)
                running[number]?.bookmark = reader.bookmark
                guard !rows.isEmpty else { continue }
                tell(
                    number,
                    StandingEntry(
                        last.cause, rows, isCoalesced: isFlooded || relevant.count > 1,
                        bookmark: reader.bookmark))
            } catch {
                fail(number, Refusal(standing: error))
            }
        }
        return true
    }

    private mutating func update(
        _ number: Int, _ notes: [Inbox.Note], _ isFlooded: Bool, _ graph: ResourceGraph<Store>
    ) throws(CypherError) -> [RowChange] {
        guard var query = running.removeValue(forKey: number),
            case .matches(let shape) = query.question.body,
            case .matches(var table) = query.rows
        else { return [] }
        // Out of its place while it changes, so that it is not copied.
        query.rows = .matches(MatchTable())
        defer {
            query.rows = .matches(table)
            running[number] = query
        }
        if isFlooded {
            let old = table
            table = try shape.evaluate(graph, query.setting)
            return table.changes(since: old)
        }
        let changed = Set(notes.flatMap { $0.touched.map(\.id) }).sorted()
        return try shape.update(&table, changed, graph, query.setting)
    }

    private mutating func join(_ join: Inbox.Join) {
        let number = join.question.number
        do throws(Refusal) {
            if running[number] == nil { running[number] = try begin(join) }
            guard let query = running[number] else { return }
            var opening = EngineFollower.Opening(bookmark: query.bookmark)
            switch join.start {
            case .now: break
            case .snapshot(let isReset):
                opening.isReset = isReset
                opening.rows = query.rows.all
            case .past(let reader):
                opening.changes = try changes(of: query, since: reader)
            }
            join.follower.begin(opening)
            running[number]?.followers.append(join.follower)
        } catch {
            join.follower.end(error)
        }
        awake.append(join.follower)
    }

    private mutating func leave(_ question: Int, _ follower: EngineFollower) {
        running[question]?.followers.removeAll { $0 === follower }
        if running[question]?.followers.isEmpty ?? false { running[question] = nil }
    }

    private func begin(_ join: Inbox.Join) throws(Refusal) -> Running {
        var options = sizes.query
        options.clock = clock
        let setting = MatchShape.Setting(
            parameters: join.parameters, options: options, rows: sizes.rows)
        let reader = try refusing { () throws(GraphError) in try graph.reader(of: join.snapshot) }
        let rows = try evaluate(join.question, setting, reader)
        return Running(
            question: join.question, setting: setting, rows: rows, bookmark: reader.bookmark,
            due: clock())
    }

    private func evaluate(
        _ question: StandingQuestion, _ setting: MatchShape.Setting,
        _ reader: CommittedReader<Store>
    ) throws(Refusal) -> Rows {
        do throws(CypherError) {
            let graph = try ResourceGraph(reader, within: question.key.scope)
            switch question.body {
            case .matches(let shape): return .matches(try shape.evaluate(graph, setting))
            case .whole(let statement):
                return .whole(try WholeTable(statement, graph, setting))
            case .resource: return .matches(MatchTable())
            }
        } catch { throw Refusal(standing: error) }
    }

    /// What one who stands at a past state has missed; nil when nothing.
    private func changes(
        of query: Running, since reader: CommittedReader<Store>
    ) throws(Refusal) -> StandingChanges? {
        let old = try evaluate(query.question, query.setting, reader)
        let rows = query.rows.changes(since: old)
        guard !rows.isEmpty, let (log, position) = query.bookmark.positions.first else {
            return nil
        }
        let time = try refusing { () throws(GraphError) in try reader.time(of: position, in: log) }
        let header = EntryHeader(
            log: log, position: position, author: .system("history"),
            time: time ?? WallTime(milliseconds: 0))
        let cause = Cause(header: header, origin: .command, sensed: nil)
        return StandingEntry(cause, [], isCoalesced: true, bookmark: query.bookmark)
            .changes(rows, isCoalesced: true, query.bookmark)
    }
}

extension StandingEngine {
    /// Evaluates the queries of class C that something has touched and that have rested; when the
    /// next one has, or nil.
    mutating func evaluateDue(_ inbox: borrowing Mutex<Inbox>) -> Ticks? {
        var next: Ticks?
        for number in inbox.withLock({ $0.dirt.keys.sorted() }) {
            guard let query = running[number] else { continue }
            let begun = clock()
            if query.due > begun {
                next = min(next ?? query.due, query.due)
                continue
            }
            guard let dirt = inbox.withLock({ $0.takeDirt(of: number) }) else { continue }
            do throws(Refusal) {
                let reader = try refusing { () throws(GraphError) in try graph.reader() }
                let rows = try evaluate(query.question, query.setting, reader)
                let changes = rows.changes(since: query.rows)
                running[number]?.rows = rows
                running[number]?.bookmark = reader.bookmark
                if !changes.isEmpty {
                    tell(
                        number,
                        StandingEntry(
                            dirt.last, changes, isCoalesced: dirt.entries > 1,
                            bookmark: reader.bookmark))
                }
            } catch {
                fail(number, error)
            }
            let end = clock()
            let rest = max(
                UInt64(sizes.interval) * 1_000_000,
                end.nanoseconds(since: begun) &* UInt64(sizes.rest))
            running[number]?.due = Ticks(nanoseconds: end.nanoseconds &+ rest)
        }
        return next
    }

    /// Gives bookmarks, when they are due, to those of whom nothing waits.
    mutating func giveMarks(_ inbox: borrowing Mutex<Inbox>) {
        let (isDue, isQuiet, published, dirty) = inbox.withLock { inbox in
            let isQuiet = waiting == nil && inbox.jobs.isEmpty && inbox.notes.isEmpty
            let isDue = inbox.isMarkDue
            if isQuiet { inbox.marked() }
            return (isDue, isQuiet, inbox.published, Set(inbox.dirt.keys))
        }
        guard isDue, isQuiet else { return }
        for number in running.keys.sorted() {
            guard let query = running[number] else { continue }
            var bookmark = query.bookmark
            if !dirty.contains(number) { bookmark.advance(to: published) }
            for follower in query.followers where follower.mark(bookmark) {
                awake.append(follower)
            }
        }
    }
}

extension StandingQuestion {
    /// True when one of the changes may concern it.
    func sees(_ touched: [(id: Identifier, type: TypeName)]) -> Bool {
        touched.contains { watched.contains(Labels.label(of: $0.type)) }
    }
}
