public import Resources

/// A moment to read at.
public enum When: Hashable, Sendable {
    /// The latest committed state.
    case now
    /// After that entry of that log; other logs as they stood at that entry's time.
    case position(Namespace, Position)
    /// After the last entry of each log that is not later than this.
    case time(WallTime)
    /// Where a bookmark says.
    case bookmark(Bookmark)
}

extension Graph {
    /// The state of a moment. Throws `gone` when its history was trimmed, `notFound` when the
    /// position is not reached yet, `unavailable` when the store fails.
    public func reader(at when: When) throws(Refusal) -> CommittedReader<Store> {
        let now = try refusing { () throws(GraphError) in try reader() }
        if case .now = when { return now }
        let states = try refusing { () throws(GraphError) in try self.states(in: now.snapshot) }
        let positions: [Namespace: Position]
        switch when {
        case .now: return now
        case .bookmark(let bookmark):
            positions = Dictionary(
                uniqueKeysWithValues: bookmark.positions.map { ($0.0, $0.1) }
            ).completed(by: states)
        case .time(let time): positions = try now.positions(at: time, states)
        case .position(let log, let position):
            positions = try now.positions(with: position, of: log, states)
        }
        for (log, position) in positions.sorted(by: { $0.key < $1.key }) {
            try states[log]?.check(position, of: log)
        }
        return CommittedReader(
            snapshot: now.snapshot, mounts: mounts, bookmark: Bookmark(positions), isPast: true)
    }
}

extension LogState {
    /// Refuses a position whose state cannot be told.
    func check(_ position: Position, of log: Namespace) throws(Refusal) {
        if position > applied {
            throw Refusal(
                .notFound, filter: "at", subject: "position \(position) of \(log)",
                reason: "is later than the last entry, \(applied)",
                remedy: "read at \(applied) or earlier")
        }
        if position < trimmed {
            throw Refusal(
                .gone, filter: "at", subject: "position \(position) of \(log)",
                reason: "the history before position \(trimmed) was trimmed",
                remedy: "read at \(trimmed) or later", current: trimmed)
        }
    }
}

extension CommittedReader {
    fileprivate func positions(
        at time: WallTime, _ states: [Namespace: LogState]
    ) throws(Refusal) -> [Namespace: Position] {
        var positions: [Namespace: Position] = [:]
        for log in states.keys.sorted() {
            positions[log] = try refusing { () throws(GraphError) in
                try self.position(at: time, log, states)
            }
        }
        return positions
    }

    fileprivate func positions(
        with position: Position, of log: Namespace, _ states: [Namespace: LogState]
    ) throws(Refusal) -> [Namespace: Position] {
        guard let state = states[log] else {
            throw Refusal(
                .notFound, filter: "at", subject: "log \(log)", reason: "no log is mounted there",
                remedy: nearest(to: log.path, among: states.keys.map(\.path).sorted()).map {
                    "did you mean \($0)?"
                })
        }
        try state.check(position, of: log)
        // What was before a log was mounted has its time in the log at `/`.
        let home = position <= state.origin ? Namespace.root : log
        let time = try refusing { () throws(GraphError) in try self.time(of: position, in: home) }
        var positions =
            try time.map { (time) throws(Refusal) in
                try self.positions(at: time, states)
            } ?? Dictionary(uniqueKeysWithValues: states.keys.map { ($0, Position.zero) })
        positions[log] = position
        if home != log { positions[home] = position }
        if home == .root {
            for (other, state) in states where position <= state.origin {
                positions[other] = position
            }
        }
        return positions
    }

    /// The same for a log that may be mounted on a namespace: before its own entries there are
    /// those of the log at `/`.
    private func position(
        at time: WallTime, _ log: Namespace, _ states: [Namespace: LogState]
    ) throws(GraphError) -> Position {
        let own = try position(of: log, at: time)
        guard own == .zero, let origin = states[log]?.origin, origin > .zero else { return own }
        return min(try position(of: .root, at: time), origin)
    }

    /// The last entry of a log not later than `time`; zero when all are later.
    public func position(of log: Namespace, at time: WallTime) throws(GraphError) -> Position {
        let prefix = Keys.times(of: log)
        var upper = prefix
        upper.append(signed: time.milliseconds)
        let range = KeyRange(lower: prefix, upper: upper.successor)
        return Position(try first(.moments, range, reverse: true)?.value.word(at: 0) ?? 0)
    }

    /// The time of an entry; nil for none. Of the entries of one millisecond the last is recorded.
    public func time(of position: Position, in log: Namespace) throws(GraphError) -> WallTime? {
        let prefix = Keys.positions(of: log)
        var lower = prefix
        lower.append(big: position.rawValue)
        if position == .zero { return nil }
        let pair = try first(.moments, KeyRange(lower: lower, upper: prefix.successor))
        return pair.map {
            WallTime(milliseconds: Int64(bitPattern: $0.value.word(at: 0) ^ 1 << 63))
        }
    }
}

extension [Namespace: Position] {
    /// With the positions of logs mounted since: until then they were where the log at `/` was.
    func completed(by states: [Namespace: LogState]) -> [Namespace: Position] {
        guard let root = self[.root] else { return self }
        var positions = self
        for (log, state) in states where positions[log] == nil && state.origin > .zero {
            positions[log] = Swift.min(root, state.origin)
        }
        return positions
    }
}

/// Gives a failure of the graph the form of a refusal, for those who answer clients.
func refusing<Result>(_ body: () throws(GraphError) -> Result) throws(Refusal) -> Result {
    do throws(GraphError) { return try body() } catch { throw error.refusal }
}

extension GraphError {
    /// The refusal clients see.
    public var refusal: Refusal {
        Refusal(
            .unavailable, filter: "graph", subject: subject,
            reason: "the \(operation) failed: \(cause)", remedy: "try again; then look at the store"
        )
    }
}
