public import Resources
internal import Synchronization

/// What a fleet says to those who write its log.
public enum WriterAdvice: Hashable, Sendable {
    /// Nothing.
    case none
    /// What a person can do while the log is out of reach.
    case remedy(String)
    /// Nothing is written here any more.
    case barred(Refusal)

    /// An outcome that says what can be done where the log was out of reach.
    func completed(_ outcome: Outcome) -> Outcome {
        guard case .remedy(let remedy) = self, case .failure(var refusal) = outcome,
            refusal.filter == "log"
        else { return outcome }
        switch refusal.code {
        case .unavailable: refusal.remedy = remedy
        case .unknownOutcome:
            refusal.remedy = [refusal.remedy, remedy].compactMap(\.self).joined(separator: "; ")
        default: return outcome
        }
        return .failure(refusal)
    }
}

extension FleetWriter {
    /// What the fleet says now.
    var advice: WriterAdvice { state.withLock { $0.advice }?() ?? .none }

    /// From now on `advice` is asked before each group.
    func attach(advice: @escaping @Sendable () -> WriterAdvice) {
        state.withLock { $0.advice = advice }
    }
}
