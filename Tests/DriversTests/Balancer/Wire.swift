internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Synchronization
internal import Testing

/// One connection of a test, blocking for ten seconds at the most.
final class Wire: Sendable {
    let descriptor: Int32

    /// Takes over a descriptor.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, 0)
        var time = timeval(tv_sec: 10, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(
                descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Connects to a port of this machine.
    convenience init(to port: UInt16, receiving room: Int32? = nil) throws {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var room {
            _ = unsafe setsockopt(made, SOL_SOCKET, SO_RCVBUF, &room, 4)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(made, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(made)
            throw WireFailure(what: "connect to \(port): \(errno)")
        }
        self.init(made)
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var at = 0
        while at < bytes.count {
            let sent = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.send(
                    descriptor, all.baseAddress?.advanced(by: at), bytes.count - at,
                    Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw WireFailure(what: "send: \(errno)") }
            at += sent
        }
    }

    /// What came next; empty at the end.
    func receive(_ most: Int = 65_536) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: most)
        let count = unsafe recv(descriptor, &bytes, most, 0)
        guard count >= 0 else { throw WireFailure(what: "receive: \(errno)") }
        return Array(bytes.prefix(count))
    }

    /// All until the end.
    func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let next = try receive()
            if next.isEmpty { return all }
            all += next
        }
    }

    func text() throws -> String { String(decoding: try receiveAll(), as: UTF8.self) }

    /// Receives until `end` has come.
    func text(until end: String) throws -> String {
        var all = ""
        while !all.hasSuffix(end) {
            let next = try receive(1)
            if next.isEmpty { throw WireFailure(what: "ended after \(all)") }
            all += String(decoding: next, as: UTF8.self)
        }
        return all
    }

    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }
}

extension SeededRandom {
    mutating func below(_ bound: Int) -> Int { Int(next(upperBound: UInt64(bound))) }
}

struct WireFailure: Error { let what: String }

/// A backend of a test: each of its connections is served by a thread.
final class Backend: Sendable {
    let port: UInt16
    private let listener: Int32
    private let served = Atomic<Int>(0)
    private let state = Mutex(State())

    private struct State {
        var isOpen = true
        var wires: [Wire] = []
    }

    /// Connections it took.
    var connections: Int { served.load(ordering: .relaxed) }
    var address: SocketAddress { get throws { try #require(SocketAddress("127.0.0.1:\(port)")) } }

    init(port: UInt16 = 0, _ serve: @escaping @Sendable (Wire) throws -> Void) throws {
        listener = Socket.listen(
            on: try #require(SocketAddress("127.0.0.1:\(port)")), backlog: 1024)
        guard listener >= 0 else { throw WireFailure(what: "listen: \(-listener)") }
        self.port = UInt16(Socket.port(of: listener))
        _ = fcntl(listener, F_SETFL, 0)
        let listener = listener
        try HostThread.start("test-backend") { [weak self] in
            while true {
                let made = accept(listener, nil, nil)
                if made < 0 { return }
                let wire = Wire(made)
                guard let self, self.keep(wire) else { return }
                try? HostThread.start("test-connection") { try? serve(wire) }
            }
        }
    }

    private func keep(_ wire: Wire) -> Bool {
        served.add(1, ordering: .relaxed)
        return state.withLock { state in
            state.wires.append(wire)
            return state.isOpen
        }
    }

    /// Listens no more; with `breaking`, breaks what it has.
    func stop(breaking: Bool = false) {
        let wires = state.withLock { state in
            defer { state.wires = [] }
            guard state.isOpen else { return [Wire]() }
            state.isOpen = false
            shutdown(listener, Int32(SHUT_RDWR))
            close(listener)
            return state.wires
        }
        if breaking { for wire in wires { shutdown(wire.descriptor, Int32(SHUT_RDWR)) } }
    }

    deinit { stop(breaking: true) }

    /// Answers each request with its own name and the request's head.
    static func echo(_ name: String, port: UInt16 = 0) throws -> Backend {
        try Backend(port: port) { wire in
            while true {
                let head = try wire.text(until: "\r\n\r\n")
                let body = "\(name)\n\(head)"
                try wire.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            }
        }
    }
}

/// A port that is taken, and where nobody listens: connections are refused.
final class RefusingPort: Sendable {
    let address: SocketAddress
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let result = unsafe withUnsafePointer(to: name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw WireFailure(what: "bind: \(errno)") }
        address = try #require(SocketAddress("127.0.0.1:\(Socket.port(of: descriptor))"))
    }

    deinit { close(descriptor) }
}

/// A balancer of one test on a port of its own.
struct Bench {
    let balancer: Balancer
    var service: BalancerTable.Service
    let port: UInt16
    /// They serve as long as the test does.
    private let backends: [Backend]

    init(
        _ backends: [Backend], mode: BalancerTable.Mode = .http,
        policy: BalancerTable.Policy = .roundRobin, threads: Int = 1,
        times: BalancerTable.Times = BalancerTable.Times()
    ) throws {
        self.backends = backends
        balancer = try Balancer(threads: threads)
        let listen = try #require(SocketAddress("127.0.0.1:0"))
        let entries = try backends.enumerated().map { index, backend in
            BalancerTable.Backend(name: "b\(index)", address: try backend.address)
        }
        service = BalancerTable.Service(
            name: "test", listen: listen, mode: mode, policy: policy, backends: entries,
            times: times)
        #expect(balancer.apply(BalancerTable([service])).isEmpty)
        port = try #require(balancer.port(of: listen))
    }

    var counts: BalancerCounts { balancer.statistics()["test"]?.counts ?? BalancerCounts() }
    func counts(of backend: Int) -> BalancerCounts {
        balancer.statistics()["test"]?.backends["b\(backend)"] ?? BalancerCounts()
    }

    func wire() throws -> Wire { try Wire(to: port) }

    /// One request on a connection of its own; the whole answer.
    func ask(_ request: String) throws -> String {
        let wire = try wire()
        try wire.send(request)
        return try wire.text()
    }

    func get(_ path: String = "/") throws -> String {
        try ask("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    }
}
