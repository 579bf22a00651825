import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

/// Who has which address in the network of tunnels, on the states that a log can have.
@Suite struct OverlayAddressesTests {
    let house: Gatehouse

    init() throws {
        house = try Gatehouse()
        for (name, number) in [("pi-2", 2), ("pi-3", 3)] as [(String, UInt8)] {
            try house.admit(name, number)
        }
    }

    func want(_ network: String?) throws {
        let found = try house.graph.resource(Overlay.type.name, Overlay.name, in: .root)
        switch (found, network) {
        case (nil, let network?):
            try house.commit([
                .create(
                    Draft(
                        id: house.ids.identifier(at: Gatehouse.noon), type: Overlay.type.name,
                        namespace: .root, name: Overlay.name, data: ["network": .text(network)]))
            ])
        case (let found?, let network?):
            try house.commit([.update(Update(id: found.id, data: ["network": .text(network)]))])
        case (let found?, nil): try house.commit([.delete(id: found.id, expect: found.revision)])
        case (nil, nil): return
        }
    }

    func key(_ name: String, _ number: UInt8?) throws {
        let key = number.map { Value.bytes(house.key($0)) } ?? .null
        try house.commit([.update(Update(id: try house.node(name).id, data: ["tunnel": key]))])
    }

    /// Decides until nothing is left to decide, and gives who has which address.
    @discardableResult
    func settle() throws -> [String: String] {
        for _ in 0..<3 {
            let due = try decided()
            if due.commands.isEmpty { break }
            try house.commit(due.commands)
        }
        #expect(try decided().commands.isEmpty)
        return Dictionary(
            try nodes().compactMap { node in
                node.data["tunnelAddress"]?.text.map { (node.name.text, $0) }
            }, uniquingKeysWith: { one, _ in one })
    }

    func nodes() throws -> [Resource] {
        try house.graph.resources(of: FleetTypes.node.name, below: .root)
    }

    func decided() throws -> OverlayAddresses {
        let found = try house.graph.resource(Overlay.type.name, Overlay.name, in: .root)
        let overlay = try found.map { try Overlay($0.data, of: $0.address) }
        return OverlayAddresses(overlay, nodes: try nodes())
    }

    @Test func whoHasAKeyGetsTheLowestFreeAddressAndKeepsIt() throws {
        try want("10.211.0.0/16")
        #expect(try settle() == [:])
        try key("pi-3", 13)
        #expect(try settle() == ["pi-3": "10.211.0.1"])
        try key("pi-1", 11)
        try key("pi-2", 12)
        let all = ["pi-3": "10.211.0.1", "pi-1": "10.211.0.2", "pi-2": "10.211.0.3"]
        #expect(try settle() == all)
        // Another key is another end at the same place.
        try key("pi-1", 21)
        #expect(try settle() == all)
        try key("pi-1", nil)
        #expect(try settle() == ["pi-3": "10.211.0.1", "pi-2": "10.211.0.3"])
    }

    @Test func whoIsRemovedLosesItsAddressWhichAnotherOneGets() throws {
        try want("10.211.0.0/16")
        try key("pi-2", 12)
        #expect(try settle() == ["pi-2": "10.211.0.1"])
        try house.commit(try Membership().remove(try ResourceName("pi-2"), on: house.graph))
        try key("pi-3", 13)
        #expect(try settle() == ["pi-3": "10.211.0.1"])
    }

    @Test func anotherNetworkGivesOtherAddressesAndNoneTakesThem() throws {
        try want("10.211.0.0/16")
        try key("pi-2", 12)
        try key("pi-3", 13)
        try settle()
        try want("192.168.9.0/24")
        #expect(try settle() == ["pi-2": "192.168.9.1", "pi-3": "192.168.9.2"])
        try want(nil)
        #expect(try settle() == [:])
    }

    @Test func aNetworkThatIsTooSmallNamesWhoIsWithout() throws {
        try want("10.211.0.0/30")
        for (name, number) in [("pi-1", 11), ("pi-2", 12), ("pi-3", 13)] as [(String, UInt8)] {
            try key(name, number)
        }
        #expect(try settle() == ["pi-1": "10.211.0.1", "pi-2": "10.211.0.2"])
        #expect(try decided().without == [ResourceName("pi-3")])
    }

    @Test func ofTwoWithOneAddressOneGetsAnother() throws {
        try want("10.211.0.0/16")
        for (name, number) in [("pi-2", 12), ("pi-3", 13)] as [(String, UInt8)] {
            try key(name, number)
            let id = try house.node(name).id
            try house.commit([
                .update(Update(id: id, data: ["tunnelAddress": "10.211.0.7"]))
            ])
        }
        #expect(try settle() == ["pi-2": "10.211.0.7", "pi-3": "10.211.0.1"])
    }

    @Test func aFleetHasOneNetworkWithDataThatMeanSomething() throws {
        func refusal(_ name: String, _ data: ValueMap) throws -> Refusal? {
            let draft = Draft(
                id: house.ids.identifier(at: Gatehouse.noon), type: Overlay.type.name,
                namespace: .root, name: try ResourceName(name), data: data)
            return #expect(throws: Refusal.self) { try house.commit([.create(draft)]) }
        }
        #expect(try refusal("other", ["network": "10.211.0.0/16"])?.field == "name")
        #expect(try refusal("fleet", ["network": "10.211.0.1/16"])?.field == "network")
        #expect(
            try refusal("fleet", ["network": "10.211.0.0/16", "port": 0])?.code == .invalidValue)
        try want("10.211.0.0/16")
        #expect(throws: Refusal.self) { try want("10.211.0.0/31") }
        #expect(throws: Refusal.self) { try want("somewhere") }
    }
}
