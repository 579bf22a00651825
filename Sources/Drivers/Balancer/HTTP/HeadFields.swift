/// What the fields of a head say of its message and its connection (RFC 9112).
struct HeadFacts: Equatable {
    /// Content-Length; below zero when not given.
    var length: Int64 = -1
    var isChunked = false
    /// Options of Connection.
    var close = false
    var keepAlive = false
    var upgradeOption = false
    /// The field Upgrade is there.
    var hasUpgrade = false
    var expectsContinue = false
    var hasForwardedFor = false
    /// Connection names fields that are of the connection too.
    var hasOptions = false
    /// Where the host's field stands in the list; below zero when not given.
    var host = -1
}

/// The reader of the fields of a head.
enum HeadFields {
    /// Reads the fields from `start` to the empty line that ends at `end` into `fields`.
    static func read(
        _ bytes: Span<UInt8>, from start: Int, to end: Int, minor: UInt8,
        into fields: inout [HeadField], atMost most: Int
    ) throws(HTTPRefusal) -> HeadFacts {
        fields.removeAll(keepingCapacity: true)
        var facts = HeadFacts()
        var at = start
        while at < end - 2 {
            if fields.count == most { throw .tooManyFields }
            let field = try line(bytes, from: at, to: end)
            try note(field, of: bytes, minor: minor, index: fields.count, in: &facts)
            fields.append(field)
            at = Int(field.next)
        }
        if facts.isChunked, facts.length >= 0 { throw .lengthAndEncoding }
        if facts.hasOptions { try markOptions(of: bytes, in: &fields, &facts) }
        return facts
    }

    private static func line(
        _ bytes: Span<UInt8>, from start: Int, to end: Int
    ) throws(HTTPRefusal) -> HeadField {
        if bytes[start].isBlank { throw .foldedField }
        var colon = start
        while colon < end, bytes[colon].isToken { colon += 1 }
        guard colon < end, colon > start, bytes[colon] == 0x3A else { throw .badFieldName }
        var last = colon + 1
        while last < end, bytes[last].isFieldByte { last += 1 }
        // The scanner let no line feed pass without a carriage return before it.
        guard last + 1 < end, bytes[last] == 0x0D, bytes[last + 1] == 0x0A else {
            throw .badFieldValue
        }
        let value = bytes.trimmed(colon + 1..<last)
        return HeadField(
            kind: bytes.kind(ofField: start..<colon), line: Int32(start),
            nameCount: Int32(colon - start), value: Int32(value.lowerBound),
            valueCount: Int32(value.count), next: Int32(last + 2))
    }

    private static func note(
        _ field: HeadField, of bytes: Span<UInt8>, minor: UInt8, index: Int,
        in facts: inout HeadFacts
    ) throws(HTTPRefusal) {
        switch field.kind {
        case .other, .hop, .forwardedProto: break
        case .forwardedFor: facts.hasForwardedFor = true
        case .upgrade: facts.hasUpgrade = true
        case .expect:
            if bytes.matches(field.valueRange, "100-continue") { facts.expectsContinue = true }
        case .host:
            if facts.host >= 0 { throw .secondHost }
            facts.host = index
        case .length:
            if facts.length >= 0 { throw .secondLength }
            facts.length = try length(bytes, field.valueRange)
        case .encoding:
            guard !facts.isChunked, minor == 1, bytes.matches(field.valueRange, "chunked") else {
                throw .unknownEncoding
            }
            facts.isChunked = true
        case .connection: noteOptions(bytes, field.valueRange, in: &facts)
        }
    }

    /// At most 18 digits and nothing else.
    private static func length(
        _ bytes: Span<UInt8>, _ range: Range<Int>
    ) throws(HTTPRefusal) -> Int64 {
        guard (1...18).contains(range.count) else { throw .badLength }
        var value: Int64 = 0
        for at in range {
            guard bytes[at].isDigit else { throw .badLength }
            value = value * 10 + Int64(bytes[at] - 0x30)
        }
        return value
    }

    private static func noteOptions(
        _ bytes: Span<UInt8>, _ range: Range<Int>, in facts: inout HeadFacts
    ) {
        var rest = range
        while let option = nextOption(bytes, &rest) {
            if bytes.matches(option, "close") {
                facts.close = true
            } else if bytes.matches(option, "keep-alive") {
                facts.keepAlive = true
            } else if bytes.matches(option, "upgrade") {
                facts.upgradeOption = true
            } else {
                facts.hasOptions = true
            }
        }
    }

    /// The next of a list with commas, which becomes shorter; nil at its end.
    private static func nextOption(_ bytes: Span<UInt8>, _ rest: inout Range<Int>) -> Range<Int>? {
        while !rest.isEmpty {
            var comma = rest.lowerBound
            while comma < rest.upperBound, bytes[comma] != 0x2C { comma += 1 }
            let option = bytes.trimmed(rest.lowerBound..<comma)
            rest = min(comma + 1, rest.upperBound)..<rest.upperBound
            if !option.isEmpty { return option }
        }
        return nil
    }

    /// Fields that Connection names go no further; those that frame or address the message may not
    /// be named: dropping them would let two servers read it differently.
    private static func markOptions(
        of bytes: Span<UInt8>, in fields: inout [HeadField], _ facts: inout HeadFacts
    ) throws(HTTPRefusal) {
        for index in fields.indices where fields[index].kind == .connection {
            var rest = fields[index].valueRange
            while let option = nextOption(bytes, &rest) {
                for other in fields.indices where bytes.alike(fields[other].nameRange, option) {
                    switch fields[other].kind {
                    case .other, .hop, .expect: fields[other].kind = .hop
                    case .connection, .upgrade: break
                    case .host, .length, .encoding, .forwardedFor, .forwardedProto:
                        throw .badConnectionOption
                    }
                }
            }
        }
    }
}
