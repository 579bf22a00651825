internal import Host
internal import Testing

@testable internal import Drivers

/// Domain names in text and on the wire.
@Suite struct DNSNameTests {
    @Test(arguments: [
        ("web.prod", "web.prod"), ("web.prod.", "web.prod"), (".", "."), ("", "."),
        ("_http._tcp.Web", "_http._tcp.Web"), ("a\\.b.c", "a\\.b.c"), ("a\\032b", "a\\032b"),
        ("\\255\\007", "\\255\\007"), ("a\\\\b", "a\\\\b"),
    ])
    func namesAreReadAndWritten(text: String, written: String) throws {
        let name = try #require(DNSName(text))
        #expect(name.description == written)
        #expect(DNSName(written) == name)
    }

    @Test func lengthsAreThoseOfTheStandard() {
        let label = String(repeating: "a", count: 63)
        #expect(DNSName(label) != nil)
        #expect(DNSName(label + "a") == nil)
        let long = [label, label, label].joined(separator: ".")
        #expect(DNSName(long + "." + String(repeating: "b", count: 61))?.wire.count == 255)
        #expect(DNSName(long + "." + String(repeating: "b", count: 62)) == nil)
        for bad in ["a..b", ".a", "..", "a\\", "a\\25", "a\\256"] {
            #expect(DNSName(bad) == nil, "\(bad)")
        }
    }

    @Test func caseIsKeptAndDoesNotCount() throws {
        let small = try #require(DNSName("web.prod"))
        let large = try #require(DNSName("WEB.Prod"))
        #expect(small == large && Set([small, large]).count == 1)
        #expect(large.description == "WEB.Prod")
        #expect(DNSName("w\u{C9}b") != DNSName("w\u{E9}b"), "only letters of ASCII have a case")
    }

    @Test(arguments: [
        ("web.prod.zone", "zone", true), ("zone", "zone", true), ("ZONE", "zone", true),
        ("azone", "zone", false), ("zone", "a.zone", false), ("x", ".", true),
        ("zone.x", "zone", false),
        ("\\004zone", "zone", false),
    ])
    func belowIsByWholeLabels(name: String, apex: String, isWithin: Bool) throws {
        #expect(try #require(DNSName(name)).isWithin(try #require(DNSName(apex))) == isWithin)
    }

    @Test func addressesHaveNamesBackwards() throws {
        #expect(IPAddress("127.77.1.2")?.reverseName?.description == "2.1.77.127.in-addr.arpa")
        let six = try #require(IPAddress("2001:db8::1")?.reverseName?.description)
        #expect(six.hasPrefix("1.0.0.0.") && six.hasSuffix(".8.b.d.0.1.0.0.2.ip6.arpa"))
    }
}
