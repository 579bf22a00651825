import Host
import Resources
import Testing

@testable import Drivers

@Suite struct NetworkSettingTests {
    @Test func withoutAnAddressItIsLent() throws {
        #expect(try NetworkSetting([:]) == .lent)
        #expect(try NetworkSetting(["address": ""]) == .lent)
    }

    @Test func aFixedAddressIsRead() throws {
        let setting = try NetworkSetting([
            "address": "192.0.2.7/24", "gateway": "192.0.2.1",
            "servers": ["9.9.9.9", "1.1.1.1", "8.8.8.8", "8.8.4.4"],
        ])
        guard case .fixed(let fixed) = setting else {
            Issue.record("\(setting)")
            return
        }
        #expect("\(fixed.address)/\(fixed.prefix)" == "192.0.2.7/24")
        #expect(fixed.gateway == IPAddress("192.0.2.1"))
        #expect(fixed.nameServers.count == Limits.leaseNameServers.value)
        #expect(Lease.mask(fixed.prefix) == IPAddress("255.255.255.0"))
    }

    @Test(
        arguments: [
            (["address": "192.0.2.7"], "address"), (["address": "192.0.2.7/0"], "address"),
            (["address": "192.0.2.7/32"], "address"), (["address": "2001:db8::1/24"], "address"),
            (["address": "x/24"], "address"), (["address": "192.0.2.7/24/1"], "address"),
            (["address": "192.0.2.7/24", "gateway": "192.0.3.1"], "gateway"),
            (["address": "192.0.2.7/24", "gateway": "::1"], "gateway"),
            (["address": "192.0.2.7/24", "servers": ["dns"]], "servers"),
        ] as [(ValueMap, String)]) func whatCannotBeUsedIsNamed(data: ValueMap, field: String)
    {
        let error = #expect(throws: DriverError.self) { try NetworkSetting(data) }
        #expect(error?.subject == "network, field \(field)")
        #expect(error?.remedy?.isEmpty == false)
    }
}
