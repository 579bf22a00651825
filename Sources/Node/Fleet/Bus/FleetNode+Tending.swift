internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// What a node of a fleet looks after, level-triggered: about once a second, and when the log says
/// something new of the fleet.
extension FleetNode {
    func tend() {
        guard state.withLock({ $0.standing }) != nil, let view else { return }
        if leftBehind != nil { return fail(CareSteps.failures([{ try self.endMember(view) }])) }
        // First what needs no log: without it there may be none.
        meet(view)
        fail(
            CareSteps.failures([
                finishRefounding, { try self.keepFounding(view) },
                { try self.keepEtcdPass(view) }, { try self.keepRevoked(view) },
                { try self.keepMember(view) }, { try self.keepTrust(view) },
                { try self.keepCertificate(view) }, keepMounted,
                { try self.keepPen(view) }, { try self.keepAddress(view) },
                { try self.decide(view) }, { try self.replaceAuthority(view) },
                { try self.trimTails(view) }, checkMember, { try self.keepRoll(view) },
                { self.keepReplication(view) },
                { try self.keepMirrors(view) }, { try self.watchSilence(view) },
                { self.watchVoters(view) }, { try self.seekEtcdPass(view) },
                { try self.keepTunnel(view) },
            ]))
    }

    private func decide(_ view: FleetView) throws {
        guard decides else { return }
        try shareAuthorities(view)
        try settleReplication(view)
        try giveAddresses(view)
    }

    /// Somebody who may vote must decide for the fleet: where nobody has the pen, or its holder is
    /// silent or does not vote, this node writes something, which brings it the pen.
    private func keepPen(_ view: FleetView) throws {
        guard shared?.place == .shared, let own = view[name.text], own.belongs,
            own.role == .voter
        else { return }
        let pen = try Pen(on: circle.graph.reader())
        if let pen, let holder = view[pen.holder.text], holder.belongs, holder.role == .voter {
            if pen.holder == name { return }
            let asked = PeerRequest(
                path: Self.clusterPath, body: [], milliseconds: Limits.penCall.value)
            for _ in 0..<Limits.penSilences.value where (try? links.call(pen.holder, asked)) != nil
            {
                return
            }
        }
        let update = Update(
            id: own.resource.id, data: ["addresses": .list(own.addresses.map(Value.text))])
        try propose(
            [.update(update)],
            reason: pen.map { "\($0.holder) has the pen and decides nothing" }
                ?? "nobody has the pen"
        )
    }

    /// Others learn from the log where this node listens now.
    private func keepAddress(_ view: FleetView) throws(Refusal) {
        guard let address, let own = view[name.text], own.belongs,
            own.addresses != [address.description]
        else { return }
        let update = Update(
            id: own.resource.id, expect: own.resource.revision,
            data: ["addresses": .list([.text(address.description)])])
        try propose([.update(update)], reason: "\(name) listens at \(address)")
    }

    /// A new certificate when the present one is due, or others say that it has ended, from whoever
    /// may vouch.
    private func keepCertificate(_ view: FleetView) throws {
        guard let own = view[name.text], own.belongs,
            let standing = state.withLock({ $0.standing })
        else { return }
        let passport = standing.pass.certificate.passport
        let isDue = Renewal.isDue(
            own.resource, at: circle.graph.applied(.root), begin: passport.begin,
            end: passport.end, now: clock.now)
        guard isDue || links.wantsCertificate(at: clock.ticks) else { return }
        let request = try JoinRequest(
            name: name.text, addresses: own.addresses, invitation: nil,
            authority: standing.pass.roll.authority.passport.key.fingerprint, signedBy: key)
        let answer = try Self.renewed(
            vouches: authority(view.authority) != nil, decides: decides,
            here: {
                let asked = PeerRequest(
                    path: PeerGate.renewPath, body: request.bytes,
                    milliseconds: Limits.penCall.value)
                return try JoinAnswer(bytes: joining.renew(asked, of: passport).get().body)
            },
            elsewhere: {
                try Joiner(name: name.text, key: key, addresses: own.addresses, loops: loops).renew(
                    from: Array(others.prefix(Limits.transferSources.value)), of: standing.peers,
                    authority: standing.pass.roll.authority,
                    milliseconds: Limits.busArrival.value)
            })
        guard case .member(let certificate, let roll) = answer else { return }
        try take(FleetPass(certificate: certificate, roll: roll), standing)
    }

    /// Who holds the authority's key may vouch for itself, and does so first where it decides. Others
    /// ask one another first: who decides takes no command of a machine whose certificate has ended.
    /// What fails one way is tried the other way: the certificates of all may have ended, and who
    /// was away may not know that another one decides now.
    static func renewed(
        vouches: Bool, decides: Bool, here: () throws -> JoinAnswer,
        elsewhere: () throws -> JoinAnswer
    ) throws -> JoinAnswer {
        guard vouches else { return try elsewhere() }
        do { return try decides ? here() : elsewhere() } catch {
            return try decides ? elsewhere() : here()
        }
    }

    /// What a person must know while the certificate of this machine has ended.
    public var certificateEnd: String? {
        let pass = state.withLock { $0.standing?.pass }
        guard let certificate = pass?.certificate else { return nil }
        do throws(TrustError) { try check.stillAccept(certificate) } catch {
            guard error.kind == .expired else { return nil }
            return "fleet: \(error.subject): \(error.cause); it asks for another one, which a "
                + "voter gives while the fleet log can be written"
        }
        return nil
    }

    private func take(_ pass: FleetPass, _ standing: Standing) throws {
        try pass.save(directory)
        let identity = try TLSIdentity(
            certificate: pass.certificate, authority: pass.roll.authority, key: key)
        standing.peers.show(identity)
        standing.server.show(identity)
        state.withLock { $0.standing?.pass = pass }
        links.showsAnother(at: clock.ticks)
    }

    /// Where others were last, for a start without a graph.
    private func keepRoll(_ view: FleetView) throws {
        guard let standing = state.withLock({ $0.standing }),
            let roll = view.roll(cluster: identity.cluster, log: identity.fleetLog),
            roll != standing.pass.roll
        else { return }
        let pass = FleetPass(certificate: standing.pass.certificate, roll: roll)
        try pass.save(directory)
        state.withLock { $0.standing?.pass = pass }
    }

    /// All voters hold the keys of the authorities, and nobody else does.
    private func shareAuthorities(_ view: FleetView) throws {
        for resource in [view.authority, view.etcdAuthority, view.etcdNext].compactMap(\.self) {
            let reader = try circle.graph.reader()
            guard let due = try AuthoritySharing(resource.name).due(on: reader),
                let authority = try authority(resource)
            else { continue }
            try teach()
            let recipients = try due.recipients.map { recipient in
                SealedValue.Recipient(
                    machine: recipient.machine, key: try SealingKey(bytes: recipient.sealing))
            }
            let sealed = try authority.sealed(
                version: due.version, for: recipients, name: resource.name)
            try propose(
                AuthoritySharing(resource.name).commands(due, sealed: sealed.value),
                reason: "the voters hold the key of authority/\(resource.name)")
        }
    }

    /// What the log shall rest on follows from who belongs: the files of a machine alone, else a
    /// cluster on one, three or five voters.
    private func settleReplication(_ view: FleetView) throws(Refusal) {
        let wish = wish(view)
        let isOn = view.wantsCluster
        let known = view.replication?.data
        let founding =
            (known?["founding"]?.int ?? 0) + (wish.isCluster && !isOn ? 1 : 0)
        // Members leave the cluster one by one before the log leaves it: one that stays behind
        // alone would never learn that it is not needed.
        let isLeaving = !wish.isCluster && isOn && isKeptByOthers
        var data: ValueMap = [
            "mode": .text(wish.isCluster || isLeaving ? "etcd" : "file"),
            "members": .list(wish.members.map { .text($0.text) }), "founding": .int(founding),
            "reason": .text(wish.reason),
        ]
        guard let resource = view.replication else {
            guard wish.isCluster else { return }
            data["learner"] = wish.learner.map { .text($0.text) }
            let draft = Draft(
                id: entropy.identifier(at: clock.now), type: FleetLogTypes.replication.name,
                namespace: .root, name: FleetLogTypes.only, data: data)
            return try propose([.create(draft)], reason: wish.reason)
        }
        // The log must be at home before it leaves for another cluster.
        if wish.isCluster, !isOn, shared?.cluster != nil { return }
        let isSettled = data.entries.allSatisfy { resource.data[$0.key] == $0.value }
        if isSettled, view.learner == wish.learner { return }
        data["learner"] = wish.learner.map { .text($0.text) } ?? .null
        let update = Update(id: resource.id, expect: resource.revision, data: data)
        try propose([.update(update)], reason: wish.reason)
    }

    /// What the log shall rest on.
    func wish(_ view: FleetView) -> ReplicationWish {
        var (voters, learner) = (view.voters, view.learner)
        if view.replacement(isLeaving: false).wantsOtherVoter, let lone = view.loneVoter {
            (voters, learner) = ([lone.learner], lone.voter)
        }
        return ReplicationWish(
            view.members.map { ($0.name, $0.role) }, now: voters, learner: learner, machine: name)
    }

    /// True while others keep members of the cluster too, or nobody could say.
    private var isKeptByOthers: Bool {
        guard let sight = state.withLock({ $0.keeping })?.keeper.latest?.sight else { return true }
        return sight.cluster.members.count > 1
    }
}
