internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import NIOSSL
internal import Resources
internal import Synchronization

/// How a client of etcd shows who it is.
public enum EtcdSecurity: Sendable {
    /// Not at all: for tests, and for a member on the same machine that nobody else reaches.
    case plain
    /// Mutual TLS with PEM files: the CA that signs members, and this client's chain and key.
    case files(authority: String, certificate: String, key: String)
    /// Mutual TLS as configured.
    case configuration(TLSConfiguration)
}

/// The members of an etcd cluster, over their JSON gateway. Calls block until their deadline: use
/// it from threads of your own, never from an event loop.
///
/// A request that was not sent goes to the next member; so does a read without an answer. A write
/// that was sent is never sent twice. A member must be 3.4.21 or newer and of the same cluster; it
/// is asked before its first request, and again after each failure.
public final class EtcdClient: EtcdCalls {
    let endpoints: [String]
    let group: MultiThreadedEventLoopGroup
    let http: HTTPClient
    let state: Mutex<State>

    /// What is known of the members.
    struct State {
        /// The member asked first.
        var preferred = 0
        /// Whose version and cluster were checked.
        var checked: Set<Int> = []
        var cluster: UInt64?
        var isClosed = false
    }

    /// A client of the members at `endpoints`, as in `https://10.0.0.7:2379`. With `cluster`,
    /// members of any other are refused; without, the first one asked decides.
    public init(
        endpoints: [String], security: EtcdSecurity, cluster: UInt64? = nil
    ) throws(BusError) {
        self.endpoints = try Self.check(endpoints, security)
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = try Self.configuration(security)
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .milliseconds(Int64(Limits.etcdConnect.value))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            Limits.etcdConnections.value
        // The next member is tried instead.
        configuration.connectionPool.retryConnectionEstablishment = false
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        http = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
        state = Mutex(State(cluster: cluster))
    }

    deinit { close() }

    /// Ends all requests and watches, and the thread. Twice does nothing.
    public func close() {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        if wasClosed { return }
        // Both fail only for a client that was shut down before.
        http.shutdown { [group] _ in group.shutdownGracefully { _ in } }
    }

    public func transact(
        _ transaction: EtcdTransaction, milliseconds: Int
    ) throws(BusError) -> EtcdTransactionAnswer {
        let writes = (transaction.success + transaction.failure).contains { step in
            if case .put = step { true } else { false }
        }
        return try ask(
            "/v3/kv/txn", EtcdRequest.transaction(transaction), milliseconds, writes: writes
        ) { (answer) throws(EtcdAnswerFlaw) in try answer.transaction() }
    }

    public func range(
        _ range: EtcdRange, milliseconds: Int
    ) throws(BusError) -> EtcdRangeAnswer {
        try ask("/v3/kv/range", EtcdRequest.range(range), milliseconds, writes: false) {
            (answer) throws(EtcdAnswerFlaw) in try answer.range()
        }
    }

    public func compact(before revision: UInt64, milliseconds: Int) throws(BusError) {
        try ask(
            "/v3/kv/compaction", EtcdRequest.compaction(revision), milliseconds, writes: true
        ) { _ in }
    }

    public func watch(
        _ request: EtcdWatchRequest, avoiding: Int?
    ) throws(BusError) -> EtcdGatewayWatch {
        var failure = GatewayFailure.unsent("there is no member")
        var subject = "etcd"
        let order = order()
        for member in order.filter({ $0 != avoiding }) + order.filter({ $0 == avoiding }) {
            subject = endpoints[member]
            do throws(GatewayFailure) {
                try check(member, milliseconds: Limits.etcdAnswer.value / endpoints.count)
                let stream = GatewayStream()
                stream.attach(
                    http.execute(
                        request: try post(member, "/v3/watch", EtcdRequest.watch(request)),
                        delegate: stream))
                return EtcdGatewayWatch(member: member, endpoint: subject, stream: stream)
            } catch {
                failure = error
                note(failureOf: member)
            }
        }
        throw failure.error("watch", subject)
    }

    private static func check(
        _ endpoints: [String], _ security: EtcdSecurity
    ) throws(BusError) -> [String] {
        guard (1...Limits.etcdEndpoints.value).contains(endpoints.count) else {
            throw BusError(
                .tooLarge, operation: "use", subject: "etcd",
                cause: "\(endpoints.count) endpoints were given",
                remedy: "name 1 to \(Limits.etcdEndpoints.value)")
        }
        let scheme = if case .plain = security { "http://" } else { "https://" }
        for endpoint in endpoints where !endpoint.hasPrefix(scheme) || endpoint.hasSuffix("/") {
            throw BusError(
                .refused, operation: "use", subject: printable(endpoint),
                cause: "it is not of the form \(scheme)HOST:PORT", remedy: "write it so")
        }
        return endpoints
    }

    private static func configuration(
        _ security: EtcdSecurity
    ) throws(BusError) -> TLSConfiguration? {
        switch security {
        case .plain: return nil
        case .configuration(let configuration): return configuration
        case .files(let authority, let certificate, let key):
            do {
                var configuration = TLSConfiguration.makeClientConfiguration()
                configuration.trustRoots = .certificates(
                    try NIOSSLCertificate.fromPEMFile(authority))
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate)
                    .map { .certificate($0) }
                configuration.privateKey = .privateKey(
                    try NIOSSLPrivateKey(file: key, format: .pem))
                configuration.minimumTLSVersion = .tlsv12
                return configuration
            } catch {
                throw BusError(
                    .forbidden, operation: "read", subject: "\(authority), \(certificate), \(key)",
                    cause: "\(error)", remedy: "name PEM files of a CA, a certificate and its key")
            }
        }
    }
}
