import Testing

@testable import Resources

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "[]", "{}", "-1", "9007199254740993", "9223372036854775807", "0.5",
        "\"a\\\"b\\\\c\\n\"", "[1,[2,{\"a\":[]}]]", "{\"a\":1,\"bb\":{\"c\":\"\u{6c34}\"}}",
        "{\"$bytes\":\"AQID\"}",
    ]) func writesWhatItReads(text: String) throws {
        var writer = JSONWriter()
        writer.write(try JSONReader.decode(Array(text.utf8)))
        #expect(writer.text == text)
    }

    @Test(arguments: [
        ("{\"a\":1,\"a\":2}", "repeated", 8), ("9223372036854775808", "64 bits", 1),
        ("1e999", "too large", 1), ("NaN", "value is expected", 1), ("01", "start with 0", 1),
        ("[1,]", "value is expected", 4), ("{\"a\" 1}", "colon", 6), ("[1 2]", "comma", 4),
        ("\"\\ud800\"", "surrogate", 4), ("\"\\x\"", "escape", 3), ("\"a", "ends", 1),
        ("\"\u{01}\"", "control", 2), ("", "ends", 1), ("1 1", "follows", 3), ("+1", "value", 1),
        ("{a:1}", "quotes", 2), ("1.", "digit", 3), ("-", "digit", 2), ("tru", "value", 1),
        ("\"\\u12g4\"", "hex", 4), ("{\"$bytes\":\"A\"}", "base 64", 15),
    ]) func refusesWithPlaceAndReason(text: String, reason: String, column: Int) {
        let error = #expect(throws: JSONError.self) { try JSONReader.decode(Array(text.utf8)) }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
        #expect(error?.column == column)
    }

    @Test func refusesTextThatIsNotUTF8() {
        let error = #expect(throws: JSONError.self) { try JSONReader.decode([0x22, 0xFF, 0x22]) }
        #expect(error?.reason.contains("UTF-8") == true)
    }

    @Test func refusesNestingBeyondTheLimit() {
        let depth = Limits.valueDepth.value + 2
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let error = #expect(throws: JSONError.self) { try JSONReader.decode(Array(text.utf8)) }
        #expect(error?.reason.contains("deeper") == true)
    }

    @Test func writesWideIntegersAsTextWhenAsked() {
        var writer = JSONWriter(wideIntegersAsText: true)
        writer.write(Value.map(["a": 9_007_199_254_740_993, "b": 9_007_199_254_740_992]))
        #expect(writer.text == "{\"a\":\"9007199254740993\",\"b\":9007199254740992}")
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
    func base64RoundTrips(text: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Base64.decodeURL(Base64.encodeURL(bytes)) == bytes)
    }

    @Test(arguments: ["A", "AB=A", "====", "AA=", "AB==CD==", "A===", "AB=="])
    func base64RefusesWhatIsNotCanonical(text: String) { #expect(Base64.decode(text) == nil) }
}
