/// Bounds of the network of a machine that boots our image.
extension Limits {
    /// Milliseconds before an unanswered request for an address is repeated the first time.
    public static let leaseRetry = Limit(
        name: "first address retry", unit: "ms", value: 1000, range: 100...10_000,
        why: "a bridge may forward nothing in its first second")
    /// Milliseconds between requests for an address at the most.
    public static let leaseRetryMost = Limit(
        name: "longest address retry", unit: "ms", value: 64_000, range: 4000...600_000,
        why: "RFC 2131 names 64 s; a server that comes back is found within a minute")
    /// The shortest time an address is taken to be lent for, in seconds.
    public static let leaseShortest = Limit(
        name: "shortest lease", unit: "s", value: 120, range: 60...3600,
        why: "a server that lends for seconds would make the machine ask all the time")
    /// The longest time an address is taken to be lent for, in seconds.
    public static let leaseLongest = Limit(
        name: "longest lease", unit: "s", value: 7 * 86_400, range: 3600...31_536_000,
        why: "a week without asking is long enough to miss a change of the network")
    /// Name servers taken from a lease.
    public static let leaseNameServers = Limit(
        name: "name servers of a lease", unit: "servers", value: 3, range: 1...8,
        why: "resolvers ask no more than three")
    /// Interfaces that a machine of our image configures.
    public static let configuredInterfaces = Limit(
        name: "configured interfaces", unit: "interfaces", value: 8, range: 1...64,
        why: "each has a thread of its own")

    static let machineNetwork = [
        leaseRetry, leaseRetryMost, leaseShortest, leaseLongest, leaseNameServers,
        configuredInterfaces,
    ]
}
