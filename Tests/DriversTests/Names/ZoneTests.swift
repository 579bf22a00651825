internal import Host
internal import Resources
internal import Testing

@testable internal import Drivers

/// What a zone takes and what it refuses.
@Suite struct ZoneTests {
    private func zone(_ records: [DNSRecord]) throws -> Zone {
        let apex = try #require(DNSName("zone"))
        let authority = DNSAuthority(server: apex, mailbox: apex, serial: 1, minimum: 1)
        return try Zone(apex, authority: authority, ttl: 5, records: records)
    }

    private func refusal(_ records: [DNSRecord]) -> String? {
        do {
            _ = try zone(records)
            return nil
        } catch { return (error as? DriverError)?.description }
    }

    @Test func recordsThatCannotBeAreRefused() throws {
        let web = try #require(DNSName("web.zone"))
        let other = try #require(DNSName("web.other"))
        let one = DNSData.address(try Sample.address("127.0.0.1"))
        let two = DNSData.address(try Sample.address("127.0.0.2"))
        #expect(
            refusal([DNSRecord(other, ttl: 5, one)])
                == "publish web.other: is not in zone zone; give it another name")
        #expect(
            refusal([DNSRecord(web, ttl: 5, one), DNSRecord(web, ttl: 6, two)])?
                .contains("other times to live") == true)
        #expect(refusal([DNSRecord(web, ttl: 5, .txt([]))])?.contains("text") == true)
        let soa = DNSAuthority(server: web, mailbox: web, serial: 1, minimum: 1)
        #expect(refusal([DNSRecord(web, ttl: 5, .soa(soa))])?.contains("second start") == true)
        let many = (0...Limits.recordSet.value).map { DNSRecord(web, ttl: 5, .text("\($0)")) }
        #expect(refusal(many)?.contains("more than 1000 records") == true)
        #expect(refusal([DNSRecord(web, ttl: 5, one), DNSRecord(web, ttl: 5, one)]) == nil)
    }

    @Test func namesThatAreNoneAreRefused() throws {
        for host in [NamedHost("a..b", addresses: []), NamedHost("", addresses: [])] {
            #expect(
                (try? Zone.zones(of: [host], servers: [], serial: 1)) == nil || host.name.isEmpty)
        }
        let label = String(repeating: "p", count: 64)
        let port = NamedHost("web", addresses: [], ports: [NamedPort(label, 1)])
        #expect((try? Zone.zones(of: [port], servers: [], serial: 1)) == nil)
    }

    @Test func textsAreCutIntoStrings() {
        guard case .txt(let strings) = DNSData.text(String(repeating: "x", count: 600)) else {
            return
        }
        #expect(strings.map(\.count) == [255, 255, 90])
        #expect(DNSData.text("") == .txt([[]]))
    }

    @Test func theLongerZoneAnswers() throws {
        let inner = try Zone.zones(
            of: [NamedHost("web", addresses: [try Sample.address("127.0.0.9")])],
            apex: "prod.pisces.internal", servers: [], serial: 1)
        let answers = NameAnswers(try Sample.zones() + inner.prefix(1), forwards: false)
        let query = try Sample.query("web.prod.pisces.internal", .a)
        let reply = try #require(try Sample.answer(query, answers))
        #expect(reply.bytes.suffix(4) == [127, 0, 0, 9])
        let hidden = try Sample.query("guestbook.prod.pisces.internal", .a)
        #expect(try #require(try Sample.answer(hidden, answers)).code == 3)
    }
}
