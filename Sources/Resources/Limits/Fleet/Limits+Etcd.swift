/// Bounds of the shared log in etcd.
extension Limits {
    /// Bytes of one group of entries in etcd, before base 64.
    public static let etcdGroupBytes = Limit(
        name: "shared group size", unit: "bytes", value: (1 << 20) + 8192,
        range: 1 << 16...1_150_000,
        why: "etcd takes requests of 1.5 MiB, and base 64 makes four bytes of three")
    /// Bytes of one answer of etcd, or of one message of a watch.
    public static let etcdAnswerBytes = Limit(
        name: "etcd answer", unit: "bytes", value: 4 << 20, range: 2 << 20...16 << 20,
        why: "etcd fragments watches at 2 MiB, which base 64 makes 2.7 MiB of")
    /// Bytes of a watch that wait for their reader.
    public static let etcdWatchBytes = Limit(
        name: "waiting watch", unit: "bytes", value: 4 << 20, range: 1 << 20...64 << 20,
        why: "beyond it the connection is not read; a reader far behind must not fill the memory")
    /// Milliseconds to connect to one member.
    public static let etcdConnect = Limit(
        name: "etcd connect", unit: "ms", value: 500, range: 10...10_000,
        why: "a member that is gone must leave time to ask the next")
    /// Milliseconds to wait for one answer.
    public static let etcdAnswer = Limit(
        name: "etcd answer", unit: "ms", value: 2000, range: 50...60_000,
        why: "a leader is elected in some 1.5 s; the pen must move within 2 s of a loss")
    /// Connections to one member.
    public static let etcdConnections = Limit(
        name: "etcd connections", unit: "connections", value: 16, range: 2...256,
        why: "each watch holds one; requests share the rest")
    /// Members that a client knows.
    public static let etcdEndpoints = Limit(
        name: "etcd endpoints", unit: "endpoints", value: 16, range: 1...64,
        why: "there are at most five voters and as many learners")
    /// Watches that a loglet keeps open between two calls of their readers.
    public static let etcdParked = Limit(
        name: "parked watches", unit: "watches", value: 4, range: 1...64,
        why: "a follower or two and a checker; each holds a connection")
    /// Puts whose revision a loglet remembers.
    public static let etcdMarks = Limit(
        name: "known revisions", unit: "puts", value: 1024, range: 16...65_536,
        why: "a reader not further back starts there instead of at the beginning; 150 bytes each")
    /// Milliseconds of silence after which a follower asks a majority for the tail.
    public static let etcdProof = Limit(
        name: "proof of a watch", unit: "ms", value: 5000, range: 100...600_000,
        why: "a member cut off from the others keeps a watch open and says nothing")
    /// How often a reader opens its watch again because of gaps, or an appender tries again
    /// because others were first, before the caller is told.
    public static let etcdAttempts = Limit(
        name: "etcd attempts", unit: "attempts", value: 16, range: 1...1024,
        why: "each makes progress or is caused by somebody who did")
    /// Keys that a trim looks at.
    public static let etcdKeys = Limit(
        name: "keys of shared logs", unit: "keys", value: 4096, range: 64...65_536,
        why: "three for each loglet; keys are never deleted")

    static let etcd = [
        etcdGroupBytes, etcdAnswerBytes, etcdWatchBytes, etcdConnect, etcdAnswer, etcdConnections,
        etcdEndpoints, etcdParked, etcdMarks, etcdProof, etcdAttempts, etcdKeys,
    ]
}
