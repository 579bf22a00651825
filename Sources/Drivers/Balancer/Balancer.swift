public import Host
public import Resources
internal import Synchronization

/// The builtin load balancer: TCP and HTTP/1.1 on one or two threads with sockets of its own.
///
/// A table can be changed at any time without a request lost: a listener that stays keeps its
/// socket, a backend that left finishes what it has under way.
public final class Balancer: Sendable {
    private let workers: [(mailbox: Mailbox, poller: SocketPoller)]
    private let state = Mutex(State())
    private let ended: Poller

    private struct State {
        var listeners: [SocketAddress: Listener] = [:]
        var tallies: [String: Tallies] = [:]
        var hasStopped = false
    }

    private struct Tallies {
        var service: Tally
        var backends: [String: Tally]
    }

    /// A balancer of so many threads, at most as many as `Limits.balancerThreads`; they run until
    /// `stop`.
    public init(threads: Int = Limits.balancerThreads.value) throws(DriverError) {
        let count = max(1, min(threads, Limits.balancerThreads.range.upperBound))
        do throws(KernelError) {
            ended = try Poller()
            var workers: [(mailbox: Mailbox, poller: SocketPoller)] = []
            for _ in 0..<count { workers.append((Mailbox(), try SocketPoller())) }
            self.workers = workers
        } catch {
            throw DriverError(
                .exhausted, operation: "start", subject: "balancer", cause: "\(error)")
        }
        try start()
    }

    private func start() throws(DriverError) {
        let left = Countdown(workers.count, ended)
        for (mailbox, poller) in workers {
            do throws(ThreadError) {
                try HostThread.start("balancer") {
                    Worker(poller: poller).run(mailbox)
                    left.one()
                }
            } catch {
                throw DriverError(
                    .exhausted, operation: "start thread of", subject: "balancer",
                    cause: Socket.words(error.code))
            }
        }
    }

    /// Serves this table from now on. Gives the services that cannot be served, each with the
    /// reason; the others are served. To try again, apply the table again.
    @discardableResult
    public func apply(_ table: BalancerTable) -> [ServiceRefusal] {
        var refused = table.refusals()
        let names = Set(refused.map(\.service))
        state.withLock { state in
            guard !state.hasStopped else { return }
            var kept: [SocketAddress: Listener] = [:]
            var tallies: [String: Tallies] = [:]
            var entries: [Plan.Entry] = []
            for service in table.services where !names.contains(service.name) {
                let known = state.tallies[service.name]
                var own = Tallies(service: known?.service ?? Tally(), backends: [:])
                for backend in service.backends {
                    own.backends[backend.name] = known?.backends[backend.name] ?? Tally()
                }
                tallies[service.name] = own
                do throws(ListenFailure) {
                    var listener = state.listeners[service.listen]
                    if listener == nil { listener = try Listener(service.listen) }
                    guard let listener else { continue }
                    kept[service.listen] = listener
                    entries.append(
                        Plan.Entry(
                            service: service, listener: listener, tally: own.service,
                            backends: service.backends.map { own.backends[$0.name] ?? Tally() }))
                } catch { refused.append(Self.refusal(of: service, error)) }
            }
            state.listeners = kept
            state.tallies = tallies
            for (mailbox, poller) in workers {
                mailbox.put(.plan(Plan(entries: entries)))
                poller.wake()
            }
        }
        return refused.sorted { $0.service < $1.service }
    }

    private static func refusal(
        of service: BalancerTable.Service, _ failure: ListenFailure
    ) -> ServiceRefusal {
        ServiceRefusal(
            service: service.name, listen: service.listen,
            cause: "cannot listen: \(Socket.words(failure.code))")
    }

    /// The port a service listens on; nil when it does not.
    public func port(of listen: SocketAddress) -> UInt16? {
        state.withLock { $0.listeners[listen]?.port }
    }

    /// What the services did, by name. Reading disturbs nobody.
    public func statistics() -> SortedMap<ServiceStatistics> {
        let tallies = state.withLock { $0.tallies }
        var all = SortedMap<ServiceStatistics>()
        for (name, own) in tallies {
            var backends = SortedMap<BalancerCounts>()
            for (backend, tally) in own.backends { backends[backend] = tally.counts }
            all[name] = ServiceStatistics(counts: own.service.counts, backends: backends)
        }
        return all
    }

    /// Closes all connections and waits, at most five seconds, until the threads have ended.
    public func stop() {
        let wasRunning = state.withLock { state in
            let was = !state.hasStopped
            state.hasStopped = true
            state.listeners = [:]
            return was
        }
        guard wasRunning else { return }
        for (mailbox, poller) in workers {
            mailbox.put(.stop)
            poller.wake()
        }
        _ = ended.waitForWake(milliseconds: 5000)
    }
}

/// What a service and its backends did.
public struct ServiceStatistics: Hashable, Sendable {
    /// Of the service.
    public var counts: BalancerCounts
    /// Of each backend, by name.
    public var backends: SortedMap<BalancerCounts>
}

/// Wakes a poller once all threads have ended.
private final class Countdown: Sendable {
    private let left: Atomic<Int>
    private let poller: Poller

    init(_ count: Int, _ poller: Poller) {
        left = Atomic(count)
        self.poller = poller
    }

    func one() {
        if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { poller.wake() }
    }
}
