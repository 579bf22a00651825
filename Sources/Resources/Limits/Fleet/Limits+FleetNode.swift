/// Bounds of a node's place in its fleet.
extension Limits {
    /// Milliseconds between two looks of a node at its place in the fleet.
    public static let fleetCare = Limit(
        name: "fleet care", unit: "ms", value: 1000, range: 50...60_000,
        why: "what the log says wakes it at once; this is for what no log says")
    /// Milliseconds that a node waits for its fleet when nothing of the log is here yet.
    public static let joinPatience = Limit(
        name: "join patience", unit: "ms", value: 60_000, range: 1000...3_600_000,
        why: "the first node that joins waits until the log has moved to etcd")
    /// Looks in a row without its cluster after which a removed node ends its member of etcd.
    public static let fleetUnheard = Limit(
        name: "fleet unheard", unit: "looks", value: 15, range: 3...1000,
        why: "longer than an election, so that it does not end a member that others need")
    /// Bytes of what a node keeps of its place in the fleet.
    public static let passBytes = Limit(
        name: "pass", unit: "bytes", value: 1 << 20, range: 4096...16 << 20,
        why: "about 100 bytes for each node of the fleet")
    /// Addresses of others that a node tells another one.
    public static let addressesTold = Limit(
        name: "addresses told", unit: "addresses", value: 256, range: 8...10_000,
        why: "some 60 bytes each; the voters come first, and who has found them asks on")
    /// Nodes that are looked for in one turn of the care.
    public static let meetings = Limit(
        name: "nodes looked for", unit: "nodes", value: 4, range: 1...64,
        why: "each that is gone takes most of a second of the thread that also keeps the pen")
    /// Epochs that a log leaps over when it is founded anew from a copy.
    public static let refoundingLeap = Limit(
        name: "leap of a founding", unit: "epochs", value: 1000, range: 2...1_000_000,
        why: "more moves than a cluster makes between its last word and its loss")
    /// Milliseconds between two questions to other voters whether the log was founded anew.
    public static let foundingAsk = Limit(
        name: "question for a founding", unit: "ms", value: 2000, range: 100...600_000,
        why: "a voter that was given up goes on for so long after it hears another one")
    /// Milliseconds that a person waits for a founding.
    public static let foundingPatience = Limit(
        name: "patience for a founding", unit: "ms", value: 60_000, range: 1000...600_000,
        why: "the thread that does it may first wait for some machines that do not answer")
    /// How often what a person asks of a node is decided, while others write of the node too.
    public static let decisions = Limit(
        name: "decisions", unit: "times", value: 5, range: 1...100,
        why: "a machine writes of itself a few times after a fault, not all the time")
    /// Milliseconds between two looks at an interface of tunnels that should be as it was.
    public static let tunnelCare = Limit(
        name: "tunnel care", unit: "ms", value: 10_000, range: 500...600_000,
        why: "what the log says is done at once; this is for what others did to the interface")
    /// Seconds without an agreement on keys after which a tunnel that is used is called silent.
    public static let tunnelSilence = Limit(
        name: "tunnel silence", unit: "s", value: 300, range: 180...86_400,
        why: "WireGuard agrees anew every two minutes, and tries for 90 s more")

    static let fleetNode = [
        fleetCare, joinPatience, fleetUnheard, passBytes, addressesTold, meetings,
        refoundingLeap, foundingAsk, foundingPatience, decisions,
        tunnelCare, tunnelSilence,
    ]
}
