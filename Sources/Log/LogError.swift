public import Host
public import Resources

/// A place in a log's files that is not what was written.
public struct Defect: Error, Equatable, Sendable, CustomStringConvertible {
    /// The first position that cannot be trusted.
    public let position: Position
    /// The file.
    public let file: String
    /// The offset in that file.
    public let offset: Int
    /// What is wrong there.
    public let reason: String

    /// A defect at `offset` of `file`, where the entry of `position` belongs.
    public init(position: Position, file: String, offset: Int, reason: String) {
        self.position = position
        self.file = file
        self.offset = offset
        self.reason = reason
    }

    public var description: String {
        "position \(position), \(file) at offset \(offset): \(reason)"
    }
}

/// Why the log did not do what it was asked.
public enum LogError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The disk refused, before anything of the request was written.
    case disk(DiskError)
    /// Another process has the log open.
    case locked(path: String)
    /// No space for another segment: readable, refuses new entries, resumes when space returns.
    case diskFull(directory: String, needed: Int, free: UInt64)
    /// An entry or group is larger than its limit.
    case tooLarge(what: String, bytes: Int, limit: Int)
    /// An append of nothing.
    case nothingToAppend
    /// The loglet is sealed; its last position is given. Read the chain again.
    case sealed(tail: Position)
    /// The entries asked for were trimmed; the first one kept is given.
    case trimmed(first: Position)
    /// A trim past what the checkpoints allow.
    case trimBound(asked: Position, allowed: Position)
    /// The write or sync failed: the entries may or may not be there after a restart.
    case outcomeUnknown(DiskError)
    /// An earlier write or sync failed; the process must restart to recover the log.
    case failed(DiskError)
    /// The log is open for reading only, because of damage.
    case rescue(Defect)
    /// What was read is damaged.
    case corrupt(Defect)
    /// The chain register has another version than the one expected.
    case chainChanged(expected: UInt64, found: UInt64)
    /// Others wrote to a shared loglet first; nothing was written. Its last position is given.
    case behind(tail: Position)
    /// What orders a shared log could not be asked; nothing was written.
    case unreachable(cause: String)
    /// What orders a shared log did not answer: the entries may or may not be in it. Following
    /// the tail tells.
    case unanswered(cause: String)
    /// Entries of another machine do not continue the copy that is kept here; nothing was written.
    case discontinuous(expected: Position, found: Position, cause: String)
    /// The log was closed.
    case closed

    public var description: String {
        switch self {
        case .disk(let error): error.description
        case .locked(let path):
            "\(path) is locked: another process has this log open; stop it or use another directory"
        case .diskFull(let directory, let needed, let free):
            "the disk of \(directory) is full: the next segment needs \(needed) bytes, \(free) are "
                + "free; free some space, the log resumes by itself"
        case .tooLarge(let what, let bytes, let limit):
            "the \(what) has \(bytes) bytes; the limit is \(limit); split it or put large bytes "
                + "into the object store"
        case .nothingToAppend: "an append must have at least one entry"
        case .sealed(let tail): "the loglet is sealed at \(tail); read the chain again"
        case .trimmed(let first):
            "these entries were trimmed; the first one kept is \(first); start from a checkpoint"
        case .trimBound(let asked, let allowed):
            "cannot trim before \(asked): the older of two checkpoints allows up to \(allowed)"
        case .outcomeUnknown(let error):
            "\(error); the entries may or may not be in the log after a restart"
        case .failed(let error): "the log stopped after: \(error); restart to recover it"
        case .rescue(let defect):
            "the log is open for reading only, because of damage at \(defect); restore the file "
                + "from a copy"
        case .corrupt(let defect): "damage at \(defect)"
        case .chainChanged(let expected, let found):
            "the chain has version \(found), not \(expected); read it again"
        case .behind(let tail):
            "others wrote up to \(tail) first; take their entries, then try again"
        case .unreachable(let cause): "the shared log cannot be reached: \(cause)"
        case .unanswered(let cause):
            "the shared log did not answer (\(cause)); the entries may or may not be in it"
        case .discontinuous(let expected, let found, let cause):
            "the entry at \(found) does not continue this copy, which wants \(expected): \(cause)"
        case .closed: "the log is closed"
        }
    }
}
