import Host
import Testing

@Suite struct NetlinkTests {
    /// By hand, from netlink(7) and rtnetlink(7).
    @Test func aRequestIsHeaderFamilyAndPaddedAttributes() {
        var request = NetlinkRequest(16, [.acknowledged, .create], header: [7, 0, 0, 0])
        request.add(3, text: "wg")
        request.nest(18) { list in
            list.add(1, word: UInt16(0x1234))
        }
        #expect(
            request.bytes == [
                40, 0, 0, 0, 16, 0, 0x05, 0x04, 1, 0, 0, 0, 0, 0, 0, 0,
                7, 0, 0, 0,
                7, 0, 3, 0, 0x77, 0x67, 0, 0,
                12, 0, 18, 0x80, 6, 0, 1, 0, 0x34, 0x12, 0, 0,
            ])
    }

    private func messages(_ bytes: [UInt8]) -> (messages: [NetlinkMessage], isWhole: Bool) {
        var found: [NetlinkMessage] = []
        let isWhole = unsafe NetlinkMessage.each(in: bytes.span.bytes) { found.append($0) }
        return (found, isWhole)
    }

    @Test func whatIsWrittenIsRead() throws {
        var request = NetlinkRequest(20, .dump, header: [2, 16, 0, 0, 9, 0, 0, 0])
        request.add(2, [10, 0, 0, 1])
        request.nest(8) { list in
            for number in 1...3 as ClosedRange<UInt8> { list.nest(0) { $0.add(1, [number]) } }
        }
        let (found, isWhole) = messages(request.bytes + request.bytes)
        #expect(isWhole && found.count == 2)
        let message = try #require(found.last)
        #expect(message.kind == 20 && message.flags == 0x301)
        #expect(message.word(1, as: UInt8.self) == 16 && message.word(4, as: UInt32.self) == 9)
        let attributes = message.attributes(after: 8)
        #expect(attributes[2].map { Array($0) } == [10, 0, 0, 1])
        #expect(attributes[3] == nil && attributes.word(2, as: UInt64.self) == nil)
        let items = NetlinkAttributes.list(attributes[8])
        #expect(items.map { NetlinkAttributes($0).word(1, as: UInt8.self) } == [1, 2, 3])
    }

    @Test func whatIsCutShortIsNotTaken() {
        var request = NetlinkRequest(20, .acknowledged, header: [0, 0, 0, 0])
        request.add(2, [1, 2, 3, 4])
        let bytes = request.bytes
        for count in 1..<bytes.count {
            let (found, isWhole) = messages(Array(bytes[..<count]))
            #expect(found.isEmpty && !isWhole, "\(count) bytes")
        }
        // A length of less than a header, and one beyond the end.
        for length in [0, 15, 255] as [UInt8] {
            #expect(!messages([length] + bytes[1...]).isWhole)
        }
        let body = Array(bytes[20...])
        #expect(NetlinkAttributes(body.dropLast()[...])[2] == nil)
        #expect(NetlinkAttributes([3, 0, 2, 0])[2] == nil)
    }

    @Test(arguments: ["192.0.2.7:51820", "[2001:db8::1]:443"])
    func anAddressIsReadAsTheKernelHasIt(_ text: String) throws {
        let address = try #require(SocketAddress(text))
        #expect(SocketAddress(kernelBytes: address.kernelBytes) == address)
        #expect(SocketAddress(kernelBytes: Array(address.kernelBytes.dropLast(13))) == nil)
        var other = address.kernelBytes
        other[0] = 1
        #expect(SocketAddress(kernelBytes: other) == nil)
    }
}
