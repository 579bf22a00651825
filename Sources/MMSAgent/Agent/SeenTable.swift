internal import Resources

/// What a level-triggered sensor has reported, for telling what is new.
struct SeenTable: Sendable {
    private(set) var reported: [Observation.Subject: Seen] = [:]

    /// Makes the table what was read: says what is gone, then what is new or changed, in the
    /// order of types and names; gives the number of differences.
    @discardableResult
    mutating func become(
        _ next: [Observation.Subject: Seen], order: [TypeName], _ origin: Origin, _ now: WallTime,
        _ out: inout [Observation]
    ) -> Int {
        let before = out.count
        let ranks = Dictionary(uniqueKeysWithValues: zip(order, 0...))
        let place = { (subject: Observation.Subject) in
            (ranks[subject.type] ?? order.count, subject.name)
        }
        let gone = reported.filter { next[$0.key]?.identity != $0.value.identity }
        for subject in gone.keys.sorted(by: { place($0) > place($1) }) {
            out.append(.absent(subject, origin: origin, sensed: now))
        }
        let changed = next.filter { reported[$0.key] != $0.value }
        for one in changed.values.sorted(by: { place($0.subject) < place($1.subject) }) {
            out.append(one.observation(origin, now))
        }
        reported = next
        return out.count - before
    }
}
