public import Resources

/// How the member of etcd on this machine is run. What a running member was started with is
/// compared with this: when they differ, it is started again (one machine at a time).
public struct MemberSettings: Hashable, Sendable {
    /// The machine, which is the member's name too.
    public var machine: ResourceName
    /// The program: a path.
    public var program: String
    /// Sets clusters apart that could meet by mistake: new for each founding.
    public var token: String
    /// Where it listens for other members, and where they reach it: `https://host:port`.
    public var peer: String
    /// Where it listens for clients: `https://host:port`; the first one is told to others.
    public var clients: [String]
    /// What it shows and demands; nil without TLS, for tests.
    public var tls: TLS?
    /// Milliseconds between two heartbeats of the leader.
    public var heartbeat: Int
    /// Milliseconds without one before another leads; at least five heartbeats.
    public var election: Int
    /// Bytes of the store before it refuses writes.
    public var quota: Int
    /// The user it runs as and whose the data is; nil as Pisces itself.
    public var user: UInt32?
    /// The bridge over which it dials others while those are not where it knows them
    /// (``MemberBridge``); nil when it dials them itself.
    public var bridge: String?
    /// What sets this list of revoked certificates apart from others. etcd holds new connections
    /// against the list; those that are open end with its process.
    public var revocation: String?
    /// What sets the authorities that it trusts apart from others, which etcd reads when it starts;
    /// nil for the one that a fleet begins with.
    public var trust: String?
    /// Whether those are ended when the list is another: true where other members go on meanwhile.
    public var endsOpen = false

    /// PEM files. The authority signs nothing but members and clients of etcd.
    public struct TLS: Hashable, Sendable {
        /// The authority's certificate.
        public var authority: String
        /// The chain it shows to clients and members. The gateway calls the member itself with
        /// it, so it must be good for servers and clients.
        public var certificate: String
        /// Its key.
        public var key: String
        /// The list of certificates that are accepted no more, read for each new connection; nil
        /// without, for tests.
        public var revoked: String?

        /// Files of a member.
        public init(
            authority: String, certificate: String, key: String, revoked: String? = nil
        ) {
            self.revoked = revoked
            self.authority = authority
            self.certificate = certificate
            self.key = key
        }
    }

    /// How long a member waits for others.
    public enum Pace: Hashable, Sendable {
        /// A disk that syncs within some milliseconds.
        case standard
        /// A disk that takes its time, as SD cards do (design/01).
        case slow
    }

    /// The settings of a member on an ordinary disk.
    public init(
        machine: ResourceName, program: String, token: String, peer: String, clients: [String],
        tls: TLS?, pace: Pace = .standard
    ) {
        self.machine = machine
        self.program = program
        self.token = token
        self.peer = peer
        self.clients = clients
        self.tls = tls
        switch pace {
        case .standard: (heartbeat, election) = (100, 1000)
        case .slow: (heartbeat, election) = (500, 5000)
        }
        quota = Limits.memberQuota.value
    }

    /// What is wrong with them; nil when nothing is.
    public var flaw: String? {
        let scheme = tls == nil ? "http://" : "https://"
        for address in [peer] + clients where !address.hasPrefix(scheme) {
            return "\(printable(address)) does not begin with \(scheme)"
        }
        if clients.isEmpty { return "there is no address for clients" }
        if election < 5 * heartbeat {
            return "\(election) ms without a leader are fewer than five heartbeats of \(heartbeat)"
        }
        return nil
    }

    /// How the member gets into its cluster: what etcd is told at its first start.
    public struct Initial: Hashable, Sendable {
        /// `new` or `existing`.
        public var state: String
        /// `name=address,…` of the whole cluster.
        public var cluster: String

        /// The first member of a new cluster.
        public static func founding(_ settings: MemberSettings) -> Initial {
            Initial(state: "new", cluster: "\(settings.machine)=\(settings.peer)")
        }

        /// A member that was added to others.
        public static func joining(_ peers: [MemberStep.Peer]) -> Initial {
            Initial(
                state: "existing",
                cluster: peers.map { "\($0.name)=\($0.address)" }.joined(separator: ","))
        }
    }

    /// The command line of etcd 3.4 (`etcd --help`), with the guards of design/01.
    public func arguments(data: String, initial: Initial) -> [String] {
        var arguments = [
            "--name", machine.text, "--data-dir", data,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--listen-client-urls", clients.joined(separator: ","),
            "--advertise-client-urls", clients[0],
            "--initial-cluster", initial.cluster, "--initial-cluster-state", initial.state,
            "--initial-cluster-token", token,
            "--heartbeat-interval", String(heartbeat), "--election-timeout", String(election),
            "--quota-backend-bytes", String(quota),
            "--pre-vote=true", "--experimental-initial-corrupt-check=true",
            "--strict-reconfig-check=true", "--enable-v2=false",
            // Entries of up to a megabyte are kept in memory until the next snapshot.
            "--snapshot-count", "5000", "--max-wals", "2", "--max-snapshots", "2",
            // No token of any kind: who may ask is the authority's word, etcd's own rights are off.
            "--auth-token", "", "--auto-tls=false", "--peer-auto-tls=false",
            "--logger", "zap", "--log-level", "warn", "--log-outputs", "stderr",
        ]
        guard let tls else { return arguments }
        arguments += [
            "--cert-file", tls.certificate, "--key-file", tls.key,
            "--trusted-ca-file", tls.authority, "--client-cert-auth=true",
            "--peer-cert-file", tls.certificate, "--peer-key-file", tls.key,
            "--peer-trusted-ca-file", tls.authority, "--peer-client-cert-auth=true",
        ]
        if let revoked = tls.revoked {
            arguments += ["--client-crl-file", revoked, "--peer-crl-file", revoked]
        }
        return arguments
    }

    /// Its environment: the bridge, but not for itself, whose clients come by its own address.
    var environment: SortedMap<String> {
        guard let bridge else { return [:] }
        let own = peer.drop { $0 != "/" }.drop { $0 == "/" }
        let host = HostPort(String(own))?.host ?? ""
        return ["HTTPS_PROXY": bridge, "NO_PROXY": host]
    }

    /// The files it reads: when one changes, etcd reads it for each new connection by itself.
    public var files: [String] {
        guard let tls else { return [] }
        return [tls.authority, tls.certificate, tls.key] + [tls.revoked].compactMap(\.self)
    }
}
