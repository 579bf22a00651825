import Testing

@testable import Resources

@Suite struct CBORTests {
    @Test func identifierTextRoundTrips() {
        let id = Identifier(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
        #expect(Identifier(id.description) == id)
        #expect(Identifier(bytes: id.bytes) == id)
    }
}
