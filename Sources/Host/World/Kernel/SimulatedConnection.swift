/// A service of the World: what it answers to bytes that come to its socket.
public typealias SimulatedService = (_ bytes: [UInt8]) -> [UInt8]

/// A connection to a service of the World, which answers at once and tells things when a test
/// makes it.
final class SimulatedConnection: KernelConnection {
    let descriptor: Int32? = nil
    let isUrgent = false
    private(set) var isOpen = false
    let path: String
    private let kernel: SimulatedKernel
    private var queue: [[UInt8]] = []
    private var hasEnded = false

    init(_ path: String, _ kernel: SimulatedKernel) {
        self.path = path
        self.kernel = kernel
    }

    func open() throws(KernelError) {
        guard kernel.services[path] != nil else {
            throw KernelError(
                operation: "connect to \(path)", cause: "Connection refused",
                remedy: "start the service, or let this user reach its socket")
        }
        queue = []
        isOpen = true
        hasEnded = false
    }

    func send(_ bytes: [UInt8]) -> Bool {
        guard isOpen, let service = kernel.services[path] else {
            isOpen = false
            return false
        }
        tell(service(bytes))
        return true
    }

    func tell(_ bytes: [UInt8]) {
        if isOpen, !bytes.isEmpty { queue.append(bytes) }
    }

    func end() {
        if isOpen { hasEnded = true }
    }

    func wait(milliseconds: Int) -> Bool {
        if queue.isEmpty, !hasEnded { kernel.time.advance(milliseconds: UInt64(milliseconds)) }
        return !queue.isEmpty || hasEnded
    }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        guard isOpen else { return .empty }
        let part = queue
        queue = []
        for bytes in part { unsafe take(bytes.span.bytes) }
        guard hasEnded else { return .empty }
        isOpen = false
        hasEnded = false
        return .lost(cause: "the connection to \(path) has ended")
    }

    func close() { isOpen = false }
}

extension SimulatedKernel {
    public func connection(unixSocket path: String) throws(KernelError) -> any KernelConnection {
        let connection = SimulatedConnection(path, self)
        connections.append(connection)
        return connection
    }

    /// Makes the service of that path say something on its own to all who are connected.
    public func say(_ path: String, _ bytes: [UInt8]) {
        for one in connections where one.path == path { one.tell(bytes) }
    }

    /// Ends all connections to the service of that path.
    public func hangUp(_ path: String) {
        for one in connections where one.path == path { one.end() }
    }

    public func namespaceIdentifier(_ path: String) -> UInt64? { namespaces[path] }
}
