internal import Bus
internal import Host
internal import MMSGraph
public import Resources
internal import Synchronization
public import Trust
internal import ZeroProcs

extension FleetNode {
    /// An invitation for one machine, as `role`, for so many milliseconds; makes the fleet with the
    /// first one. The log keeps the digest of its secret only.
    public func invite(
        by maker: Identity, as role: NodeRole, milliseconds: Int64, automatic: Bool
    ) throws(Refusal) -> Invitation {
        guard address != nil else {
            throw refusal(
                .conflict, "the fleet", "this node does not listen for others",
                "start it with --bus ADDRESS:PORT, an address others reach")
        }
        if try currentView().authority == nil { try found(by: maker) }
        let view = try currentView()
        guard let authority = view.authorities.first else {
            throw refusal(.unavailable, "authority/fleet", "cannot be read", "see pisces status")
        }
        let id = entropy.identifier(at: clock.now)
        let secret = entropy.identifier(at: clock.now)
        let expires = clock.now.advanced(byMilliseconds: milliseconds)
        // Voters let in; others only say who does.
        let machines =
            view.members.filter { $0.role == .voter } + view.members.filter { $0.role != .voter }
        let invitation = Invitation(
            id: id, random: (entropy.next() ^ secret.high, entropy.next()),
            authority: authority.passport.key.fingerprint,
            machines: machines.map(\.key.fingerprint), expires: expires,
            addresses: machines.flatMap(\.addresses))
        let name: ResourceName
        do throws(NameError) { name = try ResourceName(id.description) } catch {
            preconditionFailure("an identifier is a name: \(error.reason)")
        }
        let draft = Draft(
            id: id, type: FleetTypes.invitation.name, namespace: .root, name: name,
            data: [
                "digest": .bytes(invitation.digest), "expires": .int(expires.milliseconds),
                "state": "open", "role": .text(role.rawValue), "automatic": .bool(automatic),
                "maker": .text(maker.text),
            ])
        try propose([.create(draft)], reason: "\(maker) invites a machine")
        return invitation
    }

    func currentView() throws(Refusal) -> FleetView {
        try reading { () throws(GraphError) in try FleetView(circle.graph) }
    }

    /// Makes a fleet of this node: two authorities, its certificate, its node. One batch.
    private func found(by founder: Identity) throws(Refusal) {
        guard let address else { return }
        let position = circle.graph.applied(.root)
        let now = clock.now
        let pass: FleetPass
        var commands: [Command]
        do throws(TrustError) {
            let authority = try newAuthority(now, position)
            let etcd = try newAuthority(now, position)
            let own = SealedValue.Recipient(machine: name.text, key: key.sealingKey)
            let certificate = try authority.issue(
                to: name.text, key: key.signerKey, as: .voter,
                serial: entropy.identifier(at: now), now: now, at: position,
                hosts: address.certified)
            commands = Founding(
                name: name, key: key.signerKey.bytes, sealing: key.sealingKey.bytes,
                addresses: [address.description], authority: authority.certificate.bytes,
                fingerprint: authority.fingerprint.description,
                sealed: try authority.sealed(
                    version: 1, for: [own], name: FleetLogTypes.only
                ).value,
                certificate: Self.granted(certificate)
            ).commands(
                ids: (entropy.identifier(at: now), entropy.identifier(at: now)),
                founder: founder, at: position)
            commands.append(
                .create(
                    Draft(
                        id: entropy.identifier(at: now), type: FleetTypes.authority.name,
                        namespace: .root, name: FleetNames.etcd,
                        data: [
                            "certificate": .bytes(etcd.certificate.bytes),
                            "fingerprint": .text(etcd.fingerprint.description),
                            "sealed": try etcd.sealed(
                                version: 1, for: [own], name: FleetNames.etcd
                            ).value,
                            "version": 1, "holders": .list([.bytes(key.signerKey.bytes)]),
                        ])))
            pass = FleetPass(
                certificate: certificate,
                roll: FleetRoll(
                    cluster: identity.cluster, log: identity.fleetLog,
                    authority: authority.certificate,
                    nodes: [
                        .init(
                            name: name.text, key: key.signerKey, role: .voter,
                            addresses: [address.description])
                    ]))
        } catch {
            throw refusal(.unavailable, error.subject, error.cause, error.remedy)
        }
        do throws(NodeError) {
            // The pass is kept first: a fleet whose founder does not know of it would be lost.
            try pass.save(directory)
            try propose(founding: commands)
            try stand(pass, at: address)
        } catch {
            throw refusal(
                .unavailable, error.subject, error.cause, error.remedy ?? "see pisces status")
        }
    }

    private func propose(founding commands: [Command]) throws(NodeError) {
        do throws(Refusal) {
            try propose(commands, reason: "\(name) founds a fleet")
        } catch { throw NodeError("found", "the fleet", error.message) }
    }

    func newAuthority(
        _ now: WallTime, _ position: Position
    ) throws(TrustError) -> CertificateAuthority {
        try CertificateAuthority(
            founding: identity.cluster, key: MachineKey(), serial: entropy.identifier(at: now),
            now: now, at: position)
    }

    private func refusal(
        _ code: Refusal.Code, _ subject: String, _ reason: String, _ remedy: String
    ) -> Refusal {
        Refusal(code, filter: "fleet", subject: subject, reason: reason, remedy: remedy)
    }

    /// Makes a state directory that of a member of the fleet that invited: asks with the invitation
    /// until it is let in, for at most so long. Gives how many nodes the fleet has.
    public static func join(
        directory: String, name: String?, address: BusAddress, invitation: Invitation,
        milliseconds: Int
    ) throws(NodeError) -> Int {
        let lock = try StateLock.taking(directory)
        defer { withExtendedLifetime(lock) {} }
        let (clock, entropy) = (LinuxClock(), LinuxEntropy())
        if LinuxFiles().mode(directory + "/identity.json") != nil {
            throw NodeError(
                "join", "a fleet with \(directory)", "a node with a log of its own lives there",
                remedy: "name an empty --state; what is there can be applied in the fleet")
        }
        let key = try MachineKey.load(directory: directory)
        let loops = BusLoops()
        let name = name ?? LinuxSystem.hostName
        let joiner = Joiner(
            name: name, key: key, addresses: [address.description], loops: loops)
        let deadline = clock.ticks.advanced(byMilliseconds: UInt64(milliseconds))
        var answer: JoinAnswer
        do throws(BusError) {
            repeat {
                answer = try joiner.join(invitation, milliseconds: Limits.busArrival.value)
                if case .waiting = answer { LinuxSystem.pause(milliseconds: 500) } else { break }
            } while clock.ticks < deadline
            try loops.stop()
        } catch {
            throw NodeError(error.operation, error.subject, error.cause, remedy: error.remedy)
        }
        guard case .member(let certificate, let roll) = answer else {
            throw NodeError(
                "join", "the fleet", "nobody has approved this machine yet",
                remedy: "pisces node approve \(name) there, then the same command here again")
        }
        try FleetPass(certificate: certificate, roll: roll).save(directory)
        try NodeIdentity.save(
            joining: roll.cluster, log: roll.log, name: name, directory: directory, clock, entropy)
        return roll.nodes.count
    }
}
