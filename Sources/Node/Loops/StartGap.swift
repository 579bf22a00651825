internal import Resources

/// What a sensor's first dump says about what an earlier life of the node had written: whatever
/// the dump does not report is gone.
///
/// closed → open at a gap of cause `start` → closed when that gap closes.
struct StartGap {
    /// The cause of the gap around a sensor's first dump.
    static let cause = "start"
    /// By source: what was reported since its start gap opened.
    private var reported: [String: Reported] = [:]

    /// What was reported inside a start gap.
    struct Reported: Equatable {
        var subjects: Set<Observation.Subject> = []
        /// Subjects of other sensors whose links were reported.
        var joined: Set<Observation.Subject> = []
    }

    /// Takes observations in order; gives the sources whose start gap closes with them, each with
    /// all that was reported inside.
    mutating func take(
        _ observations: [Observation]
    ) -> [(source: String, reported: Reported)] {
        var closed: [(source: String, reported: Reported)] = []
        for observation in observations {
            switch observation {
            case .gap(let source, Self.cause, _): reported[source] = Reported()
            case .present(let sighting):
                for source in reported.keys { reported[source]?.subjects.insert(sighting.subject) }
            case .edges(let edges):
                for source in reported.keys { reported[source]?.joined.insert(edges.subject) }
            case .gapClosed(let source, _):
                if let all = reported.removeValue(forKey: source) { closed.append((source, all)) }
            case .gap, .absent: break
            }
        }
        return closed
    }
}
