/// Why bytes are not the canonical encoding of a value.
public struct CBORError: Error, Equatable, Sendable {
    /// Offset of the offending byte.
    public let offset: Int
    /// What is wrong there.
    public let reason: Reason

    /// The kinds of defect.
    public enum Reason: String, Sendable {
        case truncated = "the bytes end inside a value"
        case trailing = "bytes follow the value"
        case notCanonical = "the encoding is not the shortest"
        case unsupported = "tags, indefinite lengths and other simple values are not allowed"
        case integerRange = "the integer does not fit 64 bits with a sign"
        case invalidText = "the text is not UTF-8"
        case keyOrder = "map keys are repeated, out of order or not text"
        case depth = "the nesting is too deep"
        case unexpected = "another kind of value belongs here"
    }
}

/// Reads deterministic CBOR and refuses every other form, so that equal values have equal bytes.
public struct CBORReader: Sendable {
    private let bytes: [UInt8]
    private let end: Int
    /// Where the next value starts.
    public private(set) var offset: Int

    /// A reader of all of `bytes`.
    public init(_ bytes: [UInt8]) { self.init(bytes, range: 0..<bytes.count) }

    /// A reader of a part of `bytes`.
    public init(_ bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = min(range.upperBound, bytes.count)
    }

    /// Decodes one value that must fill `bytes`.
    public static func decode(_ bytes: [UInt8]) throws(CBORError) -> Value {
        var reader = CBORReader(bytes)
        let value = try reader.readValue()
        try reader.finish()
        return value
    }

    /// Refuses bytes behind what was read.
    public func finish() throws(CBORError) {
        if offset != end { throw CBORError(offset: offset, reason: .trailing) }
    }

    /// Reads any value.
    public mutating func readValue(depth: Int = 0) throws(CBORError) -> Value {
        guard depth <= Limits.valueDepth.value else { throw error(.depth) }
        guard offset < end else { throw error(.truncated) }
        switch bytes[offset] >> 5 {
        case 0, 1: return .int(try readInt())
        case 2: return .bytes(try readBytes())
        case 3: return .text(try readText())
        case 4:
            return .list(
                try readList { (reader) throws(CBORError) in
                    try reader.readValue(depth: depth + 1)
                })
        case 5:
            return .map(
                try readMap { (reader) throws(CBORError) in
                    try reader.readValue(depth: depth + 1)
                })
        default: return try readSimple()
        }
    }

    /// Reads an integer.
    public mutating func readInt() throws(CBORError) -> Int64 {
        let start = offset
        let (major, argument) = try readHead()
        guard major <= 1 else { throw CBORError(offset: start, reason: .unexpected) }
        guard argument <= UInt64(Int64.max) else {
            throw CBORError(offset: start, reason: .integerRange)
        }
        return major == 0 ? Int64(argument) : ~Int64(argument)
    }

    /// Reads an unsigned integer.
    public mutating func readUnsigned() throws(CBORError) -> UInt64 { try expect(0) }

    /// Reads a byte string.
    public mutating func readBytes() throws(CBORError) -> [UInt8] { Array(try readString(2)) }

    /// Reads a text string.
    public mutating func readText() throws(CBORError) -> String {
        let start = offset
        guard let text = String(validating: try readString(3), as: UTF8.self) else {
            throw CBORError(offset: start, reason: .invalidText)
        }
        return text
    }

    /// Reads an identifier.
    public mutating func readIdentifier() throws(CBORError) -> Identifier {
        let start = offset
        guard let identifier = Identifier(bytes: try readString(2)) else {
            throw CBORError(offset: start, reason: .unexpected)
        }
        return identifier
    }

    /// Reads a truth value.
    public mutating func readBool() throws(CBORError) -> Bool {
        guard case .bool(let bool) = try readSimple() else { throw error(.unexpected) }
        return bool
    }

    /// Reads a list of values.
    public mutating func readList<Element>(
        _ element: (inout CBORReader) throws(CBORError) -> Element
    ) throws(CBORError) -> [Element] {
        let count = try beginList()
        var list: [Element] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try element(&self)) }
        return list
    }

    /// Reads a map with text keys.
    public mutating func readMap<Element: Sendable>(
        _ element: (inout CBORReader) throws(CBORError) -> Element
    ) throws(CBORError) -> SortedMap<Element> {
        let start = offset
        let count = try beginMap()
        var pairs: [(key: String, value: Element)] = []
        pairs.reserveCapacity(count)
        for _ in 0..<count { pairs.append((try readText(), try element(&self))) }
        guard let map = SortedMap(sorted: pairs) else {
            throw CBORError(offset: start, reason: .keyOrder)
        }
        return map
    }

    /// Reads the head of a map and gives its count, which never exceeds the bytes left.
    public mutating func beginMap() throws(CBORError) -> Int {
        try expectCount(5, perElement: 2)
    }

    /// Passes over one value of any kind; what is inside it is not checked.
    public mutating func skip() throws(CBORError) {
        var left = 1
        while left > 0 {
            left -= 1
            guard offset < end else { throw error(.truncated) }
            if bytes[offset] >= 0xE0 {
                _ = try readSimple()
                continue
            }
            let (major, argument) = try readHead()
            guard major < 2 || argument <= UInt64(end - offset) else { throw error(.truncated) }
            switch major {
            case 2, 3: offset += Int(argument)
            case 4: left += Int(argument)
            case 5: left += 2 * Int(argument)
            default: break
            }
        }
    }

    /// Reads a text string and says whether it is `text`, without making a string of it.
    public mutating func readsText(_ text: String) throws(CBORError) -> Bool {
        try readString(3).elementsEqual(text.utf8)
    }

    /// Reads the head of a list and gives its count, which never exceeds the bytes left.
    public mutating func beginList() throws(CBORError) -> Int {
        try expectCount(4, perElement: 1)
    }

    /// Passes over a null when there is one.
    public mutating func skipNull() -> Bool {
        guard offset < end, bytes[offset] == 0xF6 else { return false }
        offset += 1
        return true
    }

    /// A count that the bytes behind its head can hold.
    private mutating func expectCount(
        _ major: UInt8, perElement: UInt64
    ) throws(CBORError) -> Int {
        let count = try expect(major)
        guard count <= UInt64(end - offset) / perElement else { throw error(.truncated) }
        return Int(count)
    }

    private mutating func expect(_ major: UInt8) throws(CBORError) -> UInt64 {
        let start = offset
        let head = try readHead()
        guard head.major == major else { throw CBORError(offset: start, reason: .unexpected) }
        return head.argument
    }

    private mutating func readString(_ major: UInt8) throws(CBORError) -> ArraySlice<UInt8> {
        let count = try expectCount(major, perElement: 1)
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    private mutating func readHead() throws(CBORError) -> (major: UInt8, argument: UInt64) {
        guard offset < end else { throw error(.truncated) }
        let initial = bytes[offset]
        let (major, low) = (initial >> 5, initial & 31)
        if low < 24 {
            offset += 1
            return (major, UInt64(low))
        }
        guard low < 28, major < 6 else { throw error(.unsupported) }
        let width = 1 << Int(low - 24)
        guard end - offset > width else { throw error(.truncated) }
        let argument = bigEndian(at: offset + 1, width: width)
        let least: UInt64 = width == 1 ? 24 : 1 << UInt64(width * 4)
        guard argument >= least else { throw error(.notCanonical) }
        offset += 1 + width
        return (major, argument)
    }

    private mutating func readSimple() throws(CBORError) -> Value {
        guard offset < end else { throw error(.truncated) }
        switch bytes[offset] {
        case 0xF4, 0xF5:
            offset += 1
            return .bool(bytes[offset - 1] == 0xF5)
        case 0xF6:
            offset += 1
            return .null
        case 0xF9, 0xFA, 0xFB: return .float(try readFloat())
        default: throw error(.unsupported)
        }
    }

    private mutating func readFloat() throws(CBORError) -> Double {
        let start = offset
        let width = 1 << Int(bytes[offset] & 31 - 24)
        guard end - offset > width else { throw error(.truncated) }
        let word = bigEndian(at: offset + 1, width: width)
        let value: Double =
            switch width {
            case 2: HalfFloat(bits: UInt16(word)).value
            case 4: Double(Float(bitPattern: UInt32(word)))
            default: Double(bitPattern: word)
            }
        offset += 1 + width
        var canonical = CBORWriter(capacity: 9)
        canonical.write(value)
        guard canonical.bytes.elementsEqual(bytes[start..<offset]) else {
            throw CBORError(offset: start, reason: .notCanonical)
        }
        return value
    }

    private func bigEndian(at start: Int, width: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in start..<start + width { word = word << 8 | UInt64(bytes[index]) }
        return word
    }

    private func error(_ reason: CBORError.Reason) -> CBORError {
        CBORError(offset: offset, reason: reason)
    }
}
