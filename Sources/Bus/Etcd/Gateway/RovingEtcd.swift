internal import Resources
internal import Synchronization

/// A client of etcd whose members come and go: asks where they are before each call, and takes a
/// new client when that has changed.
public final class RovingEtcd: EtcdCalls {
    private let endpoints: @Sendable () -> [String]
    private let security: @Sendable () throws(BusError) -> EtcdSecurity
    private let present = Mutex<(endpoints: [String], client: EtcdClient)?>(nil)

    /// A client of the members that `endpoints` gives, as in `https://10.0.0.7:7119`.
    public init(
        endpoints: @escaping @Sendable () -> [String],
        security: @escaping @Sendable () throws(BusError) -> EtcdSecurity
    ) {
        self.endpoints = endpoints
        self.security = security
    }

    /// Ends all requests and watches.
    public func close() {
        let client = present.withLock { present in
            defer { present = nil }
            return present?.client
        }
        client?.close()
    }

    /// Takes a new client with the next call: what it shows has changed.
    public func renew() { close() }

    private func client() throws(BusError) -> EtcdClient {
        let wanted = endpoints()
        if let known = present.withLock({ $0 }), known.endpoints == wanted { return known.client }
        guard !wanted.isEmpty else {
            throw BusError(
                .unreachable, operation: "ask", subject: "etcd", cause: "no member of it is known",
                remedy: "see pisces node list")
        }
        let client = try EtcdClient(endpoints: wanted, security: try security())
        let old = present.withLock { present in
            defer { present = (wanted, client) }
            return present?.client
        }
        old?.close()
        return client
    }

    public func transact(
        _ transaction: EtcdTransaction, milliseconds: Int
    ) throws(BusError) -> EtcdTransactionAnswer {
        try client().transact(transaction, milliseconds: milliseconds)
    }

    public func range(_ range: EtcdRange, milliseconds: Int) throws(BusError) -> EtcdRangeAnswer {
        try client().range(range, milliseconds: milliseconds)
    }

    public func watch(
        _ request: EtcdWatchRequest, avoiding: Int?
    ) throws(BusError) -> EtcdClient.Watch {
        try client().watch(request, avoiding: avoiding)
    }

    public func compact(before revision: UInt64, milliseconds: Int) throws(BusError) {
        try client().compact(before: revision, milliseconds: milliseconds)
    }
}
