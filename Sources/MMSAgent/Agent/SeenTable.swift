internal import Resources

/// A subject with what is reported of it, before its origin and time.
struct Seen: Hashable, Sendable {
    var subject: Observation.Subject
    var identity: String
    var data: ValueMap
    var links: SortedMap<[Observation.Subject]> = [:]
    /// Which thing of a linked subject's name is meant, where that matters.
    var meant: [Observation.Subject: String] = [:]
    /// True when another sensor owns the subject and only these links are this one's.
    var isEdges = false

    init(
        subject: Observation.Subject, identity: String, data: ValueMap,
        links: SortedMap<[Observation.Subject]> = [:]
    ) {
        self.subject = subject
        self.identity = identity
        self.data = data
        self.links = links
    }

    /// Links of a subject of another sensor.
    init(
        edgesOf subject: Observation.Subject, identity: String,
        _ links: SortedMap<[Observation.Subject]>
    ) {
        self.init(subject: subject, identity: identity, data: [:], links: links)
        isEdges = true
    }

    /// The observation of it.
    func observation(_ origin: Origin, _ now: WallTime) -> Observation {
        if isEdges {
            return .edges(
                Observation.Edges(
                    subject, identity: identity, links: links, origin: origin, sensed: now))
        }
        return .present(
            Observation.Sighting(
                subject, identity: identity, data: data, links: links, meant: meant, origin: origin,
                sensed: now))
    }
}

/// What a level-triggered sensor has reported, for telling what is new. It keeps digests, not the
/// reports: two of 64 bits for a subject, seeded anew in each process.
struct SeenTable: Sendable {
    /// What a sweep compares.
    private struct Mark: Hashable, Sendable {
        var identity: Int
        /// Of all that events announce.
        var announced: Int
        /// Of the fields that none does.
        var sampled: Int
        /// For links of another sensor's subject, what they are of and their relations.
        var edges: Edges?
    }

    private struct Edges: Hashable, Sendable {
        var identity: String
        var relations: [String]
    }

    /// Fields that no event announces, by type. A type without any has none.
    let sampled: [TypeName: SampledFields]
    private var reported: [Observation.Subject: Mark] = [:]

    init(sampled: [TypeName: SampledFields] = [:]) { self.sampled = sampled }

    /// How many subjects are known.
    var count: Int { reported.count }

    /// True when a subject has been reported and is not gone.
    func contains(_ subject: Observation.Subject) -> Bool { reported[subject] != nil }

    /// How much `next` differs from what was reported.
    func differences(from next: [Observation.Subject: Seen]) -> Differences {
        var differences = Differences()
        for (subject, one) in next {
            guard let old = reported[subject] else {
                differences.count(isSampled: sampled[subject.type] == .all)
                continue
            }
            let new = mark(one)
            if old.identity != new.identity || old.announced != new.announced {
                differences.announced += 1
            } else if old.sampled != new.sampled {
                differences.sampled += 1
            }
        }
        for subject in reported.keys where next[subject] == nil {
            differences.count(isSampled: sampled[subject.type] == .all)
        }
        return differences
    }

    private func mark(_ one: Seen) -> Mark {
        var (announced, silent) = (Hasher(), Hasher())
        let fields = sampled[one.subject.type] ?? .none
        for (name, value) in one.data.entries {
            if fields.contains(name) {
                silent.combine(name); silent.combine(value)
            } else {
                announced.combine(name)
                announced.combine(value)
            }
        }
        if fields == .all {
            silent.combine(one.links); silent.combine(one.meant)
        } else {
            announced.combine(one.links)
            announced.combine(one.meant)
        }
        return Mark(
            identity: one.identity.hashValue, announced: announced.finalize(),
            sampled: silent.finalize(),
            edges: one.isEdges
                ? Edges(identity: one.identity, relations: Array(one.links.keys)) : nil)
    }

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
        let marks = next.mapValues(mark)
        let gone = reported.filter { marks[$0.key]?.identity != $0.value.identity }
        for subject in gone.keys.sorted(by: { place($0) > place($1) }) {
            out.append(end(of: subject, origin, now))
        }
        let changed = next.values.filter { reported[$0.subject] != marks[$0.subject] }
        for var one in changed.sorted(by: { place($0.subject) < place($1.subject) }) {
            // A relation that has ended is said to be empty.
            for relation in reported[one.subject]?.edges?.relations ?? []
            where one.links[relation] == nil {
                one.links[relation] = []
            }
            out.append(one.observation(origin, now))
        }
        reported = marks
        return out.count - before
    }

    private func end(
        of subject: Observation.Subject, _ origin: Origin, _ now: WallTime
    ) -> Observation {
        guard let edges = reported[subject]?.edges else {
            return .absent(subject, origin: origin, sensed: now)
        }
        var links = SortedMap<[Observation.Subject]>()
        for relation in edges.relations { links[relation] = [] }
        return .edges(
            Observation.Edges(
                subject, identity: edges.identity, links: links, origin: origin, sensed: now))
    }
}

/// Which fields of a type no event announces.
enum SampledFields: Hashable, Sendable {
    case none
    case some(Set<String>)
    /// All, and whether it is there at all.
    case all

    func contains(_ field: String) -> Bool {
        switch self {
        case .none: false
        case .some(let fields): fields.contains(field)
        case .all: true
        }
    }
}

/// How many differences a sweep found.
struct Differences: Hashable, Sendable {
    /// In what events announce: drift.
    var announced: UInt64 = 0
    /// In what none does.
    var sampled: UInt64 = 0

    var isEmpty: Bool { announced == 0 && sampled == 0 }

    mutating func count(isSampled: Bool) {
        if isSampled { sampled += 1 } else { announced += 1 }
    }
}
