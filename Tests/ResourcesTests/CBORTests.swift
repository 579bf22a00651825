import Testing

@testable import Resources

@Suite struct CBORTests {
    /// Appendix A of RFC 8949, without tags, indefinite lengths and values beyond int64.
    static let fixtures: [(hex: String, value: Value)] = [
        ("00", 0), ("01", 1), ("0a", 10), ("17", 23), ("1818", 24), ("1819", 25), ("1864", 100),
        ("1903e8", 1000), ("1a000f4240", 1_000_000), ("1b000000e8d4a51000", 1_000_000_000_000),
        ("20", -1), ("29", -10), ("3863", -100), ("3903e7", -1000),
        ("3b7fffffffffffffff", .int(.min)), ("1b7fffffffffffffff", .int(.max)),
        ("f90000", 0.0), ("f98000", -0.0), ("f93c00", 1.0), ("fb3ff199999999999a", 1.1),
        ("f93e00", 1.5), ("f97bff", 65504.0), ("fa47c35000", 100_000.0),
        ("fa7f7fffff", 3.4028234663852886e+38), ("fb7e37e43c8800759c", 1.0e+300),
        ("f90001", 5.960464477539063e-8), ("f90400", 0.00006103515625), ("f9c400", -4.0),
        ("fbc010666666666666", -4.1), ("f97c00", .float(.infinity)),
        ("f9fc00", .float(-.infinity)), ("f4", false), ("f5", true), ("f6", .null),
        ("40", .bytes([])), ("4401020304", .bytes([1, 2, 3, 4])), ("60", ""), ("6161", "a"),
        ("6449455446", "IETF"), ("62225c", "\"\\"), ("62c3bc", "\u{fc}"), ("63e6b0b4", "\u{6c34}"),
        ("64f0908591", "\u{10151}"), ("80", []), ("83010203", [1, 2, 3]),
        ("8301820203820405", [1, [2, 3], [4, 5]]),
        (
            "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
            .list((1...25).map { .int($0) })
        ),
        ("a0", [:]), ("a26161016162820203", ["a": 1, "b": [2, 3]]),
        ("826161a161626163", ["a", ["b": "c"]]),
        (
            "a56161614161626142616361436164614461656145",
            ["a": "A", "b": "B", "c": "C", "d": "D", "e": "E"]
        ),
    ]

    @Test(arguments: fixtures) func writesAndReadsTheExamplesOfRFC8949(hex: String, value: Value)
        throws
    {
        let bytes = Self.bytes(hex)
        var writer = CBORWriter()
        writer.write(value)
        #expect(writer.bytes == bytes)
        #expect(try CBORReader.decode(bytes) == value)
        var reader = CBORReader(bytes)
        try reader.skip()
        #expect(throws: Never.self) { try reader.finish() }
    }

    @Test(arguments: ["", "19", "4401", "6261", "8301", "9bffffffffffffffff", "bb0fffffffffffffff"])
    func passesOverNothingThatIsNotThere(hex: String) {
        let error = #expect(throws: CBORError.self) {
            var reader = CBORReader(Self.bytes(hex))
            try reader.skip()
        }
        #expect(error?.reason == .truncated)
    }

    @Test func readsTheOneNaN() throws {
        let value = try CBORReader.decode(Self.bytes("f97e00"))
        guard case .float(let float) = value else {
            Issue.record("not a float: \(value)")
            return
        }
        #expect(float.isNaN)
    }

    @Test(arguments: [
        ("1800", CBORError.Reason.notCanonical), ("1817", .notCanonical), ("190018", .notCanonical),
        ("1a0000ffff", .notCanonical), ("1b00000000ffffffff", .notCanonical),
        ("fa3f800000", .notCanonical), ("fb3ff0000000000000", .notCanonical),
        ("fa7fc00000", .notCanonical), ("f97e01", .notCanonical), ("5f41ff", .unsupported),
        ("9fff", .unsupported), ("bfff", .unsupported), ("c074", .unsupported),
        ("f7", .unsupported), ("f0", .unsupported), ("1b8000000000000000", .integerRange),
        ("3b8000000000000000", .integerRange), ("1c", .unsupported), ("19", .truncated),
        ("1903", .truncated), ("4401", .truncated), ("6261", .truncated), ("8301", .truncated),
        ("9bffffffffffffffff", .truncated), ("bb0fffffffffffffff", .truncated), ("", .truncated),
        ("61ff", .invalidText), ("62c328", .invalidText), ("a2616201616101", .keyOrder),
        ("a2616101616102", .keyOrder), ("a1f6f6", .unexpected), ("a2626161016161", .truncated),
        ("0000", .trailing),
    ]) func refusesWhatIsNotCanonical(hex: String, reason: CBORError.Reason) {
        let error = #expect(throws: CBORError.self) { try CBORReader.decode(Self.bytes(hex)) }
        #expect(error?.reason == reason)
    }

    @Test func refusesNestingBeyondTheLimit() {
        let levels = Limits.valueDepth.value
        let deepest = [UInt8](repeating: 0x81, count: levels) + [0x00]
        #expect(throws: Never.self) { try CBORReader.decode(deepest) }
        let error = #expect(throws: CBORError.self) { try CBORReader.decode([0x81] + deepest) }
        #expect(error?.reason == .depth)
    }

    @Test func randomBytesNeverReadAsAnythingButThemselves() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            guard let value = try? CBORReader.decode(bytes) else { continue }
            var writer = CBORWriter()
            writer.write(value)
            #expect(writer.bytes == bytes)
        }
    }

    static func bytes(_ hex: String) -> [UInt8] {
        var rest = Substring(hex)
        var bytes: [UInt8] = []
        while let byte = UInt8(rest.prefix(2), radix: 16), rest.count >= 2 {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
