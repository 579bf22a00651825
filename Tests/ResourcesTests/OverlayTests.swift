import Resources
import Testing

@Suite struct OverlayTests {
    @Test(arguments: [
        ("10.211.0.0/16", 65_534, "10.211.0.1", "10.211.255.254"),
        ("192.168.7.128/30", 2, "192.168.7.129", "192.168.7.130"),
    ])
    func aBlockCountsTheAddressesOfMachines(
        _ text: String, _ count: Int, _ first: String, _ last: String
    ) throws {
        let block = try #require(AddressBlock(text))
        #expect(block.description == text && block.count == count && block.isOfMachines)
        #expect(block.address(1) == first && block.address(count) == last)
        #expect(block.number(of: first) == 1 && block.number(of: last) == count)
        #expect(block.number(of: block.address(0)) == nil)
        #expect(block.number(of: "203.0.113.1") == nil && block.number(of: "x") == nil)
    }

    @Test(arguments: [
        "", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.1/8", "10.0.0/8",
        "010.0.0.0/8", "10.0.0.256/32", "10.0.0.0/8/8", "fd00::/8", "10.0.0.0/-1",
    ])
    func whatIsNoBlockIsNone(_ text: String) { #expect(AddressBlock(text) == nil) }

    @Test(arguments: ["127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/8", "10.0.0.0/31", "128.0.0.0/1"])
    func noMachineHasAnAddressOfThese(_ text: String) throws {
        #expect(try #require(AddressBlock(text)).isOfMachines == false)
    }

    @Test func whatIsNotGivenIsAsWireGuardHasIt() throws {
        let overlay = try Overlay(["network": "10.211.0.0/16"], of: "overlay/fleet")
        #expect(overlay.port == 51_820 && overlay.keepalive == 0)
    }

    @Test(
        arguments: [
            ([:], "network"), (["network": "10.0.0.1/8"], "network"),
            (["network": "127.0.0.0/8"], "network"),
            (["network": "10.0.0.0/8", "port": 0], "port"),
            (["network": "10.0.0.0/8", "port": 65_536], "port"),
            (["network": "10.0.0.0/8", "keepalive": -1], "keepalive"),
            (["network": "10.0.0.0/8", "keepalive": 65_536], "keepalive"),
        ] as [(ValueMap, String)])
    func whatMeansNothingIsRefusedWithItsField(_ data: ValueMap, _ field: String) throws {
        let refusal = #expect(throws: Refusal.self) { try Overlay(data, of: "overlay/fleet") }
        #expect(refusal?.code == .invalidValue && refusal?.field == field)
        #expect(refusal?.remedy?.isEmpty == false)
    }
}
