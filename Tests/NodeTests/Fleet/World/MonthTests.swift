import Bus
import Host
import Log
import MMSGraph
import Resources
import Synchronization
import Testing
import ZeroProcs

@testable import Node

/// A machine that is away from its fleet for thirty days, in which the others write on, let go of
/// what it misses and give it up (issue 6).
@Suite struct MonthTests {
    private static let days = 30
    private static let writesOfDay = 100
    private static let tasks = ["agent", "backup", "metrics"]

    private let world: FleetWorld
    private let executor: FleetExecutor
    private var a: FleetMachine { world.nodes[0] }
    private var c: FleetMachine { world.nodes[2] }

    init() throws {
        let world = try FleetWorld(nodes: 3, seed: 61)
        self.world = world
        executor = try FleetExecutor(world.nodes[2], in: world, seed: 61)
        for index in 0..<20 { world.write("before\(index)", at: 0) }
        try install()
        try world.grow()
        try world.settle()
        for name in Self.tasks { try place(name) }
        try world.settle()
        try executor.rest()
    }

    private func propose(_ commands: [Command], as caller: StaticString) throws {
        let proposal = Proposal(
            caller: .system(caller), batch: Batch(commands), time: world.clock.now)
        _ = try a.life.writer.commit([proposal])[0].get()
    }

    private func draft(
        _ type: TypeName, _ name: String, _ data: ValueMap
    ) throws -> Draft {
        Draft(
            id: world.entropy.identifier(at: world.clock.now), type: type, namespace: .root,
            name: try ResourceName(name), data: data)
    }

    /// The types of apps and of the fleet, and a node for each machine.
    private func install() throws {
        let known = Set(CoreTypes.all.map(\.name) + FleetLogTypes.all.map(\.name))
        let types = (AppTypes.all + FleetTypes.members + [Lapse.type]).filter {
            !known.contains($0.name)
        }
        try propose(
            types.map { type in
                Command.create(try draft(CoreTypes.type.name, type.name.text, type.data))
            },
            as: "install")
        try propose(
            world.nodes.map { node in
                Command.create(
                    try draft(
                        FleetTypes.node.name, node.name.text,
                        [
                            "key": .bytes([1]), "sealing": .bytes([1]), "role": "voter",
                            "state": "active", "addresses": .list([]),
                        ]))
            }, as: "fleet")
    }

    /// A task that must be on c: its assignment is made by the scheduler.
    private func place(_ name: String) throws {
        let task = try draft(
            AppTypes.task.name, name,
            [
                "app": "care", "component": .text(name), "replica": 0, "device": "host",
                "command": .list([.text("/bin/\(name)")]), "restart": "always",
                "place": ["require": ["machine": "c"]],
            ])
        try propose([.create(task)], as: "rollout")
        let decision = try decide()
        try #require(decision.commands.count == 1, "\(decision.unplaced)")
        try propose(decision.commands, as: "scheduler")
    }

    /// What the scheduler of the holder of the pen wants now, of three machines of one kind.
    private func decide() throws -> Scheduler.Decision {
        let reader = try a.life.graph.reader()
        func all(_ type: TypeName) throws -> [Resource] {
            try reader.resources(of: type, below: .root)
        }
        var situation = Scheduler.Situation(
            tasks: try all(AppTypes.task.name), assignments: try all(AppTypes.assignment.name),
            machines: world.nodes.enumerated().map { index, node in
                var offer = Offer(
                    id: Identifier(high: 9, low: UInt64(index)), name: node.name, cores: 4,
                    memory: 8 << 30)
                offer.labels["machine"] = node.name.text
                return offer
            })
        situation.lapsed = Set(try all(Lapse.type.name).map(\.name))
        return Scheduler().decide(situation) { world.entropy.identifier(at: world.clock.now) }
    }

    /// The holder of the pen looks who is silent, and writes what follows. Machines in `heard` were
    /// heard just now.
    private func watch(_ heard: [FleetMachine]) throws {
        let reader = try a.life.graph.reader()
        let pen = try #require(try Pen(on: reader))
        try #require(pen.holder == a.name)
        let now = world.clock.ticks
        let scene = LapseWatch.Scene(
            nodes: try reader.resources(of: FleetTypes.node.name, below: .root),
            lapses: try reader.resources(of: Lapse.type.name, below: .root),
            heard: Dictionary(uniqueKeysWithValues: heard.map { ($0.name, now) }), holder: a.name,
            epoch: pen.epoch, since: Ticks(nanoseconds: 0), now: now)
        let plan = LapseWatch().plan(scene) { world.entropy.identifier(at: world.clock.now) }.plan
        for turn in plan.turns { try propose(turn.commands, as: "lapses") }
    }

    private func lapses() throws -> [String] {
        try a.life.graph.reader().resources(of: Lapse.type.name, below: .root).map(\.name.text)
    }

    /// Thirty days of the two others. `each` is what c does meanwhile.
    private func passMonth(_ each: () throws -> Void) throws {
        let begin = world.clock.now
        let (tail, b) = (c.life.log.tail, world.nodes[1])
        for _ in 0..<Self.days {
            for index in 0..<Self.writesOfDay { #expect(world.write(at: index % 2) != nil) }
            try a.catchUp()
            try watch([b])
            // Its tasks are pinned to it: that it is given up moves them nowhere.
            #expect(try decide().commands.isEmpty)
            try b.catchUp()
            for node in [a, b] { try node.trim() }
            try a.life.shared.trim(before: a.life.log.first)
            world.clock.advance(milliseconds: 86_400_000)
            try each()
        }
        #expect(world.clock.now.milliseconds - begin.milliseconds >= Int64(Self.days) * 86_400_000)
        #expect(try lapses() == ["c"])
        // What it misses is nowhere any more.
        for node in [a, b] { try #require(node.life.log.first > tail.next) }
        #expect(a.life.log.tail.rawValue > tail.rawValue + UInt64(Self.days * Self.writesOfDay))
    }

    private func cut(_ isCut: Bool) {
        if isCut {
            world.network.part([[a.name, world.nodes[1].name], [c.name]])
        } else {
            world.network.heal()
        }
        world.cluster.state.withLock { $0.cut = isCut ? [c.name.text] : [] }
    }

    /// c takes what it missed, and is heard again.
    private func comeBack() throws {
        for _ in 0..<20 where c.life.log.tail < a.life.log.tail {
            _ = c.life.follower.turn(milliseconds: 0)
            try executor.rest()
        }
        #expect(c.life.transfer.status.taken == 1)
        #expect(c.life.follower.status.failure == nil)
        try watch([world.nodes[1], c])
        #expect(try lapses().isEmpty)
        try world.settle()
        try executor.rest()
        for node in [a, world.nodes[1]] {
            #expect(c.life.graph.applied(.root) == node.life.graph.applied(.root))
            #expect(c.life.graph.stateHash(.root) == node.life.graph.stateHash(.root))
            #expect(c.life.log.chainHash == node.life.log.chainHash)
        }
        try c.life.graph.audit()
        #expect(try decide().commands.isEmpty)
        // Nothing older than what was obeyed is ever obeyed.
        #expect(executor.obeyed == executor.obeyed.sorted())
        #expect(executor.failure == nil)
        #expect(world.write(at: 2) != nil)
    }

    private func change(_ name: String, _ change: ValueMap) throws {
        let reader = try a.life.graph.reader()
        let task = try #require(
            try reader.resource(AppTypes.task.name, try ResourceName(name), in: .root))
        try propose([.update(Update(id: task.id, data: change))], as: "rollout")
    }

    @Test func aMachineOfflineForASimulatedMonthRejoinsWithoutARestartOfItsTasks() throws {
        let before = try executor.lives()
        try #require(before.count == Self.tasks.count)
        cut(true)
        try passMonth {
            _ = c.life.follower.turn(milliseconds: 0)
            try executor.rest()
            #expect(try executor.lives() == before)
        }
        #expect(c.life.follower.status.failure != nil)
        cut(false)
        try comeBack()
        #expect(try executor.lives() == before)
        #expect(c.lives == 1)
        // What is wanted anew is obeyed: exactly that task gets a new life.
        try change("backup", ["command": .list([.text("/bin/backup"), "--all"])])
        try world.settle()
        try executor.rest()
        let after = try executor.lives()
        #expect(after.keys.sorted() == before.keys.sorted())
        for (task, lives) in before { #expect((after[task] == lives) == (task != "/backup")) }
    }

    @Test func aMachineThatWasOffForAMonthStartsItsTasksOnceAndObeysNothingOlder() throws {
        let before = try executor.lives()
        try #require(before.count == Self.tasks.count)
        cut(true)
        let changed = ["command": .list([.text("/bin/agent"), "--new"])] as ValueMap
        try passMonth {}
        try change("agent", changed)
        // It comes up without a network: it runs what it ran, from its own copy.
        let tail = c.life.log.tail
        try executor.crash(c)
        try executor.rest()
        let alone = try executor.lives()
        #expect(alone.keys.sorted() == before.keys.sorted())
        #expect(c.life.log.tail == tail)
        cut(false)
        try comeBack()
        let after = try executor.lives()
        #expect(after.keys.sorted() == before.keys.sorted())
        for (task, lives) in after {
            #expect(lives.count == 1 && lives[0].hasSuffix("×1"), "\(task): \(lives)")
            // Only what was changed meanwhile is another life than the one it came up with.
            #expect((alone[task] == lives) == (task != "/agent"))
            #expect(before[task] != lives)
        }
    }
}
