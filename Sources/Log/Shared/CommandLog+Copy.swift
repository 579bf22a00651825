internal import Resources
internal import Synchronization

extension CommandLog {
    /// Appends entries that were ordered elsewhere and gives those that were new: what is here
    /// already is passed over, the rest must continue position, epoch and chain hash, or
    /// ``LogError/discontinuous(expected:found:cause:)`` is thrown and nothing more is written.
    /// Those who ordered them have them on their disks, so that they are made durable here by the
    /// next ``CommandLog/sync(churn:)``, many at once. Call it from the appending thread.
    @discardableResult
    public func append(copies entries: [LogEntry]) throws(LogError) -> ArraySlice<LogEntry> {
        let known = tail
        let fresh = entries.drop { $0.header.position <= known }
        var rest = fresh
        while let first = rest.first {
            let group = Self.group(of: rest, epoch: first.epoch)
            try refuseGaps(in: group)
            do throws(LogError) {
                try active.append(copies: group)
            } catch {
                // Sealed here because the log moved: the copy goes on in files of its own.
                guard case .sealed = error else { throw error }
                try extend(epoch: first.epoch)
                try active.append(copies: group)
            }
            rest = rest[group.endIndex...]
        }
        return fresh
    }

    /// The longest start of `entries` that has one epoch and fits a group.
    private static func group(
        of entries: ArraySlice<LogEntry>, epoch: UInt64
    ) -> ArraySlice<LogEntry> {
        var bytes = Layout.recordHeader
        var end = entries.startIndex
        while end < entries.endIndex, entries[end].epoch == epoch {
            bytes += Layout.recordBytes(
                author: entries[end].header.author.text.utf8.count,
                payload: entries[end].payload.count)
            if bytes > Limits.groupBytes.value, end > entries.startIndex { break }
            end += 1
        }
        return entries[..<end]
    }

    private func refuseGaps(in group: ArraySlice<LogEntry>) throws(LogError) {
        for (entry, next) in zip(group, group.dropFirst())
        where entry.header.position.next != next.header.position {
            throw .discontinuous(
                expected: entry.header.position.next, found: next.header.position,
                cause: "entries between them are missing")
        }
    }

    /// The least epoch of entries of the loglet in use.
    var activeEpoch: UInt64 { active.identity.epoch }

    /// True while nothing can be appended because the loglet in use has ended.
    var isSealed: Bool { active.published.withLock { $0.sealed } }
}
