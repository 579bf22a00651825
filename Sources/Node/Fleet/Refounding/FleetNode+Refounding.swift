internal import Bus
internal import Host
internal import Log
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// A log whose voters are lost goes on from the copy of one machine, by a person's word (RFD 0025).
extension FleetNode {
    /// Founds the log anew from the copy here, for `person`, who confirms that it ends at `from`.
    /// Waits until the log says so. What it is refused for: ``Refounding``.
    public func refound(from confirmed: Position?, by person: Identity) throws(Refusal) {
        if let leftBehind { throw leftBehind.refusal }
        let view = try currentView()
        let refounding = try Refounding(try scene(view))
        try refounding.confirm(confirmed)
        let done = Refounded(
            from: refounding.position, chain: circle.fleet.sequencer.log.hash,
            epoch: shared?.leapedEpoch ?? 0, machine: name, cluster: shared?.cluster ?? "",
            lost: refounding.lost, by: person.text)
        do throws(NodeError) {
            // From here on it is carried out, also by who comes after a kill.
            try FoundingFile.intended.write(done, directory)
        } catch { throw unavailable(error) }
        care.notice()
        let deadline = clock.ticks.advanced(
            byMilliseconds: UInt64(Limits.foundingPatience.value))
        while clock.ticks < deadline {
            let isOpen = LinuxFiles().mode(FoundingFile.intended.path(directory)) != nil
            if self.view?.refounded == done { return }
            guard isOpen else { break }
            LinuxSystem.pause(milliseconds: 20)
        }
        throw Refusal(
            .unknownOutcome, filter: "fleet", subject: "the fleet log",
            reason: lastFailure ?? "the machines of the fleet are still asked",
            remedy: "it goes on by itself; see pisces node list")
    }

    /// What this machine sees of its log, asked now.
    private func scene(_ view: FleetView) throws(Refusal) -> Refounding.Scene {
        let log = circle.fleet.sequencer.log
        var scene = Refounding.Scene(
            machine: name, cluster: shared?.cluster, answers: false, voters: view.voters,
            heard: [], holdsAuthority: false, position: log.tail)
        guard let shared, scene.cluster != nil else { return scene }
        // Who cannot be asked does not answer.
        scene.answers = (try? shared.refresh()) != nil
        if scene.answers { return scene }
        scene.heard = view.voters.filter { $0 != name && isHeard($0) }
        scene.holdsAuthority =
            (try? authority(view.authority)) != nil && (try? authority(view.etcdAuthority)) != nil
        scene.flaw = flaw
        return scene
    }

    /// True when a machine answers, whatever it says.
    func isHeard(_ machine: ResourceName) -> Bool {
        let asked = PeerRequest(
            path: PeerGate.foundingPath, body: [], milliseconds: Limits.penCall.value * 2)
        for _ in 0..<Limits.penSilences.value {
            do throws(BusError) {
                _ = try links.call(machine, asked)
                return true
            } catch {
                if error.kind != .unreachable, error.kind != .unanswered { return true }
            }
        }
        return false
    }

    /// Why the copies of the fleet's logs here are not whole; nil when they are.
    private var flaw: String? {
        if let first = state.withLock({ $0.follower })?.status.needsTransfer {
            return "entries before \(first) are missing"
        }
        for writer in writers {
            let (log, mount) = (writer.sequencer.log, writer.sequencer.mount)
            guard log.state == .writable else { return "log \(mount) is \(log.state.word)" }
            guard log.tail > .zero else { continue }
            let applied = circle.graph.applied(mount)
            guard applied == log.tail else {
                return "log \(mount) goes to \(log.tail), what it says is known to \(applied)"
            }
            if let flaw = flaw(of: writer) { return "log \(mount): \(flaw)" }
        }
        return nil
    }

    private func flaw(of writer: SequencerThread<LinuxDisk, RocksStore>) -> String? {
        let log = writer.sequencer.log
        do throws(LogError) {
            try attending(writer) { () throws(LogError) in try log.sync() }
            let report = try log.verify()
            if let defect = report.defect ?? report.torn { return defect.description }
            return report.last < log.tail ? "it is proven to \(report.last) only" : nil
        } catch { return error.description }
    }

    /// The logs that the lost cluster orders, that of the fleet last: it says that all is done.
    private var writers: [SequencerThread<LinuxDisk, RocksStore>] {
        let mounted = circle.mounted?.logs.map(\.writer) ?? []
        return (mounted + [circle.fleet]).filter { $0.fleet?.shared.cluster != nil }
    }

    // MARK: Carrying out

    /// Carries out what a person has confirmed, from wherever a kill left it.
    func finishRefounding() throws {
        guard let done = try FoundingFile.intended.read(directory) else { return }
        let log = circle.fleet.sequencer.log
        guard shared?.cluster == nil || log.tail == done.from else {
            try FoundingFile.intended.write(nil, directory)
            throw NodeError(
                "found anew", "the fleet log",
                "its cluster has written to \(log.tail) since \(done.from) was confirmed",
                remedy: "see pisces node list whether it is lost")
        }
        for writer in writers {
            guard let shared = writer.fleet?.shared else { continue }
            let isRoot = writer.sequencer.mount == .root
            try attending(writer) { () throws(LogError) in
                try shared.abandon(
                    behind: isRoot ? done.from : shared.copy.tail,
                    epoch: isRoot ? done.epoch : shared.leapedEpoch)
            }
        }
        let reader = try circle.graph.reader()
        if try FleetView(circle.graph).refounded != done {
            try propose(
                Refounding.commands(done, id: entropy.identifier(at: clock.now), on: reader)
                    + AuthorityReplacement.leap(
                        FleetNames.etcd, by: Limits.refoundingLeap.value, on: reader),
                reason: "\(done.by) founds the log anew from \(done.from)")
        }
        try FoundingFile.intended.write(nil, directory)
        care.notice()
    }

    /// Works on the thread that appends to a log.
    func attending(
        _ writer: SequencerThread<LinuxDisk, RocksStore>,
        _ work: @escaping @Sendable () throws(LogError) -> Void
    ) throws(LogError) {
        let failure = Mutex<LogError?>(nil)
        let isDone = writer.attend {
            do throws(LogError) { try work() } catch { failure.withLock { $0 = error } }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        guard isDone else { throw .closed }
    }

    private func unavailable(_ error: NodeError) -> Refusal {
        Refusal(
            .unavailable, filter: "fleet", subject: error.subject, reason: error.message,
            remedy: error.remedy ?? "see pisces status")
    }
}
