/// Bounds of members of etcd and of the silence of machines.
extension Limits {
    /// The most voting members of etcd: as many as there are voters, if that is an odd number.
    public static let memberVoters = Limit(
        name: "members", unit: "voters", value: 5, range: 1...5,
        why: "five outlive the loss of two; each more makes every write slower")
    /// Milliseconds after which who waits for something looks at the members again.
    public static let memberLook = Limit(
        name: "look at members", unit: "ms", value: 500, range: 10...60_000,
        why: "a member starts in about as long; a look is a few small requests")
    /// Milliseconds after the first refused change of the cluster.
    public static let memberRetry = Limit(
        name: "retry of a change", unit: "ms", value: 1000, range: 10...60_000,
        why: "etcd calls itself unhealthy for 5 s after a change; twice as long each time")
    /// Milliseconds between two tries at the most.
    public static let memberRetryMost = Limit(
        name: "slowest retry of a change", unit: "ms", value: 8000, range: 100...600_000,
        why: "who adds a machine waits for it")
    /// Milliseconds a call to a member may take.
    public static let memberCall = Limit(
        name: "call to a member", unit: "ms", value: 3000, range: 100...60_000,
        why: "longer than an election, shorter than a person's patience")
    /// Milliseconds a member may take to say how it is.
    public static let memberStatus = Limit(
        name: "status of a member", unit: "ms", value: 500, range: 50...10_000,
        why: "it answers from memory; a dead machine must not hold up the look at the others")
    /// Milliseconds of running that make a life of a member a good one.
    public static let memberHealthy = Limit(
        name: "healthy life of a member", unit: "ms", value: 10_000, range: 100...600_000,
        why: "one that cannot start ends within a second or two")
    /// Milliseconds between two looks when all is well, and between two starts of a member that
    /// ends at once, at the most.
    public static let memberRest = Limit(
        name: "rest of the members", unit: "ms", value: 10_000, range: 100...600_000,
        why: "a process that ends is noticed by itself; each look is some small requests")
    /// Milliseconds between two looks of a machine that keeps no member and shall keep none.
    public static let memberRestElsewhere = Limit(
        name: "rest of who keeps no member", unit: "ms", value: 30_000, range: 100...600_000,
        why: "it only tells who asks how the members are; each look is 6 kB of network")
    /// Connections that go over the bridge to members elsewhere at one time.
    public static let bridgeConnections = Limit(
        name: "bridged connections", unit: "connections", value: 256, range: 16...4096,
        why: "a member keeps some five to each other member, and there are at most five")
    /// Bytes of a request for a bridged connection.
    public static let bridgeRequest = Limit(
        name: "request of the bridge", unit: "bytes", value: 4096, range: 512...65_536,
        why: "a line with an address and a few headers of etcd's HTTP library")
    /// Milliseconds in which a member that was asked to end must.
    public static let memberGrace = Limit(
        name: "end of a member", unit: "ms", value: 10_000, range: 100...120_000,
        why: "it hands its lead on and closes its files; a slow disk takes seconds")
    /// Bytes the store of a member may hold before it refuses writes.
    public static let memberQuota = Limit(
        name: "store of a member", unit: "bytes", value: 512 << 20, range: 64 << 20...8 << 30,
        why: "the hot tail of the log; a store that is full stops all writes")
    /// Percent of the quota that raise an alarm.
    public static let memberQuotaAlarm = Limit(
        name: "alarm of a member's store", unit: "%", value: 50, range: 10...90,
        why: "early enough to compact before writes are refused")
    /// Authorities that a machine trusts for etcd at one time.
    public static let etcdAuthorities = Limit(
        name: "trusted authorities of etcd", unit: "authorities", value: 2, range: 2...4,
        why: "while one is replaced there are two; each more is a key that may be stolen")
    /// Ended lives of a member that are kept with what they said.
    public static let memberLives = Limit(
        name: "lives of a member", unit: "lives", value: 5, range: 1...100,
        why: "why it ended the last times; each is a folder")
    /// Milliseconds of silence after which a machine is given up.
    public static let nodeSilence = Limit(
        name: "silence of a machine", unit: "ms", value: 5000, range: 500...3_600_000,
        why: "tasks of a lost machine serve elsewhere within 10 s; five beats are missed by then")
    /// Milliseconds between two signs of life.
    public static let nodeBeat = Limit(
        name: "sign of life", unit: "ms", value: 1000, range: 100...60_000,
        why: "a small message; what is said otherwise counts as one")
    /// Milliseconds of silence of most machines at once before any is given up.
    public static let nodeSilenceOfMost = Limit(
        name: "silence of most machines", unit: "ms", value: 60_000, range: 1000...3_600_000,
        why: "then the network is at fault more likely than the machines, and moving all their "
            + "tasks to a few helps nobody")
    /// Milliseconds between two looks at how the member of etcd here runs.
    public static let memberChecks = Limit(
        name: "checks of etcd", unit: "ms", value: 60_000, range: 1000...86_400_000,
        why: "what changes a running member's files or arguments is seen within a minute")
    /// Machines a task was on before that keep what they run of it.
    public static let formerMachines = Limit(
        name: "former machines", unit: "machines", value: 4, range: 1...32,
        why: "a task that moves again before it runs; the oldest machine ends what it has")

    static let members = [
        memberVoters, memberLook, memberRetry, memberRetryMost, memberCall,
        memberStatus, memberHealthy, bridgeConnections, bridgeRequest, memberRest, memberGrace,
        memberRestElsewhere,
        memberQuota, memberQuotaAlarm,
        memberLives, nodeSilence, nodeBeat, nodeSilenceOfMost, memberChecks,
        formerMachines, etcdAuthorities,
    ]
}
