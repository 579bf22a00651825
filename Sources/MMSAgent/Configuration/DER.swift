internal import Resources

/// Reads the distinguished encoding of ASN.1 (X.690), an element at a time, and never beyond what
/// it was given.
struct DER: Sendable {
    private(set) var rest: ArraySlice<UInt8>

    /// An element: its tag, what it holds, and all of it.
    struct Element: Hashable, Sendable {
        var tag: UInt8
        var body: ArraySlice<UInt8>
        var whole: ArraySlice<UInt8>
    }

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next element; nil at the end and for what is malformed. Tags have one byte and
    /// lengths at most four.
    mutating func next() -> Element? {
        guard rest.count >= 2 else { return nil }
        let (start, end) = (rest.startIndex, rest.endIndex)
        let (tag, first) = (rest[start], Int(rest[start + 1]))
        guard tag & 0x1F != 0x1F else { return nil }
        var (body, count) = (start + 2, first)
        if first >= 0x80 {
            let bytes = first & 0x7F
            guard (1...4).contains(bytes), end - body >= bytes else { return nil }
            count = rest[body..<body + bytes].reduce(0) { $0 << 8 | Int($1) }
            body += bytes
            // The shortest form is the only one.
            guard count >= 0x80 else { return nil }
        }
        guard count <= end - body else { return nil }
        let element = Element(
            tag: tag, body: rest[body..<body + count], whole: rest[start..<body + count])
        rest = rest[(body + count)...]
        return element
    }

    /// The next element when it has that tag; nothing is taken when it has another.
    mutating func next(_ tag: UInt8) -> Element? {
        guard rest.first == tag else { return nil }
        return next()
    }

    /// An object identifier in dotted form.
    static func identifier(_ body: ArraySlice<UInt8>) -> String {
        var arcs: [UInt64] = []
        var arc: UInt64 = 0
        for byte in body {
            guard arc < 1 << 56, arcs.count < 64 else { return "" }
            arc = arc << 7 | UInt64(byte & 0x7F)
            if byte & 0x80 != 0 { continue }
            if arcs.isEmpty {
                let first = min(2, arc / 40)
                arcs += [first, arc - 40 * first]
            } else {
                arcs.append(arc)
            }
            arc = 0
        }
        return arcs.map { String($0) }.joined(separator: ".")
    }

    /// A character string of any of the usual types.
    static func text(_ element: Element) -> String {
        switch element.tag {
        case 0x1E:
            let units = stride(from: element.body.startIndex, to: element.body.endIndex - 1, by: 2)
                .map { UInt16(element.body[$0]) << 8 | UInt16(element.body[$0 + 1]) }
            return String(decoding: units, as: UTF16.self)
        case 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1B: return lossyText(element.body)
        default: return "#" + hex(element.whole)
        }
    }

    /// Milliseconds since 1970 of a UTCTime or GeneralizedTime in the forms of RFC 5280.
    static func time(_ element: Element) -> Int64? {
        guard element.body.last == UInt8(ascii: "Z") else { return nil }
        let digits = element.body.dropLast()
        let isLong = element.tag == 0x18
        guard isLong || element.tag == 0x17, digits.count == (isLong ? 14 : 12) else { return nil }
        let pairs = stride(from: digits.startIndex, to: digits.endIndex, by: 2).map { index in
            decimal(digits[index..<index + 2]).map { Int64($0) }
        }
        var parts = pairs.compactMap(\.self)
        guard parts.count == pairs.count else { return nil }
        if isLong {
            parts.replaceSubrange(0..<2, with: [parts[0] * 100 + parts[1]])
        } else {
            parts[0] += parts[0] < 50 ? 2000 : 1900
        }
        guard (1...12).contains(parts[1]), (1...31).contains(parts[2]), parts[3] < 24,
            parts[4] < 60, parts[5] <= 60
        else { return nil }
        let days = Self.days(year: parts[0], month: parts[1], day: parts[2])
        return (((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5]) * 1000
    }

    /// Days since 1970 of a date (H. Hinnant, days_from_civil).
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let inEra = year - era * 400
        let inYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + inEra * 365 + inEra / 4 - inEra / 100 + inYear - 719_468
    }
}
