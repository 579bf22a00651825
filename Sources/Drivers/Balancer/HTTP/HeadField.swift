/// A field of a head by where it stands, and what kind it is.
struct HeadField: Equatable {
    /// Fields that the balancer acts on.
    enum Kind: UInt8 {
        case other, host, connection, length, encoding, expect, upgrade
        /// Of one connection only: never passed on.
        case hop
        case forwardedFor, forwardedProto
    }

    var kind: Kind
    /// Where the line begins, which is where the name does.
    var line: Int32
    var nameCount: Int32
    var value: Int32
    var valueCount: Int32
    /// After the line's end.
    var next: Int32

    var valueRange: Range<Int> { Int(value)..<Int(value + valueCount) }
    var nameRange: Range<Int> { Int(line)..<Int(line + nameCount) }
    var lineRange: Range<Int> { Int(line)..<Int(next) }
}

extension Span<UInt8> {
    /// True when a range holds this text, letters alike; `text` is in small letters.
    func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        // SAFETY: a static string's bytes live for ever; `offset` is below their count.
        return text.withUTF8Buffer { letters in
            for offset in 0..<range.count {
                if unsafe self[range.lowerBound + offset].lowered != letters[offset] {
                    return false
                }
            }
            return true
        }
    }

    /// True when two ranges hold the same text, letters alike.
    func alike(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count
        where self[left.lowerBound + offset].lowered != self[right.lowerBound + offset].lowered {
            return false
        }
        return true
    }

    /// A range without spaces and tabs around it.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, self[low].isBlank { low += 1 }
        while low < high, self[high - 1].isBlank { high -= 1 }
        return low..<high
    }

    /// Which kind of field a name is.
    func kind(ofField name: Range<Int>) -> HeadField.Kind {
        switch name.count {
        case 2: matches(name, "te") ? .hop : .other
        case 4: matches(name, "host") ? .host : .other
        case 6: matches(name, "expect") ? .expect : .other
        case 7: matches(name, "upgrade") ? .upgrade : .other
        case 10:
            matches(name, "connection") ? .connection : matches(name, "keep-alive") ? .hop : .other
        case 14: matches(name, "content-length") ? .length : .other
        case 15: matches(name, "x-forwarded-for") ? .forwardedFor : .other
        case 16: matches(name, "proxy-connection") ? .hop : .other
        case 17:
            matches(name, "transfer-encoding")
                ? .encoding : matches(name, "x-forwarded-proto") ? .forwardedProto : .other
        default: .other
        }
    }
}

extension UInt8 {
    var lowered: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
    var isBlank: Bool { self == 0x20 || self == 0x09 }
    var isDigit: Bool { self &- 0x30 < 10 }

    /// A byte of a token (RFC 9110, 5.6.2).
    var isToken: Bool {
        if self < 64 { return (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(self) & 1 == 1 }
        if self < 128 { return (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(self - 64) & 1 == 1 }
        return false
    }

    /// A byte that a field's value may have.
    var isFieldByte: Bool { self >= 0x20 && self != 0x7F || self == 0x09 }

    /// The value of a hexadecimal digit.
    var hexadecimal: UInt64? {
        if isDigit { return UInt64(self - 0x30) }
        let letter = lowered
        return letter >= 0x61 && letter <= 0x66 ? UInt64(letter - 0x61 + 10) : nil
    }
}
