public import Log
public import Resources

extension LogError {
    /// What a proposer is told when the log did not take their batch.
    public var refusal: Refusal {
        switch self {
        case .diskFull:
            Refusal(
                .diskFull, filter: "log", subject: "log", reason: description,
                remedy: "free some space; the log resumes by itself")
        case .outcomeUnknown, .unanswered:
            Refusal(
                .unknownOutcome, filter: "log", subject: "log", reason: description,
                remedy: "retry with the same session: it happens once")
        case .tooLarge:
            Refusal(.tooLarge, filter: "log", subject: "batch", reason: description)
        case .rescue, .corrupt, .failed, .closed, .sealed, .discontinuous:
            Refusal(.readOnly, filter: "log", subject: "log", reason: description)
        case .disk, .locked, .nothingToAppend, .trimmed, .trimBound, .chainChanged, .behind,
            .unreachable:
            Refusal(.unavailable, filter: "log", subject: "log", reason: description)
        }
    }
}

extension LogState {
    /// The state in a word or two, for people.
    public var word: String {
        switch self {
        case .writable: "writable"
        case .diskFull: "read-only: the disk is full"
        case .rescue(let defect): "read-only: damage at \(defect)"
        case .failed(let error): "failed: \(error)"
        case .closed: "closed"
        }
    }
}
