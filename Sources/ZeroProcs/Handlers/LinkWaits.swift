internal import Resources

/// Links that sensors have told of whose ends are not in the graph yet: a socket before its
/// process, a file before its package. They are made when the end that is missing comes.
///
/// Bounded: the oldest go first (`dropped`); the sensor's next resync says them again.
public struct LinkWaits: Sendable {
    /// A link that waits for the subject it is kept under.
    struct Want: Hashable, Sendable {
        var source: Observation.Subject
        /// The source's identity: another thing of its name does not get the link.
        var identity: String
        var relation: String
        var target: Observation.Subject
        /// The target's identity, where the link is to no other thing of its name.
        var meant: String?
        /// The call it came with, for those that wait for what churns.
        var turn: UInt64
        /// What the target was before it was replaced: that link is over.
        var replaces: Identifier?
    }

    /// Links given up because too many waited.
    public private(set) var dropped: UInt64 = 0
    private var byEnd: [Observation.Subject: [Want]] = [:]
    /// Under which ends the links of a source wait.
    private var bySource: [Observation.Subject: Set<Observation.Subject>] = [:]
    private var order: [Observation.Subject] = []
    private var count = 0
    private(set) var turn: UInt64 = 0

    /// No link waits.
    public init() {}

    /// How many links wait.
    public var waiting: Int { count }

    mutating func nextTurn() { turn += 1 }

    /// Keeps a link until `end` comes, its source or its target.
    mutating func add(_ want: Want, until end: Observation.Subject) {
        var wants = byEnd[end] ?? []
        guard
            !wants.contains(where: {
                $0.source == want.source && $0.relation == want.relation
                    && $0.target == want.target && $0.identity == want.identity
                    && $0.meant == want.meant
            })
        else { return }
        if wants.isEmpty { order.append(end) }
        wants.append(want)
        byEnd[end] = wants
        bySource[want.source, default: []].insert(end)
        count += 1
        while count > Limits.waitingLinks.value, !order.isEmpty {
            dropped += UInt64(take(order.removeFirst()).count)
        }
        // Ends that have come leave their places behind.
        if order.count > 2 * byEnd.count + 64 { order.removeAll { byEnd[$0] == nil } }
    }

    /// Forgets the links of a source by relations that `isSuperseded`: it has said anew what it
    /// is linked to.
    mutating func forget(_ source: Observation.Subject, _ isSuperseded: (String) -> Bool) {
        guard let ends = bySource.removeValue(forKey: source) else { return }
        for end in ends {
            guard var wants = byEnd[end] else { continue }
            let before = wants.count
            wants.removeAll { $0.source == source && isSuperseded($0.relation) }
            count -= before - wants.count
            byEnd[end] = wants.isEmpty ? nil : wants
            if wants.contains(where: { $0.source == source }) {
                bySource[source, default: []].insert(end)
            }
        }
    }

    /// The links that waited for a subject, which has come.
    mutating func take(_ end: Observation.Subject) -> [Want] {
        guard let wants = byEnd.removeValue(forKey: end) else { return [] }
        count -= wants.count
        for want in wants {
            bySource[want.source]?.remove(end)
            if bySource[want.source]?.isEmpty == true { bySource[want.source] = nil }
        }
        return wants
    }
}
