internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

extension FleetNode {
    /// Where a node asks for the state of a log.
    static let imagePath = "/bus/state"
    /// Where a node asks for its pass to etcd.
    static let etcdPath = "/bus/etcd"
    /// Where a node asks how another one's member of etcd is.
    static let memberPath = "/bus/member"
    /// Where a node asks which cluster has the log.
    static let clusterPath = "/bus/cluster"

    /// Answers another node, on a thread that may block.
    func answer(
        _ caller: PeerCaller, _ request: PeerRequest
    ) -> Result<PeerAnswer, BusError> {
        Result { () throws(BusError) in
            switch (request.path, caller) {
            case (PeerGate.joinPath, _): return try joining.join(request).get()
            case (PeerGate.birthPath, _):
                return PeerAnswer(body: try giveBirth(request.body))
            case (PeerGate.renewPath, .node(let passport)),
                (PeerGate.renewPath, .lapsed(let passport)):
                return try joining.renew(request, of: passport).get()
            case (PeerGate.foundingPath, .node), (PeerGate.foundingPath, .lapsed):
                return PeerAnswer(body: founding.bytes)
            case (_, .node(let passport)):
                return PeerAnswer(body: try serve(passport, request))
            default: throw Self.unknown(request.path)
            }
        }
    }

    private func serve(
        _ passport: Passport, _ request: PeerRequest
    ) throws(BusError) -> [UInt8] {
        let peer: ResourceName
        do throws(NameError) { peer = try ResourceName(passport.name) } catch {
            throw Self.unknown(request.path)
        }
        if let mount = FleetWriter<LinuxDisk, RocksStore>.log(at: request.path) {
            return try decide(request.body, of: peer, for: mount)
        }
        switch request.path {
        case PeerEntries.path:
            guard let entries = state.withLock({ $0.standing?.entries }) else {
                throw Self.stopping
            }
            return try entries.answer(peer, request.body)
        case BundleForm.path: return try bundles.answer(request.body)
        case ImageCourier.path: return try blobs.answer(request.body)
        case Self.imagePath: return try images.answer(request.body)
        case StatementService<LinuxDisk, RocksStore>.path:
            return try statements.answer(request.body)
        case QuestionForm.path: return try answerQuestion(request.body)
        case Self.etcdPath: return try etcdPass(for: passport, request.body).bytes
        case Self.lineagePath: return try giveLineage(passport, request.body)
        case AddressForm.path: return try meet(passport, request.body)
        case Self.memberPath: return MemberReportForm.encode(try ownReport())
        case Self.clusterPath:
            var writer = CBORWriter()
            writer.write(shared?.cluster ?? "")
            return writer.bytes
        default: throw Self.unknown(request.path)
        }
    }

    /// Decides what another node sends for the log mounted there.
    private func decide(
        _ body: [UInt8], of peer: ResourceName, for mount: Namespace
    ) throws(BusError) -> [UInt8] {
        guard belongs else {
            throw BusError(
                .refused, operation: "decide", subject: "commands of \(peer)",
                cause: "\(name) was removed from the fleet", remedy: "take the pen")
        }
        let writer = circle.writers.first {
            $0.sequencer.mount == mount && $0.sequencer.mount != identity.namespace
        }
        guard let writer else {
            throw BusError(
                .refused, operation: "decide", subject: "commands of \(peer) for log \(mount)",
                cause: "that log is not open on \(name)", remedy: "take the pen")
        }
        return try CommandService { writer.propose(all: $0) }.answer(peer, body)
    }

    static func unknown(_ path: String) -> BusError {
        BusError(
            .refused, operation: "answer", subject: printable(path),
            cause: "there is no such service", remedy: "run the same version of Pisces everywhere")
    }

    // MARK: Asking

    /// The cluster that has the log, as the first node that answers says.
    func askForCluster() throws(BusError) -> String {
        var failure = BusError(
            .unreachable, operation: "join", subject: "the fleet",
            cause: "no other node of it is known", remedy: "join it again")
        for peer in others {
            do throws(BusError) {
                let answer = try links.call(
                    peer,
                    PeerRequest(
                        path: Self.clusterPath, body: [], milliseconds: Limits.penCall.value * 4))
                var reader = CBORReader(answer.body)
                // What is no text is no name of a cluster.
                let name = (try? reader.readText()) ?? ""
                if !name.isEmpty { return name }
                failure = BusError(
                    .unreachable, operation: "join", subject: "the fleet",
                    cause: "its log is still in the files of \(peer)", remedy: "wait a moment")
            } catch { failure = error }
        }
        throw failure
    }

    // MARK: Joining

    /// What lets machines in.
    var joining: JoinService {
        JoinService(
            judge: { [self] applicant throws(BusError) in
                try deciding { () throws(Refusal) in
                    let reader = try reading { () throws(GraphError) in
                        try circle.graph.reader()
                    }
                    return try Admission().judge(
                        applicant, on: reader, at: circle.graph.applied(.root), now: clock.now)
                }
            },
            commit: { [self] applicant, terms, certificate throws(BusError) in
                let granted = certificate.map { FleetNode.granted($0) }
                try deciding { () throws(Refusal) in
                    try propose(
                        Admission().commands(
                            applicant, terms, certificate: granted,
                            id: entropy.identifier(at: clock.now)),
                        reason: "\(applicant.name) joins")
                }
            },
            authority: { [self] () throws(BusError) in try authority(view?.authority) },
            roll: { [self] () throws(BusError) in
                guard let roll = view?.roll(cluster: identity.cluster, log: identity.fleetLog)
                else { throw Self.stopping }
                return roll
            },
            now: { [clock] in clock.now },
            serial: { [clock, entropy] in entropy.identifier(at: clock.now) })
    }

    static func granted(_ certificate: Certificate) -> GrantedCertificate {
        GrantedCertificate(
            bytes: certificate.bytes, serial: certificate.passport.serial,
            until: certificate.passport.until ?? .zero)
    }

    /// Proposes commands of the fleet itself and waits for them.
    func propose(
        _ commands: [Command], reason: String, as caller: Caller = .system("fleet")
    ) throws(Refusal) {
        if commands.isEmpty { return }
        let proposal = Proposal(
            caller: caller, batch: Batch(commands, reason: reason), time: clock.now)
        _ = try circle.fleet.propose(proposal).get()
    }

    /// An authority whose key is sealed to this node; nil when it is not.
    func authority(_ resource: Resource?) throws(BusError) -> CertificateAuthority? {
        guard let resource, let bytes = resource.data["certificate"]?.bytes,
            let sealed = resource.data["sealed"], let version = resource.data["version"]?.int
        else { return nil }
        do throws(TrustError) {
            return try CertificateAuthority(
                opening: CertificateAuthority.sealed(from: sealed, name: resource.name),
                version: version, certificate: Certificate(bytes: bytes), name: resource.name,
                with: key)
        } catch {
            if error.kind == .notForThisMachine { return nil }
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: error.remedy)
        }
    }

    private func deciding<Answer>(
        _ body: () throws(Refusal) -> Answer
    ) throws(BusError) -> Answer {
        do throws(Refusal) { return try body() } catch {
            throw BusError(
                .refused, operation: "join", subject: error.subject, cause: error.reason,
                remedy: error.remedy ?? "see pisces node list")
        }
    }

    func reading<Answer>(
        _ body: () throws(GraphError) -> Answer
    ) throws(Refusal) -> Answer {
        do throws(GraphError) { return try body() } catch {
            throw Refusal(
                .unavailable, filter: "graph", subject: error.subject,
                reason: "\(error.operation) failed: \(error.cause)")
        }
    }
}
