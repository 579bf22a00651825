internal import Cypher
internal import Dispatch
internal import Host
internal import MMSGraph
internal import Resources
internal import Synchronization

/// Standing queries beside apply: single updates of random people, in groups of 256, published
/// after each group as a node does, without filters and log.
final class Standing: Sendable {
    private let graph: Graph<RocksStore>
    private let feed: ChangeFeed<RocksStore>
    private let queries: StandingQueries<RocksStore>
    private let people: Int
    private let seconds: Double
    private let wake: DispatchSemaphore
    private let isStopping = Atomic<Bool>(false)
    private let ready = Mutex<[Int]>([])

    init(people: Int, in directory: String, seconds: Double) throws {
        graph = try Graph(store: RocksStore(path: directory), mounts: [.root])
        if graph.applied(.root) == .zero { try People(count: people).resources(in: graph) }
        self.people = people
        self.seconds = seconds
        let wake = DispatchSemaphore(value: 0)
        self.wake = wake
        feed = ChangeFeed(graph: graph)
        let clock = LinuxClock()
        queries = StandingQueries(
            graph: graph, feed: feed, clock: { clock.ticks }, onWork: { wake.signal() })
    }

    /// Apply alone, beside three handlers that follow the type, beside 10,000 queries of class A,
    /// each on a person of its own, then beside 100 of class B too; rows that one reader of all
    /// took. Alone it is measured before, between and after: what RocksDB has to merge grows
    /// meanwhile.
    func measure() throws {
        try HostThread.start("engine") { [self] in work() }
        try HostThread.start("housekeeper") { [self] in keep() }
        print(try apply("standing-none").line)
        print(try applyBesideHandlers().line)
        print(try apply("standing-none").line)
        let before = LinuxSystem.residentBytes
        let first = try (0..<10_000).map { number in
            try follow(
                "MATCH (p:Person {name: $name}) RETURN p.age", "name",
                .string("p\(number % people)"), number)
        }
        print(Self.memory("standing-a", since: before))
        print(try apply("standing-a", readers: first))
        let between = LinuxSystem.residentBytes
        let second = try (0..<100).map { number in
            try follow(
                "MATCH (p:Person {number: $number})-[:KNOWS]->(q:Person) RETURN q.age", "number",
                .integer(Int64(number)), 10_000 + number)
        }
        print(Self.memory("standing-b", since: between))
        print(try apply("standing-ab", readers: first + second))
        for one in first + second { queries.unsubscribe(one) }
        print(try apply("standing-none").line)
        isStopping.store(true, ordering: .releasing)
        wake.signal()
    }

    /// How far the process grew by the subscriptions, before anything happens to them.
    private static func memory(_ key: String, since before: Int64) -> String {
        let megabytes = Double(LinuxSystem.residentBytes - before) / 1_048_576
        return "{\"key\":\"\(key)\",\"mb\":\(megabytes)}"
    }

    private func follow(
        _ text: String, _ parameter: String, _ value: CypherValue, _ number: Int
    ) throws -> StandingSubscriber<RocksStore> {
        let subscriber = try queries.subscribe(
            try Statement(parsing: text), parameters: CypherMap([(parameter, value)]), from: .now
        ) { [self] in ready.withLock { $0.append(number) } }
        _ = subscriber.take()
        return subscriber
    }

    private func apply(_ key: String) throws -> Figure {
        var random = SplitMix(5)
        let groups = try Figure.repeating(key, seconds: seconds) { try group(&random) }
        return Figure(key: key, count: groups.count * 256, nanoseconds: groups.nanoseconds)
    }

    /// The same where each change concerns three of a node's loops, which take it on a thread.
    private func applyBesideHandlers() throws -> Figure {
        let wake = DispatchSemaphore(value: 0)
        let selection = Selection(CoreTypes.known("person"))
        let handlers = Handlers(
            subscribers: (0..<3).map { _ in feed.follow(selection) { wake.signal() } })
        try HostThread.start("handlers") {
            while !handlers.isOver.load(ordering: .acquiring) {
                wake.wait()
                for one in handlers.subscribers { while !one.take().isEmpty {} }
            }
        }
        let figure = try apply("standing-handlers")
        for one in handlers.subscribers { feed.unsubscribe(one) }
        handlers.isOver.store(true, ordering: .releasing)
        wake.signal()
        return figure
    }

    /// The same while a thread takes what the readers get; a line of JSON with the rows.
    private func apply(
        _ key: String, readers: [StandingSubscriber<RocksStore>]
    ) throws -> String {
        let reading = Reading(readers: readers)
        try HostThread.start("reader") { [self] in
            while !reading.isOver.load(ordering: .acquiring) {
                let numbers = ready.withLock { ready in
                    defer { ready = [] }
                    return ready
                }
                for number in numbers { reading.take(number) }
                if numbers.isEmpty { LinuxSystem.pause(milliseconds: 1) }
            }
        }
        let figure = try apply(key)
        LinuxSystem.pause(milliseconds: 100)
        reading.isOver.store(true, ordering: .releasing)
        let rate =
            Double(reading.rows.load(ordering: .relaxed)) * 1e9 / Double(figure.nanoseconds)
        return figure.line.dropLast() + ",\"rows\":\(rate)}"
    }

    private func group(_ random: inout SplitMix) throws {
        var transaction = try graph.begin(.root)
        for _ in 0..<256 {
            let person = Int(random.next() % UInt64(people))
            let age = Int64(random.next() % 90)
            let batch = Batch([
                .update(Update(id: People.id(person), data: ["age": .int(age)]))
            ])
            let header = EntryHeader(
                log: .root, position: transaction.applied.next, author: .local(uid: 0),
                time: WallTime(milliseconds: 1_700_000_000_000))
            _ = try transaction.apply(header, batch)
        }
        let changes = try graph.commit(transaction, chain: [])
        feed.publish(changes, of: .root, upTo: graph.applied(.root))
        queries.publish(changes, of: .root, upTo: graph.applied(.root))
    }

    private func work() {
        while !isStopping.load(ordering: .acquiring) {
            if queries.work() == nil { wake.wait() }
        }
    }

    private func keep() {
        while !isStopping.load(ordering: .acquiring) {
            feed.markIfDue()
            queries.markIfDue()
            LinuxSystem.pause(milliseconds: 100)
        }
    }
}

/// Loops that follow a type.
private final class Handlers: Sendable {
    let subscribers: [Subscriber<RocksStore>]
    let isOver = Atomic<Bool>(false)

    init(subscribers: [Subscriber<RocksStore>]) { self.subscribers = subscribers }
}

/// Who reads, and how many rows they got.
private final class Reading: Sendable {
    let readers: [StandingSubscriber<RocksStore>]
    let rows = Atomic<Int>(0)
    let isOver = Atomic<Bool>(false)

    init(readers: [StandingSubscriber<RocksStore>]) { self.readers = readers }

    func take(_ number: Int) {
        while case let deliveries = readers[number].take(), !deliveries.isEmpty {
            for case .changes(let changes) in deliveries {
                rows.wrappingAdd(changes.rows.count, ordering: .relaxed)
            }
        }
    }
}
