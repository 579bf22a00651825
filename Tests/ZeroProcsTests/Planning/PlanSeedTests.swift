import Host
import Resources
import Testing
import ZeroProcs

/// Random fleets, apps and changes: what a plan says of the end is what then happens. Where it says
/// that the end depends on how fast replicas become ready, one of the ends it names.
@Suite struct PlanSeedTests {
    static let parts = 4
    /// Of so many fleets at most one may find no rest before there is a plan to compare.
    static let skippedOneOf = 10

    /// As many plans are compared with what then happens as there are seeds to try: for a fleet
    /// that does not come to rest before, another seed is drawn, and counted.
    @Test(arguments: 0..<parts) func aPlanEqualsItsExecution(part: Int) throws {
        let wanted = WorldSeeds.part(part, of: Self.parts, standard: 800).count
        var seed = UInt64(part)
        var said: [String] = []
        var (runs, skipped, moved, homeless, same, open) = (0, 0, 0, 0, 0, 0)
        while runs < wanted, skipped * Self.skippedOneOf <= max(wanted, 100) {
            defer { seed += UInt64(Self.parts) }
            var run = try PlanRun(seed: seed)
            guard let plan = try run.compare() else {
                skipped += 1
                continue
            }
            runs += 1
            if plan.placements.isEmpty { said = plan.waiting }
            if plan.placements.contains(where: { $0.before != nil && $0.before != $0.machine }) {
                moved += 1
            }
            if !plan.variants.isEmpty { open += 1 }
            if !plan.unplaced.isEmpty { homeless += 1 }
            if plan.changes.isEmpty { same += 1 }
            if let fault = run.fault {
                Issue.record("seed \(seed): \(fault)")
                return
            }
        }
        print("plans, part \(part): \(runs) compared, \(skipped) fleets found no rest before")
        #expect(runs == wanted, "\(skipped) fleets found no rest before \(runs) plans")
        // Otherwise the seeds would try one kind only.
        #expect(moved > 0, "\(moved)")
        // A plan that names many ends would say nothing.
        #expect(open * 50 < runs, "\(open) of \(runs)")
        #expect(homeless > 5, "\(homeless), \(said)")
        #expect(same > 1, "\(same)")
    }
}

/// One seed.
struct PlanRun {
    private(set) var fault: String?
    private var random: SeededRandom
    private var world: PlanWorld
    private let app = AppWorld.name("shop")

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        var machines: [Offer] = []
        for number in 0..<Int.random(in: 1...5, using: &random) {
            var offer = Offer(
                id: Identifier(high: 9, low: UInt64(number)), name: AppWorld.name("m\(number)"),
                cores: Double(Int.random(in: 1...4, using: &random)),
                memory: Int64.random(in: 1...4, using: &random) << 30)
            offer.labels = [
                "rack": number % 2 == 0 ? "left" : "right",
                "disk": Bool.random(using: &random) ? "ssd" : "hdd",
            ]
            if random.oneIn(4) { offer.money = 1 }
            machines.append(offer)
        }
        world = PlanWorld(machines: machines, seed: seed)
    }

    /// Makes a fleet, plans a change of it, carries it out and compares; nil when the fleet does
    /// not come to rest before.
    mutating func compare() throws -> Plan? {
        let other = world.store.identify()
        world.store.apply([draft("other", other, data(8001))])
        if !random.oneIn(5) {
            let id = world.store.identify()
            world.store.apply([draft("shop", id, data(8000))])
        }
        guard world.rest() else { return nil }
        let standing = world.store.find("app", "shop")
        let intent: Planner.Intent =
            standing != nil && random.oneIn(8)
            ? .remove
            : .declare(change(standing), id: world.store.identify())
        let plan = try Planner(world.snapshot).plan(
            intent, app: app, in: AppWorld.namespace, now: world.store.now)
        let before = world
        try plan.parent.check(world.snapshot)
        guard world.store.apply([plan.command]) else {
            fault = "the command of the plan was refused"
            return plan
        }
        guard world.rest() else {
            fault = "no rest"
            return plan
        }
        let (planned, found) = (plan.end(from: before, of: "shop"), world.end(of: "shop"))
        let others = plan.variants.map {
            Plan.end($0.changes, $0.placements, from: before, of: "shop")
        }
        if planned != found, !others.contains(found) {
            let (more, less) = (
                planned.filter { !found.contains($0) }, found.filter { !planned.contains($0) }
            )
            fault = "planned \(more), found \(less)"
        }
        return plan
    }

    private func draft(_ name: String, _ id: Identifier, _ data: ValueMap) -> Command {
        .create(
            Draft(
                id: id, type: AppTypes.app.name, namespace: AppWorld.namespace,
                name: AppWorld.name(name), data: data))
    }

    /// Another app, or the one there with something else.
    private mutating func change(_ standing: Resource?) -> ValueMap {
        guard let standing, !random.oneIn(3) else { return data(8000) }
        guard var components = standing.data["components"]?.map,
            let name = components.keys.first, var spec = components[name]?.map
        else { return data(8000) }
        switch Int.random(in: 0..<7, using: &random) {
        case 0: spec["count"] = .int(Int64.random(in: 1...5, using: &random))
        case 1: spec["run"] = ["native": "./other"]
        case 2: spec["needs"] = needs(1...6)
        // What outgrows its machine has to move, or finds no place.
        case 3, 4: spec["needs"] = needs(3...8)
        case 5: spec["place"] = place()
        default: break
        }
        components[name] = .map(spec)
        var data = standing.data
        data["components"] = .map(components)
        return data
    }

    private mutating func data(_ listen: Int64) -> ValueMap {
        var components: ValueMap = ["web": .map(component(8000))]
        if random.oneIn(2) { components["db"] = .map(component(9000)) }
        var volumes: ValueMap = [:]
        let mounted = components.entries.flatMap { $0.value.map?["volumes"]?.map?.keys ?? [] }
        if mounted.contains("data") { volumes["data"] = ["size": 1024] }
        if mounted.contains("all") { volumes["all"] = ["size": 2048, "per": "app"] }
        let fields: ValueMap = [
            "version": "1", "directory": "/srv/shop", "components": .map(components),
            "services": .map([
                "at-\(listen)": [
                    "component": "web", "port": "http", "listen": .text("127.0.0.1:\(listen)"),
                ]
            ]),
            "volumes": volumes.isEmpty ? .null : .map(volumes),
        ]
        return SortedMap(fields.entries.filter { $0.value != .null }.map { ($0.key, $0.value) })
    }

    private mutating func component(_ port: Int64) -> ValueMap {
        let base = port + 10 * Int64.random(in: 0...3, using: &random)
        let strategy = Int.random(in: 0..<3, using: &random)
        var spec: ValueMap = [
            "run": ["native": "./server"], "count": .int(Int64.random(in: 1...4, using: &random)),
            "needs": needs(1...6), "ports": ["http": random.oneIn(2) ? "auto" : .int(base)],
            "place": place(),
            "update": strategy == 0
                ? ["strategy": "blue-green"] : ["max-unavailable": .int(Int64(strategy))],
        ]
        if random.oneIn(4) { spec["volumes"] = ["data": "/data"] }
        if random.oneIn(8) { spec["volumes"] = ["all": "/all"] }
        return spec
    }

    /// So many fifths of a core, and some memory.
    private mutating func needs(_ fifths: ClosedRange<Int>) -> Value {
        [
            "cpu": .float(Double(Int.random(in: fifths, using: &random)) / 5),
            "memory": .int(Int64.random(in: 64...1024, using: &random) << 20),
        ]
    }

    private mutating func place() -> Value {
        let rules: [Value] = [
            [:], [:], ["spread": "machine"], ["spread": "rack"],
            // These fill some machines and leave others empty: what grows there has to move.
            ["prefer": ["disk": "ssd"]], ["prefer": ["disk": "ssd"]], ["prefer": ["disk": "hdd"]],
            ["require": ["disk": "ssd"]], ["apart": ["web"]],
            ["spread": "machine", "apart": ["web"]],
        ]
        return rules.randomElement(using: &random) ?? [:]
    }
}
