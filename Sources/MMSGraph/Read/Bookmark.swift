public import Resources

/// A position in every mounted log: what a result depends on. Opaque to clients.
public struct Bookmark: Hashable, Sendable {
    /// The positions by log, in order of mount point.
    public private(set) var positions: [(log: Namespace, position: Position)]

    /// The given positions.
    public init(_ positions: [Namespace: Position]) {
        self.positions = positions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The position in `log`; nil when the bookmark does not know that log.
    public subscript(log: Namespace) -> Position? {
        get { positions.first { $0.log == log }?.position }
        set {
            positions.removeAll { $0.log == log }
            guard let newValue else { return }
            let index = positions.firstIndex { $0.log > log } ?? positions.count
            positions.insert((log, newValue), at: index)
        }
    }

    /// The text clients keep: base64url of a CBOR list of pairs.
    public var text: String {
        var writer = CBORWriter()
        writer.beginList(positions.count)
        for (log, position) in positions {
            writer.beginList(2)
            writer.write(log.path)
            writer.write(unsigned: position.rawValue)
        }
        return Base64.encodeURL(writer.bytes)
    }

    /// Reads the text form. Throws `malformed` when it is none.
    public init(text: String) throws(Refusal) {
        guard let bytes = Base64.decodeURL(text), let pairs = Self.read(bytes) else {
            throw Refusal(
                .malformed, filter: "bookmark", subject: printable(text),
                reason: "is no bookmark",
                remedy: "give one that a subscription sent, or subscribe from `snapshot`")
        }
        positions = pairs
    }

    private static func read(_ bytes: [UInt8]) -> [(log: Namespace, position: Position)]? {
        var reader = CBORReader(bytes)
        let pairs = try? reader.readList { (reader) throws(CBORError) in
            _ = try reader.beginList()
            return (try reader.readText(), try reader.readUnsigned())
        }
        guard let pairs, (try? reader.finish()) != nil else { return nil }
        var positions: [(log: Namespace, position: Position)] = []
        for (path, position) in pairs {
            guard let log = try? Namespace(path), positions.last.map({ $0.log < log }) ?? true
            else { return nil }
            positions.append((log, Position(position)))
        }
        return positions
    }

    public static func == (left: Bookmark, right: Bookmark) -> Bool {
        left.positions.elementsEqual(right.positions) { $0 == $1 }
    }

    public func hash(into hasher: inout Hasher) {
        for (log, position) in positions {
            hasher.combine(log)
            hasher.combine(position)
        }
    }
}
