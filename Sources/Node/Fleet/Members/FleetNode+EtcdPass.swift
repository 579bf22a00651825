internal import Bus
internal import Host
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import Trust

/// What this node shows etcd.
extension FleetNode {
    /// Made here when the authority's key is sealed to this node, else asked of a node that has it.
    func etcdSecurity() throws(BusError) -> EtcdSecurity {
        let files = EtcdPass.Files(directory)
        if LinuxFiles().mode(files.key) == nil { try renewEtcdPass(files, former: nil) }
        return .files(
            authority: files.authority, certificate: files.certificate, key: files.key)
    }

    /// A new pass when this machine is elsewhere, or the present pass ends; programs that use the
    /// files take them for each new connection.
    func keepEtcdPass() throws {
        let files = EtcdPass.Files(directory)
        guard LinuxFiles().mode(files.key) != nil else { return }
        if let passport = try EtcdPass.load(files)?.passport {
            guard isDue(passport) else { return }
            try renewEtcdPass(files, former: passport)
        } else {
            try renewEtcdPass(files, former: nil)
        }
        let (standing, keeping) = state.withLock { ($0.standing, $0.keeping) }
        standing?.etcd.renew()
        keeping?.keeper.renew()
    }

    private func isDue(_ passport: Passport) -> Bool {
        let hosts = address?.certified ?? []
        let span = passport.end.milliseconds - passport.begin.milliseconds
        let isAging = clock.now.milliseconds >= passport.begin.milliseconds + span / 3 * 2
        let isOurs =
            passport.key == key.signerKey && passport.serial == key.signerKey.fingerprint.serial
        return isAging || !isOurs || !hosts.allSatisfy(passport.hosts.contains)
    }

    /// Addresses of the former pass stay in the new one: other members dial them until the cluster
    /// has the present one.
    private func renewEtcdPass(
        _ files: EtcdPass.Files, former: Passport?
    ) throws(BusError) {
        var hosts = address?.certified ?? []
        for host in former?.hosts ?? [] where !hosts.contains(host) { hosts.append(host) }
        let pass = try etcdPass(Array(hosts.prefix(Limits.nodeAddresses.value)))
        do throws(NodeError) { try pass.save(files, key) } catch {
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: "see that the state directory can be written")
        }
    }

    private func etcdPass(_ hosts: [Passport.Host]) throws(BusError) -> EtcdPass {
        if let pass = try issue(to: name.text, key.signerKey, .voter, hosts) { return pass }
        let asked = PeerRequest(
            path: Self.etcdPath, body: HostsForm.encode(hosts),
            milliseconds: Limits.penCall.value * 4)
        var failure = BusError(
            .unreachable, operation: "ask for", subject: "a certificate for etcd",
            cause: "no other node answers", remedy: "see pisces node list")
        for peer in others {
            do throws(BusError) { return try EtcdPass(bytes: links.call(peer, asked).body) } catch {
                failure = error
            }
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
        guard let authority = try authority(view?.etcdAuthority) else { return nil }
        do throws(TrustError) {
            return EtcdPass(
                certificate: try authority.issue(
                    to: holder, key: key, as: role, serial: key.fingerprint.serial,
                    now: clock.now, at: circle.graph.applied(.root), hosts: hosts),
                authority: authority.certificate)
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
        // A cluster of one member has nobody who goes on while it is started again.
        let endsOpen = view.voters.count > 2
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
