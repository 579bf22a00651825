import Bus
import Host
import Resources
import Synchronization
import ZeroProcs

/// Machines with real members of etcd on loopback, each with keeper, ledger and folder of its own.
final class MemberRig: Sendable {
    let root: String
    let tools: LinuxProcesses
    let security: EtcdSecurity
    /// What a machine shows and demands.
    private let tls: @Sendable (String) -> MemberSettings.TLS?
    private let state: Mutex<State>

    struct State {
        var machines: [String: Machine] = [:]
        var desired: [MemberSeat] = []
        var founding: MemberScene.Founding
        var reports: [ResourceName: MachineReport] = [:]
        var changes: [String] = []
    }

    struct Machine: Sendable {
        var member: Member<LinuxProcesses>
        var processes: LinuxProcesses
        var keeper: MemberKeeper<LinuxProcesses>
        let client: String
        let peer: String
    }

    static let program = "/usr/bin/etcd"

    init(isSecure: Bool = true) throws {
        root = "/tmp/pisces-members-\(LinuxEntropy().next())"
        try LinuxFiles().makeFolder(root)
        tools = try LinuxProcesses(ledger: root + "/tools")
        state = Mutex(State(founding: .open(on: try ResourceName("m1"))))
        guard isSecure else {
            (tls, security) = ({ _ in nil }, .plain)
            return
        }
        let certificates = Certificates(root + "/tls", tools)
        try certificates.authority("etcd")
        let pair = try certificates.pair("member", by: "etcd")
        tls = { _ in pair }
        let client = try certificates.pair("pisces", by: "etcd")
        security = .files(
            authority: client.authority, certificate: client.certificate, key: client.key)
    }

    /// Members that show those files.
    convenience init(_ root: String, _ tls: MemberSettings.TLS) throws {
        try self.init(root, client: tls) { _ in tls }
    }

    /// Members that show files of their own, and keepers and clients that show those of `client`.
    init(
        _ root: String, client: MemberSettings.TLS,
        _ tls: @escaping @Sendable (String) -> MemberSettings.TLS
    ) throws {
        self.root = root
        self.tls = { tls($0) }
        tools = try LinuxProcesses(ledger: root + "/tools")
        state = Mutex(State(founding: .open(on: try ResourceName("m1"))))
        security = .files(
            authority: client.authority, certificate: client.certificate, key: client.key)
    }

    /// A client of all machines with a certificate of that authority.
    func client(_ security: EtcdSecurity? = nil) throws(BusError) -> EtcdClient {
        try EtcdClient(endpoints: endpoints, security: security ?? self.security)
    }

    var endpoints: [String] { state.withLock { $0.machines.values.map(\.client).sorted() } }

    subscript(_ name: String) -> Machine? { state.withLock { $0.machines[name] } }

    func name(_ text: String) -> ResourceName {
        do throws(NameError) { return try ResourceName(text) } catch {
            preconditionFailure("\(error)")
        }
    }

    func add(_ machine: String) throws {
        let scheme = tls(machine) == nil ? "http" : "https"
        let ports = try FreePorts.take(2)
        let client = "\(scheme)://127.0.0.1:\(ports[0])"
        let peer = "\(scheme)://127.0.0.1:\(ports[1])"
        try live(machine, client: client, peer: peer)
    }

    private func live(_ machine: String, client: String, peer: String) throws {
        let folder = MemberFolder("\(root)/\(machine)")
        let processes = try LinuxProcesses(ledger: folder.lives)
        let settings = MemberSettings(
            machine: name(machine), program: Self.program, token: "rig", peer: peer,
            clients: [client], tls: tls(machine))
        let member = Member(
            settings, folder: folder, processes: processes, clock: LinuxClock(),
            entropy: LinuxEntropy())
        let program = EtcdProgram(Self.program, processes: processes, scratch: root)
        let keeper = MemberKeeper(
            member: member, version: { program.version() }, security: security,
            clock: LinuxClock(), wishes: { [unowned self] in self.wishes(of: machine) },
            decide: { MemberPlan($0).next() })
        let made = Machine(
            member: member, processes: processes, keeper: keeper, client: client, peer: peer)
        state.withLock { $0.machines[machine] = made }
    }

    private func wishes(of machine: String) -> MemberKeeper<LinuxProcesses>.Wishes {
        state.withLock { state in
            // A fleet knows where those are who belong, not those it has removed.
            let belong = state.desired.compactMap { state.machines[$0.machine.text]?.client }
            return .init(
                desired: state.desired, founding: state.founding, machines: state.reports,
                mayChange: machine == "m1", endpoints: belong.sorted())
        }
    }

    /// Pisces on that machine ends and begins anew; what it started runs on.
    func restartPisces(on machine: String) throws {
        guard let old = self[machine] else { return }
        old.keeper.stop()
        try live(machine, client: old.client, peer: old.peer)
    }

    func want(_ roles: [(String, MemberSeat.Role)]) {
        let seats = roles.compactMap { name, role in
            self[name].map {
                MemberSeat(machine: self.name(name), role: role, peer: $0.peer)
            }
        }
        state.withLock { $0.desired = seats }
    }

    func wantVoters(_ names: String...) { want(names.map { ($0, .voter) }) }

    /// A log lives in the cluster now.
    func settle() { state.withLock { $0.founding = .done } }

    /// What the keepers did, as `m1 promote`.
    var changes: [String] { state.withLock { $0.changes } }

    /// Lets all keepers look until that holds; false when it does not in that many rounds.
    func run(_ rounds: Int = 400, until condition: (MemberRig) throws -> Bool) throws -> Bool {
        for _ in 0..<rounds {
            for machine in state.withLock({ $0.machines.keys.sorted() }) { try look(machine) }
            if try condition(self) { return true }
            tools.pause(milliseconds: 50)
        }
        return false
    }

    private func look(_ machine: String) throws {
        guard let outcome = try self[machine]?.keeper.look() else { return }
        let name = name(machine)
        state.withLock { state in
            state.reports[name] = outcome.report
            let action = "\(outcome.step.action)".prefix { $0 != "(" }
            if action == "rest" || action == "wait" { return }
            let failure = outcome.failure.map { " failed: \($0)" } ?? ""
            state.changes.append("\(machine) \(action)\(failure)")
        }
    }

    /// True when exactly these are members, all well, and no machine has more to do.
    func isSettled(_ roles: [(String, MemberSeat.Role)]) -> Bool {
        let latest = state.withLock { $0.machines.values.map(\.keeper) }.map(\.latest)
        guard latest.allSatisfy({ $0?.step.action == .rest }),
            let cluster = self["m1"]?.keeper.latest?.sight?.cluster,
            cluster.members.count == roles.count
        else { return false }
        return roles.allSatisfy { name, role in
            cluster.members.contains {
                $0.name?.text == name && $0.isHealthy && $0.isLearner == (role == .learner)
            }
        }
    }

    func isSettled(_ names: String...) -> Bool { isSettled(names.map { ($0, .voter) }) }

    func kill(_ machine: String) throws {
        guard let process = try self[machine]?.member.process() else { return }
        _ = try tools.run(
            Launch("/bin/kill", ["-9", String(process.pid)]), output: root + "/kill",
            milliseconds: 5000)
    }

    /// Ends all members and removes everything.
    func close() {
        for machine in state.withLock({ $0.machines.values.map(\.self) }) {
            machine.keeper.stop()
            for _ in 0..<400 {
                // What cannot be asked any more is not running.
                if (try? machine.member.stop()) ?? true { break }
                tools.pause(milliseconds: 50)
            }
        }
        do throws(ProcessError) { try LinuxFiles().remove(root) } catch {
            preconditionFailure("\(error)")
        }
    }
}

/// Certificates as a person would make them.
struct Certificates {
    let folder: String
    let tools: LinuxProcesses

    init(_ folder: String, _ tools: LinuxProcesses) {
        self.folder = folder
        self.tools = tools
    }

    func authority(_ name: String) throws {
        try tools.files.makeFolder(folder)
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=\(name)", "-keyout", "\(folder)/\(name).key", "-out",
            "\(folder)/\(name).pem",
        ])
        try tools.files.replace("\(folder)/\(name).index", with: [])
        let settings =
            "[ca]\ndefault_ca=d\n[d]\ndatabase=\(folder)/\(name).index\ndefault_md=sha256\n"
            + "default_crl_days=2\n"
        try tools.files.replace("\(folder)/\(name).conf", with: Array(settings.utf8))
        try openssl([
            "ca", "-gencrl", "-config", "\(folder)/\(name).conf", "-keyfile",
            "\(folder)/\(name).key", "-cert", "\(folder)/\(name).pem", "-out",
            "\(folder)/\(name).crl",
        ])
    }

    func pair(_ name: String, by authority: String) throws -> MemberSettings.TLS {
        let path = "\(folder)/\(name)"
        try tools.files.replace(
            path + ".ext",
            with: Array(
                "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n".utf8))
        try openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=\(name)", "-keyout", path + ".key", "-out", path + ".csr",
        ])
        try openssl([
            "x509", "-req", "-in", path + ".csr", "-CA", "\(folder)/\(authority).pem", "-CAkey",
            "\(folder)/\(authority).key", "-CAcreateserial", "-days", "2", "-extfile",
            path + ".ext", "-out", path + ".pem",
        ])
        try tools.files.setMode(path + ".key", 0o600)
        return MemberSettings.TLS(
            authority: "\(folder)/\(authority).pem", certificate: path + ".pem",
            key: path + ".key", revoked: "\(folder)/\(authority).crl")
    }

    struct Failed: Error { let output: String? }

    func openssl(_ arguments: [String]) throws {
        let output = folder + "/openssl.log"
        let exit = try tools.run(
            Launch("/usr/bin/openssl", arguments, environment: ["HOME": folder]), output: output,
            milliseconds: 20_000)
        guard exit == .code(0) else { throw Failed(output: try tools.files.text(output)) }
    }
}

/// Ports that nobody listened on a moment ago.
enum FreePorts {
    static func take(_ count: Int) throws -> [Int] {
        let first = Int(LinuxEntropy().next() % 20_000) + 22_000
        return (0..<count).map { first + $0 }
    }
}

/// A client that writes without end, and remembers what it was promised.
final class Writer<Client: EtcdCalls>: Sendable {
    private let client: Client
    private let state = Mutex(State())

    private struct State: Sendable {
        var isStopping = false
        var isDone = false
        var next = 0
        var acknowledged: [Int] = []
        var unknown = 0
        var longest: UInt64 = 0
        var last = LinuxClock().ticks
    }

    init(_ client: Client) { self.client = client }

    func start() throws { try HostThread.start("writer") { [self] in run() } }

    private func run() {
        while !state.withLock({ $0.isStopping }) {
            let number = state.withLock { state in
                state.next += 1
                return state.next
            }
            let put = EtcdTransaction(
                compares: [], success: [.put("w/\(number)", Array("\(number)".utf8))],
                failure: [])
            do throws(BusError) {
                _ = try client.transact(put, milliseconds: 3000)
                note(number)
            } catch { state.withLock { $0.unknown += 1 } }
        }
        state.withLock { $0.isDone = true }
    }

    private func note(_ number: Int) {
        let now = LinuxClock().ticks
        state.withLock { state in
            state.acknowledged.append(number)
            state.longest = max(state.longest, now.nanoseconds(since: state.last) / 1_000_000)
            state.last = now
        }
    }

    var count: Int { state.withLock { $0.acknowledged.count } }

    var isDone: Bool { state.withLock { $0.isDone } }

    /// Asks it to end, and gives what was acknowledged, how many writes had no answer and the
    /// longest time without one, in milliseconds.
    func stop() -> (acknowledged: [Int], unknown: Int, longest: UInt64) {
        state.withLock { state in
            state.isStopping = true
            return (state.acknowledged, state.unknown, state.longest)
        }
    }

    /// The numbers that the cluster has.
    func stored() throws(BusError) -> Set<Int> {
        let answer = try client.range(EtcdRange(key: "w/", end: "w0"), milliseconds: 5000)
        return Set(
            answer.keyValues.compactMap { Int(String(decoding: $0.value, as: UTF8.self)) })
    }
}
