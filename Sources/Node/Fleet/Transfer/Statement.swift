internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources

/// What a voter says of a log at a position: that it had this chain hash there, and that its
/// resources had this digest (Docs/Formats/forward.md).
struct Statement: Equatable {
    var position: Position
    var chain: [UInt8]
    var digest: [UInt8]

    private static let version: UInt64 = 1

    /// `[1, position, chain hash, digest]`.
    var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.beginList(4)
        writer.write(unsigned: Self.version)
        writer.write(unsigned: position.rawValue)
        writer.write(bytes: chain)
        writer.write(bytes: digest)
        return writer.bytes
    }

    init(position: Position, chain: [UInt8], digest: [UInt8]) {
        self.position = position
        self.chain = chain
        self.digest = digest
    }

    init(encoded bytes: [UInt8]) throws(BusError) {
        self = try EntryForm.reading(bytes, "a statement on a state") {
            (reader) throws(CBORError) in
            try reader.expectList(4)
            guard try reader.readUnsigned() == Self.version else { return nil }
            return Statement(
                position: Position(try reader.readUnsigned()), chain: try reader.readBytes(),
                digest: try reader.readBytes())
        }
    }

    /// What is asked for it: `[1, mount, position]`.
    static func question(_ mount: Namespace, _ position: Position) -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(3)
        writer.write(unsigned: version)
        writer.write(mount.path)
        writer.write(unsigned: position.rawValue)
        return writer.bytes
    }

    static func asked(_ bytes: [UInt8]) throws(BusError) -> (Namespace, Position) {
        try EntryForm.reading(bytes, "a question for a statement") {
            (reader) throws(CBORError) in
            try reader.expectList(3)
            guard try reader.readUnsigned() == version else { return nil }
            let path = try reader.readText()
            let position = Position(try reader.readUnsigned())
            guard let mount = try? Namespace(path) else { return nil }
            return (mount, position)
        }
    }
}

/// The service `/bus/statement`: says what a log of this machine was at a position.
struct StatementService<D: Disk, S: OrderedStore>: Sendable {
    static var path: String { "/bus/statement" }

    let graph: Graph<S>
    let log: @Sendable (Namespace) -> CommandLog<D>?

    func answer(_ body: [UInt8]) throws(BusError) -> [UInt8] {
        let (mount, position) = try Statement.asked(body)
        guard let log = log(mount) else {
            throw refusal(mount, position, "the log is not on this machine")
        }
        do throws(Refusal) {
            let digest = try graph.digest(of: mount, at: position)
            let chain = try chain(of: log, at: position)
            return Statement(position: position, chain: chain, digest: digest.bytes).encoded
        } catch { throw refusal(mount, position, error.message) }
    }

    private func chain(of log: CommandLog<D>, at position: Position) throws(Refusal) -> [UInt8] {
        let state = graph.state(of: log.mount)
        if state.applied == position { return state.chain }
        // What a mounted log goes on from is in the log at `/`.
        let home = position <= state.origin ? self.log(.root) ?? log : log
        do throws(LogError) {
            if let entry = try home.read(from: position, maximumBytes: 1).first {
                return entry.hash
            }
            throw .behind(tail: log.tail)
        } catch { throw error.refusal }
    }

    private func refusal(
        _ mount: Namespace, _ position: Position, _ cause: String
    ) -> BusError {
        BusError(
            .refused, operation: "state", subject: "what \(mount) was at \(position)", cause: cause,
            remedy: "ask another voter, or again in a moment")
    }
}
