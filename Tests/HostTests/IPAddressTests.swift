internal import Host
internal import Testing

/// Addresses as text and bytes.
@Suite struct IPAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("fe80::", "fe80::"), ("::ffff:192.0.2.1", "::ffff:c000:201"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("0:0:1::", "0:0:1::"),
        ("1:0:0:4:5:6:7:8", "1::4:5:6:7:8"),
    ])
    func addressesAreReadAndWritten(text: String, written: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", "1..2.3", "1.2.3.4 ",
        "a.b.c.d",
        ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "+1::",
        "1:2:3:4:5:6:7:8::", "1.2.3.4::", "::1.2.3", ":1:2:3:4:5:6:7",
    ])
    func othersAreRefused(text: String) { #expect(IPAddress(text) == nil) }

    @Test(arguments: [
        ("127.77.1.2", true), ("10.0.0.1", true), ("172.15.0.1", false), ("172.31.0.1", true),
        ("192.168.1.1", true), ("192.169.1.1", false), ("169.254.1.1", true), ("8.8.8.8", false),
        ("::1", true), ("fd00::1", true), ("fe80::1", true), ("2001:db8::1", false),
    ])
    func privateOnesAreKnown(text: String, isPrivate: Bool) {
        #expect(IPAddress(text)?.isPrivate == isPrivate)
    }
}
