import Bus
import Host
import LogSuite
import Resources
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// All tests with real servers, one after the other: two cores cannot serve many clusters at once
/// within the deadlines of a client.
@Suite(.serialized) enum OnEtcd {}

/// Members of Debian's etcd-server on loopback, each with free ports and a folder of its own.
/// They end with this object.
final class RealEtcd {
    /// Why a cluster did not start.
    struct StartFailure: Error, CustomStringConvertible {
        let description: String
    }

    /// One member.
    struct Member {
        let name: String
        let client: String
        let peer: String
        /// 0 while it does not run.
        var process: pid_t = 0
    }

    private let folder = Folder()
    private(set) var members: [Member]
    private let token: String
    private let extra: [String]
    private let scheme: String

    /// Where clients reach the members.
    var endpoints: [String] { members.map(\.client) }

    /// Starts `count` members, each with `extra` arguments, and waits until they have a leader.
    /// With `certificates`, clients need one.
    init(
        members count: Int = 1, extra: [String] = [], certificates: Certificates? = nil
    ) throws {
        scheme = certificates == nil ? "http" : "https"
        let ports = try Self.freePorts(2 * count)
        token = "pisces-test-\(ports[0])"
        self.extra = extra + (certificates?.memberArguments ?? [])
        members = []
        for index in 0..<count {
            members.append(
                Member(
                    name: "m\(index)", client: "\(scheme)://127.0.0.1:\(ports[2 * index])",
                    peer: "http://127.0.0.1:\(ports[2 * index + 1])"))
        }
        for index in 0..<count { try start(index) }
        let client = try EtcdClient(
            endpoints: endpoints, security: certificates?.security ?? .plain)
        defer { client.close() }
        for index in 0..<count { try waitUntilReady(index, client) }
    }

    deinit { for index in members.indices { end(index) } }

    /// A client of all members.
    func client(_ security: EtcdSecurity = .plain) throws -> EtcdClient {
        try EtcdClient(endpoints: endpoints, security: security)
    }

    /// Starts a member that does not run, with the data it had.
    func start(_ index: Int) throws {
        let member = members[index]
        let arguments =
            [
                "--name", member.name, "--data-dir", "\(folder.path)/\(member.name)",
                "--listen-client-urls", member.client, "--advertise-client-urls", member.client,
                "--listen-peer-urls", member.peer, "--initial-advertise-peer-urls", member.peer,
                "--initial-cluster", peers, "--initial-cluster-token", token,
                "--heartbeat-interval", "100", "--election-timeout", "1000", "--pre-vote",
                "--experimental-initial-corrupt-check", "--log-level", "error",
            ] + extra
        members[index].process = try Self.spawn(
            "/usr/bin/etcd", arguments, output: "\(folder.path)/\(member.name).log")
    }

    /// Sends a signal to a member.
    func signal(_ index: Int, _ number: Int32) {
        if members[index].process > 0 { kill(members[index].process, number) }
    }

    /// Ends a member at once and waits for its end.
    func end(_ index: Int) {
        let process = members[index].process
        guard process > 0 else { return }
        kill(process, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        members[index].process = 0
    }

    /// Waits until a member answers and has a leader.
    func waitUntilReady(_ index: Int, _ client: EtcdClient) throws {
        var last = "nothing"
        let clock = LinuxClock()
        let end = clock.ticks.advanced(byMilliseconds: 60_000)
        while clock.ticks < end {
            do throws(BusError) {
                let status = try client.status(of: index)
                if status.leader != 0 { return }
                last = "no leader"
            } catch {
                last = error.description
            }
            usleep(50_000)
        }
        throw StartFailure(description: "member \(index) is not ready after 60 s: \(last)")
    }

    private var peers: String {
        members.map { "\($0.name)=\($0.peer)" }.joined(separator: ",")
    }

    /// Ports that nobody listens on now.
    static func freePorts(_ count: Int) throws -> [UInt16] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        var ports: [UInt16] = []
        for _ in 0..<count {
            let (socket, port) = try Loopback.socket()
            sockets.append(socket)
            ports.append(port)
        }
        return ports
    }

    /// Runs a program with its output in a file.
    static func spawn(_ path: String, _ arguments: [String], output: String) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var texts = unsafe ([path] + arguments).map { unsafe strdup($0) }
        defer { unsafe texts.forEach { unsafe free($0) } }
        unsafe texts.append(nil)
        var process: pid_t = 0
        let code = unsafe posix_spawn(&process, path, &actions, nil, texts, environ)
        guard code == 0 else {
            throw StartFailure(
                description: "\(path) does not run: errno \(code); install etcd-server")
        }
        return process
    }

    /// Runs a program to its end; throws unless it succeeds.
    static func run(_ path: String, _ arguments: [String], output: String) throws {
        let process = try spawn(path, arguments, output: output)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else {
            throw StartFailure(description: "\(path) \(arguments) ended with \(status)")
        }
    }
}

/// Sockets on 127.0.0.1.
enum Loopback {
    /// A socket that is bound to a free port.
    static func socket() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, length) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard descriptor >= 0, isBound else {
            throw RealEtcd.StartFailure(description: "no free port: errno \(errno)")
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}

/// A CA of a test, with a certificate for members and one for clients.
final class Certificates {
    private let folder = Folder()

    /// Makes them with openssl.
    init() throws {
        let path = folder.path
        try Self.openssl(
            path,
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-days", "2", "-subj", "/CN=test CA", "-keyout", "\(path)/ca.key"]
                + ["-out", "\(path)/ca.pem"])
        for name in ["member", "client"] {
            try Self.openssl(
                path,
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
                    + ["-nodes", "-days", "2", "-subj", "/CN=\(name)"]
                    + ["-CA", "\(path)/ca.pem", "-CAkey", "\(path)/ca.key"]
                    + ["-addext", "subjectAltName=IP:127.0.0.1"]
                    + ["-addext", "basicConstraints=critical,CA:false"]
                    + ["-addext", "extendedKeyUsage=serverAuth,clientAuth"]
                    + ["-keyout", "\(path)/\(name).key", "-out", "\(path)/\(name).pem"])
        }
    }

    /// What a member is started with.
    var memberArguments: [String] {
        [
            "--cert-file", "\(folder.path)/member.pem", "--key-file", "\(folder.path)/member.key",
            "--trusted-ca-file", "\(folder.path)/ca.pem", "--client-cert-auth",
        ]
    }

    /// What a client shows.
    var security: EtcdSecurity {
        .files(
            authority: "\(folder.path)/ca.pem", certificate: "\(folder.path)/client.pem",
            key: "\(folder.path)/client.key")
    }

    private static func openssl(_ path: String, _ arguments: [String]) throws {
        try RealEtcd.run("/usr/bin/openssl", arguments, output: "\(path)/openssl.log")
    }
}
