internal import Host
internal import MMSGraph
internal import Resources
internal import ZeroProcs

extension HandlerLoop {
    /// One look of a handler on its way to the log.
    struct Look {
        let handler: HandlerName
        /// How far the fleet log was seen when the look began.
        let seen: Position
    }

    /// Proposes what a plan asks for, but for what is put aside, and puts aside what cannot be
    /// done. True when there is more to try at once.
    func workOff(
        _ plan: HandlerPlan, _ look: Look, _ book: inout HandlerBook,
        _ statistics: inout HandlerStatistics
    ) throws(GraphError) -> Bool {
        let letters = try circle.graph.reader().all("deadletter")
        book.begin(letters: letters)
        let known = plan.waiting
        statistics.waiting += book.waiting.filter { text in
            !known.contains { text.hasPrefix($0) }
        }
        for failure in plan.failures { book.note(failure) }
        var isCut = false
        for turn in plan.turns {
            guard let turn = book.remaining(turn) else { continue }
            // A batch goes to one log; each is complete for the things of its own namespaces.
            for commands in circle.parts(turn.commands) {
                if propose(commands, of: turn, look, &book, &statistics) { isCut = true }
            }
        }
        try putAside(look, &book, &statistics, letters: letters.count)
        return isCut
    }

    /// Proposes commands of a turn. What is refused for one event only is taken out, and the rest
    /// is proposed again; true when too much was taken out for one look.
    private func propose(
        _ commands: [Command], of turn: HandlerPlan.Turn, _ look: Look,
        _ book: inout HandlerBook, _ statistics: inout HandlerStatistics
    ) -> Bool {
        var rest = commands
        for _ in 0...Limits.handlerRemovals.value {
            guard let refusal = propose(rest, turn.reason, look) else {
                statistics.effects += UInt64(rest.count)
                for command in rest {
                    if let event = turn.events[command.id] { book.passed(event) }
                }
                if let event = turn.event { book.passed(event) }
                return false
            }
            // What changed meanwhile woke the handler; what is refused for itself is put aside.
            statistics.lastRefusal = "\(turn.subject): \(refusal.message)"
            if let event = turn.event {
                book.note(refusal, of: event)
                return false
            }
            guard refusal.code.outlook != .closed,
                let place = refusal.command, rest.indices.contains(place),
                let event = turn.events[rest[place].id]
            else { return false }
            book.note(refusal, of: event)
            rest.remove(at: place)
            if rest.isEmpty { return false }
        }
        return true
    }

    /// Writes the dead letters of a look and the cursor of the handler as one batch.
    private func putAside(
        _ look: Look, _ book: inout HandlerBook, _ statistics: inout HandlerStatistics,
        letters: Int
    ) throws(GraphError) {
        let graph = circle.graph
        let commands = try book.settle(
            seen: look.seen, now: clock.now, room: max(0, Limits.deadLetters.value - letters),
            revision: { (id) throws(GraphError) in try graph.resource(id)?.revision },
            identify: { [self] in entropy.identifier(at: clock.now) })
        statistics.unlettered = book.overflow
        if commands.isEmpty { return }
        if let refusal = propose(commands, "what cannot be done is put aside", look) {
            statistics.lastRefusal = "dead letters: \(refusal.message)"
            book.unsettle()
        }
    }

    /// Proposes one batch with the cursor; gives why it was refused.
    private func propose(_ commands: [Command], _ reason: String, _ look: Look) -> Refusal? {
        var batch = Batch(commands, reason: reason)
        batch.cursors = [
            Batch.Cursor(handler: look.handler.rawValue, log: .root, position: look.seen)
        ]
        let outcome = circle.propose(
            Proposal(caller: .system(look.handler), batch: batch, time: clock.now))
        LastStep.taken()
        switch outcome {
        case .success: return nil
        case .failure(let refusal): return refusal
        }
    }

    /// The handler whose dead letter that is.
    static func handler(ofLetter resource: Resource) -> HandlerName? {
        guard resource.type == DeadLetter.type.name else { return nil }
        return resource.data["handler"]?.text.flatMap(HandlerName.init)
    }

    /// The task that each command about assignments is for, by what the command is about.
    static func events(
        _ commands: [Command], _ situation: Scheduler.Situation
    ) -> [Identifier: HandlerEvent] {
        if commands.isEmpty { return [:] }
        var tasks: [Identifier: HandlerEvent] = [:]
        for task in situation.tasks { tasks[task.id] = HandlerEvent(task) }
        var owners: [Identifier: Identifier] = [:]
        for assignment in situation.assignments {
            owners[assignment.id] = assignment.links["OF"]?.first
        }
        var events: [Identifier: HandlerEvent] = [:]
        for command in commands {
            var task = owners[command.id]
            if case .create(let draft) = command { task = draft.owner }
            events[command.id] = task.flatMap { tasks[$0] }
        }
        return events
    }
}
