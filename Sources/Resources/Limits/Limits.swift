/// A bound on a queue, loop, message, retry or name, with the reason it has that size.
public struct Limit: Sendable {
    /// What is bounded, as users see it in messages.
    public let name: String
    /// The unit of the numbers.
    public let unit: String
    /// The number in force.
    public let value: Int
    /// The least and the most an operator may set.
    public let range: ClosedRange<Int>
    /// Why it is this size.
    public let why: String
}

/// Every bound of Pisces, named once (design/00, law 5). Each room's are in a file of its own.
public enum Limits {
    /// All limits, for the page that shows them.
    public static let all =
        nouns + log + graph + query + sensors + drivers + console + bolt
        + configuration + packages + apps + volumeLimits + trust + fetching + balancer + rollout
        + placing
        + ofImages + names + reproduction + etcd + members + sharedLog + ofBus + fleetNode
        + mounts + asking + machineNetwork + machineLife + machines
}
