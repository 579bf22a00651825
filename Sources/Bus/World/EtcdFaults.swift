/// How often each thing goes wrong between a node and a simulated etcd, in a thousand.
public struct EtcdFaults: Hashable, Sendable {
    /// A connection that is not made: nothing is sent.
    public var refusesConnections: UInt64 = 0
    /// A request that gets lost.
    public var losesRequests: UInt64 = 0
    /// An answer that gets lost: the request was carried out.
    public var losesAnswers: UInt64 = 0
    /// A request that is carried out only after its author gave up, between calls of others.
    public var delaysRequests: UInt64 = 0
    /// A request that is carried out once more later.
    public var repeatsRequests: UInt64 = 0
    /// A watch that ends.
    public var breaksWatches: UInt64 = 0
    /// A watch whose member is behind for a while.
    public var delaysEvents: UInt64 = 0
    /// An event that never comes.
    public var losesEvents: UInt64 = 0
    /// An event that comes again.
    public var repeatsEvents: UInt64 = 0
    /// Events that come in another order.
    public var reordersEvents: UInt64 = 0
    /// A value with a wrong bit.
    public var damagesValues: UInt64 = 0

    /// Nothing goes wrong.
    public init() {}

    /// Everything goes wrong that often.
    public static func all(perThousand rate: UInt64) -> EtcdFaults {
        var faults = EtcdFaults()
        faults.refusesConnections = rate
        faults.losesRequests = rate
        faults.losesAnswers = rate
        faults.delaysRequests = rate
        faults.repeatsRequests = rate
        faults.breaksWatches = rate
        faults.delaysEvents = rate
        faults.losesEvents = rate
        faults.repeatsEvents = rate
        faults.reordersEvents = rate
        faults.damagesValues = rate
        return faults
    }
}

/// What a simulated cluster can do.
public enum EtcdHealth: Hashable, Sendable {
    /// Everything.
    case up
    /// It takes requests and answers none: no majority. Some are carried out once it is back.
    case withoutMajority
    /// It takes no connections.
    case down
}
