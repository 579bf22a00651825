internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// The member of etcd that this machine keeps, or is ready to keep.
struct EtcdKeeping: Sendable {
    let member: Member<LinuxProcesses>
    let keeper: MemberKeeper<LinuxProcesses>
}

extension FleetNode {
    /// Where clients reach members of etcd, as far as that is known: those that are to be there, and
    /// all voters while members come and go. One that learns answers no client.
    var etcdEndpoints: [String] {
        let view = view
        let voters = view?.voters ?? []
        let sight = state.withLock { $0.keeping }?.keeper.latest?.sight
        let learning = sight?.cluster.members.filter(\.isLearner).compactMap(\.name)
        let learners = learning ?? [view?.learner].compactMap(\.self)
        let mayAnswer = (view?.members ?? []).filter { node in
            let isVoter = voters.contains(node.name) || node.role == .voter
            return isVoter && !learners.contains(node.name)
        }
        var known = mayAnswer.compactMap { place(of: $0)?.etcd }
        // A machine that was removed from the fleet votes until the cluster has let it go.
        for (name, addresses) in sight?.voting.entries ?? []
        where view?[name]?.belongs == false { known += addresses }
        // Its cluster is another one than that which the log here knows of.
        if let founder = state.withLock({ $0.founder }), let node = view?[founder.text],
            let address = place(of: node)?.etcd, !known.contains(address)
        {
            known.append(address)
        }
        if !known.isEmpty { return known }
        let listed = (roll?.nodes ?? []).filter { $0.role == .voter }
        return listed.flatMap { one in book.present(one.key).map { [$0] } ?? one.addresses }
            .compactMap { BusAddress($0)?.etcd }
    }

    /// The cluster that is ready to take the log: all its voters are wanted, and answer.
    var readyCluster: String? {
        guard let view, view.wantsCluster,
            let sight = state.withLock({ $0.keeping })?.keeper.latest?.sight,
            Self.isReady(sight.cluster, for: view.voters)
        else { return nil }
        return view.clusterName
    }

    /// Not all that are wanted need be in it yet: machines that join keep members once they have the
    /// log, and two that join a machine alone wait for it together.
    static func isReady(_ cluster: MemberCluster, for wanted: [ResourceName]) -> Bool {
        !cluster.voters.isEmpty
            && cluster.voters.allSatisfy { voter in
                voter.isHealthy && (voter.name.map(wanted.contains) ?? false)
            }
    }

    // MARK: The member

    /// Why the member of etcd that this machine is to keep cannot be counted on; nil when it is well,
    /// and where others keep them.
    public var memberTrouble: String? {
        guard let view, view.wantsCluster, view.voters.contains(name) || view.learner == name else {
            return nil
        }
        let latest = state.withLock { $0.keeping }?.keeper.latest
        return latest.map { $0.trouble(of: name) } ?? "the member of etcd was not looked at yet"
    }

    /// Begins or ends keeping a member, as the log's rest asks for it. A node that was removed ends
    /// once its cluster does not know it, or is not heard any more: others may need it until then.
    func keepMember(_ view: FleetView) throws(NodeError) {
        var isNeeded = view.wantsCluster || shared?.cluster != nil
        let keeping = state.withLock { $0.keeping }
        if !(view[name.text]?.belongs ?? true) {
            guard let keeping else { return }
            let members = keeping.keeper.latest?.sight?.cluster.members
            let isKnown = members.map { members in members.contains { $0.name == name } }
            let turns = state.withLock { state in
                state.unheard = isKnown == nil ? state.unheard + 1 : 0
                return state.unheard
            }
            isNeeded = isKnown ?? (turns < Limits.fleetUnheard.value)
        }
        if isNeeded, keeping == nil { return try beginKeeping(view) }
        guard !isNeeded, let keeping else { return }
        keeping.keeper.stop()
        state.withLock { $0.keeping = nil }
        // What etcd had of the log is a copy by now.
        try end(keeping.member)
    }

    /// Ends the member of a machine that was left behind, also where nobody keeps it yet.
    func endMember(_ view: FleetView) throws(NodeError) {
        let keeping = state.withLock { state in
            defer { state.keeping = nil }
            return state.keeping
        }
        if let keeping {
            keeping.keeper.stop()
            return try end(keeping.member)
        }
        guard LinuxFiles().kind(MemberFolder(directory + "/bus/etcd").data) != nil else { return }
        let left: Member<LinuxProcesses>
        do throws(BusError) { left = try member(view).member } catch {
            throw NodeError(error.operation, error.subject, error.cause, remedy: error.remedy)
        }
        try end(left)
    }

    /// Ends its process and puts its data aside.
    private func end(_ member: Member<LinuxProcesses>) throws(NodeError) {
        do throws(BusError) {
            for _ in 0..<100 {
                if try member.stop() { break }
                LinuxSystem.pause(milliseconds: 100)
            }
            try member.discard()
        } catch { throw NodeError(error.operation, error.subject, error.cause) }
    }

    private func beginKeeping(_ view: FleetView) throws(NodeError) {
        guard address != nil else { return }
        do throws(BusError) {
            let security = try etcdSecurity()
            let (member, program) = try member(view)
            let keeper = MemberKeeper(
                member: member, version: { program.version() }, security: security,
                bridge: MemberBridge(loops: loops), clock: clock,
                wishes: { [weak self] in
                    self?.wishes
                        ?? .init(desired: [], founding: .done, mayChange: false, endpoints: [])
                },
                decide: { MemberPlan($0).next() })
            state.withLock { $0.keeping = EtcdKeeping(member: member, keeper: keeper) }
            do throws(ThreadError) { try keeper.start() } catch {
                throw BusError(
                    .refused, operation: "start thread", subject: error.name,
                    cause: "error \(error.code)", remedy: "see the limits of this user")
            }
        } catch {
            throw NodeError(error.operation, error.subject, error.cause, remedy: error.remedy)
        }
    }

    /// The member of this machine, whether it runs or not, and the program it runs.
    private func member(
        _ view: FleetView
    ) throws(BusError) -> (member: Member<LinuxProcesses>, program: EtcdProgram) {
        let files = EtcdPass.Files(directory)
        let processes = try Self.ledger(directory)
        let program = EtcdProgram(
            EtcdProgram.find() ?? EtcdProgram.places[0], processes: processes,
            scratch: MemberFolder(directory + "/bus/etcd").path)
        guard let address else { throw Self.stopping }
        var settings = MemberSettings(
            machine: name, program: program.path, token: view.clusterName,
            peer: address.etcdPeer, clients: [address.etcd],
            tls: .init(
                authority: files.authority, certificate: files.certificate, key: files.key,
                revoked: files.revoked))
        settings.revocation = state.withLock { $0.revocation }
        settings.token = "\(identity.cluster)-\(view.clusterName)"
        let member = Member(
            settings, folder: MemberFolder(directory + "/bus/etcd"), processes: processes,
            clock: clock, entropy: entropy)
        try member.resume(trust: EtcdPass.load(files)?.trust)
        return (member, program)
    }

    /// Holds the member that runs here against what is asked of every member, once a while.
    func checkMember() throws(BusError) {
        let (keeping, last) = state.withLock { ($0.keeping, $0.checks?.at) }
        guard let keeping, let process = try keeping.member.process() else {
            return state.withLock { $0.checks = nil }
        }
        let now = clock.ticks
        let pause = UInt64(Limits.memberChecks.value) * 1_000_000
        if let last, now.nanoseconds(since: last) < pause { return }
        let results = try MemberCheck.all(
            pid: process.pid, folder: MemberFolder(directory + "/bus/etcd"),
            trusted: EtcdPass.load(EtcdPass.Files(directory))?.authorities.count ?? 1)
        state.withLock { $0.checks = (results, now) }
    }

    /// What the member of etcd here does not keep of what is asked of it, in words.
    public var memberFindings: [String] {
        (state.withLock { $0.checks }?.results ?? []).filter { !$0.isPassed }.map { check in
            "etcd, \(check.id): \(check.title) is not so: \(check.found); \(check.remedy)"
        }
    }

    private static func ledger(_ directory: String) throws(BusError) -> LinuxProcesses {
        do throws(ProcessError) {
            try LinuxFiles().makeFolder(directory + "/bus/etcd")
            return try LinuxProcesses(ledger: MemberFolder(directory + "/bus/etcd").lives)
        } catch {
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: "see that the state directory can be written")
        }
    }

    private var wishes: MemberKeeper<LinuxProcesses>.Wishes {
        let view = view
        let seats = view?.seats ?? []
        let decides = decides
        var machines: [ResourceName: MachineReport] = [:]
        // Who wants to restart its member must know that nobody else is about to.
        let wantsRestart =
            state.withLock { $0.keeping }?.keeper.latest?.report.wantsRestart != nil
        if decides || wantsRestart {
            for seat in seats where seat.machine != name {
                machines[seat.machine] = report(of: seat.machine)
            }
        }
        let isFounding = shared?.cluster == nil && shared?.place == .here
        return .init(
            desired: view?.wantsCluster ?? false ? seats : seats.filter { $0.machine == name },
            founding: isFounding ? .open(on: name) : .done, machines: machines,
            mayChange: decides, endpoints: etcdEndpoints, routes: routes,
            isLeaving: view.map(isLeaving) ?? false)
    }

    /// Where members are and were, as far as the log and others say.
    private var routes: MemberRoutes {
        var routes = MemberRoutes(listed: [:], present: [:])
        for node in view?.members ?? [] {
            routes.present[node.name] = place(of: node)?.etcdPeer
            routes.listed[node.name] = node.addresses.compactMap { BusAddress($0)?.etcdPeer }
        }
        return routes
    }

    /// What another machine says of its member; nil when it says nothing now.
    private func report(of machine: ResourceName) -> MachineReport? {
        let asked = PeerRequest(
            path: Self.memberPath, body: [], milliseconds: Limits.penCall.value * 2)
        // A machine that does not answer has said nothing, which the plan knows about.
        guard let answer = try? links.call(machine, asked) else { return nil }
        return try? MemberReportForm.decode(answer.body)
    }

    func ownReport() throws(BusError) -> MachineReport {
        if let latest = state.withLock({ $0.keeping })?.keeper.latest { return latest.report }
        return MachineReport()
    }
}

/// Addresses as they stand in a request, in canonical CBOR: a list of their bytes.
enum HostsForm {
    static func encode(_ hosts: [Passport.Host]) -> [UInt8] {
        var writer = CBORWriter()
        let addresses = hosts.compactMap { host in
            if case .address(let bytes) = host { bytes } else { nil }
        }
        writer.beginList(addresses.count)
        for bytes in addresses { writer.write(bytes: bytes) }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(BusError) -> [Passport.Host] {
        do throws(CBORError) {
            var reader = CBORReader(bytes)
            let addresses = try reader.readList { (reader) throws(CBORError) in
                try reader.readBytes()
            }
            try reader.finish()
            let isWell = addresses.allSatisfy { IPAddress(bytes: $0) != nil }
            if isWell, addresses.count <= 2 * Limits.nodeAddresses.value {
                return addresses.map { .address($0) }
            }
        } catch { throw malformed("at byte \(error.offset) \(error.reason.rawValue)") }
        throw malformed("one of them is none, or they are too many")
    }

    private static func malformed(_ cause: String) -> BusError {
        BusError(
            .malformed, operation: "read", subject: "addresses", cause: cause,
            remedy: "run the same version of Pisces on both machines")
    }
}
