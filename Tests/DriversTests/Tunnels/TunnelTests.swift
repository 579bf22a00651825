import Host
import Resources
import Testing
import Trust

@testable internal import Drivers

@Suite struct TunnelTests {
    let key = TunnelKey()
    let machine: SimulatedWireGuard
    let device: TunnelDevice

    init() {
        machine = SimulatedWireGuard(key)
        device = TunnelDevice("pisces0", machine.kernel)
    }

    func peer(_ number: UInt8, at host: String = "192.0.2.") throws -> Tunnel.Peer {
        Tunnel.Peer(
            name: "n\(number)", key: [UInt8](repeating: number, count: 32),
            address: try #require(IPAddress("10.211.0.\(number)")),
            endpoint: SocketAddress(host: "\(host)\(number)", port: 51_820), keepalive: 0)
    }

    func tunnel(_ peers: [Tunnel.Peer], address: String? = "10.211.0.1") -> Tunnel {
        Tunnel(
            address: address.flatMap { IPAddress($0) }, prefix: 16, port: 51_820, peers: peers)
    }

    /// Keeps it, and gives what the kernel was asked to change.
    func keep(
        _ tunnel: Tunnel, _ told: inout TunnelDevice.Told
    ) throws -> [String] {
        machine.changes = []
        _ = try device.keep(tunnel, key: key, told: &told)
        return machine.changes.filter { $0 != "up" }
    }

    @Test func anInterfaceIsMadeAndThenLeftAlone() throws {
        var told: TunnelDevice.Told = [:]
        let wanted = tunnel([try peer(2), try peer(3)])
        #expect(try keep(wanted, &told) == ["create", "key", "peers 2", "+10.211.0.1/16"])
        let sight = try #require(machine.sight)
        #expect(sight.key == key.publicKey && sight.port == 51_820)
        #expect(sight.peers.map(\.key) == wanted.peers.map(\.key))
        #expect(sight.peers.map(\.endpoint) == wanted.peers.map(\.endpoint))
        #expect(sight.peers[0].allowed == [.init(address: [10, 211, 0, 2], prefix: 32)])
        #expect(try keep(wanted, &told) == [])
        // A node that starts again finds it, and tells once more where machines are.
        var anew: TunnelDevice.Told = [:]
        #expect(try keep(wanted, &anew) == ["peers 2"])
        #expect(try keep(wanted, &anew) == [])
    }

    @Test func whatOthersDidToItIsUndone() throws {
        var told: TunnelDevice.Told = [:]
        let wanted = tunnel([try peer(2)])
        _ = try keep(wanted, &told)
        machine.sight?.port = 9
        #expect(try keep(wanted, &told) == ["key"])
        machine.sight?.peers[0].allowed = [.init(address: [0, 0, 0, 0], prefix: 0)]
        #expect(try keep(wanted, &told) == ["peers 1"])
        machine.sight?.peers.append(.init(key: [UInt8](repeating: 99, count: 32)))
        #expect(try keep(wanted, &told) == ["peers 1"])
        #expect(machine.sight?.peers.count == 1)
        let index = Int32(machine.sight?.index ?? 0)
        machine.kernel.addAddress([10, 9, 9, 9, 24], on: index)
        #expect(try keep(wanted, &told) == ["-10.9.9.9/24"])
    }

    @Test func anotherAddressTakesThePlaceOfTheFormer() throws {
        var told: TunnelDevice.Told = [:]
        #expect(try keep(tunnel([], address: nil), &told) == ["create", "key"])
        #expect(try keep(tunnel([]), &told) == ["+10.211.0.1/16"])
        #expect(
            try keep(tunnel([], address: "10.211.0.5"), &told)
                == ["-10.211.0.1/16", "+10.211.0.5/16"])
    }

    @Test func whileATunnelWorksTheKernelKnowsBestWhereAMachineIs() throws {
        var told: TunnelDevice.Told = [:]
        _ = try keep(tunnel([try peer(2)]), &told)
        let heard = SocketAddress("198.51.100.7:4000")
        machine.sight?.peers[0].endpoint = heard
        machine.sight?.peers[0].agreed = machine.kernel.time.now.milliseconds / 1000
        #expect(try keep(tunnel([try peer(2)]), &told) == [])
        #expect(machine.sight?.peers[0].endpoint == heard)
        // It says itself that it is elsewhere.
        #expect(try keep(tunnel([try peer(2, at: "203.0.113.")]), &told) == ["peers 1"])
        #expect(machine.sight?.peers[0].endpoint == SocketAddress("203.0.113.2:51820"))
        // Or it is not heard any more.
        machine.sight?.peers[0].endpoint = heard
        machine.kernel.time.advance(milliseconds: 181_000)
        #expect(try keep(tunnel([try peer(2, at: "203.0.113.")]), &told) == ["peers 1"])
        #expect(machine.sight?.peers[0].endpoint == SocketAddress("203.0.113.2:51820"))
    }

    @Test func manyMachinesTakeSeveralMessages() throws {
        var told: TunnelDevice.Told = [:]
        let peers = try (2...151).map { try peer($0) }
        #expect(
            try keep(tunnel(peers), &told)
                == ["create", "key", "peers 64", "peers 64", "peers 22", "+10.211.0.1/16"])
        #expect(try keep(tunnel(peers), &told) == [])
        #expect(try keep(tunnel([]), &told) == ["peers 64", "peers 64", "peers 22"])
        #expect(machine.sight?.peers.isEmpty == true)
    }

    @Test func anAnswerThatComesInPartsIsPutTogether() throws {
        var told: TunnelDevice.Told = [:]
        _ = try keep(tunnel([try peer(2)]), &told)
        machine.allowedOfMessage = 2
        let many = (0..<5).map { TunnelSight.Allowed(address: [10, 0, 0, $0], prefix: 32) }
        machine.sight?.peers[0].allowed = many
        machine.sight?.peers.append(.init(key: try peer(3).key))
        var seen = TunnelSight()
        _ = machine.kernel.ask(16, WireGuard.ask(29, "pisces0")) { datagram in
            _ = NetlinkMessage.each(in: datagram) { seen.take($0) }
        }
        #expect(seen == machine.sight)
    }

    @Test func contactsSayWhichTunnelsWork() throws {
        var told: TunnelDevice.Told = [:]
        _ = try device.keep(tunnel([try peer(2), try peer(3)]), key: key, told: &told)
        machine.sight?.peers[0].agreed = machine.kernel.time.now.milliseconds / 1000 - 20
        machine.sight?.peers[0].received = 500
        machine.sight?.peers[1].sent = 148
        #expect(
            try device.keep(tunnel([try peer(2), try peer(3)]), key: key, told: &told) == [
                .init(name: "n2", age: 20, received: 500, sent: 0),
                .init(name: "n3", age: nil, received: 0, sent: 148),
            ])
    }

    @Test func anInterfaceOfAnotherIsNotTaken() throws {
        var told: TunnelDevice.Told = [:]
        _ = try keep(tunnel([]), &told)
        machine.sight?.key = [UInt8](repeating: 1, count: 32)
        let error = #expect(throws: DriverError.self) {
            try device.keep(tunnel([]), key: key, told: &told)
        }
        #expect(error?.remedy?.contains("ip link delete pisces0") == true)
        #expect(throws: DriverError.self) { try device.remove(key: key) }
        #expect(machine.sight != nil)
    }

    @Test func removedItIsGoneAndRemovedAgainNothingHappens() throws {
        var told: TunnelDevice.Told = [:]
        _ = try keep(tunnel([]), &told)
        try device.remove(key: key)
        #expect(machine.sight == nil && machine.changes.last == "delete")
        try device.remove(key: key)
        #expect(machine.changes.filter { $0 == "delete" }.count == 1)
    }

    @Test func aKernelWithoutWireGuardIsSaidSo() {
        machine.isMissing = true
        var told: TunnelDevice.Told = [:]
        let error = #expect(throws: DriverError.self) {
            try device.keep(tunnel([]), key: key, told: &told)
        }
        #expect(error?.kind == .unsupported && error?.remedy?.contains("modprobe") == true)
    }

    @Test(arguments: ["create", "key", "peers 1", "+10.211.0.1/16", "up"])
    func whatTheKernelRefusesIsTriedAgain(_ word: String) throws {
        machine.refusals[word] = "Operation not permitted"
        var told: TunnelDevice.Told = [:]
        let error = #expect(throws: DriverError.self) {
            try device.keep(tunnel([try peer(2)]), key: key, told: &told)
        }
        #expect(error?.cause == "Operation not permitted")
        machine.refusals = [:]
        _ = try device.keep(tunnel([try peer(2)]), key: key, told: &told)
        #expect(machine.sight?.peers.count == 1 && machine.sight?.key == key.publicKey)
        #expect(try keep(tunnel([try peer(2)]), &told) == [])
    }
}
