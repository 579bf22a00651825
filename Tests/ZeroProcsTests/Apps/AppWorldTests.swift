import Host
import Resources
import Testing
import ZeroProcs

/// Seeds of a fleet where everything happens at once: updates, scaling, two administrators,
/// crashes, reboots, silent machines. After each step of a handler the promises are checked, and
/// at the end, when all is quiet, that the fleet came to rest where it should.
@Suite struct AppWorldTests {
    static let parts = 8

    @Test(arguments: 0..<parts) func everySeedKeepsThePromises(part: Int) {
        var ends: [String: Int] = [:]
        for seed in WorldSeeds.part(part, of: Self.parts, standard: 2000) {
            var run = SeededFleet(seed: seed)
            run.play()
            ends[run.end, default: 0] += 1
            guard let fault = run.fault else { continue }
            Issue.record("seed \(seed): \(fault)\n\(run.story.suffix(12).joined(separator: "\n"))")
            return
        }
        // Otherwise the seeds would try one end only.
        #expect(ends["newest", default: 0] > 20, "\(ends)")
        #expect(ends["reverted", default: 0] > 20, "\(ends)")
    }
}

/// One seed: the fleet, what was asked of it, and the first promise that was broken.
struct SeededFleet {
    private var random: SeededRandom
    private var world = AppWorld()
    private var versions = 0
    private var run = "v0"
    private var count: Int64
    private let isBlueGreen: Bool
    private let most: Int64
    private let autoRevert: Bool
    private let isMixed: Bool
    private let hasHealth: Bool
    private var isQuiet = false
    private var expanded: Position?
    /// The state of the last look.
    private var looked: Position?
    private var seen: Set<String> = []
    /// Where it came to rest: "newest", "reverted" or "broken from the start".
    private(set) var end = ""
    private(set) var fault: String?
    private(set) var story: [String] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        count = Int64.random(in: 1...3, using: &random)
        isBlueGreen = Bool.random(using: &random)
        most = Int64.random(in: 1...2, using: &random)
        autoRevert = !random.oneIn(8)
        isMixed = random.oneIn(8)
        hasHealth = !random.oneIn(3)
        if random.oneIn(10) { world.programs["v0"] = .slow }
    }

    /// Some random steps, then quiet ones until the fleet has had time to come to rest.
    mutating func play() {
        declare()
        for _ in 0..<2 { step(2500) }
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            event()
            for _ in 0..<Int.random(in: 1...2, using: &random) { step() }
        }
        world.silent = []
        story.append("quiet")
        isQuiet = true
        var still = 0
        for _ in 0..<100 where fault == nil && still < 10 {
            let before = world.store.position
            step(3000)
            still = before == world.store.position && world.due == nil ? still + 1 : 0
        }
        judge()
    }

    private mutating func data() -> ValueMap {
        let beside = isMixed ? random.oneIn(2) : isBlueGreen
        var update: ValueMap = ["deadline": 15_000]
        if beside {
            update["strategy"] = "blue-green"
        } else {
            update["max-unavailable"] = .int(most)
        }
        if !autoRevert { update["auto-revert"] = false }
        var more: ValueMap = ["update": .map(update)]
        if !hasHealth { more["health"] = .null }
        return AppWorld.shop(run, count: count, version: "\(versions)", more: more)
    }

    /// Both read the app before either writes: only one of them is obeyed.
    private mutating func declare() {
        let read = world.store.find("app", "shop")?.revision
        story.append("declare \(run) × \(count)")
        guard world.declare(data(), expect: read) else {
            fault = "a write at the revision that was read was refused"
            return
        }
        let isNew = read != world.store.find("app", "shop")?.revision
        if read != nil, isNew, random.oneIn(4) {
            versions += 1
            if world.declare(data(), expect: read) { fault = "two writers of one revision" }
        }
    }

    private mutating func event() {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2:
            versions += 1
            run = "v\(versions)"
            let kinds: [AppWorld.Program] = [.good, .good, .slow, .neverReady, .crashing]
            world.programs[run] = kinds.randomElement(using: &random)
            declare()
        case 3:
            // Back to any version before.
            run = "v\(Int.random(in: 0...versions, using: &random))"
            declare()
        case 4:
            count = Int64.random(in: 1...4, using: &random)
            declare()
        case 5...6:
            guard let task = world.store.all("task").randomElement(using: &random) else { return }
            story.append("kill \(task.name)")
            world.kill(task)
        case 7:
            let machine = world.machines[Int.random(in: 0..<2, using: &random)]
            story.append("restart \(machine)")
            world.restart(machine)
        case 8: world.silent = ["m1"]
        default: world.silent = []
        }
    }
}

extension SeededFleet {
    /// A look of the handlers, when something changed or is due; then the machines go on.
    private mutating func step(_ most: Int64 = 1200) {
        if fault != nil { return }
        let isDue = world.due.map { $0 <= world.store.now } ?? false
        if isDue || looked != world.store.position || seen != world.silent { look() }
        let pause = Int64.random(in: 200...max(200, most), using: &random)
        world.store.now = world.store.now.advanced(byMilliseconds: pause)
        let before = world.store.position
        world.work()
        if before != world.store.position { checkRoutes() }
    }

    /// One look of each handler with its checks, sometimes at a state that is over when the
    /// commands arrive.
    private mutating func look() {
        // The expander looks at the app alone, for there are no volumes.
        let app = world.store.find("app", "shop")?.revision
        if app != expanded { world.apply(world.expansion()) }
        expanded = app
        let plan = world.rollout()
        let before = world
        looked = world.store.position
        seen = world.silent
        if !isQuiet, random.oneIn(6),
            let task = world.store.all("task").randomElement(using: &random)
        {
            world.kill(task)
        }
        world.apply(plan)
        world.waiting = plan.waiting
        world.due = plan.due
        world.place()
        if plan.commands.isEmpty { return }
        story.append("\(plan.turns.map(\.reason)) \(world.groups) | \(world.layout)")
        check(before)
    }

    private mutating func fail(_ text: String) { fault = fault ?? text }

    private mutating func check(_ before: AppWorld) {
        let tasks = world.store.all("task")
        if Set(tasks.map(world.index)).count != tasks.count { fail("two tasks of one index") }
        if let high = tasks.map(world.index).max(), high >= 2 * 4 {
            fail("index \(high) is too high")
        }
        let states = world.store.all("taskgroup").compactMap { $0.data["state"]?.text }
        if states.count(where: { $0 == "current" }) != 1 { fail("groups: \(states)") }
        if states.count(where: { $0 == "rolling" }) > 1 { fail("groups: \(states)") }
        checkMoves(before)
        checkEnds(before)
        checkRoutes()
    }

    /// Never more than `max-unavailable` not ready when a ready one is taken.
    private mutating func checkMoves(_ before: AppWorld) {
        var down = 0
        var taken = 0
        for task in before.store.all("task") {
            guard let after = world.store.resources[task.id] else { continue }
            // A replica beside others, or on its way out, serves nobody, ready or not.
            guard isInService(task, before), isInService(after, world) else { continue }
            if !before.isReady(task) {
                down += 1
            } else if after.revision != task.revision {
                taken += 1
            }
        }
        if taken > 0, down + taken > Int(most) { fail("\(down) were not ready, \(taken) taken") }
    }

    private func isInService(_ task: Resource, _ world: AppWorld) -> Bool {
        guard let group = group(of: task, world) else { return false }
        let strategy = group.data["spec"]?.map?["update"]?.map?["strategy"]
        return group.data["replicas"]?.list?.contains(.int(world.index(task))) == true
            && !(group.data["state"] == "rolling" && strategy == "blue-green")
    }

    private func group(of task: Resource, _ world: AppWorld) -> Resource? {
        task.data["group"]?.text.flatMap { world.store.find("taskgroup", $0) }
    }

    /// What takes requests ends when there are too many of it, or when all of the new group is
    /// ready.
    private mutating func checkEnds(_ before: AppWorld) {
        for task in before.store.all("task") where world.store.resources[task.id] == nil {
            guard let group = group(of: task, before), group.data["state"] == "current" else {
                continue
            }
            let standing = before.store.all("task").count { isInService($0, before) }
            if standing <= Int(count) { fail("\(task.name) ended, \(standing) of \(count)") }
        }
        let now = world.store.all("taskgroup").first { $0.data["state"] == "current" }
        let then = before.store.all("taskgroup").first { $0.data["state"] == "current" }
        guard let now, let then, now.id != then.id else { return }
        // The machines may have moved on since the look, but each was ready then or ends well.
        let own = world.store.all("task").filter { $0.data["group"]?.text == now.name.text }
        if own.count != Int(count) { fail("\(now.name) is current with \(own.count) tasks") }
    }

    /// Only what is ready is routed to, and with blue-green only one group.
    private mutating func checkRoutes() {
        guard let service = world.store.find("service", "shop") else { return }
        let backends = world.routes.backends(of: service)
        for backend in backends {
            guard let task = world.store.find("task", backend.task.text), world.isReady(task) else {
                fail("routed to \(backend.task), which is not ready")
                return
            }
        }
        if backends.map(\.replica) != backends.map(\.replica).sorted() { fail("routes unsorted") }
        if isBlueGreen, !isMixed, Set(backends.map(\.group)).count > 1 {
            fail("routed to a mixed set: \(backends.map(\.group))")
        }
    }

    /// At rest: all tasks in the current group, which is of the newest template, or of the one
    /// before when that one failed with a reason.
    private mutating func judge() {
        if fault != nil { return }
        let groups = world.store.all("taskgroup")
        guard let current = groups.first(where: { $0.data["state"] == "current" }),
            let component = world.store.find("component", "shop-web")
        else { return fail("no current group at rest") }
        let newest = current.data["template"] == component.data["template"]
        let failed = groups.first {
            $0.data["state"] == "failed" && $0.data["template"] == component.data["template"]
        }
        let program = world.store.all("task").first { $0.data["group"]?.text == current.name.text }
            .map(world.program)
        end = newest ? "newest" : "reverted"
        if program == .neverReady || program == .crashing {
            end = "broken from the start"
            return
        }
        if !newest, failed == nil {
            if autoRevert || world.programs[run] == .good { fail("neither newest nor failed") }
            end = "waits"
            return
        }
        if !newest, failed?.data["reason"]?.text?.isEmpty != false { fail("failed for no reason") }
        let tasks = world.store.all("task")
        if tasks.count != Int(count) { fail("\(tasks.count) of \(count) at rest") }
        for task in tasks {
            if task.data["group"]?.text != current.name.text { fail("\(task.name) is elsewhere") }
            if !world.isReady(task) { fail("\(task.name) is not ready at rest") }
        }
        let known: Set<Identifier> = [current.id, failed?.id ?? current.id]
        let others = groups.filter { !known.contains($0.id) }
        if others.count > 1 { fail("\(others.count) old groups at rest") }
        if world.rollout().commands != [] { fail("not at rest") }
    }
}
