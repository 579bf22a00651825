/// Writes JSON (RFC 8259) without white space. Commas are put by the writer.
public struct JSONWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    /// True writes integers beyond ±2^53 as strings, for clients whose numbers are floats.
    public let wideIntegersAsText: Bool
    private var needsComma = false

    /// An empty writer.
    public init(capacity: Int = 512, wideIntegersAsText: Bool = false) {
        bytes.reserveCapacity(capacity)
        self.wideIntegersAsText = wideIntegersAsText
    }

    /// The text written so far.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Writes an object whose members `body` writes with ``key(_:)``.
    public mutating func object<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes an array whose elements `body` writes.
    public mutating func array<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes the name of a member; its value must follow.
    public mutating func key(_ key: String) {
        separate()
        appendQuoted(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member with a text, or nothing when there is none.
    public mutating func member(_ key: String, _ text: String?) {
        guard let text else { return }
        self.key(key)
        write(text)
    }

    /// Writes a member with an integer.
    public mutating func member(_ key: String, _ int: Int64) {
        self.key(key)
        write(int)
    }

    /// Writes a member with an unsigned integer.
    public mutating func member(_ key: String, _ int: UInt64) {
        self.key(key)
        write(Int64(clamping: int))
    }

    /// Writes a member with any value.
    public mutating func member(_ key: String, _ value: Value) {
        self.key(key)
        write(value)
    }

    /// Writes a text.
    public mutating func write(_ text: String) {
        separate()
        appendQuoted(text)
        needsComma = true
    }

    /// Writes an integer.
    public mutating func write(_ int: Int64) {
        separate()
        let wide = wideIntegersAsText && int.magnitude > 1 << 53
        if wide { bytes.append(UInt8(ascii: "\"")) }
        appendDigits(int)
        if wide { bytes.append(UInt8(ascii: "\"")) }
        needsComma = true
    }

    /// Writes a truth value.
    public mutating func write(_ bool: Bool) { writeRaw(bool ? "true" : "false") }

    /// Writes null.
    public mutating func writeNull() { writeRaw("null") }

    /// Writes any value. Bytes become `{"$bytes": base64}`; floats that are not finite, null.
    public mutating func write(_ value: Value) {
        switch value {
        case .null: writeNull()
        case .bool(let bool): write(bool)
        case .int(let int): write(int)
        case .float(let float): writeRaw(float.isFinite ? float.description : "null")
        case .text(let text): write(text)
        case .bytes(let bytes):
            object { $0.member("$bytes", Base64.encode(bytes)) }
        case .list(let list): array { writer in for element in list { writer.write(element) } }
        case .map(let map): write(map)
        }
    }

    /// Writes a map as an object.
    public mutating func write(_ map: ValueMap) {
        object { writer in
            for (key, value) in map.entries { writer.member(key, value) }
        }
    }

    /// Writes bytes that are one JSON value already.
    public mutating func writeEncoded(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    private mutating func writeRaw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func appendDigits(_ int: Int64) {
        if int < 0 { bytes.append(UInt8(ascii: "-")) }
        var magnitude = int.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(magnitude % 10))
            magnitude /= 10
        } while magnitude > 0
        bytes[start...].reverse()
    }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        let isPlain = text.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
        }
        if isPlain {
            bytes.append(contentsOf: text.utf8)
            bytes.append(UInt8(ascii: "\""))
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x00..<0x20: appendEscape(byte)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(_ control: UInt8) {
        switch control {
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        default:
            bytes.append(contentsOf: "\\u00".utf8)
            for digit in [control >> 4, control & 15] {
                bytes.append(digit < 10 ? digit + 0x30 : digit + 0x57)
            }
        }
    }
}
