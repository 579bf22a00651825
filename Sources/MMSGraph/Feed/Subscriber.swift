public import Resources
internal import Synchronization

/// One subscription to a selection: deliveries are taken, never pushed, so that a slow reader
/// waits for itself alone.
public final class Subscriber<Store: OrderedStore>: Sendable {
    /// What it follows. Its order, limit and page have no meaning here.
    public var selection: Selection { followed.selection }
    let followed: Followed
    let number: Int
    let role: SubscriberRole
    let onReady: @Sendable () -> Void
    /// Taken by the subscriber only: it reads the store.
    private let backlog: Mutex<Backlog<Store>?>
    /// Shared with the feed, for nanoseconds.
    private let queue: Mutex<DeliveryQueue<ToldEntry>>

    init(
        number: Int, role: SubscriberRole, followed: Followed, seen: Bookmark, sizes: FeedSizes,
        onReady: @escaping @Sendable () -> Void
    ) {
        self.number = number
        self.role = role
        self.followed = followed
        self.onReady = onReady
        backlog = Mutex(nil)
        queue = Mutex(DeliveryQueue<ToldEntry>(seen: seen, sizes: sizes))
    }

    /// Takes up to `maximum` deliveries. Take once after subscribing, then after each `onReady`,
    /// until the answer is empty: `onReady` is called once for all that arrives until then.
    public func take(maximum: Int = 256) -> [Delivery] {
        let read = backlog.withLock { backlog -> [Delivery] in
            guard var source = backlog else { return [] }
            let (taken, end) = source.take(max(1, maximum), followed)
            backlog = end == nil ? source : nil
            if case .failed(let refusal) = end { queue.withLock { $0.end(refusal) } }
            return taken
        }
        if !read.isEmpty { return read }
        return queue.withLock { $0.take(max(1, maximum), delivery) }
    }

    private func delivery(_ taken: DeliveryQueue<ToldEntry>.Taken) -> Delivery? {
        switch taken {
        case .entry(let told, let seen):
            .changes(changes(told.entry, told.rows, told.form, seen))
        case .net(let net, let seen):
            coalesced(net).map { .changes(changes(net.last.entry, $0, nil, seen)) }
        case .bookmark(let bookmark): .bookmark(bookmark)
        case .gone(let refusal): .gone(refusal)
        }
    }

    private func coalesced(_ net: NetChanges<ToldEntry>) -> [SignedRow]? {
        var rows: [SignedRow] = []
        for change in net.changes { rows.add(change.old, change.new, in: followed) }
        return rows.isEmpty ? nil : rows
    }

    /// What comes with a form is as the entry has it, without one it is folded.
    private func changes(
        _ entry: FeedEntry, _ rows: [SignedRow], _ form: SharedForm?, _ seen: Bookmark
    ) -> RowChanges {
        RowChanges(
            header: entry.header, origin: entry.origin, sensed: entry.sensed, rows: rows,
            isCoalesced: form == nil, bookmark: seen, form: form)
    }

    /// Bytes that wait to be taken.
    public var backlogBytes: Int { queue.withLock { $0.bytes } }

    /// Puts what is read from the store before the live changes.
    func begin(_ source: Backlog<Store>) {
        backlog.withLock { $0 = source }
        queue.withLock { $0.caughtUp(to: source.end) }
    }

    /// Takes in an entry; true when the subscriber is to be woken.
    func offer(_ told: ToldEntry) -> Bool { queue.withLock { $0.offer(told) } }

    func mark(_ bookmark: Bookmark) -> Bool { queue.withLock { $0.mark(bookmark) } }
}

/// What comes before the live changes: the rows of a snapshot, or the difference between a past
/// state and a snapshot. Read page by page, so in constant memory.
struct Backlog<Store: OrderedStore>: Sendable {
    enum End {
        case caughtUp
        case failed(Refusal)
    }

    private enum Stage {
        /// Rows of the snapshot.
        case rows
        /// What was created or changed since the past state.
        case changed
        /// What was deleted since.
        case deleted
    }

    /// Where the live changes begin.
    var end: Bookmark { now.bookmark }

    private let now: CommittedReader<Store>
    private let past: CommittedReader<Store>?
    private var stage: Stage
    private var resume: ResumeToken?

    init(now: CommittedReader<Store>, past: CommittedReader<Store>?) {
        self.now = now
        self.past = past
        stage = past == nil ? .rows : .changed
    }

    mutating func take(_ maximum: Int, _ followed: Followed) -> (taken: [Delivery], end: End?) {
        do throws(Refusal) {
            while true {
                let taken = try page(maximum, followed)
                guard resume == nil else { return (taken, nil) }
                switch stage {
                case .changed: stage = .deleted
                case .rows, .deleted:
                    return (taken + [.bookmark(now.bookmark)], .caughtUp)
                }
                if !taken.isEmpty { return (taken, nil) }
            }
        } catch {
            return ([], .failed(error))
        }
    }

    /// The deliveries of the next page; `resume` is nil after the last one of a stage.
    private mutating func page(
        _ maximum: Int, _ followed: Followed
    ) throws(Refusal) -> [Delivery] {
        var taken: [Delivery] = []
        repeat {
            let (resources, next) = try candidates(maximum, followed)
            resume = next
            for resource in resources {
                if let delivery = try delivery(of: resource, followed) { taken.append(delivery) }
            }
        } while taken.isEmpty && resume != nil
        return taken
    }

    private func candidates(
        _ maximum: Int, _ followed: Followed
    ) throws(Refusal) -> ([Resource], ResumeToken?) {
        let selection = followed.selection
        // What matched before may not match now: a difference looks at all of type and place.
        var wide = Selection(selection.type, scope: selection.scope)
        switch stage {
        case .rows:
            wide = selection
            (wide.sort, wide.limit, wide.resume) = ([], nil, nil)
            return try now.page(wide, now.plan(selecting: wide), resume, maximum)
        case .changed: return try now.page(wide, now.plan(selecting: wide), resume, maximum)
        case .deleted:
            guard let past else { return ([], nil) }
            let graves = Plan("graves", Plan.graves(after: past.bookmark))
            return try past.page(wide, graves, resume, maximum)
        }
    }

    private func delivery(
        of resource: Resource, _ followed: Followed
    ) throws(Refusal) -> Delivery? {
        guard let past, let log = now.mounts.log(of: resource.namespace) else {
            return followed.contains(resource) ? .row(resource) : nil
        }
        let (old, new): (Resource?, Resource?)
        if stage == .deleted {
            // One that was created again is seen among the changed, unless as another type or
            // elsewhere.
            let reborn = try refusing { () throws(GraphError) in try now.resource(resource.id) }
            if let reborn, followed.selection.reaches(reborn) { return nil }
            (old, new) = (resource, nil)
        } else {
            if resource.revision <= past.bookmark[log] ?? .zero { return nil }
            old = try refusing { () throws(GraphError) in try past.resource(resource.id) }
            new = resource
        }
        var rows: [SignedRow] = []
        rows.add(old, new, in: followed)
        guard !rows.isEmpty else { return nil }
        let position = now.bookmark[log] ?? .zero
        let header = EntryHeader(
            log: log, position: position, author: .system("history"),
            time: resource.changed.time)
        return .changes(
            RowChanges(
                header: header, origin: .command, sensed: nil, rows: rows, isCoalesced: true,
                bookmark: past.bookmark, form: nil))
    }
}

extension Selection {
    /// True for what has the right type and place.
    fileprivate func reaches(_ resource: Resource) -> Bool {
        (type == nil || type == resource.type) && scope.contains(resource.namespace)
    }
}

extension CommittedReader {
    fileprivate func plan(selecting selection: Selection) throws(Refusal) -> Plan {
        try refusing { () throws(GraphError) in try plan(selection) }
    }

    /// Up to `maximum` resources of a plan that a selection contains, and where the rest begins.
    /// Looks at a bounded number of candidates, so a page may be short and not the last.
    fileprivate func page(
        _ selection: Selection, _ plan: Plan, _ resume: ResumeToken?, _ maximum: Int
    ) throws(Refusal) -> ([Resource], ResumeToken?) {
        var candidates = CandidateCursor(self, plan)
        if let resume { try candidates.skip(to: resume) }
        var found: [Resource] = []
        while let (resource, token) = try refusing({ () throws(GraphError) in
            try candidates.next { selection.mayContain(nameKey: $0) }
        }) {
            if selection.contains(resource) { found.append(resource) }
            if found.count >= maximum { return (found, token) }
        }
        return (found, nil)
    }
}
