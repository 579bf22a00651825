/// Bounds of the console: HTTP and the command line.
extension Limits {
    /// Rows of one page of a list.
    public static let listPage = Limit(
        name: "list page", unit: "resources", value: 1000, range: 1...10_000,
        why: "a page is rendered in memory")
    /// Bytes of one HTTP request body.
    public static let requestBytes = Limit(
        name: "request size", unit: "bytes", value: 4 << 20, range: 1 << 20...16 << 20,
        why: "JSON of the largest batch with escapes")
    /// Connections of the API at one time.
    public static let connections = Limit(
        name: "connections", unit: "connections", value: 1024, range: 16...65_536,
        why: "each holds buffers of some 20 KiB")
    /// Milliseconds to wait for a start that another process has in its hands.
    public static let startWait = Limit(
        name: "start wait", unit: "ms", value: 10_000, range: 100...60_000,
        why: "a start takes a fork and two syncs; a slow disk may need seconds")
    /// The most milliseconds between two writes to a busy subscriber.
    public static let eventInterval = Limit(
        name: "event interval", unit: "ms", value: 8, range: 0...1000,
        why: "a write costs 10 µs whatever its size; a change after a pause does not wait")
    /// Microseconds of rest for each subscriber written to in a turn.
    public static let eventRest = Limit(
        name: "event rest", unit: "µs", value: 80, range: 0...10_000,
        why: "a write costs 10 µs: under load an eighth of the time goes into writes")
    /// How long the command line waits for an answer before it says so.
    public static let clientNotice = Limit(
        name: "client notice", unit: "ms", value: 10_000, range: 100...600_000,
        why: "who waits in silence for longer takes the command for broken")
    /// How long the command line waits for an answer at all; streams are not bounded by it.
    public static let clientPatience = Limit(
        name: "client patience", unit: "ms", value: 300_000, range: 1000...86_400_000,
        why: "a script must not wait for ever for a node that hangs")

    static let console = [
        clientNotice, clientPatience, listPage, requestBytes, connections, startWait, eventInterval,
        eventRest,
    ]
}
