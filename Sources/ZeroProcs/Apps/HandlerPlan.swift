public import Resources

/// What a handler wants done, as data: batches, when to look again, and what waits.
public struct HandlerPlan: Hashable, Sendable {
    /// The batches in order. Each leaves the graph whole, so that one may be refused without
    /// holding the others up; a refused one is made anew from the state that refused it.
    public var turns: [Turn] = []
    /// When something is due by itself; nil when only a change can bring the handler further.
    public var due: WallTime?
    /// What could not be done yet, or not at all, and why.
    public var waiting: [String] = []
    /// What cannot be worked off as it is, however often it is tried.
    public var failures: [HandlerFailure] = []

    /// The commands of one subject, for one batch.
    public struct Turn: Hashable, Sendable {
        /// What it is about, as people write it: `component/shop-web`.
        public var subject: String
        /// The commands, in the order in which they apply.
        public var commands: [Command]
        /// Why, in words.
        public var reason: String
        /// The event it works off, when it is one: the batch stands or falls as a whole.
        public var event: HandlerEvent?
        /// The events of single commands, by what the commands are about: one that is refused is
        /// taken out, and does not hold the others up.
        public var events: [Identifier: HandlerEvent] = [:]
    }

    /// A plan to do nothing.
    public init() {}

    /// The commands of all batches.
    public var commands: [Command] { turns.flatMap(\.commands) }

    /// Adds a batch, unless it is empty.
    public mutating func add(
        _ subject: String, _ commands: [Command], _ reason: String,
        events: [Identifier: HandlerEvent] = [:]
    ) {
        if commands.isEmpty { return }
        turns.append(Turn(subject: subject, commands: commands, reason: reason, events: events))
    }

    /// Adds a batch that works off one event, unless it is empty.
    mutating func add(_ event: Resource, _ commands: [Command], _ reason: String) {
        if commands.isEmpty { return }
        turns.append(
            Turn(
                subject: event.address, commands: commands, reason: reason,
                event: HandlerEvent(event)))
    }

    /// Notes that `event` cannot be worked off as it is, which `waiting` says too.
    mutating func fail(_ event: Resource, _ error: String) {
        waiting.append("\(event.address): \(error)")
        failures.append(
            HandlerFailure(
                event: HandlerEvent(event), code: .invalidValue, error: error, attempts: 1))
    }

    /// Looks again at `time` at the latest.
    mutating func look(at time: WallTime?) {
        due = [due, time].compactMap(\.self).min()
    }
}

/// The room that is left in one batch of a handler.
struct BatchRoom {
    private var commands = Limits.handlerCommands.value
    private var bytes = Limits.handlerBytes.value

    /// True when a command of these fields still fits; the first always does, or it would wait
    /// for ever.
    mutating func takes(_ data: ValueMap) -> Bool {
        var writer = CBORWriter()
        writer.write(data)
        let isFirst = commands == Limits.handlerCommands.value
        guard isFirst || (commands > 0 && bytes >= writer.bytes.count) else { return false }
        commands -= 1
        bytes -= writer.bytes.count
        return true
    }
}

extension ResourceName {
    /// The name made of these parts with hyphens between; nil when that is no name.
    init?(joining parts: String...) {
        do throws(NameError) { try self.init(parts.joined(separator: "-")) } catch { return nil }
    }
}
