extension AppShape {
    /// Units of durations with their milliseconds; the longest unit that fits comes first.
    static let durations: [(unit: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
    ]

    /// Units of sizes with their bytes.
    static let sizes: [(unit: String, bytes: Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1),
    ]

    /// Milliseconds as people write them: `90s`, `1500ms`.
    static func duration(_ milliseconds: Int64) -> String {
        let whole = durations.last { milliseconds % $0.milliseconds == 0 && milliseconds != 0 }
        return whole.map { "\(milliseconds / $0.milliseconds)\($0.unit)" } ?? "\(milliseconds)ms"
    }

    /// Bytes as people write them: `64MiB`.
    static func size(_ bytes: Int64) -> String {
        let whole = sizes.dropLast().last { bytes % $0.bytes == 0 && bytes != 0 }
        return whole.map { "\(bytes / $0.bytes)\($0.unit)" } ?? "\(bytes)B"
    }

    /// A whole number and its unit, in the smallest one; nil when it is something else.
    static func amount(_ text: String, _ units: [(unit: String, of: Int64)]) -> Int64? {
        guard let unit = units.first(where: { text.hasSuffix($0.unit) }) else { return nil }
        var digits = text.dropLast(unit.unit.count)
        if digits.last == " " { digits.removeLast() }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(digits)
        else { return nil }
        let product = number.multipliedReportingOverflow(by: unit.of)
        return product.overflow ? .max : product.partialValue
    }
}

extension AppShape.Check {
    /// Whole bytes, or a text with a binary unit.
    func size(_ value: Value, _ range: ClosedRange<Int>, _ path: [String]) throws(AppError) -> Int64
    {
        let units = AppShape.sizes.map { (unit: $0.unit, of: $0.bytes) }
        guard let bytes = value.int ?? value.text.flatMap({ AppShape.amount($0, units) }),
            bytes > 0
        else {
            throw AppError(
                path, found: "is no amount of bytes",
                expected: "write bytes, or a number with KiB, MiB, GiB or TiB, as in 64MiB")
        }
        guard range.contains(Int(bytes)) else {
            let (least, most) = (Int64(range.lowerBound), Int64(range.upperBound))
            throw AppError(
                path, found: "is too \(bytes > most ? "large" : "small")",
                expected: "write \(AppShape.size(least)) to \(AppShape.size(most)), "
                    + "with KiB, MiB, GiB or TiB")
        }
        return bytes
    }

    /// A text with a unit, or in a resource whole milliseconds.
    func duration(
        _ value: Value, _ range: ClosedRange<Int>, _ path: [String]
    ) throws(AppError) -> Int64 {
        let units = AppShape.durations.map { (unit: $0.unit, of: $0.milliseconds) }
        let bare = wantsUnits ? nil : value.int
        guard let amount = bare ?? value.text.flatMap({ AppShape.amount($0, units) }) else {
            throw AppError(
                path, found: "is no duration",
                expected: "write a whole number with ms, s, m or h, as in 10s")
        }
        guard range.contains(Int(amount)) else {
            let (least, most) = (Int64(range.lowerBound), Int64(range.upperBound))
            throw AppError(
                path, found: "is too \(amount > most ? "long" : "short")",
                expected: "write \(AppShape.duration(least)) to \(AppShape.duration(most))")
        }
        return amount
    }

    /// A port on 127.0.0.1, or `ADDRESS:PORT`; in one form, the text.
    func listen(_ value: Value, _ path: [String]) throws(AppError) -> Value {
        if let port = value.int, (1...65_535).contains(port) { return .text("127.0.0.1:\(port)") }
        if let listen = value.text.flatMap(App.Service.Listen.init(text:)) {
            return .text(listen.description)
        }
        throw AppError(
            path, found: "is no place to listen at",
            expected: "write a port of 127.0.0.1, as in 8000, or ADDRESS:PORT, as in "
                + "\"0.0.0.0:8000\" or \"[::1]:8000\"")
    }
}

extension App.Service.Listen {
    /// Reads `127.0.0.1:8000` or `[::1]:8000`; nil when it is something else.
    public init?(text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.first != "0",
            let port = Int(digits), port <= 65_535
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = String(host.dropFirst().dropLast())
            guard Self.isIPv6(address) else { return nil }
            self.init(address: address.lowercased(), port: port)
        } else {
            guard Self.isIPv4(host) else { return nil }
            self.init(address: String(host), port: port)
        }
    }

    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && (part.utf8.count == 1 || part.first != "0")
                    && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
                    && Int(part).map { $0 <= 255 } ?? false
            }
    }

    /// Groups of hexadecimal digits with at most one `::` (RFC 4291 section 2.2, forms 1 and 2).
    private static func isIPv6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var groups = 0
        for half in halves where !half.isEmpty {
            for group in half.split(separator: ":", omittingEmptySubsequences: false) {
                guard (1...4).contains(group.utf8.count), group.allSatisfy(\.isHexDigit),
                    group.utf8.allSatisfy({ $0 < 0x80 })
                else { return false }
                groups += 1
            }
        }
        return halves.count == 2 ? groups <= 7 : groups == 8
    }
}
