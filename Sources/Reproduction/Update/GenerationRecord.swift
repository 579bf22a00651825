public import Resources
public import Trust

/// What a system is to a machine: the data of a resource of type `generation`.
public struct GenerationRecord: Hashable, Sendable {
    /// The digest of its description.
    public let digest: ContentDigest
    /// The sequence of its description.
    public let sequence: Int64
    /// What it is.
    public let state: State
    /// Where it is; nil when it is in no slot.
    public let slot: SlotTable.Letter?
    /// Why it is quarantined.
    public let reason: String?

    /// What a system can be to a machine.
    public enum State: String, Hashable, Sendable {
        /// It runs.
        case running
        /// It is in the other slot, and good.
        case passive
        /// It was here.
        case known
        /// It was given up, and is not tried again.
        case quarantined
    }

    /// A record.
    public init(
        _ digest: ContentDigest, sequence: Int64, _ state: State, slot: SlotTable.Letter? = nil,
        reason: String? = nil
    ) {
        self.digest = digest
        self.sequence = sequence
        self.state = state
        self.slot = slot
        self.reason = reason
    }

    /// The name of its resource.
    public var name: String { "g-" + digest.hex.prefix(16) }

    /// Its fields; null takes one away.
    public func data(since time: WallTime) -> ValueMap {
        [
            "digest": .text(digest.description), "sequence": .int(sequence),
            "state": .text(state.rawValue), "slot": slot.map { .text($0.rawValue) } ?? .null,
            "reason": reason.map { .text($0) } ?? .null, "since": .int(time.milliseconds),
        ]
    }

    /// The generations that are quarantined, of the data of all resources of the type.
    public static func quarantined(_ records: [ValueMap]) -> Set<ContentDigest> {
        Set(
            records.filter { $0["state"] == "quarantined" }
                .compactMap { $0["digest"]?.text.flatMap { ContentDigest($0) } })
    }
}
