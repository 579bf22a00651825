internal import Resources

/// The keys of the tables (Docs/Formats/graph.md). Byte order is the order of what they name:
/// numbers are big-endian, words without NUL end with NUL, other text is escaped.
enum Keys {
    static func id(_ id: Identifier) -> [UInt8] {
        var key = [UInt8]()
        key.reserveCapacity(16)
        key.append(identifier: id)
        return key
    }

    static func name(_ type: TypeName, _ name: ResourceName, in namespace: Namespace) -> [UInt8] {
        var key = [UInt8]()
        key.reserveCapacity(
            type.text.utf8.count + namespace.path.utf8.count + name.text.utf8.count + 2)
        key.append(word: type.text)
        key.append(word: namespace.path)
        key.append(contentsOf: name.text.utf8)
        return key
    }

    /// The part of a name's key before the name; also the key of a counter after its first byte.
    static func names(_ type: TypeName, in namespace: Namespace) -> [UInt8] {
        var key = [UInt8]()
        key.append(word: type.text)
        key.append(word: namespace.path)
        return key
    }

    static func tag(_ key: String, _ value: String) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.append(escaped: key.utf8)
        bytes.append(escaped: value.utf8)
        return bytes
    }

    static func tag(_ key: String, _ value: String, type: TypeName) -> [UInt8] {
        var bytes = tag(key, value)
        bytes.append(word: type.text)
        return bytes
    }

    static func field(_ type: TypeName, _ field: String) -> [UInt8] {
        var key = [UInt8]()
        key.append(word: type.text)
        key.append(escaped: field.utf8)
        return key
    }

    static func sources(of target: Identifier, by relation: String) -> [UInt8] {
        var key = [linkMark]
        key.reserveCapacity(34 + relation.utf8.count)
        key.append(identifier: target)
        key.append(word: relation)
        return key
    }

    static func sources(of target: Identifier) -> [UInt8] {
        var key = [linkMark]
        key.append(identifier: target)
        return key
    }

    static func owned(by owner: Identifier) -> [UInt8] {
        var key = [ownerMark]
        key.reserveCapacity(33)
        key.append(identifier: owner)
        return key
    }

    /// Sorts versions of a resource by the position that ended them.
    static func history(_ id: Identifier, endedAt position: Position) -> [UInt8] {
        var key = [UInt8]()
        key.reserveCapacity(26)
        key.append(identifier: id)
        key.append(big: position.rawValue)
        return key
    }

    static func graves(of log: Namespace) -> [UInt8] {
        var key = [positionMark]
        key.append(word: log.path)
        return key
    }

    static func graves(named nameKey: [UInt8]) -> [UInt8] { [nameMark] + nameKey + [0] }

    static func times(of log: Namespace) -> [UInt8] {
        var key = [timeMark]
        key.append(word: log.path)
        return key
    }

    static func positions(of log: Namespace) -> [UInt8] {
        var key = [positionMark]
        key.append(word: log.path)
        return key
    }

    static func session(_ client: Identifier, in log: Namespace) -> [UInt8] {
        var key = [UInt8]()
        key.append(word: log.path)
        key.append(identifier: client)
        return key
    }

    static func cursor(_ handler: String, in log: Namespace) -> [UInt8] {
        var key = [UInt8]()
        key.append(escaped: handler.utf8)
        key.append(contentsOf: log.path.utf8)
        return key
    }

    static func count(_ type: TypeName, in namespace: Namespace) -> [UInt8] {
        [countMark] + names(type, in: namespace)
    }

    /// The number of links of a relation; of owners under ``ownership``.
    static func linkCount(_ relation: String) -> [UInt8] { [linkMark] + Array(relation.utf8) }

    static func cost(of namespace: Namespace) -> [UInt8] {
        [costMark] + Array(namespace.path.utf8)
    }

    static func log(_ log: Namespace) -> [UInt8] { logPrefix + Array(log.path.utf8) }

    /// How queries call the way from an owner to what it owns.
    static let ownership = "OWNS"
    static let logPrefix = Array("log:".utf8)
    static let linkMark = UInt8(ascii: "L")
    static let ownerMark = UInt8(ascii: "W")
    static let positionMark = UInt8(ascii: "P")
    static let nameMark = UInt8(ascii: "N")
    static let timeMark = UInt8(ascii: "T")
    static let countMark = UInt8(ascii: "T")
    static let costMark = UInt8(ascii: "C")
}

extension [UInt8] {
    mutating func append(identifier id: Identifier) {
        append(big: id.high)
        append(big: id.low)
    }

    mutating func append(big number: UInt64) {
        var shift: UInt64 = 56
        while true {
            append(UInt8(truncatingIfNeeded: number >> shift))
            if shift == 0 { return }
            shift -= 8
        }
    }

    /// Signed numbers sort below zero first when their sign bit is turned.
    mutating func append(signed number: Int64) {
        append(big: UInt64(bitPattern: number) ^ 1 << 63)
    }

    /// Text that has no NUL, ended by NUL.
    mutating func append(word: String) {
        append(contentsOf: word.utf8)
        append(0)
    }

    /// Any bytes in an order-preserving form that ends itself: 00 becomes 00 FF, the end is 00 01.
    mutating func append(escaped bytes: some Sequence<UInt8>) {
        for byte in bytes {
            append(byte)
            if byte == 0 { append(0xFF) }
        }
        append(0)
        append(1)
    }

    func word(at offset: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in offset..<Swift.min(offset + 8, count) {
            word = word << 8 | UInt64(self[index])
        }
        return word
    }

    /// The identifier in the last 16 bytes.
    var trailingIdentifier: Identifier? {
        count < 16
            ? nil : Identifier(high: word(at: count - 16), low: word(at: count - 8))
    }
}

extension Value {
    /// The form of an indexed value: order-preserving within a kind, but lossy (integers beyond
    /// 2^53 and long texts share keys with their neighbours), so a reader checks the resource
    /// again. Nil for what has no index: null, lists and maps.
    var indexKey: [UInt8]? {
        var key = [UInt8]()
        switch self {
        case .bool(let bool): key = [1, bool ? 1 : 0]
        case .int(let int): key.append(number: Double(int))
        case .float(let float):
            guard !float.isNaN else { return nil }
            key.append(number: float)
        case .text(let text):
            key.append(3)
            key.append(escaped: text.utf8.prefix(Self.indexedBytes))
        case .bytes(let bytes):
            key.append(4)
            key.append(escaped: bytes.prefix(Self.indexedBytes))
        case .null, .list, .map: return nil
        }
        return key
    }

    static let indexedBytes = 128
}

extension [UInt8] {
    /// IEEE 754 order: flip all bits of negative numbers, the sign bit of the others.
    fileprivate mutating func append(number: Double) {
        let bits = (number == 0 ? 0 : number).bitPattern
        append(2)
        append(big: bits >> 63 == 1 ? ~bits : bits | 1 << 63)
    }
}
