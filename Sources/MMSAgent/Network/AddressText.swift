/// An IP address as people write it: RFC 5952 for IPv6; hexadecimal for any other length.
func addressText(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    switch bytes.count {
    case 4: return bytes.map { String($0) }.joined(separator: ".")
    case 16: return longAddressText(bytes)
    default: return hardwareText(bytes)
    }
}

/// A hardware address: bytes in hexadecimal with colons.
func hardwareText(_ bytes: some Collection<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
}

private func longAddressText(_ bytes: [UInt8]) -> String {
    let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
    if isMapped { return "::ffff:" + addressText(bytes[12...]) }
    let groups = stride(from: 0, to: 16, by: 2).map {
        UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
    }
    // The first longest run of two zero groups or more becomes "::".
    var best = 0..<0
    var start = 0
    while start < 8 {
        let end = groups[start...].firstIndex { $0 != 0 } ?? 8
        if end - start > max(1, best.count) { best = start..<end }
        start = max(end, start + 1)
    }
    let words = { (part: ArraySlice<UInt16>) in
        part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    if best.isEmpty { return words(groups[...]) }
    return words(groups[..<best.lowerBound]) + "::" + words(groups[best.upperBound...])
}
