import Host
import Resources
import ZeroProcs

/// A cluster of etcd and the machines it runs on, with the rules of etcd 3.4 that a plan meets:
/// one learner at a time, no change within five seconds of a connection, no promotion before the
/// learner has caught up, no removal that costs the majority.
struct SimulatedMembers {
    struct Member {
        let id: UInt64
        var name: String?
        var peer: String
        var isLearner: Bool
    }

    struct Machine {
        /// The member whose data is on the disk.
        var data: UInt64?
        /// Whether Pisces knows which: that of the first member is learnt once it runs.
        var knowsID = false
        var isUp = true
        var isRunning = false
        /// When its process last started.
        var since = Ticks.zero
        var installed = EtcdVersion(major: 3, minor: 4, patch: 23)
        var version = EtcdVersion(major: 3, minor: 4, patch: 23)
    }

    enum Refused: Error { case unhealthy, tooManyLearners, notInSync, majority }

    private(set) var members: [Member] = []
    var machines: [String: Machine] = [:]
    var now = Ticks.zero
    private(set) var founded = 0
    private(set) var leader: UInt64?
    private var lastID: UInt64 = 0
    /// When somebody last joined or came back, as far as connections go.
    private var connected = Ticks.zero

    static func peer(_ machine: String) -> String { "https://\(machine):2380" }

    static func name(_ text: String) -> ResourceName { AppWorld.name(text) }

    func machine(of member: Member) -> String {
        member.name ?? machines.keys.sorted().first { Self.peer($0) == member.peer } ?? ""
    }

    func isHealthy(_ member: Member) -> Bool {
        guard let machine = machines[machine(of: member)] else { return false }
        return machine.isUp && machine.isRunning && machine.data == member.id
    }

    var voters: [Member] { members.filter { !$0.isLearner } }

    /// True when a majority of voters answers.
    var answers: Bool { voters.filter(isHealthy).count > voters.count / 2 && !voters.isEmpty }

    /// True when a majority of voters has its data, and so will answer again.
    var isWhole: Bool {
        voters.filter { machines[machine(of: $0)]?.data == $0.id }.count > voters.count / 2
    }

    var cluster: MemberCluster? {
        guard answers else { return nil }
        return MemberCluster(
            members: members.map { member in
                let healthy = isHealthy(member)
                return MemberCluster.Member(
                    id: member.id, name: member.name.map(Self.name), peers: [member.peer],
                    isLearner: member.isLearner, isHealthy: healthy, isLeader: member.id == leader,
                    version: healthy ? machines[machine(of: member)]?.version : nil)
            })
    }

    func report(of name: String) -> MachineReport {
        guard let machine = machines[name] else { return MachineReport() }
        let changed = machine.isRunning && machine.version != machine.installed
        return MachineReport(
            data: machine.data.map { .member(machine.knowsID ? $0 : nil) } ?? .none,
            isRunning: machine.isRunning, installed: machine.installed,
            wantsRestart: changed ? "etcd \(machine.installed) is installed" : nil)
    }

    // MARK: What time does

    mutating func pass(_ milliseconds: UInt64) {
        now = now.advanced(byMilliseconds: milliseconds)
        for (index, member) in members.enumerated() where isHealthy(member) {
            let name = machine(of: member)
            // It says its name once it has caught up.
            if answers, caughtUp(member) { members[index].name = name }
            if caughtUp(member) { machines[name]?.knowsID = true }
        }
        let standing = voters.filter(isHealthy)
        if !standing.contains(where: { $0.id == leader }) {
            leader = answers ? standing.first?.id : nil
        }
    }

    private func hasRun(_ member: Member, milliseconds: UInt64) -> Bool {
        guard let machine = machines[machine(of: member)] else { return false }
        return now.nanoseconds(since: machine.since) >= milliseconds * 1_000_000
    }

    private func caughtUp(_ member: Member) -> Bool { hasRun(member, milliseconds: 1500) }

    /// It is known by its name before it has all that the others have.
    private func isInSync(_ member: Member) -> Bool { hasRun(member, milliseconds: 2500) }

    mutating func run(_ name: String) {
        machines[name]?.isRunning = true
        machines[name]?.since = now
        connected = now
        if let machine = machines[name] { machines[name]?.version = machine.installed }
    }

    /// The process ends; the data stays.
    mutating func kill(_ name: String) { machines[name]?.isRunning = false }

    mutating func wipe(_ name: String) {
        machines[name]?.isRunning = false
        machines[name]?.data = nil
        machines[name]?.knowsID = false
    }

    // MARK: What a step does

    mutating func perform(_ action: MemberStep.Action, on name: String) throws(Refused) {
        switch action {
        case .rest, .wait: break
        case .found: found(on: name)
        case .join(let id, _):
            if machines[name]?.data == nil { machines[name]?.data = id }
            machines[name]?.knowsID = true
            run(name)
        case .start, .restart: run(name)
        case .stop: kill(name)
        case .discard: wipe(name)
        case .add(let seat): try add(seat)
        case .promote(let id): try promote(id)
        case .remove(let id): try remove(id)
        case .move(let id, let peer):
            guard answers else { throw .majority }
            if let index = members.firstIndex(where: { $0.id == id }) {
                members[index].peer = peer
            }
        case .yieldLead(let id): if voters.contains(where: { $0.id == id }) { leader = id }
        }
    }

    private mutating func found(on name: String) {
        guard machines[name]?.data == nil else { return run(name) }
        founded += 1
        lastID += 1
        members = [Member(id: lastID, name: nil, peer: Self.peer(name), isLearner: false)]
        machines[name]?.data = lastID
        run(name)
    }

    private var isConnected: Bool {
        voters.allSatisfy(isHealthy) && now.nanoseconds(since: connected) >= 5_000_000_000
    }

    private mutating func add(_ seat: MemberSeat) throws(Refused) {
        guard answers else { throw .majority }
        if members.contains(where: { $0.peer == seat.peer }) { return }
        if members.contains(where: \.isLearner) { throw .tooManyLearners }
        guard isConnected else { throw .unhealthy }
        lastID += 1
        members.append(Member(id: lastID, name: nil, peer: seat.peer, isLearner: true))
    }

    private mutating func promote(_ id: UInt64) throws(Refused) {
        guard answers else { throw .majority }
        guard let index = members.firstIndex(where: { $0.id == id }) else { return }
        guard isHealthy(members[index]), isInSync(members[index]) else { throw .notInSync }
        members[index].isLearner = false
        connected = now
    }

    private mutating func remove(_ id: UInt64) throws(Refused) {
        guard answers else { throw .majority }
        guard let member = members.first(where: { $0.id == id }) else { return }
        let left = voters.filter { $0.id != id }
        guard left.filter(isHealthy).count > left.count / 2 else { throw .unhealthy }
        members.removeAll { $0.id == id }
        if leader == id { leader = left.first(where: isHealthy)?.id }
        // It is told, and ends by itself.
        machines[machine(of: member)]?.isRunning = false
    }
}
