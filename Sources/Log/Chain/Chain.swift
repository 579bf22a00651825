internal import Host
public import Resources

/// Which loglets make up a log, in order. Ranges adjoin; only the last link is open.
public struct Chain: Equatable, Sendable {
    /// Rises by one with each change.
    public let version: UInt64
    /// The cluster the log belongs to.
    public let cluster: Identifier
    /// The log.
    public let log: Identifier
    /// The loglets, oldest first; at least one.
    public let links: [Link]

    /// A loglet's part of the log.
    public struct Link: Equatable, Sendable {
        /// The loglet's name, as in `file:1`.
        public let loglet: String
        /// The version of the chain that installed it, which is the epoch of its entries.
        public let epoch: UInt64
        /// The first position it holds.
        public let first: Position
        /// The last one, once it is sealed.
        public let last: Position?

        /// A part of a log.
        public init(loglet: String, epoch: UInt64, first: Position, last: Position?) {
            self.loglet = loglet
            self.epoch = epoch
            self.first = first
            self.last = last
        }
    }

    /// A chain; nil unless its links adjoin and only the last one is open.
    public init?(version: UInt64, cluster: Identifier, log: Identifier, links: [Link]) {
        guard version > 0, let last = links.last, last.last == nil else { return nil }
        for (link, next) in zip(links, links.dropFirst()) {
            guard let end = link.last, end.next == next.first, end.next >= link.first else {
                return nil
            }
        }
        self.version = version
        self.cluster = cluster
        self.log = log
        self.links = links
    }

    /// The register's content; format: Docs/Formats/log.md.
    public var encoded: [UInt8] { encode() }

    /// Reads a register's content; `place` names it when it is damaged.
    public static func decode(_ bytes: [UInt8], from place: String) throws(LogError) -> Chain {
        switch decode(bytes) {
        case .success(let chain): return chain
        case .failure(let flaw):
            throw .corrupt(
                Defect(position: Position(1), file: place, offset: 0, reason: flaw.reason))
        }
    }

    /// "PISCHAIN"
    private static let magic: UInt64 = 0x4E49_4148_4353_4950
    static let bytesMost = 64 << 10

    /// The register's file: magic, format, length, checksum, then CBOR.
    func encode() -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(4)
        writer.write(unsigned: version)
        writer.write(cluster)
        writer.write(log)
        writer.beginList(links.count)
        for link in links {
            writer.beginList(4)
            writer.write(link.loglet)
            writer.write(unsigned: link.epoch)
            writer.write(unsigned: link.first.rawValue)
            if let last = link.last {
                writer.write(unsigned: last.rawValue)
            } else {
                writer.writeNull()
            }
        }
        return SmallFile.encode(magic: Self.magic, body: writer.bytes)
    }

    /// Reads the register's file.
    static func decode(_ bytes: [UInt8]) -> Result<Chain, FormatFlaw> {
        switch SmallFile.decode(bytes, magic: magic) {
        case .failure(let flaw): return .failure(flaw)
        case .success(let body):
            do throws(CBORError) {
                if let chain = try decode(body: body) { return .success(chain) }
                return .failure(FormatFlaw("the links of the chain do not adjoin"))
            } catch {
                return .failure(FormatFlaw(error.reason.rawValue))
            }
        }
    }

    private static func decode(body: [UInt8]) throws(CBORError) -> Chain? {
        var reader = CBORReader(body)
        guard try reader.beginList() == 4 else { return nil }
        let version = try reader.readUnsigned()
        let cluster = try reader.readIdentifier()
        let log = try reader.readIdentifier()
        let links = try reader.readList { (reader) throws(CBORError) -> Link? in
            guard try reader.beginList() == 4 else { return nil }
            let name = try reader.readText()
            let epoch = try reader.readUnsigned()
            let first = Position(try reader.readUnsigned())
            let last = reader.skipNull() ? nil : Position(try reader.readUnsigned())
            return Link(loglet: name, epoch: epoch, first: first, last: last)
        }
        try reader.finish()
        let whole = links.compactMap(\.self)
        guard whole.count == links.count, whole.count <= Limits.chainLinks.value else { return nil }
        return Chain(version: version, cluster: cluster, log: log, links: whole)
    }
}

/// The frame of the log's small files: magic (8), format (4), length (4), CRC32C of the body and
/// of the 16 bytes before (4), body.
enum SmallFile {
    static let head = 20

    static func encode(magic: UInt64, body: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe buffer.put(magic, at: 0)
            unsafe buffer.put(Layout.version, at: 8)
            unsafe buffer.put(UInt32(body.count), at: 12)
        }
        let crc = checksum(bytes, body)
        bytes.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: crc >> ($0 * 8)) })
        return bytes + body
    }

    static func decode(_ bytes: [UInt8], magic: UInt64) -> Result<[UInt8], FormatFlaw> {
        guard bytes.count >= head else { return .failure(FormatFlaw("the file is too short")) }
        let body = Array(bytes[head...])
        let (found, version, length, crc) = unsafe bytes.withUnsafeBytes { buffer in
            unsafe (
                buffer.word(0, as: UInt64.self), buffer.word(8, as: UInt32.self),
                buffer.word(12, as: UInt32.self), buffer.word(16, as: UInt32.self)
            )
        }
        guard found == magic else { return .failure(FormatFlaw("the file is of another kind")) }
        guard crc == checksum(Array(bytes[..<16]), body), length == UInt32(body.count) else {
            return .failure(FormatFlaw("the checksum of the file is wrong"))
        }
        guard version == Layout.version else {
            return .failure(FormatFlaw("format \(version) is unknown; this binary reads 1"))
        }
        return .success(body)
    }

    private static func checksum(_ head: [UInt8], _ body: [UInt8]) -> UInt32 {
        let whole = head + body
        return unsafe whole.withUnsafeBytes { unsafe CRC32C.of($0) }
    }
}
