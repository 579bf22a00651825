import Resources
import Testing
import ZeroProcs

@Suite struct SchedulerTests {
    var fleet = Fleet()

    @Test mutating func theLeastUsedMachineTakesATaskAndEqualOnesComeByName() throws {
        let machines = [
            try fleet.machine("pi-2"), try fleet.machine("pi-1"), try fleet.machine("pi-3"),
        ]
        let tasks = [
            try fleet.task("a", of: "a"), try fleet.task("b", of: "b"),
            try fleet.task("c", of: "c", memory: 6 << 30), try fleet.task("d", of: "d"),
        ]
        let places = fleet.decide(tasks, on: machines).places
        #expect(places == ["a": "pi-1", "b": "pi-2", "c": "pi-3", "d": "pi-1"])
    }

    @Test mutating func theOrderInWhichThingsAreToldDecidesNothing() throws {
        let machines = try (0..<5).map { try fleet.machine("pi-\($0)", cores: Double($0 % 2 + 1)) }
        let tasks = try (0..<12).map { number in
            try fleet.task("t-\(number)", cpu: Double(number % 3) / 4)
        }
        let expected = fleet.decide(tasks, on: machines).places
        #expect(expected.count == 12)
        for turn in 1..<5 {
            let other = fleet.decide(
                Array(tasks[turn...] + tasks[..<turn]).reversed(), on: machines.reversed())
            #expect(other.places == expected)
        }
    }

    @Test mutating func anAutomaticPortIsNoneThatSomethingListensOn() throws {
        let machine = try fleet.machine("pi-1")
        let given = try fleet.task("given", ports: ["http": 0])
        let first = Int64(Limits.automaticPortFirst.value)
        let place = fleet.assignment(of: given, on: machine, ports: ["http": .int(first + 1)])
        // A foreign listener, the listener of a task, a connection, a listener elsewhere.
        let sockets = try [
            ("listen", first, "pi-1"), ("listen", first + 1, "pi-1"),
            ("unconnected", first + 2, "pi-1"), ("established", first + 3, "pi-1"),
            ("listen", first + 3, "pi-2"), ("listen", 80, "pi-1"),
        ].map { try fleet.socket($0.0, port: $0.1, on: $0.2) }
        let taken = TakenPorts(sockets: sockets, assignments: [place])
        #expect(taken[machine.name] == [Int(first), Int(first) + 2])
        var offer = machine
        offer.taken = taken[machine.name]
        let task = try fleet.task("web", ports: ["http": 0, "more": 0])
        var placer = Scheduler.placer(
            Scheduler.Situation(tasks: [given], assignments: [place], machines: [offer]))
        let found = placer.place(Demand(task))
        #expect(found?.ports["http"] == Int(first) + 3)
        #expect(found?.ports["more"] == Int(first) + 4)
        placer.release(given.id)
        let other = try fleet.task("next", ports: ["http": 0])
        let next = placer.place(Demand(other))
        #expect(next?.ports["http"] == Int(first) + 1)
    }

    @Test mutating func aMachineWhoseAutomaticPortsAreAllTakenRefuses() throws {
        let range = Limits.automaticPortFirst.value...Limits.automaticPortLast.value
        let machine = try fleet.machine("pi-1") { $0.taken = Set(range) }
        let task = try fleet.task("web", ports: ["http": 0])
        let decision = fleet.decide([task], on: [machine])
        #expect(decision.places.isEmpty)
        #expect(fleet.decide([try fleet.task("db")], on: [machine]).places == ["db": "pi-1"])
    }

    /// What a machine lacks, and what is said of it.
    @Test(arguments: [
        ("cpu", "pi-1: needs 2 cores, 1.5 are free"),
        ("memory", "pi-1: needs 64 MiB, 12 MiB are free"),
        ("storage", "pi-1: needs 2 GiB of storage, 1 GiB are free"),
        ("arch", "pi-1: arch is x86-64, arm64 is required"),
        ("tag", "pi-1: has no disk, ssd is required"),
        ("device", "pi-1: has no container runtime"), ("draining", "pi-1: is draining"),
        ("port", "pi-1: the port 8080 is taken by other"),
        ("volume", "pi-1: the volume data lives on pi-9"),
        ("apart", "pi-1: has db, from which it must be apart"),
    ]) mutating func everyRefusalNamesTheMachineAndTheReason(what: String, words: String) throws {
        let machine = try fleet.machine("pi-1", cores: 2, memory: 76 << 20) { offer in
            if what == "arch" { offer.labels["arch"] = "x86-64" }
            if what == "draining" { offer.isDraining = true }
            if what == "storage" { offer.storage = 1 << 30 }
            offer.devices = what == "device" ? ["host"] : ["host", "oci"]
        }
        let other = try fleet.task(
            "other", of: "db", memory: what == "memory" ? 64 << 20 : 1, ports: ["http": 8080])
        let place: [String: ValueMap] = [
            "arch": ["require": ["arch": "aarch64"]], "tag": ["require": ["disk": "ssd"]],
            "apart": ["apart": ["db"]],
        ]
        let task = try fleet.task(
            "web", cpu: what == "cpu" ? 2 : 0.1, ports: what == "port" ? ["main": 8080] : [:],
            place: place[what] ?? [:]
        ) { data in
            if what == "storage" { data["storage"] = .int(2 << 30) }
            if what == "device" { data["device"] = "oci" }
            if what == "volume" { data["volumes"] = ["/data": "data"] }
        }
        let held = fleet.assignment(of: other, on: machine, ports: ["http": 8080])
        let elsewhere = try ResourceName("pi-9")
        let decision = fleet.decide([task, other], [held], on: [machine]) { situation in
            if what != "volume" { return }
            situation.volumes = [VolumePin(volume: "data", namespace: .root, machine: elsewhere)]
        }.decision
        #expect(decision.commands.isEmpty)
        let reasons = try #require(decision.unplaced.first).reasons
        let expected = words.replacing("arm64", with: what == "arch" ? "aarch64" : "arm64")
        #expect(
            reasons == [expected.replacing("pi-9", with: "a machine that is not here")])
    }

    @Test mutating func aThousandRefusalsAreNamedInPartAndCounted() throws {
        let machines = try (0..<1000).map { try fleet.machine("m-\(1000 + $0)", cores: 0.25) }
        let reasons = fleet.decide([try fleet.task("a")], on: machines).decision.unplaced[0].reasons
        #expect(reasons.count == Limits.refusalsNamed.value + 1)
        #expect(reasons.last == "and \(1000 - Limits.refusalsNamed.value) without the cores")
        let nowhere = fleet.decide([try fleet.task("a")], on: []).decision.unplaced[0].reasons
        #expect(nowhere == ["there is no machine"])
    }

    @Test mutating func automaticPortsAreTheLowestFreeOnesOfTheMachine() throws {
        let machine = try fleet.machine("pi-1")
        let first = Int64(Limits.automaticPortFirst.value)
        let held = try fleet.task("held", of: "x", ports: ["http": 0])
        let fixed = try fleet.task("fixed", of: "a", ports: ["http": .int(first + 1), "debug": 0])
        let auto = try fleet.task("auto", of: "b", ports: ["http": 0, "metrics": 0])
        let seat = fleet.assignment(of: held, on: machine, ports: ["http": .int(first)])
        let decision = fleet.decide([auto, fixed, held], [seat], on: [machine]).decision
        let given = decision.commands.compactMap { command -> ValueMap? in
            if case .create(let draft) = command { draft.data["ports"]?.map } else { nil }
        }
        #expect(
            given == [
                ["http": .int(first + 1), "debug": .int(first + 2)],
                ["http": .int(first + 3), "metrics": .int(first + 4)],
            ])
    }

    @Test mutating func replicasSpreadOverMachinesAndOverRacks() throws {
        let machines = try ["a", "b", "c", "d"].enumerated().map { index, name in
            try fleet.machine(name, tags: ["rack": index < 3 ? "left" : "right"])
        }
        let tasks = try (0..<4).map { number in
            try fleet.task("t-\(number)", place: ["spread": "machine"])
        }
        #expect(Set(fleet.decide(tasks, on: machines).places.values).count == 4)
        let racked = try (0..<4).map { number in
            try fleet.task("t-\(number)", place: ["spread": "rack"])
        }
        let places = fleet.decide(racked, on: machines).places.values
        #expect(places.filter { $0 == "d" }.count == 2)
    }

    @Test mutating func wishesAreMetWhereThatIsPossible() throws {
        let plain = try fleet.machine("a")
        let ssd = try fleet.machine("b", cores: 1, tags: ["disk": "ssd"])
        let tasks = try (0..<3).map { number in
            try fleet.task("t-\(number)", place: ["prefer": ["disk": "ssd"]])
        }
        #expect(
            fleet.decide(tasks, on: [plain, ssd]).places == ["t-0": "b", "t-1": "b", "t-2": "a"])
        let db = try fleet.task("db", of: "db")
        let seat = fleet.assignment(of: db, on: ssd)
        let near = try fleet.task("web", place: ["near": ["db"]])
        #expect(fleet.decide([db, near], [seat], on: [plain, ssd]).places == ["web": "b"])
    }

    @Test mutating func apartHoldsInBothDirections() throws {
        let (a, b) = (try fleet.machine("a"), try fleet.machine("b", cores: 1))
        let shy = try fleet.task("shy", of: "shy", place: ["apart": ["web", "shy"]])
        let web = try fleet.task("web")
        let seat = fleet.assignment(of: shy, on: a)
        let second = try fleet.task("shy-2", of: "shy", place: ["apart": ["web", "shy"]])
        let found = fleet.decide([shy, web, second], [seat], on: [a, b])
        #expect(found.places == ["shy-2": "b"])
        let reasons = found.decision.unplaced.first?.reasons
        #expect(reasons?.first == "a: has what wants no web beside it, from which it must be apart")
    }

    @Test mutating func aTaskFollowsItsVolumeAndTheOneItSharesItWith() throws {
        let (a, b) = (try fleet.machine("a"), try fleet.machine("b"))
        let tasks = try ["t-0", "t-1", "t-2"].map { name in
            try fleet.task(name, place: ["spread": "machine"]) {
                $0["volumes"] = ["/data": "shared"]
            }
        }
        #expect(Set(fleet.decide(tasks, on: [a, b]).places.values) == ["a"])
        let places = fleet.decide(tasks, on: [a, b]) { situation in
            situation.volumes = [VolumePin(volume: "shared", namespace: nil, machine: b.name)]
        }.places
        #expect(Set(places.values) == ["b"])
    }

    @Test mutating func theCheaperMachineComesFirst() throws {
        let dear = try fleet.machine("a") { $0.money = 2 }
        let cheap = try fleet.machine("b", cores: 1, memory: 1 << 30) { $0.money = 0.1 }
        let tasks = try (0..<3).map { try fleet.task("t-\($0)") }
        #expect(
            fleet.decide(tasks, on: [dear, cheap]).places == ["t-0": "b", "t-1": "b", "t-2": "a"])
    }

    @Test mutating func nothingMovesBecauseAMachineIsGoneUntilItIsSaid() throws {
        let (a, b) = (try fleet.machine("a"), try fleet.machine("b"))
        let task = try fleet.task("t")
        let seat = fleet.assignment(of: task, on: a)
        #expect(fleet.decide([task], [seat], on: [b]).decision.commands.isEmpty)
        #expect(fleet.decide([task], [seat], on: []).decision.commands.isEmpty)
        let moved = fleet.decide([task], [seat], on: [a, b]) { $0.lapsed = [a.name] }
        #expect(moved.places == ["t": "b"])
        guard case .update(let update) = moved.decision.commands.first else {
            Issue.record("no update")
            return
        }
        #expect(update.expect == seat.revision)
        #expect(update.links["ON"] == [b.id])
        #expect(update.data["reason"]?.text?.hasPrefix("a is gone; ") == true)
        let stays = fleet.decide([task], [seat], on: [a]) { $0.lapsed = [a.name] }
        #expect(stays.decision.commands.isEmpty)
        #expect(stays.decision.unplaced.first?.reasons.first == "stays: a is gone")
    }

    @Test mutating func aDrainingMachineKeepsWhatItHas() throws {
        let a = try fleet.machine("a") { $0.isDraining = true }
        let b = try fleet.machine("b")
        let task = try fleet.task("t", revision: 5)
        let seat = fleet.assignment(of: task, on: a, revision: 2)
        #expect(fleet.decide([task], [seat], on: [a, b]).decision.commands.isEmpty)
    }

    @Test mutating func aChangedTaskGetsItsPortsOrAnotherMachine() throws {
        let (a, b) = (try fleet.machine("a"), try fleet.machine("b"))
        let old = try fleet.task("t", ports: ["http": 80, "x": 0], revision: 5)
        let seat = fleet.assignment(of: old, on: a, ports: ["http": 81, "x": 20_007], revision: 2)
        let decision = fleet.decide([old], [seat], on: [a, b]).decision
        guard case .update(let update) = decision.commands.first else {
            Issue.record("no update")
            return
        }
        #expect(update.data["ports"]?.map == ["http": 80, "x": 20_007])
        #expect(update.data["machine"] == nil)
        let picky = try fleet.task("t", cpu: 4, revision: 5)
        let other = try fleet.task("o", of: "o")
        let seats = [
            fleet.assignment(of: picky, on: a), fleet.assignment(of: other, on: a),
        ]
        #expect(fleet.decide([picky, other], seats, on: [a, b]).places == ["t": "b"])
        let full = fleet.decide([picky, other], seats, on: [a])
        #expect(full.places.isEmpty)
        #expect(
            full.decision.unplaced.first?.reasons
                == ["stays: a needs 4 cores, 3.5 are free", "a: needs 4 cores, 3.5 are free"])
    }

    @Test mutating func aTurnEndsAtItsLimitAndSaysSo() throws {
        let machine = try fleet.machine("a", cores: 10_000, memory: 1 << 50)
        let tasks = try (0..<Limits.placementsInTurn.value + 5).map { try fleet.task("t-\($0)") }
        let decision = fleet.decide(tasks, on: [machine]).decision
        #expect(decision.commands.count == Limits.placementsInTurn.value)
        #expect(!decision.isComplete)
    }

    @Test mutating func aMachineIsReadFromItsResource() throws {
        var draft = Draft(
            id: fleet.id(), type: CoreTypes.known("machine"),
            namespace: try Namespace("/machines/pi"), name: try ResourceName("pi"),
            data: [
                "cores": 4, "memory": 1024, "architecture": "aarch64", "devices": ["host"],
                "os": "debian",
            ])
        draft.tags = ["rack": "left", "os": "mine", "draining": "true"]
        let offer = try #require(Offer(fleet.resource(draft, 1)))
        #expect(offer.cpu == 4_000_000)
        #expect(offer.labels["arch"] == "arm64")
        #expect(offer.labels["os"] == "mine")
        #expect(offer.devices == ["host"])
        #expect(offer.isDraining)
        draft.data["cores"] = nil
        #expect(Offer(fleet.resource(draft, 1)) == nil)
    }
}
