internal import Bus
internal import Host
internal import Log
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// A machine that was away while the log was founded anew must hear of it before it writes.
extension FleetNode {
    /// How the log was founded anew without this machine; nil when it was not.
    public var leftBehind: Refounded? { state.withLock { $0.leftBehind } }

    /// What this node says of it to others, also to those that belong no more.
    var founding: FoundingForm {
        FoundingForm(cluster: shared?.cluster ?? "", latest: view?.refounded)
    }

    /// What was learnt of it before the last stop.
    func readFounding() throws(NodeError) {
        let found = try FoundingFile.leftBehind.read(directory)
        state.withLock { $0.leftBehind = found }
    }

    /// Who votes alone asks once before anything is written: nobody else could stop it. Where the
    /// other one does not answer it goes on, or the loss of that one would stop it.
    func askBeforeWriting() {
        guard let lone = loneVoter, lone.voter == name, leftBehind == nil else { return }
        for _ in 0..<Limits.penSilences.value {
            guard let said = ask(lone.learner) else { continue }
            do throws(BusError) { try take(said) } catch { fail(CareSteps.cause(of: error)) }
            return
        }
    }

    /// Asks one other voter after the other.
    func keepFounding(_ view: FleetView) throws {
        let now = clock.ticks
        let (turn, at) = state.withLock { $0.foundingAsk }
        let voters = view.members.filter { $0.role == .voter && $0.name != name }.map(\.name)
        guard shared?.cluster != nil, !voters.isEmpty, now >= at else { return }
        state.withLock { state in
            state.foundingAsk = (
                turn + 1, now.advanced(byMilliseconds: UInt64(Limits.foundingAsk.value))
            )
        }
        if let said = ask(voters[turn % voters.count]) { try take(said) }
    }

    /// What a voter says; nil from one that does not answer, or is of a version that cannot.
    private func ask(_ voter: ResourceName) -> FoundingForm? {
        let asked = PeerRequest(
            path: PeerGate.foundingPath, body: [], milliseconds: Limits.penCall.value * 2)
        guard let answer = try? links.call(voter, asked) else { return nil }
        return try? FoundingForm(bytes: answer.body)
    }

    /// Does what follows from what a voter says. Only voters are asked: they hold the keys of the
    /// authorities, and could do as much without it.
    private func take(_ said: FoundingForm) throws(BusError) {
        guard let latest = said.latest else { return }
        let next = Succession.judge(latest, machine: name, copy: copy(at: latest.from))
        switch next {
        case .none: return
        case .leftBehind: try leave(latest)
        case .follow: try follow(latest, said.cluster)
        }
    }

    private func copy(at position: Position) -> Succession.Copy {
        let log = circle.fleet.sequencer.log
        func entry(_ position: Position) -> LogEntry? {
            // What cannot be read here is not held against it.
            let found = try? log.read(from: position, maximumBytes: 1).first
            return found?.header.position == position ? found : nil
        }
        return Succession.Copy(
            cluster: shared?.cluster, tail: log.tail, chain: entry(position)?.hash,
            epoch: entry(position.next)?.epoch)
    }

    /// Writes nothing more: kept in a file, because at the next start nobody may answer.
    private func leave(_ founding: Refounded) throws(BusError) {
        state.withLock { $0.leftBehind = founding }
        do throws(NodeError) { try FoundingFile.leftBehind.write(founding, directory) } catch {
            throw BusError(
                .refused, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: error.remedy ?? "see that the state directory can be written")
        }
        LinuxSystem.note("pisces: \(founding.refusal.message)")
        care.notice()
    }

    /// Goes on with the others once they have a cluster again.
    private func follow(_ founding: Refounded, _ cluster: String) throws(BusError) {
        guard !cluster.isEmpty, cluster != founding.cluster else { return }
        state.withLock { $0.founder = founding.machine }
        for writer in circle.writers {
            guard let shared = writer.fleet?.shared, shared.cluster == founding.cluster else {
                continue
            }
            do throws(LogError) {
                try attending(writer) { () throws(LogError) in try shared.join(cluster) }
            } catch {
                throw BusError(
                    .unreachable, operation: "follow", subject: "log \(shared.copy.mount)",
                    cause: error.description, remedy: "it is tried again")
            }
        }
    }
}
