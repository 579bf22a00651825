import Resources
import Testing
import ZeroProcs

/// How tasks leave machines that drain or are lost, and what becomes of their data.
@Suite struct MovingTests {
    var fleet = Fleet()

    mutating func tasks(_ count: Int, volume: String? = nil) throws -> [Resource] {
        try (0..<count).map { number in
            try fleet.task("t-\(number)") { data in
                data["replica"] = .int(Int64(number))
                if let volume { data["volumes"] = ["/data": .text("\(volume)-\(number)")] }
            }
        }
    }

    func instance(of task: Resource, on machine: Offer, ready: Bool = true) throws -> Resource {
        fleet.resource(
            Draft(
                id: task.id, type: CoreTypes.known("instance"),
                namespace: try Namespace("/machines/" + machine.name.text), name: task.name,
                data: [
                    "state": "running", "ready": .bool(ready),
                    "taskRevision": .int(Int64(task.revision.rawValue)), "address": "127.0.0.1",
                ], links: ["OF": [task.id]]), 3)
    }

    mutating func component(unavailable: Int64) throws -> Resource {
        fleet.resource(
            Draft(
                id: fleet.id(), type: CoreTypes.known("component"), namespace: .root,
                name: try ResourceName("shop-web"),
                data: [
                    "app": "shop", "component": "web",
                    "spec": ["update": ["max-unavailable": .int(unavailable)]],
                ]), 1)
    }

    func updates(_ decision: Scheduler.Decision) -> [Update] {
        decision.commands.compactMap { command in
            if case .update(let update) = command { update } else { nil }
        }
    }

    @Test(arguments: [Int64(1), 2]) mutating func aDrainTakesFewAtATime(most: Int64) throws {
        let (a, b) = (
            try fleet.machine("a") { $0.standing = .draining }, try fleet.machine("b")
        )
        let tasks = try tasks(4)
        let seats = tasks.map { fleet.assignment(of: $0, on: a) }
        let component = try component(unavailable: most)
        let instances = try tasks.map { try instance(of: $0, on: a) }
        let found = fleet.decide(tasks, seats, on: [a, b]) { situation in
            situation.components = [component]
            situation.instances = instances
        }.decision
        #expect(found.commands.count == Int(most))
        #expect(found.unplaced.count == 4 - Int(most))
        let first = try #require(updates(found).first)
        #expect(first.data["former"] == .list(["a"]))
        #expect(first.data["reason"]?.text?.hasPrefix("a drains; ") == true)
    }

    @Test mutating func whatIsKeptGoesOnceTheTaskRunsWhereItWent() throws {
        let (a, b) = (try fleet.machine("a"), try fleet.machine("b"))
        let task = try tasks(1)[0]
        var draft = fleet.assignment(of: task, on: b).draft
        draft.data["former"] = ["a"]
        let seat = fleet.resource(draft, 4)
        #expect(Executor.leaving("a", [seat]) == [task.name])
        #expect(Executor.leaving("b", [seat]) == [])
        let starting = try [instance(of: task, on: a), instance(of: task, on: b, ready: false)]
        let waits = fleet.decide([task], [seat], on: [a, b]) { $0.instances = starting }
        #expect(waits.decision.commands.isEmpty)
        let running = try [instance(of: task, on: a), instance(of: task, on: b)]
        let done = fleet.decide([task], [seat], on: [a, b]) { $0.instances = running }
        #expect(updates(done.decision).map(\.data) == [["former": .null]])
    }

    @Test mutating func dataKeepsItsTaskUnlessTheVolumeSaysOtherwise() throws {
        let (a, b) = (try fleet.machine("a"), try fleet.machine("b"))
        let task = try tasks(1, volume: "data")[0]
        let seat = fleet.assignment(of: task, on: a, revision: 9)
        let pin = VolumePin(
            volume: "data-0", namespace: .root, machine: a.name, attached: Position(9))
        let name = VolumeName(namespace: .root, name: "data-0")
        func decide(_ loss: VolumeLoss, _ fleet: inout Fleet) -> Scheduler.Decision {
            fleet.decide([task], [seat], on: [a, b]) { situation in
                situation.lapsed = [a.name]
                situation.volumes = [pin]
                situation.losses = [name: loss]
            }.decision
        }
        let waits = decide(.wait, &fleet)
        #expect(waits.commands.isEmpty)
        #expect(
            waits.unplaced.first?.reasons == [
                "stays: a is gone",
                "the data of its volume data-0 is only on a; it waits for it, unless the volume "
                    + "says lost: fresh",
            ])
        let goes = try #require(updates(decide(.fresh, &fleet)).first)
        #expect(goes.data["machine"] == "b")
        #expect(goes.data["fences"] == .map(["data-0": 9]))
        // Data in memory has nothing to wait for, and nothing to fence.
        let memory = try #require(updates(decide(.memory, &fleet)).first)
        #expect(memory.data["machine"] == "b" && memory.data["fences"] == nil)
    }

    @Test mutating func aMachineThatOnlyDrainsNeverLosesData() throws {
        let (a, b) = (
            try fleet.machine("a") { $0.standing = .draining }, try fleet.machine("b")
        )
        let task = try tasks(1, volume: "data")[0]
        let seat = fleet.assignment(of: task, on: a)
        // Nobody has told of the data yet; it is where the task was put.
        let found = fleet.decide([task], [seat], on: [a, b]) { situation in
            situation.losses = [VolumeName(namespace: .root, name: "data-0"): .fresh]
        }.decision
        #expect(found.commands.isEmpty)
        #expect(
            found.unplaced.first?.reasons
                == ["stays: a drains", "the data of its volume data-0 is on a"])
    }

    @Test mutating func dataThatWasGivenUpIsNeverUsedAgain() throws {
        let machines = [try fleet.machine("a"), try fleet.machine("b")]
        let task = try tasks(1, volume: "data")[0]
        var draft = fleet.assignment(of: task, on: machines[1]).draft
        draft.data["fences"] = ["data-0": 9]
        let seat = fleet.resource(draft, 12)
        let old = VolumePin(
            volume: "data-0", namespace: .root, machine: machines[0].name, attached: Position(9))
        let found = fleet.decide([task], [seat], on: machines) { situation in
            situation.lapsed = [machines[1].name]
            situation.volumes = [old]
            situation.losses = [VolumeName(namespace: .root, name: "data-0"): .fresh]
        }.decision
        #expect(found.commands.isEmpty)
        #expect(
            found.unplaced.first?.reasons.last
                == "a: has data of the volume data-0 that was given up; delete it there")
        // Without the fence the later of two is the one that counts.
        let new = VolumePin(
            volume: "data-0", namespace: .root, machine: machines[1].name, attached: Position(12))
        let free = fleet.decide([task], on: machines) { $0.volumes = [old, new] }
        #expect(free.places == ["t-0": "b"])
    }

    @Test mutating func tasksThatShareAVolumeGoTogether() throws {
        let machines = try ["a", "b", "c"].map { try fleet.machine($0) }
        let tasks = try (0..<3).map { number in
            try fleet.task("t-\(number)", place: ["spread": "machine"]) {
                $0["volumes"] = ["/data": "shared"]
            }
        }
        let seats = tasks.map { fleet.assignment(of: $0, on: machines[0]) }
        let places = fleet.decide(tasks, seats, on: machines) { situation in
            situation.lapsed = [machines[0].name]
            situation.losses = [VolumeName(namespace: .root, name: "shared"): .fresh]
        }.places
        #expect(places.count == 3)
        #expect(Set(places.values).count == 1 && places["t-0"] != "a")
    }

    @Test func whatLeavesIsNeitherStoppedNorStarted() throws {
        let life = Identifier(high: 1, low: 1)
        let name = try ResourceName("web-0")
        func steps(_ state: String, _ seen: Executor.Observed?) -> [Executor.Step] {
            let record = Executor.Record(
                name: name, life: life, revision: Position(3), state: state)
            return Executor().steps(
                assigned: [], leaving: [name], records: [record],
                observed: seen.map { [life: $0] } ?? [:], obeys: true, mayStart: { _ in true })
        }
        #expect(steps("running", .running(pid: 1)).isEmpty)
        #expect(steps("ended", .ended(status: "exit 1")).isEmpty)
        #expect(steps("running", .ended(status: "exit 1")).count == 1)
        #expect(steps("starting", .running(pid: 1)).count == 1)
        #expect(steps("starting", nil).isEmpty)
    }

    @Test mutating func tagsOfANodeAreLabels() throws {
        var draft = Draft(
            id: fleet.id(), type: Lapse.node, namespace: .root, name: try ResourceName("pi"),
            data: ["state": "active"])
        draft.tags["zone"] = "attic"
        let machine = fleet.resource(
            Draft(
                id: fleet.id(), type: CoreTypes.known("machine"),
                namespace: try Namespace("/machines/pi"), name: try ResourceName("pi"),
                data: ["cores": 4, "memory": 1024, "zone": "cellar"]), 1)
        let standings = MachineStandings(nodes: [fleet.resource(draft, 1)], lapses: [])
        #expect(standings.offers([machine]).first?.labels["zone"] == "attic")
    }
}
