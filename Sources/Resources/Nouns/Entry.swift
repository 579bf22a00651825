/// Who proposed an entry: `local:0` for a local user, `token:<id>`, `machine:<name>` or the name
/// of a part of the system such as `sensor:process`.
public struct Identity: Hashable, Sendable, CustomStringConvertible {
    /// The identity as text, at most 128 bytes.
    public let text: String

    /// An identity of that text; nil when it is empty or longer than 128 bytes.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 128 else { return nil }
        self.text = text
    }

    private init(known: String) { text = known }

    /// The local user of that number, known by peer credentials.
    public static func local(uid: UInt32) -> Identity { Identity(known: "local:\(uid)") }
    /// A part of this system: a handler, driver or sensor.
    public static func system(_ part: StaticString) -> Identity {
        Identity(known: "system:\(part)")
    }

    public var description: String { text }
}

/// What the log says of an entry besides its payload.
public struct EntryHeader: Hashable, Sendable {
    /// The mount point of its log.
    public let log: Namespace
    /// Its place in that log.
    public let position: Position
    /// Who proposed it.
    public let author: Identity
    /// When, on the author's clock.
    public let time: WallTime

    /// The header of the entry at `position` of `log`.
    public init(log: Namespace, position: Position, author: Identity, time: WallTime) {
        self.log = log
        self.position = position
        self.author = author
        self.time = time
    }

    /// Position and time together.
    public var moment: Resource.Moment { Resource.Moment(position: position, time: time) }
}

/// One resource's change by one entry. `old` is nil for a creation, `new` for a deletion.
public struct Change: Sendable {
    /// The entry that made it.
    public let header: EntryHeader
    /// Where the change came from.
    public let origin: Origin
    /// When a sensor saw it.
    public let sensed: WallTime?
    /// The version before.
    public let old: Resource?
    /// The version after.
    public let new: Resource?

    /// A change from `old` to `new`; at least one of them is there.
    public init(
        header: EntryHeader, origin: Origin, sensed: WallTime?, old: Resource?, new: Resource?
    ) {
        precondition(old != nil || new != nil, "a change has a version before or after")
        self.header = header
        self.origin = origin
        self.sensed = sensed
        self.old = old
        self.new = new
    }

    /// "create", "update" or "delete".
    public var action: String { old == nil ? "create" : new == nil ? "delete" : "update" }
}
