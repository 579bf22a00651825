/// Bounds of what nodes ask each other, of certificates and of invitations.
extension Limits {
    /// Bytes of one request or answer between nodes.
    public static let busMessageBytes = Limit(
        name: "message between nodes", unit: "bytes", value: 4 << 20, range: 1 << 20...64 << 20,
        why: "a batch of commands is at most 1 MiB; entries and checkpoints go in pieces")
    /// Bytes of one request of somebody who is no node of the fleet yet.
    public static let busStrangerBytes = Limit(
        name: "message of a stranger", unit: "bytes", value: 16 << 10, range: 4096...64 << 10,
        why: "strangers must not fill the memory; a request to join is some 500 bytes")
    /// Bytes of the name of a service.
    public static let busPathBytes = Limit(
        name: "path of a request", unit: "bytes", value: 128, range: 32...1024,
        why: "the longest of ours has 20")
    /// Connections that nodes and strangers have to one node.
    public static let busConnections = Limit(
        name: "connections of nodes", unit: "connections", value: 1024, range: 16...65_536,
        why: "an idle one holds some 60 KiB for TLS; a node has one to each other")
    /// Connections of those who are no nodes of the fleet.
    public static let busStrangers = Limit(
        name: "connections of strangers", unit: "connections", value: 32, range: 4...1024,
        why: "joining takes a second; strangers must leave room for nodes")
    /// Threads that answer other nodes.
    public static let busThreads = Limit(
        name: "threads for other nodes", unit: "threads", value: 32, range: 2...256,
        why: "each holds one request while it waits for the log; each mirror asks one all the time")
    /// Requests that wait for such a thread.
    public static let busWaiting = Limit(
        name: "waiting requests of nodes", unit: "requests", value: 256, range: 8...8192,
        why: "beyond it the caller is told to come back: its deadline would pass in the queue")
    /// Milliseconds a request may ask to wait.
    public static let busPatience = Limit(
        name: "deadline of a request", unit: "ms", value: 60_000, range: 1000...600_000,
        why: "a long poll asks for 30 s; longer hides a dead peer")
    /// Milliseconds to reach a peer at one address.
    public static let busDial = Limit(
        name: "dialling a node", unit: "ms", value: 1000, range: 50...30_000,
        why: "an address is a hint: a wrong one must not use up the time of the request")
    /// Requests in a row without an answer, and without a byte of one, that end a connection.
    public static let busSilences = Limit(
        name: "silences of a node", unit: "requests", value: 3, range: 1...100,
        why: "a node that moved ends none of its connections; the kernel takes 15 minutes to see it"
    )
    /// Milliseconds from the connection to the end of its handshake, and from the begin of a
    /// message to its end.
    public static let busArrival = Limit(
        name: "arrival of a message", unit: "ms", value: 10_000, range: 100...120_000,
        why: "a peer that sends byte by byte holds memory and a connection for nothing")
    /// Milliseconds that a connection stays open without a request.
    public static let busIdle = Limit(
        name: "idle connection of a node", unit: "ms", value: 300_000, range: 1000...3_600_000,
        why: "a new one costs a handshake of some milliseconds")
    /// Requests of one connection that are not answered yet.
    public static let busUnderWay = Limit(
        name: "requests under way", unit: "requests", value: 64, range: 1...1024,
        why: "beyond it the connection is not read until some are answered")
    /// Bytes of answers on their way to one node.
    public static let busUnsent = Limit(
        name: "unsent answers", unit: "bytes", value: 8 << 20, range: 1 << 20...256 << 20,
        why: "a node that reads slowly must not hold pieces of checkpoints in memory")
    /// Nodes of which addresses are remembered.
    public static let addressBook = Limit(
        name: "nodes in the address book", unit: "nodes", value: 10_000, range: 16...1_000_000,
        why: "a page has some 500 bytes; nodes beyond it are found by the log's hints alone")
    /// Address hints kept for one node.
    public static let nodeAddresses = Limit(
        name: "addresses of a node", unit: "addresses", value: 8, range: 1...64,
        why: "each that is wrong costs one attempt to connect")
    /// Bytes of a node's name.
    public static let nodeNameBytes = Limit(
        name: "name of a node", unit: "bytes", value: 64, range: 16...64,
        why: "the common name of a certificate has 64 (RFC 5280, appendix A)")
    /// Bytes of one certificate.
    public static let certificateBytes = Limit(
        name: "certificate size", unit: "bytes", value: 4096, range: 1024...16 << 10,
        why: "ours have some 900; a stranger's is read before anything of it is known")
    /// Positions of the fleet log for which a node's certificate is valid.
    public static let certificatePositions = Limit(
        name: "validity of a certificate", unit: "positions", value: 10_000_000,
        range: 1000...1_000_000_000,
        why: "a renewal is one command; with 100,000 machines this is one of a hundred commands")
    /// Days for which a node's certificate is valid by the calendar.
    public static let certificateDays = Limit(
        name: "validity of a certificate", unit: "days", value: 400, range: 1...4000,
        why: "boards without a clock must be able to come back; positions are the short bound")
    /// Seconds between two certificates of a node that others make it ask for.
    public static let certificatePause = Limit(
        name: "pause between certificates", unit: "s", value: 3600, range: 1...604_800,
        why: "one machine with a wrong clock must not make another one write a command a second")
    /// Days for which the fleet's own certificate is valid.
    public static let authorityDays = Limit(
        name: "validity of the fleet's certificate", unit: "days", value: 7300, range: 30...36_500,
        why: "it is pinned by its fingerprint and replaced by a command, not by the calendar")
    /// Milliseconds by which a certificate is valid before it is made.
    public static let clockSkew = Limit(
        name: "difference of clocks", unit: "ms", value: 86_400_000, range: 0...604_800_000,
        why: "clocks of boards are wrong by minutes, and by hours after a change of zone")
    /// Seconds an invitation is valid when it does not say.
    public static let invitationSeconds = Limit(
        name: "validity of an invitation", unit: "s", value: 3600, range: 60...604_800,
        why: "long enough to walk to the machine, short enough to be forgotten safely")
    /// Characters of an invitation's text.
    public static let invitationText = Limit(
        name: "text of an invitation", unit: "characters", value: 2048, range: 200...4096,
        why: "one with eight addresses of version 6 and eight keys has some 1,000")
    /// Messages under way in the World.
    public static let worldMessages = Limit(
        name: "messages under way", unit: "messages", value: 100_000, range: 100...10_000_000,
        why: "a simulated network must not fill the memory of a test")

    static let ofBus = [
        busMessageBytes, busStrangerBytes, busPathBytes, busConnections, busStrangers,
        busThreads, busWaiting, busPatience, busDial, busSilences, busArrival, busIdle, busUnderWay,
        busUnsent, addressBook,
        nodeAddresses, nodeNameBytes, certificateBytes, certificatePositions, certificateDays,
        certificatePause,
        authorityDays, clockSkew, invitationSeconds, invitationText, worldMessages,
    ]
}
