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

    /// The commands of one subject, for one batch.
    public struct Turn: Hashable, Sendable {
        /// What it is about, as people write it: `component/shop-web`.
        public var subject: String
        /// The commands, in the order in which they apply.
        public var commands: [Command]
        /// Why, in words.
        public var reason: String
    }

    /// A plan to do nothing.
    public init() {}

    /// The commands of all batches.
    public var commands: [Command] { turns.flatMap(\.commands) }

    /// Adds a batch, unless it is empty.
    public mutating func add(_ subject: String, _ commands: [Command], _ reason: String) {
        if commands.isEmpty { return }
        turns.append(Turn(subject: subject, commands: commands, reason: reason))
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
