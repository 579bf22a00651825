import Host
import Resources
import Testing
import ZeroProcs

/// Seeds of six machines on which members of etcd are founded, added, removed, upgraded, killed and
/// wiped, while Pisces itself dies before, in and after every kind of step.
@Suite struct MemberWorldTests {
    static let parts = 4

    @Test(arguments: 0..<parts) func everySeedReachesItsMembers(part: Int) {
        var steps: [String: Int] = [:]
        let seeds = WorldSeeds.part(part, of: Self.parts, standard: 1000)
        for seed in seeds {
            var run = SeededMembers(seed: seed)
            run.play()
            steps.merge(run.steps, uniquingKeysWith: +)
            guard let fault = run.fault else { continue }
            Issue.record("seed \(seed): \(fault)\n\(run.story.suffix(40).joined(separator: "\n"))")
            return
        }
        // Otherwise the seeds would not have tried them.
        let all = [
            "add", "discard", "found", "join", "promote", "remove", "restart", "start", "wipe",
            "yieldLead", "promote refused", "add refused", "killed before", "killed after",
        ]
        if seeds.count < 100 { return }
        for step in all { #expect(steps[step, default: 0] > 0, "\(step) never happened") }
    }
}

/// One seed: what was asked of the members, and the first promise that was broken.
struct SeededMembers {
    private var random: SeededRandom
    private var world = SimulatedMembers()
    private let names = ["m1", "m2", "m3", "m4", "m5", "m6"]
    private var desired: [MemberSeat] = []
    private var isFounded = false
    private var patience: [String: MemberPatience] = [:]
    /// What others have said, older than it is.
    private var said: [ResourceName: MachineReport] = [:]
    private var holder = "m1"
    private(set) var steps: [String: Int] = [:]
    private(set) var fault: String?
    private(set) var story: [String] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        for name in names { world.machines[name] = .init() }
        world.machines["m4"]?.version = EtcdVersion(major: 3, minor: 4, patch: 22)
        world.machines["m4"]?.installed = EtcdVersion(major: 3, minor: 4, patch: 22)
        desired = [seat("m1", .voter)]
    }

    private func seat(_ name: String, _ role: MemberSeat.Role) -> MemberSeat {
        MemberSeat(
            machine: SimulatedMembers.name(name), role: role, peer: SimulatedMembers.peer(name))
    }

    /// Trouble for a while, then quiet, in which all must become as it shall be.
    mutating func play() {
        let turns = Int.random(in: 60...160, using: &random)
        for _ in 0..<turns where fault == nil {
            if random.oneIn(6) { event() }
            turn()
        }
        for name in names { world.machines[name]?.isUp = true }
        story.append("quiet")
        var turnsLeft = 1500
        while turnsLeft > 0, fault == nil, !isSettled {
            turnsLeft -= 1
            turn(quiet: true)
        }
        if fault == nil, !isSettled { fault = "came to no rest: \(picture)" }
    }

    private var isSettled: Bool {
        guard let cluster = world.cluster, cluster.members.count == desired.count else {
            return false
        }
        let seated = desired.allSatisfy { seat in
            cluster.members.contains {
                $0.name == seat.machine && $0.isHealthy
                    && $0.isLearner == (seat.role == .learner)
            }
        }
        let unwanted = names.contains { name in
            !desired.contains { $0.machine.text == name } && world.machines[name]?.data != nil
        }
        let newest = cluster.members.allSatisfy { member in
            member.version == world.machines[member.name?.text ?? ""]?.installed
        }
        return seated && newest && !unwanted
    }

    private var picture: String {
        let members = world.members.map { member in
            "\(String(member.id)):\(member.name ?? "?")\(member.isLearner ? " learns" : "")"
                + (world.isHealthy(member) ? "" : " ill")
        }
        let wanted = desired.map { "\($0.machine) \($0.role)" }
        return "\(members) for \(wanted)"
    }

    // MARK: Trouble

    private mutating func event() {
        guard isFounded, let name = names.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1: wish()
        case 2: world.kill(name)
        case 3: world.machines[name]?.isUp = false
        case 4:
            for name in names { world.machines[name]?.isUp = true }
        case 5: holder = name
        case 6:
            var other = world
            other.wipe(name)
            guard other.isWhole else { return }
            world = other
            count("wipe")
        default: world.machines[name]?.installed = EtcdVersion(major: 3, minor: 4, patch: 24)
        }
        story.append("event: \(picture)")
    }

    /// Other members, chosen as a fleet chooses them.
    private mutating func wish() {
        let picked = names.filter { _ in random.oneIn(2) }
        guard !picked.isEmpty else { return }
        let candidates = picked.map { name in
            let member = world.members.first { $0.name == name }
            return MemberTarget.Candidate(
                machine: SimulatedMembers.name(name), peer: SimulatedMembers.peer(name),
                sits: member.map { $0.isLearner ? .learner : .voter })
        }
        desired = MemberTarget.choose(from: candidates, most: random.oneIn(2) ? 5 : 3).seats
    }

    // MARK: One look of one machine

    private mutating func turn(quiet: Bool = false) {
        world.pass(UInt64.random(in: 50...1500, using: &random))
        for name in names where quiet || random.oneIn(2) {
            guard world.machines[name]?.isUp == true else { continue }
            said[SimulatedMembers.name(name)] = world.report(of: name)
        }
        if isFounded == false, world.answers { isFounded = random.oneIn(2) }
        let founders = isFounded ? 0 : world.founded
        guard let name = names.randomElement(using: &random),
            world.machines[name]?.isUp == true
        else { return }
        let step = MemberPlan(scene(of: name)).next()
        if case .rest = step.action { return }
        if case .wait = step.action { return }
        check(step, on: name)
        perform(step, on: name, quiet: quiet)
        if isFounded, founders != 0 || !world.isWhole {
            fault = fault ?? "the majority lost its data: \(step) on \(name): \(picture)"
        }
    }

    private func scene(of name: String) -> MemberScene {
        var reports = said
        reports[SimulatedMembers.name(name)] = world.report(of: name)
        let first = SimulatedMembers.name("m1")
        return MemberScene(
            local: SimulatedMembers.name(name), desired: desired,
            founding: isFounded ? .done : .open(on: first), cluster: world.cluster,
            machines: reports, mayChange: name == holder,
            notBefore: patience[name]?.notBefore ?? .zero, now: world.now)
    }

    private mutating func perform(_ step: MemberStep, on name: String, quiet: Bool) {
        let kind = "\(step.action)".prefix { $0 != "(" }
        story.append("\(name): \(step.action) because \(step.reason)")
        if !quiet, random.oneIn(10) {
            // Pisces dies: what it knew is gone, what it did stays or was never done.
            patience[name] = nil
            guard random.oneIn(2) else { return count("killed before") }
            count("killed after")
        }
        do throws(SimulatedMembers.Refused) {
            try world.perform(step.action, on: name)
            patience[name, default: MemberPatience()].done(at: world.now)
            count(String(kind))
        } catch {
            patience[name, default: MemberPatience()].refused(at: world.now)
            count("\(kind) refused")
        }
    }

    private mutating func count(_ what: String) { steps[what, default: 0] += 1 }

    /// What no step may ever do, whatever came before.
    private mutating func check(_ step: MemberStep, on name: String) {
        switch step.action {
        case .found where isFounded: fault = "\(name) founds a second cluster"
        case .discard, .stop:
            if let id = world.machines[name]?.data, world.members.contains(where: { $0.id == id }) {
                fault = "\(name) gives up the data of a member: \(picture)"
            }
        case .restart where world.members.count > 1:
            let ill = world.members.contains { !world.isHealthy($0) }
            if ill { fault = "\(name) restarts while another is ill" }
        case .promote(let id):
            let voters = world.voters.count + 1
            let more = desired.contains { seat in
                seat.role == .voter && !world.members.contains { $0.name == seat.machine.text }
            }
            let fewer = world.voters.contains { member in
                !desired.contains { $0.machine.text == member.name && $0.role == .voter }
            }
            if voters % 2 == 0, !more, !fewer {
                fault = "\(id) makes \(voters) voters for good"
            }
        default: break
        }
    }
}
