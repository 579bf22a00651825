/// Writes deterministic CBOR (RFC 8949 section 4.2): shortest heads, definite lengths, shortest
/// floats that keep the value, one NaN, map keys in bytewise order.
public struct CBORWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// An empty writer with room for `capacity` bytes.
    public init(capacity: Int = 128) { bytes.reserveCapacity(capacity) }

    /// Writes any value.
    public mutating func write(_ value: Value) {
        switch value {
        case .null: writeNull()
        case .bool(let bool): write(bool)
        case .int(let int): write(int)
        case .float(let float): write(float)
        case .text(let text): write(text)
        case .bytes(let bytes): write(bytes: bytes)
        case .list(let list):
            beginList(list.count)
            for element in list { write(element) }
        case .map(let map): write(map)
        }
    }

    /// Writes a map of values.
    public mutating func write(_ map: ValueMap) {
        beginMap(map.count)
        for (key, value) in map.entries {
            write(key)
            write(value)
        }
    }

    /// Writes null.
    public mutating func writeNull() { bytes.append(0xF6) }

    /// Writes a truth value.
    public mutating func write(_ bool: Bool) { bytes.append(bool ? 0xF5 : 0xF4) }

    /// Writes an integer of major type 0 or 1.
    public mutating func write(_ int: Int64) {
        int < 0 ? writeHead(1, UInt64(~int)) : writeHead(0, UInt64(int))
    }

    /// Writes an unsigned integer.
    public mutating func write(unsigned: UInt64) { writeHead(0, unsigned) }

    /// Writes a float in 2, 4 or 8 bytes, whichever is the shortest that keeps the value.
    public mutating func write(_ float: Double) {
        if float.isNaN {
            bytes.append(contentsOf: [0xF9, 0x7E, 0x00])
        } else if let half = HalfFloat(exactly: float) {
            bytes.append(0xF9)
            appendBigEndian(half.bits)
        } else if Double(Float(float)) == float {
            bytes.append(0xFA)
            appendBigEndian(Float(float).bitPattern)
        } else {
            bytes.append(0xFB)
            appendBigEndian(float.bitPattern)
        }
    }

    /// Writes a text string.
    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            writeHead(3, UInt64(utf8.count))
            unsafe bytes.append(contentsOf: utf8)
        }
    }

    /// Writes a byte string.
    public mutating func write(bytes string: [UInt8]) {
        writeHead(2, UInt64(string.count))
        bytes.append(contentsOf: string)
    }

    /// Writes an identifier as a byte string of 16.
    public mutating func write(_ identifier: Identifier) {
        bytes.append(0x50)
        appendBigEndian(identifier.high)
        appendBigEndian(identifier.low)
    }

    /// Begins a list of exactly `count` elements, which the caller writes next.
    public mutating func beginList(_ count: Int) { writeHead(4, UInt64(count)) }

    /// Begins a map of exactly `count` pairs, which the caller writes next in canonical order.
    public mutating func beginMap(_ count: Int) { writeHead(5, UInt64(count)) }

    private mutating func writeHead(_ major: UInt8, _ argument: UInt64) {
        let type = major << 5
        switch argument {
        case 0..<24: bytes.append(type | UInt8(argument))
        case 24...0xFF:
            bytes.append(type | 24)
            bytes.append(UInt8(argument))
        case 0x100...0xFFFF:
            bytes.append(type | 25)
            appendBigEndian(UInt16(argument))
        case 0x1_0000...0xFFFF_FFFF:
            bytes.append(type | 26)
            appendBigEndian(UInt32(argument))
        default:
            bytes.append(type | 27)
            appendBigEndian(argument)
        }
    }

    private mutating func appendBigEndian<Word: FixedWidthInteger>(_ word: Word) {
        var shift = Word.bitWidth - 8
        while shift >= 0 {
            bytes.append(UInt8(truncatingIfNeeded: word >> Word(shift)))
            shift -= 8
        }
    }
}

/// An IEEE 754 binary16, by hand because Float16 is missing on x86-64 outside of Linux's newest.
struct HalfFloat {
    let bits: UInt16

    init(bits: UInt16) { self.bits = bits }

    /// The half that equals `value`; nil when there is none.
    init?(exactly value: Double) {
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        let magnitude = value.magnitude
        if magnitude == 0 {
            bits = sign
        } else if magnitude.isInfinite {
            bits = sign | 0x7C00
        } else if magnitude >= 0x1p-14, magnitude <= 65_504 {
            let fraction = magnitude.significand * 1024
            guard fraction == fraction.rounded(.towardZero) else { return nil }
            bits = sign | UInt16(Int(magnitude.exponent) + 15) << 10 | UInt16(fraction) & 0x3FF
        } else {
            let fraction = magnitude * 0x1p24
            guard fraction >= 1, fraction < 1024, fraction == fraction.rounded(.towardZero) else {
                return nil
            }
            bits = sign | UInt16(fraction)
        }
    }

    var value: Double {
        let fraction = Double(bits & 0x3FF)
        let exponent = Int(bits >> 10 & 0x1F)
        let magnitude: Double =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            default:
                (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
            }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }
}
