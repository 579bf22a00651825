internal import Synchronization

/// Counters of a service or a backend, written by the balancer's threads and read by anyone.
final class Tally: Sendable {
    let requests = Atomic<UInt64>(0)
    let connections = Atomic<UInt64>(0)
    let active = Atomic<Int>(0)
    let bytesIn = Atomic<UInt64>(0)
    let bytesOut = Atomic<UInt64>(0)
    let retries = Atomic<UInt64>(0)
    private let classes = Counters(6)
    private let errors = Counters(HTTPRefusal.allCases.count)
    private let latency = Counters(BalancerCounts.latencyBuckets)

    /// An answer of that status whose last byte left so long after its request came.
    func answered(status: Int, nanoseconds: UInt64) {
        classes.add(min(status / 100, 5))
        latency.add(BalancerCounts.bucket(nanoseconds))
    }

    /// A request that ended so.
    func failed(_ refusal: HTTPRefusal) { errors.add(refusal.rawValue) }

    /// The numbers now; each is exact, together they are of about the same moment.
    var counts: BalancerCounts {
        var counts = BalancerCounts()
        counts.requests = requests.load(ordering: .relaxed)
        counts.connections = connections.load(ordering: .relaxed)
        counts.active = active.load(ordering: .relaxed)
        counts.bytesIn = bytesIn.load(ordering: .relaxed)
        counts.bytesOut = bytesOut.load(ordering: .relaxed)
        counts.retries = retries.load(ordering: .relaxed)
        counts.answers = classes.values
        counts.latency = latency.values
        for (refusal, count) in zip(HTTPRefusal.allCases, errors.values) where count > 0 {
            counts.errors[refusal] = count
        }
        return counts
    }
}

/// A fixed row of counters.
private final class Counters: Sendable {
    private let cells: [Cell]

    private final class Cell: Sendable { let value = Atomic<UInt64>(0) }

    init(_ count: Int) { cells = (0..<count).map { _ in Cell() } }

    func add(_ index: Int) { cells[index].value.add(1, ordering: .relaxed) }

    var values: [UInt64] { cells.map { $0.value.load(ordering: .relaxed) } }
}

/// What a service or a backend did since the balancer knows it.
public struct BalancerCounts: Hashable, Sendable {
    /// Requests (http) or connections (tcp) that were given to a backend or refused.
    public var requests: UInt64 = 0
    /// Connections: of clients (service), to the backend (backend).
    public var connections: UInt64 = 0
    /// Requests (http) or connections (tcp) under way.
    public var active = 0
    /// Bytes that came from clients.
    public var bytesIn: UInt64 = 0
    /// Bytes that went to clients.
    public var bytesOut: UInt64 = 0
    /// Requests that were sent to another backend.
    public var retries: UInt64 = 0
    /// Answers of backends by the first digit of their status, from 0 to 5.
    public var answers = [UInt64](repeating: 0, count: 6)
    /// Requests that ended in the balancer, by reason.
    public var errors: [HTTPRefusal: UInt64] = [:]
    /// How long answers took: bucket n holds those below 2^n microseconds, the last all others.
    public var latency = [UInt64](repeating: 0, count: latencyBuckets)

    /// Nothing yet.
    public init() {}

    /// Buckets up to 33 s.
    public static let latencyBuckets = 26

    /// The bucket of a duration.
    static func bucket(_ nanoseconds: UInt64) -> Int {
        let microseconds = nanoseconds / 1000
        return min(latencyBuckets - 1, 64 - microseconds.leadingZeroBitCount)
    }

    /// The duration in microseconds that `share` of the answers are below, to a power of two; nil
    /// without an answer.
    public func latency(below share: Double) -> UInt64? {
        let total = latency.reduce(0, +)
        guard total > 0 else { return nil }
        var sum: UInt64 = 0
        for (bucket, count) in latency.enumerated() {
            sum += count
            if Double(sum) >= share * Double(total) { return 1 << UInt64(bucket) }
        }
        return 1 << UInt64(Self.latencyBuckets)
    }
}
