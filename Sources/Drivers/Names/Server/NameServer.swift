public import Host
internal import Resources
internal import Synchronization

/// The DNS server of a machine: says what is in its zones, by datagrams and streams, and hands
/// questions about other names to other servers when it was told some. One thread of its own.
public final class NameServer: Sendable {
    /// What the driver owns and needs.
    public static var contract: DriverContract { .names }

    /// Where it listens.
    public let endpoints: [Endpoint]
    private let shared: Shared

    /// What the thread and the others see.
    final class Shared: Sendable {
        let queue: EventQueue
        let answers: Mutex<NameAnswers>
        let statistics = Mutex(NameStatistics())
        let isStopped = Atomic<Bool>(false)
        let hasEnded = Atomic<Bool>(false)

        init(queue: EventQueue, forwards: Bool) {
            self.queue = queue
            answers = Mutex(NameAnswers([], forwards: forwards))
        }
    }

    /// The sockets of one address.
    struct Sockets: Sendable {
        let datagrams: DatagramSocket
        let streams: StreamListener
    }

    /// Listens on a port of some addresses; port 0 takes one that is free on all. Each address is
    /// one of this machine: of all addresses (`0.0.0.0`) an answer may come from the wrong one.
    public init(
        addresses: [IPAddress], port: UInt16, forward: NameForward? = nil,
        entropy: any Entropy = LinuxEntropy()
    ) throws(DriverError) {
        guard !addresses.isEmpty else {
            throw DriverError(
                .unsupported, operation: "start", subject: "name server",
                cause: "no address to listen on", remedy: "give one, such as 127.0.0.1")
        }
        let sockets: [Sockets]
        let queue: EventQueue
        do throws(SocketError) {
            sockets = try Self.listen(addresses, port)
            queue = try EventQueue()
        } catch { throw DriverError(error) }
        let endpoints = zip(addresses, sockets).map { Endpoint($0, $1.datagrams.port) }
        try forward?.check(listening: endpoints)
        let shared = Shared(queue: queue, forwards: forward != nil)
        do throws(ThreadError) {
            try HostThread.start("pisces-names") {
                NameLoop(shared, sockets, forward, entropy).run()
                shared.hasEnded.store(true, ordering: .releasing)
            }
        } catch {
            throw DriverError(
                .exhausted, operation: "start", subject: "name server",
                cause: "no thread: errno \(error.code)")
        }
        self.endpoints = endpoints
        self.shared = shared
    }

    /// Datagrams and streams of every address on one port.
    private static func listen(
        _ addresses: [IPAddress], _ port: UInt16
    ) throws(SocketError) -> [Sockets] {
        var tries = Limits.forwardPorts.value
        while true {
            do throws(SocketError) {
                var sockets: [Sockets] = []
                for address in addresses {
                    let chosen = sockets.first?.datagrams.port ?? port
                    let datagrams = try DatagramSocket(Endpoint(address, chosen))
                    let streams = try StreamListener(Endpoint(address, datagrams.port))
                    sockets.append(Sockets(datagrams: datagrams, streams: streams))
                }
                return sockets
            } catch {
                tries -= 1
                guard port == 0, error.isTaken, tries > 0 else { throw error }
            }
        }
    }

    deinit { stop() }

    /// Answers from these zones from now on, and from no others.
    public func publish(_ zones: [Zone]) {
        shared.answers.withLock { $0 = NameAnswers(zones, forwards: $0.forwards) }
    }

    /// What it has done.
    public var statistics: NameStatistics { shared.statistics.withLock { $0 } }

    /// Ends the server; when this returns, its port is free, unless the machine is very slow.
    public func stop() {
        guard !shared.isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        shared.queue.wake()
        for _ in 0..<2000 where !shared.hasEnded.load(ordering: .acquiring) {
            LinuxSystem.pause(milliseconds: 1)
        }
    }
}
