/// How much work waits for a resource, as a word. Only a change of the word is reported: the
/// figure itself is a metric and stays out of the log.
///
/// Legal successors: any other; a level falls only below half of what raises it, so that a figure
/// about a threshold does not churn.
enum PressureLevel: String, Hashable, Sendable, CaseIterable, Comparable {
    case none, moderate, severe

    /// Percent of the last ten seconds in which some task waited, from which on it is this level.
    var threshold: Double {
        switch self {
        case .none: 0
        case .moderate: 10
        case .severe: 40
        }
    }

    static func < (left: PressureLevel, right: PressureLevel) -> Bool {
        left.threshold < right.threshold
    }

    /// The level after a reading of so many percent.
    func next(_ percent: Double) -> PressureLevel {
        let rising = Self.allCases.last { percent >= $0.threshold } ?? .none
        if rising >= self { return rising }
        return percent < threshold / 2 ? rising : self
    }

    /// Reads `avg10` of the line `some` of a pressure file; nil when it is malformed.
    static func percent(_ text: String) -> Double? {
        for line in text.split(separator: "\n") where line.hasPrefix("some ") {
            for word in line.split(separator: " ") where word.hasPrefix("avg10=") {
                return Double(word.dropFirst(6))
            }
        }
        return nil
    }
}
