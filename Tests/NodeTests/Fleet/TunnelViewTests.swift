import Drivers
import Host
import Resources
import Testing

@testable import Node

/// What the state of the log makes of tunnels on one machine.
@Suite struct TunnelViewTests {
    private func node(_ name: String, _ data: ValueMap) throws -> Resource {
        let moment = Resource.Moment(position: Position(1), time: WallTime(milliseconds: 1))
        let draft = Draft(
            id: Identifier(high: 1, low: UInt64(name.utf8.last ?? 0)), type: FleetTypes.node.name,
            namespace: .root, name: try ResourceName(name), data: data)
        return Resource(draft: draft, created: moment, changed: moment)
    }

    private func addresses(_ own: String, tunnels: [String: String]) throws -> MachineAddresses {
        let nodes = try ["n1", "n2", "n3"].enumerated().map { place, name in
            var data: ValueMap = ["addresses": .list([.text("192.0.2.\(place + 1):7118")])]
            data["tunnelAddress"] = tunnels[name].map(Value.text)
            return try node(name, data)
        }
        return MachineAddresses(nodes, own: try Namespace("/machines/\(own)"))
    }

    @Test func requestsGoThroughTheTunnelWhereBothEndsHaveOne() throws {
        let tunnels = ["n1": "10.211.0.1", "n2": "10.211.0.2"]
        let from1 = try addresses("n1", tunnels: tunnels)
        #expect(from1.hosts["n2"] == "10.211.0.2" && from1.hosts["n3"] == "192.0.2.3")
        let from3 = try addresses("n3", tunnels: tunnels)
        #expect(from3.hosts["n1"] == "192.0.2.1" && from3.hosts["n2"] == "192.0.2.2")
    }
}
