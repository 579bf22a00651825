import Host
import Resources
import Testing
import ZeroProcs

/// Seeds of 3 to 20 machines that lose power and network, come back, drain and leave, while two
/// apps are updated and scaled; at the end everything that can run does, once.
@Suite struct FleetWorldTests {
    static let parts = 8

    @Test(arguments: 0..<parts) func everySeedKeepsItsTasks(part: Int) {
        var seen: [String: Int] = [:]
        let seeds = WorldSeeds.part(part, of: Self.parts, standard: 1000)
        for seed in seeds {
            var run = SeededMachines(seed: seed)
            run.play()
            seen.merge(run.seen, uniquingKeysWith: +)
            guard let fault = run.world.fault else { continue }
            Issue.record(
                "seed \(seed): \(fault)\n\(run.world.story.suffix(60).joined(separator: "\n"))")
            return
        }
        let all = [
            "lose", "cut", "return", "power without network", "drain", "remove", "update", "scale",
            "given up", "drained", "began anew", "waits for its data",
            "returned to what runs elsewhere",
        ]
        if seeds.count < 100 { return }
        for what in all { #expect(seen[what, default: 0] > 0, "\(what) never happened") }
    }
}

/// One seed: what was done to the fleet.
struct SeededMachines {
    private var random: SeededRandom
    private(set) var world = FleetWorld()
    private(set) var seen: [String: Int] = [:]
    private var version = 0
    private var count: Int64
    private var most: Int64
    private let isFresh: Bool
    private let needsZone: Bool
    private var backup: AppStore?

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        count = Int64.random(in: 1...6, using: &random)
        most = Int64.random(in: 1...2, using: &random)
        isFresh = random.oneIn(2)
        needsZone = random.oneIn(4)
        let size = Int.random(in: 3...(random.oneIn(4) ? 20 : 7), using: &random)
        for number in 0..<size {
            let name = number < 10 ? "m0\(number)" : "m\(number)"
            world.addMachine(name, zone: number % 2 == 0 ? "a" : "b")
        }
        declare()
    }

    mutating func play() {
        for _ in 0..<8 { turn() }
        for _ in 0..<Int.random(in: 3...9, using: &random) where world.fault == nil {
            event()
            for _ in 0..<Int.random(in: 1...9, using: &random) { turn() }
        }
        heal()
        var still = 0
        for _ in 0..<400 where world.fault == nil && still < 12 {
            let before = world.store.position
            // Nothing happens before something is due.
            if still > 5, let due = world.due { world.store.now = max(due, world.store.now) }
            turn()
            let isDue = world.due.map { $0 <= world.store.now } ?? false
            still = world.store.position == before && !isDue ? still + 1 : 0
            if world.due != nil { still = min(still, 10) }
        }
        if world.fault == nil { judge(still) }
    }

    private mutating func turn() {
        if world.fault != nil { return }
        world.store.now = world.store.now.advanced(byMilliseconds: 1000)
        let before = world.story.count
        world.handle()
        for line in world.story[before...] {
            if line.contains("has been silent") { note("given up") }
            if line.contains(" drains;") { note("drained") }
            if line.contains("fences") { note("began anew") }
        }
        let waits = world.decision.unplaced.contains { $0.reasons.joined().contains("is only on") }
        if waits { note("waits for its data") }
        for name in world.names { world.work(name) }
    }

    private mutating func note(_ what: String) { seen[what, default: 0] += 1 }

    private mutating func declare() {
        var web: ValueMap = [
            "run": ["host": .text("web-\(version)")], "count": .int(count),
            "ports": ["http": "auto"], "place": ["spread": "machine"],
            "update": ["max-unavailable": .int(most), "deadline": 60_000],
        ]
        if needsZone { web["place"] = ["require": ["zone": "a"], "spread": "machine"] }
        let volume: ValueMap = isFresh ? ["lost": "fresh"] : [:]
        let data: ValueMap = [
            "version": .text("\(version)"), "directory": "/srv/shop",
            "bundle": .bytes([UInt8(truncatingIfNeeded: version)]),
            "components": [
                "web": .map(web),
                "db": [
                    "run": ["native": .text("db-\(version)")], "count": 2,
                    "volumes": ["data": "/data"], "update": ["deadline": 60_000],
                ],
            ], "volumes": ["data": .map(volume)],
        ]
        if let app = world.store.find("app", "shop") {
            var update = Update(id: app.id, data: data)
            update.replaces = true
            world.store.apply([.update(update)])
        } else {
            world.store.apply([
                .create(
                    Draft(
                        id: world.store.identify(), type: CoreTypes.known("app"),
                        namespace: AppWorld.namespace, name: AppWorld.name("shop"), data: data))
            ])
        }
    }

    // MARK: What happens

    private var heard: [String] {
        world.names.filter { world.machines[$0]?.isHeard == true && !world.isRemoved($0) }
    }

    private mutating func event() {
        guard let name = world.names.randomElement(using: &random), !world.isRemoved(name) else {
            return
        }
        let isHeard = world.machines[name]?.isHeard == true
        let mayLose = isHeard && heard.count * 2 > world.names.count + 1
        switch Int.random(in: 0..<11, using: &random) {
        case 0, 1:
            guard mayLose else { return }
            world.machines[name]?.isUp = false
            // Nothing survives a loss of power.
            world.machines[name]?.running = [:]
            world.machines[name]?.looked = nil
            tell("lose", name)
        case 2, 3:
            guard mayLose else { return }
            world.machines[name]?.isCut = true
            tell("cut", name)
        case 4, 5: comeBack()
        case 6:
            guard heard.count > 2 else { return }
            world.set(name, to: "draining")
            tell("drain", name)
        case 7:
            guard world.machines[name]?.isHeard == true, heard.count > 2, random.oneIn(2) else {
                world.set(name, to: "active")
                return
            }
            world.set(name, to: "removed")
            world.machines[name]?.isUp = false
            world.machines[name]?.running = [:]
            tell("remove", name)
        case 8:
            version += 1
            declare()
            tell("update", "")
        case 9:
            count = Int64.random(in: 1...6, using: &random)
            declare()
            tell("scale", "to \(count)")
        default: restoreOldCopy(name)
        }
    }

    private mutating func tell(_ what: String, _ name: String) {
        note(what)
        world.story.append("event: \(what) \(name)")
    }

    private mutating func comeBack() {
        for name in world.names where !world.isRemoved(name) {
            guard world.machines[name]?.isHeard == false, random.oneIn(2) else { continue }
            if world.machines[name]?.isUp == false, random.oneIn(3) {
                world.machines[name]?.isUp = true
                world.machines[name]?.isCut = true
                tell("power without network", name)
                continue
            }
            comeBack(name)
        }
    }

    private mutating func comeBack(_ name: String) {
        world.machines[name]?.isUp = true
        world.machines[name]?.isCut = false
        world.machines[name]?.looked = nil
        tell("return", name)
        let elsewhere = (world.machines[name]?.running ?? [:]).keys.contains { task in
            guard let assignment = world.store.find("assignment", task.text) else { return false }
            return assignment.data["machine"]?.text != name
        }
        if elsewhere { note("returned to what runs elsewhere") }
    }

    /// A machine that is cut off gets an older copy of the log, as from a backup.
    private mutating func restoreOldCopy(_ name: String) {
        defer { backup = world.store }
        guard let backup, world.machines[name]?.isCut == true, world.machines[name]?.isUp == true
        else { return }
        world.machines[name]?.view = backup
        world.machines[name]?.looked = nil
        tell("old copy", name)
    }

    private mutating func heal() {
        world.story.append("event: heal")
        for name in world.names where !world.isRemoved(name) {
            if world.machines[name]?.isHeard == false { comeBack(name) }
        }
    }

    // MARK: How it ends

    private mutating func judge(_ still: Int) {
        if still < 12 { world.fault = "the fleet comes to no rest" }
        var lives: [Identifier: [String]] = [:]
        for (name, machine) in world.machines where machine.isUp {
            for life in machine.running.values { lives[life.task, default: []].append(name) }
        }
        for task in world.store.all("task") {
            let machine = world.store.find("assignment", task.name.text)?.data["machine"]?.text
            let found = lives.removeValue(forKey: task.id) ?? []
            if let machine, found == [machine] {
                let state = world.node(machine)?.data["state"]?.text
                if state == "draining", (task.data["volumes"]?.map ?? [:]).isEmpty,
                    isPlaceable(task)
                {
                    world.fault = "\(task.name) stays on \(machine), which drains"
                }
                continue
            }
            if found.count > 1 { world.fault = "\(task.name) runs on \(found.sorted())" }
            if found.isEmpty, isPlaceable(task) {
                world.fault =
                    "\(task.name) could run and does not; assigned to \(machine ?? "-"); "
                    + "\(world.decision.unplaced)"
            }
        }
        if let extra = lives.first { world.fault = "\(extra) runs and nobody wants it" }
        let web = world.store.all("task").filter { $0.data["component"] == "web" }
        if web.count != Int(count) { world.fault = "\(web.count) of \(count) replicas" }
    }

    /// The rules again, in a simple way: an open machine of its zone, and its data not on a machine
    /// that left.
    private func isPlaceable(_ task: Resource) -> Bool {
        let open = world.names.filter { world.node($0)?.data["state"]?.text == "active" }
        let zone = task.data["place"]?.map?["require"]?.map?["zone"]?.text
        let volumes = (task.data["volumes"]?.map?.entries ?? []).compactMap(\.value.text)
        let fits = open.contains { name in
            // Where older data lies nothing may begin.
            let isStale = volumes.contains { volume in
                world.machines[name]?.volumes[volume] != nil && world.newestData[volume] != name
            }
            return !isStale && (zone == nil || world.node(name)?.tags["zone"] == zone)
        }
        let seat = world.store.find("assignment", task.name.text)?.data["machine"]?.text
        // It may have begun there, and nobody can tell any more.
        if !volumes.isEmpty, !isFresh, let seat, world.isRemoved(seat) { return false }
        let isBound = volumes.contains { volume in
            world.names.contains { name in
                world.machines[name]?.volumes[volume] != nil && world.isRemoved(name)
            }
        }
        return fits && !(isBound && !isFresh)
    }
}
