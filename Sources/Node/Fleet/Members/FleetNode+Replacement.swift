internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// Etcd's authority is replaced once a machine that has had its key belongs no more (RFD 0027).
extension FleetNode {
    /// How far the replacement of etcd's authority is.
    func replacement(_ view: FleetView) -> AuthorityReplacement {
        view.replacement(isLeaving: isLeaving(view))
    }

    /// True while the log leaves the members of etcd for the files of a machine.
    func isLeaving(_ view: FleetView) -> Bool {
        !wish(view).isCluster && shared?.cluster != nil
    }

    /// Takes the next step of a replacement.
    func replaceAuthority(_ view: FleetView) throws {
        guard replacement(view).turn != nil, try replaces(view) else { return }
        // What was decided in this turn counts already.
        let view = try currentView()
        guard let turn = replacement(view).turn else { return }
        let commands: [Command]
        switch turn.action {
        case .wait: return
        case .begin(let beginning):
            let made = try newAuthority(clock.now, circle.graph.applied(.root))
            let sealed = try made.sealed(
                version: beginning.version, for: Self.recipients(beginning.recipients),
                name: FleetNames.etcdNext)
            commands = AuthorityReplacement.commands(
                beginning,
                .init(
                    certificate: made.certificate.bytes,
                    fingerprint: made.fingerprint.description, sealed: sealed.value),
                as: FleetNames.etcdNext, id: entropy.identifier(at: clock.now))
        case .change(let change):
            guard let next = try authority(view.etcdNext) else { return }
            let sealed = try next.sealed(
                version: change.version, for: Self.recipients(change.recipients),
                name: FleetNames.etcd)
            commands = AuthorityReplacement.commands(change, sealed: sealed.value)
        case .end(let place): commands = AuthorityReplacement.commands(ending: place)
        }
        try teach()
        try propose(commands, reason: "the authority of etcd is replaced: \(turn.reason)")
    }

    /// Who decides does it where it votes, and so may have the new key; else the first voter that is
    /// heard. Of two that try, one finds the resources changed.
    private func replaces(_ view: FleetView) throws -> Bool {
        guard let own = view[name.text], own.belongs, own.role == .voter else { return false }
        if decides { return true }
        guard let pen = try Pen(on: circle.graph.reader()) else { return false }
        let voters = view.members.filter { $0.role == .voter }.map(\.name)
        if voters.contains(pen.holder) { return false }
        return voters.first { !view.lapsed.contains($0) } == name
    }

    private static func recipients(
        _ recipients: [AuthoritySharing.Task.Recipient]
    ) throws(TrustError) -> [SealedValue.Recipient] {
        try recipients.map { (one) throws(TrustError) in
            SealedValue.Recipient(machine: one.machine, key: try SealingKey(bytes: one.sealing))
        }
    }

    /// Brings types that an older version wrote to what is written here.
    func teach() throws {
        let lessons = try AuthorityReplacement.lessons(on: circle.graph.reader())
        try propose(lessons, reason: "built-in types", as: .system("install"))
    }

    /// Lets the member of etcd here take the authorities that are trusted, when it is its turn, and
    /// says so in the log once this machine goes by the last step.
    func keepTrust(_ view: FleetView) throws {
        let step = view.etcdStep
        guard step > 0, let own = view[name.text], own.belongs else { return }
        let files = EtcdPass.Files(directory)
        let hasPass = LinuxFiles().mode(files.key) != nil
        let pass = hasPass ? try EtcdPass.load(files) : nil
        // Of a newer step its copy of the log says nothing yet.
        guard pass?.step == step || !hasPass else { return }
        let isFollowed = (own.resource.data["step"]?.int ?? 0) >= step
        let keeping = state.withLock { $0.keeping }
        if let keeping, keeping.member.settings.trust != pass?.trust {
            guard isFollowed || replacement(view).isTurn(of: name) else { return }
            keeping.member.configure { $0.trust = pass?.trust }
            keeping.keeper.notice()
        }
        if isFollowed { return }
        if let keeping {
            guard try keeping.member.trustsAsSet else { return }
        } else if view.seats.contains(where: { $0.machine == name }), view.wantsCluster {
            return
        }
        try propose(
            AuthorityReplacement.followed(step, by: own.resource.id),
            reason: "\(name) has followed step \(step) of the replacement of etcd's authority")
    }

    /// How far the replacement is, in words; nil when there is none.
    var replacementWords: String? {
        view.flatMap { replacement($0).turn }.map {
            "the authority of etcd is replaced: \($0.reason)"
        }
    }
}
