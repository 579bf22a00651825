internal import Resources

/// One event of a mount: struct fanotify_event_metadata with struct fanotify_event_info_mnt
/// behind it (linux/fanotify.h).
struct MountEvent: Hashable, Sendable {
    /// The identifier that is never used again.
    var unique: UInt64
    /// It came, it went; both when it was moved.
    var isAttached: Bool, isDetached: Bool

    /// Reads an event; nil when it is cut short or of something else.
    init?(_ bytes: RawSpan) {
        guard let mask = bytes.load(8, as: UInt64.self), let head = bytes.load(6, as: UInt16.self)
        else { return nil }
        isAttached = mask & 0x100_0000 != 0
        isDetached = mask & 0x200_0000 != 0
        guard isAttached || isDetached, head >= 24 else { return nil }
        var offset = Int(head)
        // Information records: type, padding, length; one of type 7 has a mount's identifier.
        while let length = bytes.load(offset + 2, as: UInt16.self), length >= 4,
            let kind = bytes.load(offset, as: UInt8.self)
        {
            if kind == 7, length >= 16, let unique = bytes.load(offset + 8, as: UInt64.self) {
                self.unique = unique
                return
            }
            offset += Int(length)
        }
        return nil
    }
}

/// Which mounts came and went before any reading had them.
struct MountPassages: Sendable {
    private struct Known: Sendable {
        /// A reading had it.
        var isRead: Bool
        /// Readings since that did not.
        var missed = 0
    }

    private var known: [UInt64: Known] = [:]
    /// Those that came and went unread, oldest first.
    private var passed: [UInt64] = []

    /// Takes an event; false when so many passed that this one is not kept.
    mutating func take(_ event: MountEvent) -> Bool {
        switch (event.isAttached, event.isDetached) {
        case (true, false):
            if known[event.unique] == nil { known[event.unique] = Known(isRead: false) }
        case (false, true):
            guard let one = known.removeValue(forKey: event.unique), !one.isRead else { break }
            if passed.count >= Limits.passedMounts.value { return false }
            passed.append(event.unique)
        default: break
        }
        return true
    }

    /// Takes a whole reading.
    ///
    /// What it lacks may have gone just before, with the event still on its way; what a second
    /// one lacks too is out of sight, as below another root, or its event was lost.
    mutating func take(read identifiers: Set<UInt64>) {
        for (unique, one) in known where !identifiers.contains(unique) {
            known[unique] =
                one.missed == 0 ? Known(isRead: one.isRead, missed: 1) : nil
        }
        for unique in identifiers { known[unique] = Known(isRead: true) }
    }

    /// Gives those that passed, once.
    mutating func takePassed() -> [UInt64] {
        defer { passed = [] }
        return passed
    }
}
