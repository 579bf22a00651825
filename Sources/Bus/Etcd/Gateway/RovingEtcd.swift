internal import Resources
internal import Synchronization

/// A client of etcd whose members come and go: asks where they are before each call, and takes a
/// new client when that has changed.
public final class RovingEtcd: EtcdCalls {
    private let endpoints: @Sendable () -> [String]
    private let security: @Sendable () throws(BusError) -> EtcdSecurity
    private let state = Mutex(State())

    private struct State {
        var present: (endpoints: [String], client: EtcdClient)?
        /// The calls that are under way, by client.
        var calls: [ObjectIdentifier: Int] = [:]
        /// Clients that were given up and end with their last call.
        var retired: [ObjectIdentifier: EtcdClient] = [:]

        /// Gives the present client up; returns it when it has no call under way.
        mutating func retire() -> EtcdClient? {
            guard let client = present?.client else { return nil }
            present = nil
            let id = ObjectIdentifier(client)
            guard calls[id] != nil else { return client }
            retired[id] = client
            return nil
        }

        /// Ends a call; returns a retired client of which it was the last.
        mutating func end(_ id: ObjectIdentifier) -> EtcdClient? {
            let rest = (calls[id] ?? 0) - 1
            calls[id] = rest > 0 ? rest : nil
            return rest > 0 ? nil : retired.removeValue(forKey: id)
        }
    }

    /// A client of the members that `endpoints` gives, as in `https://10.0.0.7:7119`.
    public init(
        endpoints: @escaping @Sendable () -> [String],
        security: @escaping @Sendable () throws(BusError) -> EtcdSecurity
    ) {
        self.endpoints = endpoints
        self.security = security
    }

    /// Ends all requests and watches at once.
    public func close() {
        let clients = state.withLock { state in
            defer { (state.present, state.retired) = (nil, [:]) }
            return [state.present?.client].compactMap(\.self) + state.retired.values
        }
        for client in clients { client.close() }
    }

    /// Takes a new client with the next call: what it shows has changed. Calls under way end well.
    public func renew() { state.withLock { $0.retire() }?.close() }

    /// Calls with the client of where the members are now.
    private func ask<Answer>(
        _ call: (EtcdClient) throws(BusError) -> Answer
    ) throws(BusError) -> Answer {
        let client = try begin()
        defer { state.withLock { $0.end(ObjectIdentifier(client)) }?.close() }
        return try call(client)
    }

    /// The client for a call that is counted from here on.
    private func begin() throws(BusError) -> EtcdClient {
        let wanted = endpoints()
        let known = state.withLock { state -> EtcdClient? in
            guard let present = state.present, present.endpoints == wanted else { return nil }
            state.calls[ObjectIdentifier(present.client), default: 0] += 1
            return present.client
        }
        if let known { return known }
        guard !wanted.isEmpty else {
            throw BusError(
                .unreachable, operation: "ask", subject: "etcd", cause: "no member of it is known",
                remedy: "see pisces node list")
        }
        let client = try EtcdClient(endpoints: wanted, security: try security())
        let old = state.withLock { state in
            let old = state.retire()
            state.present = (wanted, client)
            state.calls[ObjectIdentifier(client)] = 1
            return old
        }
        old?.close()
        return client
    }

    public func transact(
        _ transaction: EtcdTransaction, milliseconds: Int
    ) throws(BusError) -> EtcdTransactionAnswer {
        try ask { (client) throws(BusError) in
            try client.transact(transaction, milliseconds: milliseconds)
        }
    }

    public func range(_ range: EtcdRange, milliseconds: Int) throws(BusError) -> EtcdRangeAnswer {
        try ask { (client) throws(BusError) in
            try client.range(range, milliseconds: milliseconds)
        }
    }

    /// Ends with the client it was asked of.
    public func watch(
        _ request: EtcdWatchRequest, avoiding: Int?
    ) throws(BusError) -> EtcdClient.Watch {
        try ask { (client) throws(BusError) in try client.watch(request, avoiding: avoiding) }
    }

    public func compact(before revision: UInt64, milliseconds: Int) throws(BusError) {
        try ask { (client) throws(BusError) in
            try client.compact(before: revision, milliseconds: milliseconds)
        }
    }
}
