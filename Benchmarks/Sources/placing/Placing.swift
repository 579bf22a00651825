internal import Host
internal import Resources
internal import ZeroProcs

/// What the tasks are like.
enum Mix: String, CaseIterable {
    /// Each is the one replica of an app of its own: nothing of one search helps the next.
    case distinct
    /// A hundred replicas a component, spread over racks, with automatic ports.
    case replicas
    /// All rules at once: required and preferred tags, near, apart, fixed and automatic ports.
    case ruled
}

/// Tasks that find places on simulated machines of three sizes in forty racks, through the same
/// call as the node's handler: resources in, assignments out.
struct Placing {
    let mix: Mix
    private let offers: [Offer]
    private let tasks: [Resource]

    init(machines: Int, tasks count: Int, mix: Mix) throws {
        self.mix = mix
        offers = try (0..<machines).map { number in
            var offer = Offer(
                id: Identifier(high: 1, low: UInt64(number)),
                name: try ResourceName("machine-\(number)"), cores: Double(4 << (number % 3)),
                memory: Int64(8 << (number % 3)) << 30)
            offer.labels = [
                "rack": "rack-\(number % 40)", "arch": number % 2 == 0 ? "arm64" : "x86-64",
                "disk": number % 5 == 0 ? "ssd" : "hdd",
            ]
            return offer
        }
        tasks = try (0..<count).map { try Self.task($0, mix) }
    }

    private static func task(_ number: Int, _ mix: Mix) throws -> Resource {
        let (app, replica) = mix == .distinct ? (number, 0) : (number / 100, number % 100)
        var data: ValueMap = [
            "app": .text("app-\(app)"), "component": "web", "replica": .int(Int64(replica)),
            "device": "oci", "cpu": .float(0.1 + Double(number % 5) / 20),
            "memory": .int(Int64(64 + number % 64) << 20), "command": ["/server"],
        ]
        switch mix {
        case .distinct: break
        case .replicas:
            data["ports"] = ["http": 0]
            data["place"] = ["spread": "rack"]
        case .ruled:
            data["component"] = replica % 2 == 0 ? "web" : "db"
            data["ports"] = ["http": 0, "fixed": .int(Int64(8000 + replica))]
            data["place"] = [
                "spread": "machine", "require": ["arch": "arm64"], "prefer": ["disk": "ssd"],
                "near": ["db"], "apart": ["cache", "web"],
            ]
        }
        let draft = Draft(
            id: Identifier(high: 2, low: UInt64(number)), type: AppTypes.task.name,
            namespace: .root, name: try ResourceName("app-\(app)-\(replica)"), data: data)
        let moment = Resource.Moment(position: Position(1), time: WallTime(milliseconds: 0))
        return Resource(draft: draft, created: moment, changed: moment)
    }

    /// Places all tasks one by one on machines that fill up, and gives the figure.
    func measure() throws -> String {
        let clock = LinuxClock()
        var placer = Placer(offers)
        var placed = 0
        let start = clock.ticks
        for task in tasks where placer.place(Demand(task)) != nil { placed += 1 }
        let steps = clock.ticks.nanoseconds(since: start)
        let turn = measureTurn(clock)
        guard placed > 0 else { stop("no task found a place") }
        return "{\"key\":\"\(mix.rawValue)\",\"machines\":\(offers.count),"
            + "\"tasks\":\(tasks.count),\"placed\":\(placed),"
            + "\"perSecond\":\(rate(placed, steps)),\"perSecondInTurn\":\(turn)}"
    }

    /// The same as the handler does it: a turn from nothing, the index built anew.
    private func measureTurn(_ clock: LinuxClock) -> Int {
        let most = Limits.placementsInTurn.value
        let situation = Scheduler.Situation(
            tasks: Array(tasks.prefix(most)), assignments: [], machines: offers)
        var next: UInt64 = 0
        let start = clock.ticks
        let decision = Scheduler().decide(situation) {
            next += 1
            return Identifier(high: 3, low: next)
        }
        return rate(decision.commands.count, clock.ticks.nanoseconds(since: start))
    }

    private func rate(_ count: Int, _ nanoseconds: UInt64) -> Int {
        Int(Double(count) * 1e9 / Double(max(1, nanoseconds)))
    }
}
