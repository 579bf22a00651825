public import Cypher
public import Resources
internal import Synchronization

/// Subscriptions to statements of the query language.
///
/// Those of class A are subscribers of the node's feed, which needs nothing more. For those of
/// class B and C call `publish` after each commit, `mark` every 5 s, `markIfDue` every 100 ms, and
/// `work` on a thread of its own: at once after each `onWork`, and again at the time it answers.
public final class StandingQueries<Store: OrderedStore>: Sendable {
    private let graph: Graph<Store>
    private let feed: ChangeFeed<Store>
    private let sizes: StandingSizes
    private let onWork: @Sendable () -> Void
    private let clock: @Sendable () -> Ticks
    private let questions: Mutex<StandingRegistry>
    private let inbox: Mutex<StandingInbox<Store>>
    private let engine: Mutex<StandingEngine<Store>>

    /// Standing queries on a graph and its feed, begun before the first commit they are to see.
    /// `clock` bounds evaluations; `onWork` is called when there is something for `work`, on
    /// whichever thread made it, and must not block.
    public init(
        graph: Graph<Store>, feed: ChangeFeed<Store>, sizes: StandingSizes = StandingSizes(),
        clock: @escaping @Sendable () -> Ticks, onWork: @escaping @Sendable () -> Void
    ) {
        self.graph = graph
        self.feed = feed
        self.sizes = sizes
        self.clock = clock
        self.onWork = onWork
        var positions: [Namespace: Position] = [:]
        for log in graph.mounts.points { positions[log] = graph.applied(log) }
        questions = Mutex(StandingRegistry())
        inbox = Mutex(StandingInbox(published: Bookmark(positions)))
        engine = Mutex(StandingEngine(graph: graph, sizes: sizes, clock: clock))
    }

    /// Follows a statement over the resources in `scope` and below. `onReady` is called when
    /// something arrives for one who has found nothing; it must not block. Throws `invalidValue`
    /// when the statement cannot stand, `missingField` without one of its parameters, `gone` when
    /// the history after the bookmark was trimmed; with `rebase` that is answered by a reset and a
    /// snapshot instead.
    public func subscribe(
        _ statement: Statement, parameters: CypherMap = CypherMap(),
        within scope: Namespace = .root, from start: ChangeFeed<Store>.Start,
        rebase: Bool = false, onReady: @escaping @Sendable () -> Void
    ) throws(Refusal) -> StandingSubscriber<Store> {
        for name in statement.parameters where parameters[name] == nil {
            throw Refusal(
                .missingField, filter: "standing", subject: "parameter $\(name)",
                reason: "has no value", remedy: "give it with the statement", field: name)
        }
        let question = try questions.withLock { (questions) throws(Refusal) in
            try questions.join(statement, parameters, scope, sizes)
        }
        do throws(Refusal) {
            let source: StandingSubscriber<Store>.Source
            if case .resource(let resource) = question.body {
                source = .resources(try follow(resource, from: start, rebase: rebase, onReady))
            } else {
                source = .engine(
                    try follow(question, parameters, from: start, rebase: rebase, onReady))
            }
            return StandingSubscriber(question.number, question, source)
        } catch {
            leave(question.number)
            throw error
        }
    }

    /// Ends a subscription; once is enough.
    public func unsubscribe(_ subscriber: StandingSubscriber<Store>) {
        switch subscriber.source {
        case .resources(let follower): feed.unsubscribe(follower.subscriber)
        case .engine(let follower):
            inbox.withLock { $0.add(.leave(question: subscriber.number, follower)) }
            onWork()
        }
        leave(subscriber.number)
    }

    private func leave(_ number: Int) {
        if questions.withLock({ $0.leave(number) }) {
            inbox.withLock { $0.unwatch(number) }
        }
    }

    /// Takes in the changes of one commit, which lead up to `position` of `log`. Call it after
    /// each commit, also one without changes.
    public func publish(_ changes: [Change], of log: Namespace, upTo position: Position) {
        let hasWork = inbox.withLock { inbox in
            inbox.publish(changes, of: log, upTo: position, sizes) { graph.store.snapshot() }
        }
        if hasWork { onWork() }
    }

    /// Gives every subscriber of class B and C a bookmark; those of class A get the feed's.
    public func mark() {
        inbox.withLock { $0.mark() }
        onWork()
    }

    /// Does so only when `bookmarkEntries` were published since the last time.
    public func markIfDue() {
        if inbox.withLock({ $0.mark(after: sizes.feed.bookmarkEntries) }) { onWork() }
    }

    /// Does what there is to do, and answers when to come again though nothing was published;
    /// nil for not before the next `onWork`.
    public func work() -> Ticks? {
        let (next, awake) = engine.withLock { engine -> (Ticks?, [EngineFollower]) in
            var turns = 0
            var isMore = true
            while isMore, turns < 4 * sizes.snapshots {
                isMore = engine.turn(inbox)
                turns += 1
            }
            var next = engine.evaluateDue(inbox)
            engine.giveMarks(inbox)
            if isMore { next = clock() }
            return (next, engine.takeAwake())
        }
        for follower in awake { follower.onReady() }
        return next
    }

    /// The subscriptions there are.
    public var count: Int { questions.withLock { $0.users } }
}

extension StandingQueries {
    private func follow(
        _ question: ResourceQuestion, from start: ChangeFeed<Store>.Start, rebase: Bool,
        _ onReady: @escaping @Sendable () -> Void
    ) throws(Refusal) -> ResourceFollower<Store> {
        do throws(Refusal) {
            return ResourceFollower(
                try feed.subscribe(question.followed, from: start, onReady: onReady), question,
                isReset: false)
        } catch {
            guard rebase, error.code == .gone else { throw error }
            return ResourceFollower(
                try feed.subscribe(question.followed, from: .snapshot, onReady: onReady),
                question, isReset: true)
        }
    }

    private func follow(
        _ question: StandingQuestion, _ parameters: CypherMap,
        from start: ChangeFeed<Store>.Start, rebase: Bool,
        _ onReady: @escaping @Sendable () -> Void
    ) throws(Refusal) -> EngineFollower {
        let opening = try self.opening(start, rebase: rebase)
        let follower = EngineFollower(sizes: sizes.feed, onReady: onReady)
        inbox.withLock { inbox in
            inbox.watch(
                question.number,
                .init(letter: question.standing.letter, touched: question.watched))
            // Taken here, so that snapshots wait in the order in which they were taken.
            let snapshot = graph.store.snapshot()
            inbox.add(
                .join(
                    .init(
                        question: question, parameters: parameters, follower: follower,
                        snapshot: snapshot, start: opening)))
        }
        onWork()
        return follower
    }

    private func opening(
        _ start: ChangeFeed<Store>.Start, rebase: Bool
    ) throws(Refusal) -> StandingInbox<Store>.Join.Start {
        switch start {
        case .now: return .now
        case .snapshot: return .snapshot(isReset: false)
        case .bookmark(let bookmark):
            do throws(Refusal) {
                return .past(try graph.reader(at: .bookmark(bookmark)))
            } catch {
                guard rebase, error.code == .gone else { throw error }
                return .snapshot(isReset: true)
            }
        }
    }
}
