import Host
import Resources
import Testing

@testable import Drivers

/// Replies as servers send them.
enum Replies {
    static let hardware: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56]
    static let server = IPAddress(number: 0x0A00_0202)
    static let address = IPAddress(number: 0x0A00_020F)

    static let standard: [[UInt8]] = [
        [54, 4, 10, 0, 2, 2], [51, 4, 0, 1, 0x51, 0x80], [1, 4, 255, 255, 255, 0],
        [3, 4, 10, 0, 2, 2], [6, 8, 10, 0, 2, 3, 8, 8, 8, 8],
    ]

    static func reply(
        _ kind: LeaseReply.Kind, to transaction: UInt32, _ options: [[UInt8]] = standard,
        address: IPAddress = address
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 236)
        bytes.replaceSubrange(0..<3, with: [2, 1, 6])
        bytes.replaceSubrange(4..<8, with: IPAddress(number: transaction).bytes)
        bytes.replaceSubrange(16..<20, with: address.bytes)
        bytes.replaceSubrange(28..<34, with: hardware)
        return bytes + LeaseReply.magic + [53, 1, kind.rawValue] + options.flatMap { $0 } + [255]
    }
}

@Suite struct LeaseMessageTests {
    @Test func aRequestHasItsPlaces() {
        let request = LeaseRequest(
            kind: .discover, transaction: 0x0102_0304, hardware: Replies.hardware, seconds: 258,
            hostName: "pi")
        let bytes = request.bytes
        #expect(bytes.count == 300)
        #expect(bytes[..<12] == [1, 1, 6, 0, 1, 2, 3, 4, 1, 2, 0x80, 0])
        #expect(Array(bytes[28..<34]) == Replies.hardware)
        #expect(Array(bytes[236..<243]) == [99, 130, 83, 99, 53, 1, 1])
        #expect(bytes.contains(255))
    }

    @Test func whoHasAnAddressAsksForNoBroadcast() {
        var request = LeaseRequest(
            kind: .request, transaction: 1, hardware: Replies.hardware, hostName: "")
        request.current = Replies.address
        #expect(request.bytes[10] == 0)
        #expect(Array(request.bytes[12..<16]) == Replies.address.bytes)
    }

    @Test func aLeaseIsReadFromAReply() throws {
        let reply = try LeaseReply(Replies.reply(.offer, to: 7))
        let lease = try Lease(reply)
        #expect(reply.transaction == 7)
        #expect(lease.address == Replies.address)
        #expect(lease.prefix == 24)
        #expect(lease.gateway == Replies.server)
        #expect(lease.nameServers.map { "\($0)" } == ["10.0.2.3", "8.8.8.8"])
        #expect(lease.seconds == 86_400)
        #expect(lease.renewSeconds == 43_200)
        #expect(lease.rebindSeconds == 75_600)
    }

    @Test func optionsGoOnInTheOtherFields() throws {
        var bytes = Replies.reply(.offer, to: 7, [[52, 1, 1], [54, 4, 10, 0, 2, 2]])
        bytes.replaceSubrange(108..<115, with: [51, 4, 0, 0, 14, 16, 255])
        #expect(try Lease(LeaseReply(bytes)).seconds == 3600)
    }

    @Test(arguments: [
        (UInt32(1), UInt64(Limits.leaseShortest.value)),
        (UInt32.max, UInt64(Limits.leaseLongest.value)),
    ]) func timesStayWithinTheLimits(lent: UInt32, held: UInt64) throws {
        let time = IPAddress(number: lent).bytes
        let bytes = Replies.reply(.agreed, to: 1, [[54, 4, 10, 0, 2, 2], [51, 4] + time])
        let lease = try Lease(LeaseReply(bytes))
        #expect(lease.seconds == held)
        #expect(lease.renewSeconds < lease.rebindSeconds && lease.rebindSeconds < held)
    }

    @Test func timesOutOfOrderAreReplaced() throws {
        let options: [[UInt8]] = [
            [54, 4, 10, 0, 2, 2], [51, 4, 0, 0, 14, 16], [58, 4, 0, 0, 15, 0], [59, 4, 0, 0, 1, 0],
        ]
        let lease = try Lease(LeaseReply(Replies.reply(.agreed, to: 1, options)))
        #expect(lease.renewSeconds == 1800)
        #expect(lease.rebindSeconds == 3150)
    }

    @Test(
        arguments: [
            ([[51, 4, 0, 0, 1, 0]], LeaseFault.missing(54)),
            ([[54, 4, 10, 0, 2, 2]], .missing(51)),
            ([[54, 3, 10, 0, 2]], .badOption(54)),
            ([[54, 4, 10, 0, 2, 2], [51, 5, 0, 0, 0, 0, 1]], .badOption(51)),
            (
                [[54, 4, 10, 0, 2, 2], [51, 4, 0, 0, 14, 16], [1, 4, 255, 0, 255, 0]],
                .unusable("mask 255.0.255.0")
            ),
        ] as [([[UInt8]], LeaseFault)])
    func anOfferThatCannotBeUsedIsRefused(options: [[UInt8]], fault: LeaseFault) {
        let bytes = Replies.reply(.offer, to: 1, options)
        #expect(throws: fault) { _ = try Lease(LeaseReply(bytes)) }
    }

    @Test(arguments: ["0.0.0.1", "127.0.0.1", "224.0.0.1", "255.255.255.255"])
    func noMachineCanHaveSomeAddresses(text: String) throws {
        let address = try #require(IPAddress(text))
        let bytes = Replies.reply(.offer, to: 1, address: address)
        #expect(throws: LeaseFault.unusable("address \(text)")) {
            _ = try Lease(LeaseReply(bytes))
        }
    }

    @Test func everyCutReplyIsRefusedOrMissesSomething() {
        let whole = Replies.reply(.offer, to: 1)
        for count in 0..<whole.count - 1 {
            let cut = Array(whole[..<count])
            #expect((try? LeaseReply(cut)) == nil || count > 242, "\(count)")
        }
    }
}
