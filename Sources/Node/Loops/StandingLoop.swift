internal import Dispatch
public import Host
public import MMSGraph
public import Resources
internal import Synchronization

/// The thread that keeps the answers to standing queries up to date, so that no commit waits for
/// one.
public final class StandingLoop<S: OrderedStore>: Sendable {
    /// The standing queries; their classes B and C are worked on here.
    package let queries: StandingQueries<S>
    private let clock: @Sendable () -> Ticks
    private let wake: DispatchSemaphore
    private let ended = DispatchSemaphore(value: 0)
    private let isStopping = Atomic<Bool>(false)

    /// A loop for the queries on `graph`, whose class A follows `feed`.
    public init(graph: Graph<S>, feed: ChangeFeed<S>, clock: some Clock) {
        let wake = DispatchSemaphore(value: 0)
        let ticks: @Sendable () -> Ticks = { clock.ticks }
        self.wake = wake
        self.clock = ticks
        queries = StandingQueries(graph: graph, feed: feed, clock: ticks) { wake.signal() }
    }

    /// Starts the thread.
    public func start() throws(ThreadError) {
        try HostThread.start("standing queries") { [self] in run() }
    }

    /// Ends the thread.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.signal()
        ended.wait()
    }

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            guard let next = queries.work() else {
                wake.wait()
                continue
            }
            let now = clock()
            let pause = next > now ? next.nanoseconds(since: now) : 0
            _ = wake.wait(timeout: .now() + .nanoseconds(Int(clamping: pause)))
        }
        ended.signal()
    }
}
