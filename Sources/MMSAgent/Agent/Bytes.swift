extension RawSpan {
    /// The native-endian integer at an offset; nil when the span ends before it.
    @inline(__always)
    func load<Word: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as: Word.Type) -> Word? {
        guard offset >= 0, byteCount - offset >= MemoryLayout<Word>.size else { return nil }
        return unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Word.self)
    }

    /// The bytes of a part; fewer where the span ends before.
    func copy(_ range: Range<Int>) -> [UInt8] {
        let end = min(range.upperBound, byteCount)
        return stride(from: range.lowerBound, to: end, by: 1).map { offset in
            unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
        }
    }
}

/// Text of bytes that should be UTF-8: what is not is written as `\xNN`, so that nothing is lost
/// and two different names stay different.
func lossyText(_ bytes: some BidirectionalCollection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var result = ""
    var decoder = UTF8()
    var rest = bytes[...]
    while !rest.isEmpty {
        var iterator = rest.makeIterator()
        switch decoder.decode(&iterator) {
        case .scalarValue(let scalar):
            result.unicodeScalars.append(scalar)
            rest = rest.dropFirst(UTF8.width(scalar))
        case .emptyInput, .error:
            if let byte = rest.popFirst() { result += hexEscape(byte) }
            decoder = UTF8()
        }
    }
    return result
}

private func hexEscape(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
}

/// Reads a decimal number from ASCII digits; nil for anything else or overflow.
@inline(__always)
func decimal(_ bytes: some Sequence<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var any = false
    for byte in bytes {
        guard (48...57).contains(byte) else { return nil }
        let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = scaled.addingReportingOverflow(UInt64(byte - 48))
        guard !overflow, !carry else { return nil }
        value = sum
        any = true
    }
    return any ? value : nil
}

/// Bytes in lower-case hexadecimal digits.
func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
        decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
