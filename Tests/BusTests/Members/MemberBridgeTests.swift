import Host
import NIOCore
import NIOPosix
import Resources
import Testing

@testable import Bus

@Suite struct MemberBridgeTests {
    func name(_ text: String) throws -> ResourceName { try ResourceName(text) }

    @Test func aRouteLeadsFromWhereAMemberIsListedToWhereItIs() throws {
        let (a, b) = (try name("a"), try name("b"))
        let routes = MemberRoutes(
            listed: [a: ["https://10.0.0.1:7120"], b: ["https://10.0.0.2:7120"]],
            present: [a: "https://10.0.0.2:7120", b: "https://10.0.0.3:7120"])
        #expect(routes.target("10.0.0.1:7120") == "10.0.0.2:7120")
        // What is listed counts before who is there now.
        #expect(routes.target("10.0.0.2:7120") == "10.0.0.3:7120")
        #expect(routes.target("10.0.0.3:7120") == "10.0.0.3:7120")
        #expect(routes.target("10.0.0.4:7120") == nil)
        #expect(routes.strays(besides: a) == [b])
        #expect(routes.strays(besides: b) == [a])
    }

    @Test func bytesPassBothWaysAndAllEndsTogether() throws {
        let loops = BusLoops()
        defer { #expect(throws: Never.self) { try loops.stop() } }
        let echo = try ServerBootstrap(group: loops.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Echo())
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        let place = "127.0.0.1:\(try #require(echo.localAddress?.port))"
        let bridge = MemberBridge(loops: loops)
        bridge.routes = MemberRoutes(
            listed: [try name("b"): ["https://10.0.0.2:7120"]],
            present: [try name("b"): "https://" + place])
        let address = try bridge.open()
        #expect(try bridge.open() == address)
        let port = try #require(Int(address.split(separator: ":").last ?? ""))
        let sent = [UInt8](repeating: 7, count: 3_000_000)
        let good = try RawConnection(port: port, identity: nil, loops: loops)
        good.send(Array("CONNECT 10.0.0.2:7120 HT".utf8))
        good.send(Array("TP/1.1\r\nHost: x\r\n\r\n".utf8))
        let greeting = Array("HTTP/1.1 200 Connected\r\n\r\n".utf8)
        wait { good.bytes.count >= greeting.count }
        good.send(sent)
        wait { good.bytes.count >= greeting.count + sent.count }
        #expect(good.bytes == greeting + sent)
        bridge.close()
        wait { good.isClosed }
        try echo.close().wait()
    }

    @Test(arguments: [
        "CONNECT 10.0.0.9:7120 HTTP/1.1\r\n\r\n", "CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n",
        "GET http://10.0.0.2:7120/ HTTP/1.1\r\n\r\n", "CONNECT\r\n\r\n", "\r\n\r\n",
    ]) func whatLeadsToNoMemberIsRefused(request: String) throws {
        let loops = BusLoops()
        defer { #expect(throws: Never.self) { try loops.stop() } }
        let bridge = MemberBridge(loops: loops)
        defer { bridge.close() }
        bridge.routes = MemberRoutes(
            listed: [try name("b"): ["https://10.0.0.2:7120"]], present: [:])
        let address = try bridge.open()
        let port = try #require(Int(address.split(separator: ":").last ?? ""))
        let one = try RawConnection(port: port, identity: nil, loops: loops)
        one.send(Array(request.utf8))
        wait { one.isClosed }
        #expect(String(decoding: one.bytes, as: UTF8.self).hasPrefix("HTTP/1.1 403 "))
    }

    @Test func aRequestWithoutEndIsCutOff() throws {
        let loops = BusLoops()
        defer { #expect(throws: Never.self) { try loops.stop() } }
        let bridge = MemberBridge(loops: loops)
        defer { bridge.close() }
        let address = try bridge.open()
        let port = try #require(Int(address.split(separator: ":").last ?? ""))
        let one = try RawConnection(port: port, identity: nil, loops: loops)
        one.send([UInt8](repeating: 65, count: Limits.bridgeRequest.value + 1))
        wait { one.isClosed }
        #expect(one.bytes.isEmpty)
    }

    /// Looks until that holds; the bound of the whole run ends a wait for ever.
    private func wait(_ condition: () -> Bool) {
        while !condition() { LinuxSystem.pause(milliseconds: 5) }
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(data, promise: nil)
        }
    }
}
