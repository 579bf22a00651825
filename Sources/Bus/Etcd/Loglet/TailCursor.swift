internal import Log
internal import Resources

/// Judges the events of a watch: only the put right behind the last one is taken.
///
/// Every put raises the key's version by one and the store's revision by at least one, so what
/// continues neither was lost, repeated or is of a store that went back (design/01, guards).
struct TailCursor: Sendable {
    let place: EntryGroup.Place
    let keys: EtcdKeys
    /// What precedes the first entry of the loglet.
    let start: ChainPoint
    private(set) var state: State
    /// Whether the seal was seen. What was put before it may still come.
    private(set) var isSealed = false

    /// What the cursor has seen.
    enum State: Hashable, Sendable {
        /// Everything up to a put; goes to the next one.
        case at(Seen)
        /// Nothing, behind a compaction; goes to `at` with the first put, whatever its version.
        case anywhere
    }

    /// A put: how many there were, its revision and its last entry.
    struct Seen: Hashable, Sendable {
        var version: UInt64
        var revision: UInt64
        var point: ChainPoint
    }

    /// What an event is good for.
    enum Step: Equatable, Sendable {
        /// The group right behind the last one.
        case group(EntryGroup, Seen)
        /// The seal, a repeated event, or a key of nobody.
        case nothing
        /// What is behind the last one is missing or damaged here: open the watch again.
        case missing(LogError)
        /// The store is not the one the log was written to: nothing of it may be trusted.
        case stop(LogError)
    }

    /// The version seen; nil before the first put behind a compaction.
    var version: UInt64? { if case .at(let seen) = state { seen.version } else { nil } }

    /// Takes the next event.
    mutating func take(_ event: EtcdWatchMessage.Event) -> Step {
        let found = event.keyValue
        if event.isDeletion { return stop(found, "the key \(found.key) was deleted") }
        if found.key == keys.seal {
            isSealed = true
            return .nothing
        }
        guard found.key == keys.entries else { return .nothing }
        switch state {
        case .anywhere: return take(found, behind: nil)
        case .at(let seen):
            let isNewer = found.modRevision > seen.revision
            switch found.version {
            case ...seen.version where !isNewer: return .nothing
            case ...seen.version:
                return stop(found, "version \(found.version) follows version \(seen.version)")
            case _ where !isNewer:
                return stop(
                    found, "revision \(found.modRevision) follows revision \(seen.revision)")
            case seen.version + 1: return take(found, behind: seen.point)
            default:
                return .missing(
                    defect(found, "version \(found.version) follows version \(seen.version)"))
            }
        }
    }

    private mutating func take(_ found: EtcdKeyValue, behind point: ChainPoint?) -> Step {
        do throws(LogError) {
            let point = found.version == 1 ? start : point
            let group = try EntryGroup(found.value, behind: point, in: place)
            // Each put before this one had an entry at least.
            guard group.previous.position.rawValue + 1 >= start.position.rawValue + found.version
            else {
                return .missing(defect(found, "it holds entry \(group.previous.position.next)"))
            }
            let seen = Seen(
                version: found.version, revision: found.modRevision, point: group.last)
            state = .at(seen)
            return .group(group, seen)
        } catch {
            return .missing(error)
        }
    }

    private func stop(_ found: EtcdKeyValue, _ reason: String) -> Step {
        .stop(defect(found, reason))
    }

    private func defect(_ found: EtcdKeyValue, _ reason: String) -> LogError {
        var position = start.position.next
        if case .at(let seen) = state { position = seen.point.position.next }
        return .corrupt(
            Defect(
                position: position, file: place.name, offset: Int(clamping: found.modRevision),
                reason: "put \(found.version) at revision \(found.modRevision): \(reason)"))
    }
}
