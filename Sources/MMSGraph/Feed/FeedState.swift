internal import Resources

/// The subscribers of a feed and the entries it remembers.
struct FeedState<Store: OrderedStore>: Sendable {
    /// Where all published entries lead.
    private(set) var published: Bookmark
    /// The ring holds every entry after this.
    private var floor: Bookmark
    private var ring: [FeedEntry] = []
    private var head = 0
    private var ringChanges = 0
    private var subscribers: [Int: Subscriber<Store>] = [:]
    /// Those who follow the same, by its number.
    private var groups: [Int: Group] = [:]
    private var numbers: [ObjectIdentifier: Int] = [:]
    /// What is followed by selection alone, so that equal ones are one.
    private var selections: [Selection: Followed] = [:]
    private var interests: [TypeName?: Interests] = [:]
    private var sinceMark = 0
    private(set) var next = 0

    /// Those who follow the same, in the order in which they came.
    private struct Group {
        let followed: Followed
        var members: [Subscriber<Store>] = []
    }

    init(published: Bookmark) {
        self.published = published
        floor = published
    }

    /// How many subscribers are no handlers.
    private(set) var clients = 0

    func admit(_ sizes: FeedSizes) throws(Refusal) {
        if clients < sizes.subscriptions { return }
        throw Refusal(
            .overloaded, filter: "feed", subject: "subscription",
            reason: "there are \(sizes.subscriptions) already, which is the limit",
            remedy: "end some, or subscribe at another node")
    }

    func seen(by start: ChangeFeed<Store>.Start) -> Bookmark {
        switch start {
        case .now: published
        case .snapshot: Bookmark([:])
        case .bookmark(let bookmark): bookmark
        }
    }

    /// Adds a subscriber; true when memory has all it needs.
    mutating func add(_ subscriber: Subscriber<Store>, from start: ChangeFeed<Store>.Start) -> Bool
    {
        next += 1
        subscribers[subscriber.number] = subscriber
        if subscriber.role == .client { clients += 1 }
        join(subscriber)
        switch start {
        case .now: return true
        case .snapshot: return false
        case .bookmark(let bookmark):
            guard reaches(bookmark) else { return false }
            for entry in ring[head...]
            where entry.header.position > bookmark[entry.header.log] ?? .zero {
                // The subscriber is not listening yet: nobody is to be woken.
                if let told = entry.told(to: subscriber.followed) { _ = subscriber.offer(told) }
            }
            return true
        }
    }

    mutating func remove(_ subscriber: Subscriber<Store>) {
        guard subscribers.removeValue(forKey: subscriber.number) != nil,
            let number = numbers[ObjectIdentifier(subscriber.followed)]
        else { return }
        if subscriber.role == .client { clients -= 1 }
        groups[number]?.members.removeAll { $0 === subscriber }
        guard groups[number]?.members.isEmpty ?? false else { return }
        let followed = subscriber.followed
        groups[number] = nil
        numbers[ObjectIdentifier(followed)] = nil
        if selections[followed.selection] === followed { selections[followed.selection] = nil }
        interests[followed.selection.type]?.remove(number, followed.selection)
    }

    /// What someone who follows a selection follows, the same object for equal ones.
    func followed(_ selection: Selection) -> Followed {
        selections[selection] ?? Followed(selection: selection, filter: nil)
    }

    /// A group bears the number of its first member, the lowest of all it will have.
    private mutating func join(_ subscriber: Subscriber<Store>) {
        let followed = subscriber.followed
        if let number = numbers[ObjectIdentifier(followed)] {
            groups[number]?.members.append(subscriber)
            return
        }
        let number = subscriber.number
        groups[number] = Group(followed: followed, members: [subscriber])
        numbers[ObjectIdentifier(followed)] = number
        if followed.filter == nil { selections[followed.selection] = followed }
        interests[followed.selection.type, default: Interests()].add(number, followed.selection)
    }

    private func reaches(_ bookmark: Bookmark) -> Bool {
        published.positions.allSatisfy { log, position in
            let seen = bookmark[log] ?? .zero
            return seen >= floor[log] ?? .zero && seen <= position
        }
    }

    mutating func publish(
        _ entries: [FeedEntry], _ log: Namespace, _ position: Position, _ sizes: FeedSizes
    ) -> [Subscriber<Store>] {
        var awake: [Subscriber<Store>] = []
        for entry in entries {
            remember(entry, sizes)
            for number in recipients(of: entry) {
                guard let group = groups[number], let told = entry.told(to: group.followed) else {
                    continue
                }
                for subscriber in group.members where subscriber.offer(told) {
                    awake.append(subscriber)
                }
            }
        }
        // A mirrored log that was taken anew may stand further back.
        let known = min(published[log] ?? .zero, position)
        sinceMark += Int(clamping: position.rawValue - known.rawValue)
        published[log] = position
        return awake
    }

    /// Whom to give bookmarks; begins to count entries anew.
    mutating func beginMark() -> [Int] {
        sinceMark = 0
        return subscribers.values.filter { $0.role == .client }.map(\.number)
    }

    /// Whom to give bookmarks when so many entries came since the last ones.
    mutating func beginMark(after entries: Int) -> [Int] {
        sinceMark >= entries ? beginMark() : []
    }

    /// Within the lock, so that a bookmark never overtakes an entry that it covers.
    func mark(_ numbers: ArraySlice<Int>) -> [Subscriber<Store>] {
        numbers.compactMap { number in
            guard let subscriber = subscribers[number], subscriber.mark(published) else {
                return nil
            }
            return subscriber
        }
    }

    private mutating func remember(_ entry: FeedEntry, _ sizes: FeedSizes) {
        ring.append(entry)
        ringChanges += entry.resources.count
        while ringChanges > sizes.ringChanges, head < ring.count {
            let oldest = ring[head]
            ringChanges -= oldest.resources.count
            floor[oldest.header.log] = oldest.header.position
            head += 1
        }
        if head > ring.count / 2 {
            ring.removeFirst(head)
            head = 0
        }
    }

    /// The groups that an entry may concern, in order.
    private func recipients(of entry: FeedEntry) -> [Int] {
        var numbers: Set<Int> = []
        for change in entry.resources {
            for type in change.types { interests[type]?.collect(change, into: &numbers) }
            interests[.none]?.collect(change, into: &numbers)
        }
        return numbers.sorted()
    }
}

extension Change {
    /// The types before and after: an entry may delete a resource and give its identity to one of
    /// another type.
    var types: [TypeName] {
        switch (old?.type, new?.type) {
        case (.some(let type), .none), (.none, .some(let type)): [type]
        case (.some(let old), .some(let new)): old == new ? [new] : [old, new]
        case (.none, .none): []
        }
    }
}

/// The groups that follow one type, found by a text they demand where they demand one, so that ten
/// thousand who each follow one resource cost one look-up a change.
private struct Interests {
    private var anchored: [Operand: [String: [Int]]] = [:]
    private var others: [Int] = []

    mutating func add(_ number: Int, _ selection: Selection) {
        if let (operand, text) = selection.anchor {
            anchored[operand, default: [:]][text, default: []].append(number)
        } else {
            others.append(number)
        }
    }

    mutating func remove(_ number: Int, _ selection: Selection) {
        guard let (operand, text) = selection.anchor else {
            others.removeAll { $0 == number }
            return
        }
        anchored[operand]?[text]?.removeAll { $0 == number }
        if anchored[operand]?[text]?.isEmpty ?? false { anchored[operand]?[text] = nil }
        if anchored[operand]?.isEmpty ?? false { anchored[operand] = nil }
    }

    func collect(_ change: Change, into numbers: inout Set<Int>) {
        numbers.formUnion(others)
        for (operand, texts) in anchored {
            for resource in [change.old, change.new] {
                guard let text = resource.flatMap({ operand.value(of: $0)?.text }) else { continue }
                numbers.formUnion(texts[text] ?? [])
            }
        }
    }
}

extension Selection {
    /// A part of a resource that must equal a text.
    fileprivate var anchor: (Operand, String)? {
        for case .compare(let operand, .equal, .text(let text)) in predicate?.conjuncts ?? [] {
            return (operand, text)
        }
        return tags.entries.first.map { (.tag($0.key), $0.value) }
    }
}
