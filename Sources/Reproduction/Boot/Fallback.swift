public import Resources

/// That a machine gave a system up and why; written to the log by the system it fell back to.
public struct Fallback: Hashable, Sendable {
    /// The system it gave up.
    public let sequence: Int
    /// Its generation: the digest of its description, in hex; nil when it never got far enough
    /// to say.
    public let generation: String?
    /// How often it was tried.
    public let tries: Int
    /// What it said last.
    public let reason: String

    /// The record of that entry. `lastWords` is what the system itself left behind, if it could.
    public init(_ entry: LoaderEntry, generation: String?, lastWords: String?) {
        sequence = entry.sequence
        self.generation = generation
        tries = entry.tries?.done ?? 0
        reason = lastWords ?? "it never came far enough to say why"
    }

    /// Its data as a resource.
    public var data: ValueMap {
        var data: ValueMap = [
            "sequence": .int(Int64(sequence)), "tries": .int(Int64(tries)),
            "reason": .text(reason),
        ]
        if let generation { data["generation"] = .text(generation) }
        return data
    }

    /// True when that generation is in quarantine: a machine does not try again what it gave up.
    public static func quarantines(_ generation: String, _ fallbacks: [Fallback]) -> Bool {
        fallbacks.contains { $0.generation == generation }
    }
}
