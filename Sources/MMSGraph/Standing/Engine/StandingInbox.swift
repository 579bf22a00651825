internal import Cypher
internal import Resources

/// What commits leave for the engine, and who wants what. Held for microseconds by whoever
/// commits, so it only notes and never looks into the graph.
struct StandingInbox<Store: OrderedStore>: Sendable {
    /// A piece of work, in order.
    enum Job: Sendable {
        /// Changes lead up to this state.
        case step(Store.Snapshot)
        case join(Join)
        case leave(question: Int, EngineFollower)
    }

    /// Someone begins to follow a question, which the engine may not know yet.
    struct Join: Sendable {
        let question: StandingQuestion
        let parameters: CypherMap
        let follower: EngineFollower
        let snapshot: Store.Snapshot
        let start: Start

        enum Start: Sendable {
            case now
            case snapshot(isReset: Bool)
            case past(CommittedReader<Store>)
        }
    }

    /// The changes of one entry that some query of class B may see.
    struct Note: Sendable {
        let cause: Cause
        var touched: [(id: Identifier, type: TypeName)]
    }

    /// Changes that a query of class C has not seen.
    struct Dirt: Sendable {
        var last: Cause
        var entries = 1
    }

    /// What a question wants to hear of.
    struct Watch: Sendable {
        let letter: StandingClass.Letter
        let touched: Touched
    }

    /// Who wants to hear of a type.
    private struct Interest {
        var hasMatches = false
        var whole: [Int] = []
    }

    private(set) var published: Bookmark
    private(set) var jobs: [Job] = []
    private(set) var notes: [Note] = []
    /// Notes were dropped: all of class B must be evaluated whole.
    private(set) var isFlooded = false
    private(set) var dirt: [Int: Dirt] = [:]
    private(set) var isMarkDue = false
    /// The engine waits for a commit that it saw before it was published.
    private var isBlocked = false
    private var noted = 0
    private var steps = 0
    private var sinceMark = 0
    private var watches: [Int: Watch] = [:]
    private var interests: [TypeName: Interest] = [:]

    init(published: Bookmark) { self.published = published }

    mutating func add(_ job: Job) { jobs.append(job) }

    mutating func watch(_ question: Int, _ watch: Watch) {
        watches[question] = watch
        interests = [:]
    }

    mutating func unwatch(_ question: Int) {
        watches[question] = nil
        dirt[question] = nil
        interests = [:]
    }

    /// Takes in the changes of a commit; true when there is work. `snapshot` is asked for only
    /// when a query of class B may see them.
    mutating func publish(
        _ changes: [Change], of log: Namespace, upTo position: Position, _ sizes: StandingSizes,
        _ snapshot: () -> Store.Snapshot
    ) -> Bool {
        // A mirrored log that was taken anew may stand further back.
        let known = min(published[log] ?? .zero, position)
        sinceMark += Int(clamping: position.rawValue - known.rawValue)
        published[log] = position
        guard !watches.isEmpty else { return false }
        var (isConcerned, isDirty) = (false, isBlocked)
        for change in changes {
            for type in change.types {
                let interest = interest(in: type)
                for question in interest.whole {
                    soil(question, change)
                    isDirty = true
                }
                if interest.hasMatches {
                    note(change, type, sizes)
                    isConcerned = true
                }
            }
        }
        if isConcerned { step(to: snapshot(), sizes) }
        return isConcerned || isDirty
    }

    mutating func mark() {
        sinceMark = 0
        isMarkDue = true
    }

    /// Marks when so many entries came since the last time; true when there is work.
    mutating func mark(after entries: Int) -> Bool {
        if watches.isEmpty || sinceMark < entries { return false }
        mark()
        return true
    }

    mutating func marked() { isMarkDue = false }

    private mutating func interest(in type: TypeName) -> Interest {
        if let known = interests[type] { return known }
        let label = Labels.label(of: type)
        var interest = Interest()
        for (question, watch) in watches where watch.touched.contains(label) {
            if watch.letter == .b {
                interest.hasMatches = true
            } else {
                interest.whole.append(question)
            }
        }
        interests[type] = interest
        return interest
    }

    private mutating func soil(_ question: Int, _ change: Change) {
        let cause = Cause(change)
        guard var known = dirt[question] else {
            dirt[question] = Dirt(last: cause)
            return
        }
        if known.last.header != cause.header { known.entries += 1 }
        known.last = cause
        dirt[question] = known
    }

    private mutating func note(_ change: Change, _ type: TypeName, _ sizes: StandingSizes) {
        guard let id = (change.new ?? change.old)?.id else { return }
        noted += 1
        if noted > sizes.changes {
            (notes, noted, isFlooded) = ([], 1, true)
        }
        let touched = (id, type)
        if notes.last?.cause.header == change.header {
            notes[notes.count - 1].touched.append(touched)
        } else {
            notes.append(Note(cause: Cause(change), touched: [touched]))
        }
    }

    private mutating func step(to snapshot: Store.Snapshot, _ sizes: StandingSizes) {
        if steps >= sizes.snapshots, case .step = jobs.last {
            // What waits is followed at once on the newest state.
            jobs[jobs.count - 1] = .step(snapshot)
        } else {
            jobs.append(.step(snapshot))
            steps += 1
        }
    }

    mutating func takeJob() -> Job? {
        guard !jobs.isEmpty else { return nil }
        let job = jobs.removeFirst()
        if case .step = job { steps -= 1 }
        return job
    }

    /// Takes the notes of all that a state has in it; nil while a commit in it is not published.
    mutating func takeNotes(upTo state: Bookmark) -> (notes: [Note], isFlooded: Bool)? {
        isBlocked = !published.covers(state)
        if isBlocked { return nil }
        func isIn(_ note: Note) -> Bool {
            note.cause.header.position <= state[note.cause.header.log] ?? .zero
        }
        let taken = notes.filter(isIn)
        notes.removeAll(where: isIn)
        noted = notes.reduce(0) { $0 + $1.touched.count }
        defer { isFlooded = false }
        return (taken, isFlooded)
    }

    mutating func takeDirt(of question: Int) -> Dirt? { dirt.removeValue(forKey: question) }
}
