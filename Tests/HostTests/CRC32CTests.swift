import Testing

@testable import Host

@Suite struct CRC32CTests {
    @Test func theCheckValueIsThatOfTheStandard() {
        let bytes = Array("123456789".utf8)
        #expect(unsafe CRC32C.of(bytes.span.bytes) == 0xE306_9283)
    }

    @Test(arguments: 0..<70)
    func instructionAndTableAgree(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        #expect(unsafe CRC32C.of(bytes.span.bytes) == CRC32C.byTable(bytes.span.bytes))
    }
}
