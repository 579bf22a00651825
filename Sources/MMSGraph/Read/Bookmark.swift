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
        return Base64URL.encode(writer.bytes)
    }

    /// Reads the text form. Throws `malformed` when it is none.
    public init(text: String) throws(Refusal) {
        guard let bytes = Base64URL.decode(text), let pairs = Self.read(bytes) else {
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

/// Base 64 for URLs without padding (RFC 4648 section 5).
enum Base64URL {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            buffer = (buffer << 8 | UInt32(byte)) & 0xFFFF
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes; nil when the text is not in canonical form.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for character in text.utf8 {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            buffer = (buffer << 6 | UInt32(digit)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bits < 6 && buffer & (1 << bits - 1) == 0 ? bytes : nil
    }
}
