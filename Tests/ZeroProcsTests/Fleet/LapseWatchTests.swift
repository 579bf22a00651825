import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct LapseWatchTests {
    var fleet = Fleet()
    let limit = UInt64(Limits.nodeSilence.value)

    func ticks(_ milliseconds: UInt64) -> Ticks {
        Ticks(nanoseconds: 1_000_000_000).advanced(byMilliseconds: milliseconds)
    }

    mutating func nodes(_ names: String..., state: String = "active") -> [Resource] {
        names.map { name in
            fleet.resource(
                Draft(
                    id: fleet.id(), type: Lapse.node, namespace: .root, name: AppWorld.name(name),
                    data: ["state": .text(state)]), 1)
        }
    }

    mutating func lapse(_ name: String) -> Resource {
        fleet.resource(
            Draft(
                id: fleet.id(), type: Lapse.type.name, namespace: .root, name: AppWorld.name(name),
                data: ["machine": .text(name), "silent": 5000, "by": "a", "epoch": 1]), 2)
    }

    /// What `a`, which holds the pen since 0, decides at `now`.
    mutating func plan(
        _ nodes: [Resource], _ lapses: [Resource] = [], heard: [String: UInt64], now: UInt64,
        since: UInt64 = 0
    ) -> (commands: [String], waiting: [String], again: UInt64?) {
        var fleet = self.fleet
        defer { self.fleet = fleet }
        let heard = Dictionary(
            uniqueKeysWithValues: heard.map { (AppWorld.name($0), ticks($1)) })
        let scene = LapseWatch.Scene(
            nodes: nodes, lapses: lapses, heard: heard, holder: AppWorld.name("a"), epoch: 7,
            since: ticks(since), now: ticks(now))
        let (plan, again) = LapseWatch().plan(scene) { fleet.id() }
        let names = Dictionary(uniqueKeysWithValues: lapses.map { ($0.id, $0.name.text) })
        let commands = plan.commands.map { command in
            switch command {
            case .create(let draft): "lapse \(draft.name) \(draft.data["silent"]?.int ?? 0)"
            case .delete(let id, _): "heard \(names[id] ?? "?")"
            case .update: "update"
            }
        }
        return (commands, plan.waiting, again)
    }

    @Test mutating func aSilentMachineIsGivenUpAfterTheLimit() {
        let nodes = nodes("a", "b", "c")
        let before = plan(nodes, heard: ["b": 100, "c": 4000], now: limit + 99)
        #expect(before.commands == [])
        #expect(before.again == 1)
        let after = plan(nodes, heard: ["b": 100, "c": 4000], now: limit + 100)
        #expect(after.commands == ["lapse b \(limit)"])
        #expect(after.again == 3900)
    }

    @Test mutating func whoTakesThePenGivesEverybodyTime() {
        let nodes = nodes("a", "b", "c")
        let found = plan(nodes, heard: ["c": 9000], now: 9000, since: 8000)
        #expect(found.commands == [])
        #expect(found.again == limit - 1000)
    }

    @Test mutating func whenMostAreSilentTheNetworkIsSuspectedFirst() {
        let nodes = nodes("a", "b", "c", "d")
        let early = plan(nodes, heard: ["d": 6000], now: 6000)
        #expect(early.commands == ["lapse b 6000", "lapse c 6000"])
        let all = plan(nodes, heard: [:], now: 6000)
        #expect(all.commands == [])
        #expect(all.waiting.count == 3)
        #expect(all.again == UInt64(Limits.nodeSilenceOfMost.value) - 6000)
        let late = plan(nodes, heard: [:], now: UInt64(Limits.nodeSilenceOfMost.value))
        #expect(late.commands.count == 3)
        // Of two machines the other one is not most.
        #expect(plan(Array(nodes.prefix(2)), heard: [:], now: 6000).commands == ["lapse b 6000"])
    }

    @Test mutating func aMachineIsTakenBackOnlyWhenItIsHeardHere() {
        let nodes = nodes("a", "b", "c")
        let lapses = [lapse("b"), lapse("c"), lapse("z")]
        let found = plan(nodes, lapses, heard: ["b": 20_000], now: 20_100, since: 16_000)
        #expect(found.commands == ["heard b", "heard z"])
    }

    @Test mutating func whoLeftIsNotWaitedFor() {
        let removed = nodes("b", state: "removed")
        let found = plan(nodes("a") + removed, [lapse("b")], heard: [:], now: 60_000)
        #expect(found.commands == ["heard b"])
    }

    @Test mutating func standingsComeFromNodesAndLapses() throws {
        let nodes =
            nodes("a") + nodes("b", state: "draining") + nodes("c", state: "removed")
            + nodes("d")
        let standings = MachineStandings(nodes: nodes, lapses: [lapse("d")])
        let names = ["a", "b", "c", "d", "z"]
        #expect(
            names.map { standings.standing(of: AppWorld.name($0)) }
                == [.active, .draining, .removed, .lapsed, .active])
        #expect(standings.lost.keys.map(\.text).sorted() == ["c", "d"])
        let instances = try ["a", "d"].map { name in
            fleet.resource(
                Draft(
                    id: fleet.id(), type: CoreTypes.known("instance"),
                    namespace: try Namespace("/machines/" + name), name: AppWorld.name("t")), 1)
        }
        #expect(standings.current(instances).map(\.namespace.path) == ["/machines/a"])
    }
}

@Suite struct LapseCheckTests {
    let court: Court
    let pen = TypeDefinition(
        name: CoreTypes.known("pen"), summary: "Who writes the fleet log.", role: .system,
        writer: "people",
        fields: [.init("holder", .text, "The machine."), .init("epoch", .int, "Its turn.")],
        columns: ["holder"])

    init() throws {
        court = try Court()
        try court.commit(
            try [pen, Lapse.type].map { type in
                try court.create(CoreTypes.type.name, type.name.text, type.data)
            })
    }

    func verdict(on machine: String, by holder: String, epoch: Int64) throws -> Refusal.Code? {
        let command = try court.create(
            Lapse.type.name, machine,
            [
                "machine": .text(machine), "silent": 5000, "by": .text(holder),
                "epoch": .int(epoch),
            ])
        let reader = try court.graph.reader()
        do throws(Refusal) {
            try FilterChain().check(
                Batch([command]), by: .system("lapses"), on: reader,
                now: WallTime(milliseconds: 0))
            return nil
        } catch { return error.code }
    }

    @Test func onlyTheHolderOfThePenGivesUpAMachine() throws {
        #expect(try verdict(on: "c", by: "a", epoch: 3) == .conflict)
        try court.commit([try court.create(pen.name, "fleet", ["holder": "a", "epoch": 3])])
        #expect(try verdict(on: "c", by: "a", epoch: 3) == nil)
        #expect(try verdict(on: "c", by: "b", epoch: 3) == .conflict)
        #expect(try verdict(on: "c", by: "a", epoch: 2) == .conflict)
        #expect(try verdict(on: "a", by: "a", epoch: 3) == .invalidValue)
    }
}
