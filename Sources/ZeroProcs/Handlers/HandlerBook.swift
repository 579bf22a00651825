public import Resources

/// What a handler works off: a resource as of its last change. A handler looks at states, so an
/// event is a revision of what it is about.
public struct HandlerEvent: Hashable, Sendable {
    /// The resource.
    public var id: Identifier
    /// Its revision.
    public var revision: Position
    /// Its whole address.
    public var subject: String

    /// The last change of a resource.
    public init(_ resource: Resource) {
        id = resource.id
        revision = resource.revision
        let place = resource.namespace == .root ? "" : resource.namespace.path + "/"
        subject = place + resource.address
    }
}

/// An event that a handler did not work off.
public struct HandlerFailure: Hashable, Sendable {
    /// The event.
    public var event: HandlerEvent
    /// Why, as a code.
    public var code: Refusal.Code
    /// Why, in words.
    public var error: String
    /// How often it was tried.
    public var attempts: Int
}

/// Which events a handler puts aside: at once what is refused the same again, after some attempts
/// what the state refused each time. A pure machine; what outlives the node are the letters.
///
/// An event that was put aside stays so until its resource changes, which is another event, or
/// until a person deletes the letter. So nothing is tried for ever.
public struct HandlerBook: Sendable {
    /// The handler.
    public let handler: String
    /// Events without a letter because there are too many.
    public private(set) var overflow = 0

    /// Letters as of the last look, by what they are about.
    private var letters: [Identifier: Resource] = [:]
    /// What has a letter, or had one written since.
    private var lettered: Set<Identifier> = []
    /// Revisions that are put aside, by resource: those of the letters, and those without room.
    private var aside: [Identifier: Position] = [:]
    /// Attempts at events that the state refused.
    private var attempts: [Identifier: (revision: Position, count: Int)] = [:]
    /// What this look put aside.
    private var failures: [HandlerFailure] = []

    /// The book of a handler that has seen nothing yet.
    public init(handler: String) { self.handler = handler }

    /// Begins a look with all letters there are. What has lost its letter is tried again.
    public mutating func begin(letters all: [Resource]) {
        failures = []
        var standing: [Identifier: Resource] = [:]
        for letter in all where letter.data["handler"]?.text == handler {
            guard let id = letter.links[DeadLetter.about.text]?.first else { continue }
            standing[id] = letter
            aside[id] = Position(UInt64(clamping: letter.data["revision"]?.int ?? 0))
        }
        for id in lettered where standing[id] == nil {
            aside[id] = nil
            attempts[id] = nil
        }
        lettered = Set(standing.keys)
        letters = standing
    }

    /// A turn without what is put aside; nil when nothing is left of it.
    public func remaining(_ turn: HandlerPlan.Turn) -> HandlerPlan.Turn? {
        if let event = turn.event, isAside(event) { return nil }
        var turn = turn
        turn.commands.removeAll { command in turn.events[command.id].map(isAside) ?? false }
        return turn.commands.isEmpty ? nil : turn
    }

    private func isAside(_ event: HandlerEvent) -> Bool { aside[event.id] == event.revision }

    /// Notes an event that cannot be worked off as it is.
    public mutating func note(_ failure: HandlerFailure) {
        if isAside(failure.event) { return }
        aside[failure.event.id] = failure.event.revision
        attempts[failure.event.id] = nil
        failures.append(failure)
    }

    /// Notes that the log refused what was to be done about an event.
    public mutating func note(_ refusal: Refusal, of event: HandlerEvent) {
        var count = 1
        if let known = attempts[event.id], known.revision == event.revision {
            count += known.count
        }
        switch refusal.code.outlook {
        case .closed: return
        case .open where count < Limits.handlerAttempts.value:
            attempts[event.id] = (event.revision, count)
        case .open, .same:
            note(
                HandlerFailure(
                    event: event, code: refusal.code, error: refusal.message, attempts: count))
        }
    }

    /// Notes that what was to be done about an event was taken.
    public mutating func passed(_ event: HandlerEvent) {
        attempts[event.id] = nil
    }

    /// What is written at the end of a look: new letters while there is room for `room` more, and
    /// the end of those whose event is over. `revision` gives that of a resource as it is; nil when
    /// it is gone.
    public mutating func settle<Failure: Error>(
        seen: Position, now: WallTime, room: Int,
        revision: (Identifier) throws(Failure) -> Position?, identify: () -> Identifier
    ) throws(Failure) -> [Command] {
        var commands: [Command] = []
        let failed = Set(failures.map(\.event.id))
        for (id, _) in aside.sorted(by: { $0.key < $1.key }) where !failed.contains(id) {
            let current = try revision(id)
            if current == aside[id] || attempts[id] != nil { continue }
            aside[id] = nil
            attempts[id] = nil
            guard let letter = letters[id] else { continue }
            commands.append(.delete(id: letter.id, expect: letter.revision))
        }
        for id in attempts.keys where try revision(id) == nil { attempts[id] = nil }
        var room = room
        overflow = aside.keys.count { letters[$0] == nil && !failed.contains($0) }
        for failure in failures {
            let data = data(of: failure, seen, now)
            if let letter = letters[failure.event.id] {
                var update = Update(id: letter.id, expect: letter.revision, data: data)
                update.links[DeadLetter.about.text] = [failure.event.id]
                commands.append(.update(update))
            } else if room > 0, let draft = draft(data, of: failure, id: identify()) {
                room -= 1
                lettered.insert(failure.event.id)
                commands.append(.create(draft))
            } else {
                overflow += 1
            }
        }
        return commands
    }

    /// Notes that the log did not take what was to be written: nothing of this look is put aside,
    /// and the next one tries it again.
    public mutating func unsettle() {
        for failure in failures { aside[failure.event.id] = nil }
    }

    /// What stood aside when the look began, for people.
    public var waiting: [String] {
        letters.values.sorted { $0.id < $1.id }.map { letter in
            let subject = letter.data["subject"]?.text ?? ""
            return "\(subject): \(letter.data["error"]?.text ?? ""); put aside as "
                + "\(letter.address): delete that to have it tried again"
        }
    }

    private func data(of failure: HandlerFailure, _ seen: Position, _ now: WallTime) -> ValueMap {
        [
            "handler": .text(handler), "subject": .text(failure.event.subject),
            "revision": .int(Int64(clamping: failure.event.revision.rawValue)),
            "position": .int(Int64(clamping: seen.rawValue)),
            "code": .text(failure.code.rawValue), "error": .text(failure.error),
            "attempts": .int(Int64(failure.attempts)), "at": .int(now.milliseconds),
        ]
    }

    private func draft(
        _ data: ValueMap, of failure: HandlerFailure, id: Identifier
    ) -> Draft? {
        let subject = failure.event.id.description.lowercased()
        guard let name = ResourceName(joining: handler, subject) else { return nil }
        return Draft(
            id: id, type: DeadLetter.type.name, namespace: .root, name: name, data: data,
            links: [DeadLetter.about.text: [failure.event.id]])
    }
}
