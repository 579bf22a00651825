import NIOCore
import NIOPosix
import NIOSSL
import Resources
import Synchronization
import Trust

@testable import Bus

/// A TLS connection over which a test sends whatever bytes it likes.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let received: Received

    /// What came back so far.
    final class Received: Sendable {
        let bytes = Mutex<[UInt8]>([])
        let isClosed = Atomic<Bool>(false)
    }

    /// Connects, with TLS when there is an identity to show.
    init(port: Int, identity: TLSIdentity?, loops: BusLoops) throws {
        let received = Received()
        self.received = received
        channel = try ClientBootstrap(group: loops.group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let identity {
                        try pipeline.addHandler(
                            NIOSSLClientHandler(
                                context: identity.client, serverHostname: nil,
                                customVerificationCallback: { _, promise in
                                    promise.succeed(.certificateVerified)
                                }))
                    }
                    try pipeline.addHandler(Collector(received: received))
                }
            }
            .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: port)).wait()
    }

    func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    func send(_ message: PeerMessage) {
        channel.writeAndFlush(FrameReader.frame(message), promise: nil)
    }

    func close() { channel.close(promise: nil) }

    var isClosed: Bool { received.isClosed.load(ordering: .acquiring) }

    /// The bytes that came back.
    var bytes: [UInt8] { received.bytes.withLock { $0 } }

    /// The messages that came back.
    var messages: [PeerMessage] {
        var reader = FrameReader(limit: Limits.busMessageBytes)
        reader.feed(ByteBuffer(bytes: received.bytes.withLock { $0 }))
        var messages: [PeerMessage] = []
        while let bytes = try? reader.next(), let message = try? PeerMessage(bytes: bytes) {
            messages.append(message)
        }
        return messages
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let received: Received

        init(received: Received) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            received.bytes.withLock { $0 += Array(bytes.readableBytesView) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            received.isClosed.store(true, ordering: .releasing)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
