internal import Bus
internal import Host
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// What this node shows etcd.
extension FleetNode {
    /// Made here when the authority's key is sealed to this node, else asked of a node that has it.
    func etcdSecurity() throws(BusError) -> EtcdSecurity {
        let files = EtcdPass.Files(directory)
        if LinuxFiles().mode(files.key) == nil { try renewEtcdPass(files, former: nil) }
        return .files(
            authority: files.authority, certificate: files.certificate, key: files.key)
    }

    /// A new pass when this machine is elsewhere, the present pass ends, or the authority is replaced;
    /// programs that use the files take them for each new connection.
    func keepEtcdPass(_ view: FleetView) throws {
        let files = EtcdPass.Files(directory)
        guard LinuxFiles().mode(files.key) != nil else { return }
        let known = try EtcdPass.load(files)
        if let known, !isDue(known, view) { return }
        try renewEtcdPass(files, former: known)
        useEtcdPass()
    }

    /// Takes a newer pass from a voter, where what orders the log is silent. It waits for an answer,
    /// so it comes behind all that must not wait.
    func seekEtcdPass(_ view: FleetView) throws {
        let files = EtcdPass.Files(directory)
        guard isClusterSilent, LinuxFiles().mode(files.key) != nil,
            let known = try EtcdPass.load(files), !isDue(known, view),
            let newer = try newerPass(than: known, view)
        else { return }
        try save(newer, files)
        useEtcdPass()
    }

    /// The pass in the files is what calls and the member of etcd use from now on.
    private func useEtcdPass() {
        let (standing, keeping) = state.withLock { ($0.standing, $0.keeping) }
        standing?.etcd.renew()
        keeping?.keeper.renew()
    }

    private func isDue(_ pass: EtcdPass, _ view: FleetView) -> Bool {
        let passport = pass.certificate.passport
        let hosts = address?.certified ?? []
        let span = passport.end.milliseconds - passport.begin.milliseconds
        let isAging = clock.now.milliseconds >= passport.begin.milliseconds + span / 3 * 2
        let isOurs =
            passport.key == key.signerKey && passport.serial == key.signerKey.fingerprint.serial
        if isAging || !isOurs || !hosts.allSatisfy(passport.hosts.contains) { return true }
        // A machine that was away, or has just joined, has a pass that is newer than its copy of the
        // log.
        if pass.step > view.etcdStep || view.etcdAuthority == nil { return false }
        let trusted = view.etcdTrusted
        return pass.step < view.etcdStep || Set(pass.authorities) != Set(trusted)
            || passport.authority != trusted.first?.passport.key.fingerprint
    }

    /// The pass that a voter gives while what orders the log does not answer: the authority may have
    /// been replaced while this machine was away. Nil when it is no newer.
    private func newerPass(
        than known: EtcdPass, _ view: FleetView
    ) throws(BusError) -> EtcdPass? {
        let now = clock.ticks
        let (turn, at) = state.withLock { $0.passAsk }
        let voters = view.members.filter { $0.role == .voter && $0.name != name }.map(\.name)
        guard belongs, !voters.isEmpty, now >= at else { return nil }
        state.withLock { state in
            state.passAsk = (
                turn + 1, now.advanced(byMilliseconds: UInt64(Limits.foundingAsk.value))
            )
        }
        let asked = PeerRequest(
            path: Self.etcdPath, body: HostsForm.encode(known.certificate.passport.hosts),
            milliseconds: Limits.penCall.value * 2)
        // Who does not answer, or cannot vouch, is followed by the next one.
        guard let answer = try? links.call(voters[turn % voters.count], asked) else { return nil }
        let pass = try EtcdPass(bytes: answer.body)
        return pass.step > known.step ? pass : nil
    }

    /// Addresses of the former pass stay in the new one: other members dial them until the cluster
    /// has the present one.
    private func renewEtcdPass(
        _ files: EtcdPass.Files, former: EtcdPass?
    ) throws(BusError) {
        var hosts = address?.certified ?? []
        for host in former?.certificate.passport.hosts ?? [] where !hosts.contains(host) {
            hosts.append(host)
        }
        let step = max(former?.step ?? 0, view?.etcdStep ?? 0)
        try save(try etcdPass(Array(hosts.prefix(Limits.nodeAddresses.value)), since: step), files)
    }

    private func save(_ pass: EtcdPass, _ files: EtcdPass.Files) throws(BusError) {
        do throws(NodeError) { try pass.save(files, key) } catch {
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: "see that the state directory can be written")
        }
    }

    /// A pass of who knows of `step` at least.
    private func etcdPass(
        _ hosts: [Passport.Host], since step: Int64
    ) throws(BusError) -> EtcdPass {
        if let pass = try issue(to: name.text, key.signerKey, .voter, hosts), pass.step >= step {
            return pass
        }
        let asked = PeerRequest(
            path: Self.etcdPath, body: HostsForm.encode(hosts),
            milliseconds: Limits.penCall.value * 4)
        var failure = BusError(
            .unreachable, operation: "ask for", subject: "a certificate for etcd",
            cause: "no other node answers", remedy: "see pisces node list")
        for peer in others {
            do throws(BusError) {
                let pass = try EtcdPass(bytes: links.call(peer, asked).body)
                if pass.step >= step { return pass }
                failure = BusError(
                    .refused, operation: "ask for", subject: "a certificate for etcd",
                    cause: "\(peer) has not read yet that the authority is replaced",
                    remedy: "wait a moment; it is tried again")
            } catch { failure = error }
        }
        throw failure
    }

    /// What another node may show etcd.
    func etcdPass(
        for passport: Passport, _ body: [UInt8]
    ) throws(BusError) -> EtcdPass {
        let hosts = try HostsForm.decode(body)
        guard let role = passport.role,
            let pass = try issue(to: passport.name, passport.key, role, hosts)
        else {
            throw BusError(
                .refused, operation: "certify", subject: printable(passport.name),
                cause: "the authority of etcd is not sealed to this node", remedy: "ask a voter")
        }
        return pass
    }

    /// All passes of a key have one number, so that they can be revoked together by who never saw
    /// them.
    private func issue(
        to holder: String, _ key: SignerKey, _ role: NodeRole, _ hosts: [Passport.Host]
    ) throws(BusError) -> EtcdPass? {
        guard let view, let authority = try authority(view.etcdAuthority) else { return nil }
        do throws(TrustError) {
            return EtcdPass(
                certificate: try authority.issue(
                    to: holder, key: key, as: role, serial: key.fingerprint.serial,
                    now: clock.now, at: circle.graph.applied(.root), hosts: hosts),
                authorities: view.etcdTrusted, step: view.etcdStep)
        } catch {
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: error.remedy)
        }
    }

    // MARK: Who is refused

    /// Writes which certificates etcd here refuses from its next connection on: those of machines
    /// that were removed, and of keys that were given up. Where the authority's key is, which is
    /// wherever a member may run.
    func keepRevoked(_ view: FleetView) throws {
        guard view.etcdAuthority != nil else { return }
        // A cluster of one member has nobody who goes on while it is started again. While the
        // authority is replaced, members are started again for that, one after the other.
        let endsOpen = view.voters.count > 2 && replacement(view).turn == nil
        state.withLock { $0.keeping }?.member.configure { $0.endsOpen = endsOpen }
        let keys = view.revoked.sorted { $0.description < $1.description }
        let text = keys.map(\.description).joined(separator: " ")
        let stamp = ContentDigest(of: Array(text.utf8)).description
        guard state.withLock({ $0.revocation }) != stamp,
            let authority = try authority(view.etcdAuthority)
        else { return }
        let list = try authority.revoking(
            keys.map(\.serial), number: circle.graph.applied(.root).rawValue, now: clock.now)
        let files = EtcdPass.Files(directory)
        try LinuxFiles().makeFolder(files.folder)
        try LinuxFiles().replace(
            files.revoked, with: EtcdPass.pem("X509 CRL", list.bytes), mode: 0o600)
        state.withLock { $0.revocation = stamp }
        guard let keeping = state.withLock({ $0.keeping }) else { return }
        keeping.member.configure { $0.revocation = stamp }
        keeping.keeper.notice()
    }
}
