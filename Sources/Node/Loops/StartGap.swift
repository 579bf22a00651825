internal import Resources

/// What a sensor's first dump says about what an earlier life of the node had written: whatever
/// the dump does not report is gone.
///
/// closed → open at a gap of cause `start` → closed when that gap closes.
struct StartGap {
    /// The cause of the gap around a sensor's first dump.
    static let cause = "start"
    /// By source: what was reported since its start gap opened.
    private var reported: [String: Set<Observation.Subject>] = [:]

    /// Takes observations in order; gives the sources whose start gap closes with them, each with
    /// all that was reported inside.
    mutating func take(
        _ observations: [Observation]
    ) -> [(source: String, reported: Set<Observation.Subject>)] {
        var closed: [(source: String, reported: Set<Observation.Subject>)] = []
        for observation in observations {
            switch observation {
            case .gap(let source, Self.cause, _): reported[source] = []
            case .present(let sighting):
                for source in reported.keys { reported[source]?.insert(sighting.subject) }
            case .gapClosed(let source, _):
                if let subjects = reported.removeValue(forKey: source) {
                    closed.append((source, subjects))
                }
            case .gap, .absent: break
            }
        }
        return closed
    }
}
