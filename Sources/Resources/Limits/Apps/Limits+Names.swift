/// Bounds of the name server.
extension Limits {
    /// Bytes of a question.
    public static let nameQueryBytes = Limit(
        name: "DNS question", unit: "bytes", value: 1232, range: 512...65_535,
        why: "a name, a few options of EDNS; what fits a datagram")
    /// Bytes of an answer in a datagram.
    public static let nameDatagram = Limit(
        name: "DNS datagram", unit: "bytes", value: 1232, range: 512...4096,
        why: "1280 bytes pass every network of IPv6 whole; larger ones are cut and lost")
    /// Datagrams that are read and answered by one call of the kernel each.
    public static let nameBatch = Limit(
        name: "DNS datagrams at once", unit: "datagrams", value: 32, range: 1...1024,
        why: "a call costs as much as ten answers; each holds some 3 KiB")
    /// Streams of the name server at one time.
    public static let nameStreams = Limit(
        name: "DNS streams", unit: "connections", value: 128, range: 4...4096,
        why: "each may hold a question and answers of 64 KiB")
    /// Milliseconds a stream may be without a whole question.
    public static let nameStreamIdle = Limit(
        name: "idle DNS stream", unit: "ms", value: 10_000, range: 10...600_000,
        why: "RFC 7766: seconds; who asks again connects again")
    /// Bytes of answers on their way before a stream is not read any more.
    public static let nameStreamOutput = Limit(
        name: "DNS stream output", unit: "bytes", value: 128 << 10, range: 65_537...16 << 20,
        why: "a client that does not read its answers must not fill the memory")
    /// Records of one zone.
    public static let zoneRecords = Limit(
        name: "records of a zone", unit: "records", value: 200_000, range: 100...10_000_000,
        why: "each takes some 300 bytes, and a new version is built beside the old one")
    /// Records of one name and type.
    public static let recordSet = Limit(
        name: "records of one name and type", unit: "records", value: 1000, range: 16...2000,
        why: "all of them must fit one message of 64 KiB")
    /// Questions that wait for the answers of other servers.
    public static let forwardPending = Limit(
        name: "forwarded DNS questions", unit: "questions", value: 256, range: 1...8192,
        why: "each has a socket of its own, so that its port cannot be guessed")
    /// Milliseconds to wait for the answer of another server.
    public static let forwardWait = Limit(
        name: "DNS forward wait", unit: "ms", value: 1500, range: 10...30_000,
        why: "clients ask again after 5 s; two servers are tried before")
    /// Servers that one question is handed to, one after the other.
    public static let forwardTries = Limit(
        name: "DNS forward tries", unit: "tries", value: 3, range: 1...16,
        why: "then the client is told that it failed, before it gives up itself")
    /// Ports that are tried for one forwarded question.
    public static let forwardPorts = Limit(
        name: "DNS forward ports", unit: "tries", value: 32, range: 1...1024,
        why: "a random port may be taken")
    /// Other servers that questions may be handed to.
    public static let forwardServers = Limit(
        name: "DNS forward servers", unit: "servers", value: 8, range: 1...64,
        why: "more are not reached within the tries of one question")

    /// All of them.
    public static let names = [
        nameQueryBytes, nameDatagram, nameBatch, nameStreams, nameStreamIdle, nameStreamOutput,
        zoneRecords, recordSet, forwardPending, forwardWait, forwardTries, forwardPorts,
        forwardServers,
    ]
}
