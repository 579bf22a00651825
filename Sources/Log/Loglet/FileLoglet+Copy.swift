internal import Resources
internal import Synchronization

extension FileLoglet {
    /// Appends entries of one epoch that were ordered elsewhere: the same positions, the same epoch
    /// and the same chain hashes, or nothing.
    func append(copies: some Collection<LogEntry>) throws(LogError) {
        guard let first = copies.first, let last = copies.suffix(1).first else {
            throw .nothingToAppend
        }
        let drafts = copies.map(\.draft)
        let bytes = try Self.checkedBytes(of: drafts)
        try writer.withLock { (writer) throws(LogError) in
            // What the fleet has decided must not be lost here: the reserve may be used.
            try admit(essential: true)
            guard first.header.position == writer.tail.next else {
                throw .discontinuous(
                    expected: writer.tail.next, found: first.header.position,
                    cause: "entries between them are missing")
            }
            guard first.epoch >= writer.epoch else {
                throw .discontinuous(
                    expected: writer.tail.next, found: first.header.position,
                    cause: "its epoch \(first.epoch) is older than \(writer.epoch)")
            }
            try makeRoom(for: bytes, essential: true, &writer)
            let epoch = writer.epoch
            writer.epoch = first.epoch
            do throws(LogError) {
                _ = try write(drafts, bytes: bytes, wanted: last.chainHash, &writer)
            } catch {
                writer.epoch = epoch
                throw error
            }
        }
    }
}

extension LogEntry {
    /// What its author proposed.
    public var draft: EntryDraft {
        EntryDraft(author: header.author, time: header.time, payload: payload)
    }

    /// True when this is the entry that `draft` became.
    public func isOf(_ draft: EntryDraft) -> Bool {
        header.time == draft.time && header.author == draft.author && payload == draft.payload
    }
}
