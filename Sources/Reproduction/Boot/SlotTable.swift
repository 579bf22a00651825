/// What is on the two slots of a machine, and where the next system goes.
public struct SlotTable: Hashable, Sendable {
    /// A place for a system.
    public enum Letter: String, Sendable, CaseIterable {
        case a, b

        /// The other one.
        public var other: Letter { self == .a ? .b : .a }
    }

    /// The slot that runs.
    public let running: Letter
    /// The entry that booted it.
    public let entry: LoaderEntry
    /// All entries of the loader.
    public let entries: [LoaderEntry]

    /// A machine that runs `entry` from that slot.
    public init(running: Letter, entry: LoaderEntry, entries: [LoaderEntry]) {
        self.running = running
        self.entry = entry
        self.entries = entries
    }

    /// The slot the next system is written to: never the one that runs.
    public var passive: Letter { running.other }

    /// Entries that lose their system when the passive slot is written: all but the running one.
    /// They are removed first, or the loader would start what is half overwritten.
    public var toRemove: [LoaderEntry] { entries.filter { $0.sequence != entry.sequence } }

    /// The entry of the next system. Its sequence is above all others', or the loader would
    /// prefer an older one.
    public func next(_ sequence: Int) throws(ReproductionError) -> LoaderEntry {
        let highest = max(entry.sequence, entries.map(\.sequence).max() ?? 0)
        guard sequence > highest else {
            throw ReproductionError(
                .refused, operation: "update to", subject: "description \(sequence)",
                cause: "this machine runs or has tried \(highest)",
                remedy: "describe the system anew: its sequence is one higher")
        }
        return LoaderEntry(sequence: sequence)
    }

    /// Systems that were tried and given up: this machine fell back from them.
    public var fellBackFrom: [LoaderEntry] {
        entries.filter { $0.isExhausted && $0.sequence > entry.sequence }
            .sorted { $0.sequence < $1.sequence }
    }
}
