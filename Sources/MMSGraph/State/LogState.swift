public import Resources

/// How far one log has been applied, and what the graph is then.
public struct LogState: Hashable, Sendable {
    /// The last entry applied.
    public var applied = Position.zero
    /// The chain hash of that entry, as the log gave it.
    public var chain: [UInt8] = []
    /// The digest of the log's resources.
    public var hash = StateHash.empty
    /// History up to and with this position is gone.
    public var trimmed = Position.zero
    /// For a log mounted on a namespace: the entry of the log at `/` up to which that one is its
    /// history too. Zero for others.
    public var origin = Position.zero
    /// The latest time of any entry so far, so that time to position is monotonic.
    var clock = WallTime(milliseconds: .min)

    init() {}

    var bytes: [UInt8] {
        var writer = CBORWriter()
        writer.beginList(origin == .zero ? 5 : 6)
        writer.write(unsigned: applied.rawValue)
        writer.write(bytes: chain)
        writer.write(bytes: hash.bytes)
        writer.write(unsigned: trimmed.rawValue)
        writer.write(clock.milliseconds)
        if origin != .zero { writer.write(unsigned: origin.rawValue) }
        return writer.bytes
    }

    init(stored bytes: [UInt8], log: Namespace) throws(GraphError) {
        let read: LogState?
        var cause = "it has another form"
        do throws(CBORError) { read = try Self.read(bytes) } catch {
            cause = error.reason.rawValue
            read = nil
        }
        guard let read else {
            throw GraphError(
                operation: "open", subject: "log \(log)",
                cause: "its stored state is damaged (\(cause)); restore a checkpoint")
        }
        self = read
    }

    private static func read(_ bytes: [UInt8]) throws(CBORError) -> LogState? {
        var reader = CBORReader(bytes)
        var state = LogState()
        let count = try reader.beginList()
        guard count == 5 || count == 6 else { return nil }
        state.applied = Position(try reader.readUnsigned())
        state.chain = try reader.readBytes()
        guard let hash = StateHash(bytes: try reader.readBytes()) else { return nil }
        state.hash = hash
        state.trimmed = Position(try reader.readUnsigned())
        state.clock = WallTime(milliseconds: try reader.readInt())
        if count == 6 { state.origin = Position(try reader.readUnsigned()) }
        try reader.finish()
        return state
    }
}
