/// One change of one resource.
public enum Command: Hashable, Sendable {
    case create(Draft)
    case update(Update)
    case delete(id: Identifier, expect: Position?)

    /// The resource it is about.
    public var id: Identifier {
        switch self {
        case .create(let draft): draft.id
        case .update(let update): update.id
        case .delete(let id, _): id
        }
    }
}

/// A change of the given parts of a resource; what is not given stays.
public struct Update: Hashable, Sendable {
    /// The resource.
    public var id: Identifier
    /// The revision it must have; nil takes any.
    public var expect: Position?
    /// True when `data`, `tags` and `links` replace the old ones whole; false when they merge.
    public var replaces = false
    /// The new owner, when given.
    public var owner: Identifier?
    /// The new cost, when given.
    public var cost: Cost?
    /// Tags to set; an absent value removes the tag.
    public var tags = SortedMap<String?>()
    /// Relations to set, each with all its targets; an empty list removes the relation.
    public var links = SortedMap<[Identifier]>()
    /// Fields to set; null removes the field.
    public var data = ValueMap()

    /// An update that changes nothing yet.
    public init(id: Identifier, expect: Position? = nil, data: ValueMap = [:]) {
        self.id = id
        self.expect = expect
        self.data = data
    }
}

/// Where a change came from.
public enum Origin: UInt8, Hashable, Sendable, CaseIterable {
    /// A person or program asked for it.
    case command
    /// A kernel event announced it.
    case intercepted
    /// A dump after a loss, or at start, found it.
    case resync
    /// A periodic reading found it.
    case sampled

    /// The word used in JSON and on screens.
    public var text: String {
        switch self {
        case .command: "command"
        case .intercepted: "intercepted"
        case .resync: "resync"
        case .sampled: "sampled"
        }
    }
}

/// Commands for one log that apply together or not at all.
public struct Batch: Hashable, Sendable {
    /// Where the change came from.
    public var origin = Origin.command
    /// When a sensor saw it, on the sensor's clock.
    public var sensed: WallTime?
    /// Why, in words: a handler's or driver's reason, or a person's message.
    public var reason: String?
    /// The proposer's session, so that a retry happens once.
    public var session: Session?
    /// Cursors of handlers that move together with the effects of this batch.
    public var cursors: [Cursor] = []
    /// The commands, applied in order.
    public var commands: [Command]

    /// A proposer and the number of its request; numbers rise.
    public struct Session: Hashable, Sendable {
        /// The proposer.
        public var client: Identifier
        /// The number of the request, from 1.
        public var sequence: UInt64

        /// The session's `sequence`-th request.
        public init(client: Identifier, sequence: UInt64) {
            self.client = client
            self.sequence = sequence
        }
    }

    /// How far a handler has seen a log.
    public struct Cursor: Hashable, Sendable {
        /// The handler.
        public var handler: String
        /// The mount point of the log it reads.
        public var log: Namespace
        /// The last position it has seen.
        public var position: Position

        /// The place of a handler in a log.
        public init(handler: String, log: Namespace, position: Position) {
            self.handler = handler
            self.log = log
            self.position = position
        }
    }

    /// A batch of commands without session or cursors.
    public init(
        _ commands: [Command], origin: Origin = .command, sensed: WallTime? = nil,
        reason: String? = nil
    ) {
        self.commands = commands
        self.origin = origin
        self.sensed = sensed
        self.reason = reason
    }
}
