import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

/// Seeds of six machines whose voters are removed, come and go and are killed between any two steps
/// while etcd's authority is replaced.
@Suite struct AuthorityWorldTests {
    static let parts = 1

    @Test(arguments: 0..<parts) func everySeedEndsWithAnAuthorityThatNobodyElseHas(
        part: Int
    ) throws {
        var counts: [String: Int] = [:]
        let seeds = WorldSeeds.part(part, of: Self.parts, standard: 60)
        for seed in seeds {
            var run = try SeededAuthority(seed: seed)
            try run.play()
            counts.merge(run.counts, uniquingKeysWith: +)
            guard let fault = run.fault else { continue }
            Issue.record("seed \(seed): \(fault)\n\(run.story.suffix(60).joined(separator: "\n"))")
            return
        }
        // Otherwise the seeds would not have tried them.
        if seeds.count < 50 { return }
        for what in [
            "removed", "killed", "away", "back", "begin", "begin anew", "change", "end", "restart",
            "by bus", "refused",
        ] { #expect(counts[what, default: 0] > 0, "\(what) never happened") }
    }
}

/// One seed: what became of the machines, and the first promise that was broken.
struct SeededAuthority {
    /// A machine: what its files and its member of etcd go by, and what it has read of the log.
    struct Machine {
        var pass = Pass(issuer: [1, 2, 3], trusted: [[1, 2, 3]], step: 0)
        /// Whom the process of its member trusts; nil while none runs.
        var member: Set<[UInt8]>?
        var isUp = true
        var view: Scene
    }

    /// Who vouches for a machine, and whom it trusts, in certificates that are names here.
    struct Pass: Equatable {
        var issuer: [UInt8]
        var trusted: Set<[UInt8]>
        var step: Int64
    }

    typealias Scene = AuthorityReplacement.Scene

    private let house: Gatehouse
    private var random: SeededRandom
    private var machines: [ResourceName: Machine] = [:]
    private var last: UInt8 = 6
    private var made: UInt8 = 10
    /// Certificates of authorities whose key a removed machine has.
    private var stolen: Set<[UInt8]> = []
    private(set) var counts: [String: Int] = [:]
    private(set) var fault: String?
    private(set) var story: [String] = []

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        house = try Gatehouse()
        for number in UInt8(2)...6 {
            try house.admit("pi-\(number)", number, number < 6 ? .voter : .client)
        }
        try house.share()
        let scene = try scene()
        for node in scene.nodes { machines[node.name] = Machine(view: scene) }
        for name in scene.members { machines[name]?.member = [[1, 2, 3]] }
    }

    /// The log as it is, with the three voters that keep members.
    private func scene() throws -> Scene {
        let nodes = try house.graph.resources(of: FleetTypes.node.name, below: .root)
        let voters = nodes.filter { $0.data["role"] == "voter" && $0.data["state"] == "active" }
        let lapsed = machines.filter { !$0.value.isUp }.keys
        return Scene(
            present: try house.authority("fleet"), next: try house.authority("fleet-next"),
            nodes: nodes, members: Set(voters.map(\.name).sorted().prefix(3)),
            lapsed: Set(lapsed))
    }

    private func step(_ scene: Scene) -> Int64 { scene.present?.data["step"]?.int ?? 0 }

    /// What a voter with that view gives.
    private func issued(by scene: Scene) -> Pass {
        let present = scene.present?.data["certificate"]?.bytes ?? []
        let others = [scene.next?.data["certificate"]?.bytes].compactMap(\.self)
        let former = scene.present?.data["former"]?.list?.compactMap(\.bytes) ?? []
        return Pass(
            issuer: present, trusted: Set([present] + others + former), step: step(scene))
    }

    // MARK: Who reaches whom

    private func meet(_ left: ResourceName, _ right: ResourceName) -> Bool {
        guard let one = machines[left], let other = machines[right], let trusts = one.member,
            let believes = other.member
        else { return false }
        return trusts.contains(other.pass.issuer) && believes.contains(one.pass.issuer)
    }

    /// The members that are of a majority now; none when there is no such.
    private func majority(_ members: Set<ResourceName>) -> Set<ResourceName> {
        for leader in members.sorted() where machines[leader]?.member != nil {
            let met = members.filter { $0 == leader || meet(leader, $0) }
            if met.count > members.count / 2 { return met }
        }
        return []
    }

    /// True when a machine reads and writes the log.
    private func reaches(_ name: ResourceName, _ members: Set<ResourceName>) -> Bool {
        guard let machine = machines[name], machine.isUp else { return false }
        return majority(members).contains { member in
            guard let other = machines[member], let trusts = other.member else { return false }
            return trusts.contains(machine.pass.issuer)
                && machine.pass.trusted.contains(other.pass.issuer)
        }
    }

    // MARK: Turns

    mutating func play() throws {
        for _ in 0..<Int.random(in: 60...300, using: &random) where fault == nil {
            if random.oneIn(15) { try event() }
            try turn()
        }
        for name in machines.keys { back(name) }
        story.append("quiet")
        var left = 4000
        while left > 0, fault == nil, try !isSettled() {
            left -= 1
            try turn()
        }
        if fault == nil, left == 0 {
            let turn = try house.replacement(members: scene().members).turn
            fault = "came to no rest: \(turn?.reason ?? "no step is due")"
        }
    }

    private func isSettled() throws -> Bool {
        let scene = try scene()
        guard AuthorityReplacement(scene).turn == nil else { return false }
        let wanted = issued(by: scene)
        let areWell = scene.nodes.filter { $0.data["state"] == "active" }.allSatisfy { node in
            guard let machine = machines[node.name] else { return false }
            return machine.pass == wanted
                && machine.member.map { $0 == wanted.trusted }
                    ?? !scene.members.contains(node.name)
        }
        return areWell && stolen.isDisjoint(with: wanted.trusted)
    }

    private mutating func event() throws {
        let scene = try scene()
        let names = scene.nodes.filter { $0.data["state"] == "active" }.map(\.name).sorted()
        guard let name = names.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: try remove(name, scene)
        case 1:
            note("killed", name)
            machines[name]?.member = nil
        case 2:
            note("away", name)
            machines[name]?.isUp = false
            machines[name]?.member = nil
        default: back(name)
        }
    }

    private mutating func back(_ name: ResourceName) {
        guard machines[name]?.isUp == false else { return }
        note("back", name)
        machines[name]?.isUp = true
    }

    /// A person removes a voter, and lets another machine in, while the log can be written.
    private mutating func remove(_ name: ResourceName, _ scene: Scene) throws {
        let voters = AuthoritySharing.voters(scene.nodes)
        guard voters.count > 3, voters.contains(name.text), last < 30,
            !majority(scene.members.subtracting([name])).isEmpty
        else { return }
        note("removed", name)
        for authority in [scene.present, scene.next].compactMap(\.self) {
            let holders = authority.data["sealed"]?.list?.compactMap { $0.map?["machine"]?.text }
            if holders?.contains(name.text) ?? false, let bytes = authority.data["certificate"] {
                stolen.insert(bytes.bytes ?? [])
            }
        }
        try house.commit(try Membership().remove(name, on: house.graph))
        machines[name] = nil
        last += 1
        try house.admit("pi-\(last)", last, .voter)
        try house.share()
        let now = try self.scene()
        var machine = Machine(view: now)
        machine.pass = issued(by: now)
        machines[try ResourceName("pi-\(last)")] = machine
    }

    private mutating func note(_ what: String, _ name: ResourceName? = nil) {
        counts[what, default: 0] += 1
        story.append("\(what) \(name?.text ?? "")")
    }

    /// One look of one machine. It may die between any two steps: nothing is kept but files.
    private mutating func turn() throws {
        guard let name = machines.keys.sorted().randomElement(using: &random),
            let machine = machines[name], machine.isUp
        else { return }
        let now = try scene()
        let canWrite = reaches(name, now.members)
        if canWrite, !random.oneIn(4) { machines[name]?.view = now }
        try renew(name, isSilent: !canWrite)
        if random.oneIn(8) { return }
        care(name, now)
        if random.oneIn(8) { return }
        if canWrite { try write(name) }
        check()
    }

    /// As `FleetNode.keepEtcdPass` does.
    private mutating func renew(_ name: ResourceName, isSilent: Bool) throws {
        guard let machine = machines[name] else { return }
        let voters = AuthoritySharing.voters(machine.view.nodes)
        let known = step(machine.view)
        if machine.pass.step < known, voters.contains(name.text) {
            let pass = issued(by: machine.view)
            machines[name]?.pass = pass
        } else if machine.pass.step < known || isSilent {
            // Over the bus: of any voter that is there, which may be behind itself.
            let others = machines.filter { other in
                other.value.isUp && other.key != name && voters.contains(other.key.text)
            }.keys.sorted()
            guard let other = others.randomElement(using: &random),
                let view = machines[other]?.view
            else { return }
            let pass = issued(by: view)
            guard pass.step >= known, pass.step > machine.pass.step else { return }
            machines[name]?.pass = pass
            note("by bus", name)
        }
    }

    /// As `MemberPlan` and `FleetNode.keepTrust` do: at its turn, and while all members are well.
    private mutating func care(_ name: ResourceName, _ now: Scene) {
        guard let machine = machines[name] else { return }
        guard now.members.contains(name) else {
            machines[name]?.member = nil
            return
        }
        guard let trusts = machine.member else {
            // Who keeps a member for the first time is reached once it has a pass of now.
            if machine.pass.step + 1 >= step(now) {
                machines[name]?.member = machine.pass.trusted
            }
            return
        }
        let met = majority(now.members)
        guard trusts != machine.pass.trusted, machine.pass.step == step(machine.view),
            AuthorityReplacement(machine.view).isTurn(of: name), met == now.members
        else { return }
        note("restart", name)
        machines[name]?.member = nil
    }

    /// What is written: that it follows, and as any voter may that decides, the next step.
    private mutating func write(_ name: ResourceName) throws {
        guard let machine = machines[name] else { return }
        let known = step(machine.view)
        if let own = machine.view.nodes.first(where: { $0.name == name }), known > 0,
            (own.data["step"]?.int ?? 0) < known, machine.pass.step == known,
            machine.member.map({ $0 == machine.pass.trusted })
                ?? !machine.view.members.contains(name)
        {
            try house.commit(AuthorityReplacement.followed(known, by: own.id))
        }
        guard AuthoritySharing.voters(machine.view.nodes).contains(name.text), random.oneIn(2),
            let due = AuthorityReplacement(machine.view).turn
        else { return }
        do {
            switch due.action {
            case .wait: return
            case .begin(let beginning):
                made += 1
                try house.begin(beginning, made: [made], as: "fleet-next")
                note(beginning.next == nil ? "begin" : "begin anew", name)
            case .change(let change):
                try house.commit(
                    AuthorityReplacement.commands(
                        change, sealed: house.sealed(change.recipients)))
                note("change", name)
            case .end(let place):
                try house.commit(AuthorityReplacement.commands(ending: place))
                note("end", name)
            }
        } catch is Refusal { note("refused", name) }
    }

    /// What no step may do: of members that run, a majority that does not find itself.
    private mutating func check() {
        guard let members = try? scene().members else { return }
        let running = members.filter { machines[$0]?.member != nil }
        if running.count > members.count / 2, majority(members).isEmpty {
            fault = "a majority runs, and its members do not trust each other"
        }
    }
}
