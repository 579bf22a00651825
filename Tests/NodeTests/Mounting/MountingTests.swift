import Host
import Log
import MMSGraph
import Resources
import Testing
import ZeroProcs

@testable import Node

/// Logs mounted on namespaces of one node: routing, recovery, and a kill at every step.
@Suite struct MountingTests {
    private let prod = MountingWorld.prod

    @Test func commandsGoToTheLogOfTheirNamespaceAndQueriesSeeAll() throws {
        let world = try MountingWorld(nodes: 1, seed: 1)
        #expect(world.write(in: prod, at: 0)?.log == .root)
        #expect(world.write(in: .root, at: 0)?.log == .root)
        let mounting = try #require(world.mount(prod, at: 0))
        let receipt = try #require(world.write(in: prod, at: 0))
        #expect(receipt.log == prod)
        #expect(receipt.position == mounting.position.next, "positions go on")
        #expect(world.write(in: .root, at: 0)?.log == .root)
        let reader = try world.nodes[0].life.graph.reader()
        #expect(try reader.all("note").count == 4)
        #expect(reader.bookmark[prod] == receipt.position)
        #expect(world.check() == [])
    }

    @Test func aBatchForTwoLogsIsRefusedAndNamesBoth() throws {
        let world = try MountingWorld(nodes: 1, seed: 2)
        #expect(world.mount(prod, at: 0) != nil)
        let both = Batch([world.note(in: .root).command, world.note(in: prod).command])
        let outcome = world.nodes[0].route(both, at: world.clock.now)
        guard case .failure(let refusal) = outcome else {
            Issue.record("a batch for two logs was taken")
            return
        }
        #expect(refusal.code == .wrongLog)
        #expect(refusal.reason.contains("/ and /prod"))
        #expect(refusal.remedy?.contains("/prod") == true)
        #expect(refusal.command == 1)
    }

    @Test func aBatchThatWasOnItsWayWhenTheNamespaceMovedIsRefusedForItsNewLog() throws {
        let world = try MountingWorld(nodes: 1, seed: 3)
        let life = world.nodes[0].life
        let late = world.note(in: prod)
        let writer = try life.circle.writer(for: Batch([late.command]))
        #expect(writer.sequencer.mount == .root)
        #expect(world.mount(prod, at: 0) != nil)
        let outcome = writer.decide([world.proposal(Batch([late.command]))])[0]
        guard case .failure(let refusal) = outcome else {
            Issue.record("the log at / took it")
            return
        }
        #expect(refusal.code == .wrongLog && refusal.filter == "apply")
        #expect(world.nodes[0].route(Batch([late.command]), at: world.clock.now).isSuccess)
    }

    @Test func aGroupGoesOnBehindACommandThatMountsALog() throws {
        let world = try MountingWorld(nodes: 1, seed: 4)
        let root = world.nodes[0].life.circle.fleet
        let group = [
            world.proposal(Batch([world.note(in: prod).command])),
            world.proposal(Batch([world.mounting(prod)])),
            world.proposal(Batch([world.note(in: .root).command])),
            world.proposal(Batch([world.note(in: prod).command])),
        ]
        let outcomes = root.decide(group)
        #expect(outcomes.map(\.isSuccess) == [true, true, true, false])
        #expect(world.nodes[0].life.mounted.logs.map(\.log.mount) == [prod])
    }

    @Test func historyWhyAndRevisionsReachAcrossTheMount() throws {
        let world = try MountingWorld(nodes: 1, seed: 5)
        let made = try #require(world.write(in: prod, at: 0))
        #expect(world.mount(prod, at: 0) != nil)
        let changed = world.change(made.ids[0], expect: made.position, at: 0)
        let receipt = try #require(changed)
        let circle = world.nodes[0].life.circle
        let history = try circle.graph.history(made.ids[0])
        #expect(history.versions.map(\.resource.revision) == [receipt.position, made.position])
        for version in history.versions {
            let position = version.resource.revision
            let log = try #require(circle.log(of: prod, at: position))
            let entry = try log.read(from: position, maximumBytes: 1).first
            #expect(entry?.header.position == position)
            #expect(entry?.header.log == (position == made.position ? .root : prod))
        }
    }

    /// Every sync and every write of the disk is a place to die at, and each state that a loss of
    /// power can leave must lead to the same log.
    @Test func aKillAtAnyStepOfAMountLeavesALogThatGoesOn() throws {
        var step = 0
        var finished = false
        while !finished, step < 400 {
            let world = try MountingWorld(nodes: 1, seed: 700 + UInt64(step))
            for _ in 0..<3 { #expect(world.write(in: prod, at: 0) != nil) }
            let before = try world.subtree(prod, of: 0)
            let life = WorldLife(endingBefore: step + 1)
            world.nodes[0].disk.set(life)
            let isMounted = world.mount(prod, at: 0) != nil
            let told = isMounted ? world.write(in: prod, at: 0) : nil
            finished = !life.isOver
            world.nodes[0].disk.set(nil)
            // The graph may have the mount when the files of the log are not there yet.
            if step.isMultiple(of: 2) { try world.nodes[0].life.graph.flush() }
            try world.nodes[0].crash()
            if isMounted { #expect(world.nodes[0].life.graph.mounts.points.contains(prod)) }
            #expect(world.nodes[0].life.mounted.failures == [], "killed at \(step)")
            if !world.nodes[0].life.graph.mounts.points.contains(prod) {
                #expect(try world.subtree(prod, of: 0) == before, "killed at \(step)")
                #expect(world.mount(prod, at: 0) != nil, "killed at \(step)")
            }
            #expect(world.write(in: prod, at: 0)?.log == prod, "killed at \(step)")
            if let told {
                let found = try world.nodes[0].life.graph.resource(told.ids[0])
                #expect(found != nil, "acknowledged and lost, killed at \(step)")
            }
            #expect(world.check() == [], "killed at \(step)")
            step += 1
        }
        #expect(finished && step > 10, "a mount takes \(step) steps of the disk")
    }

    @Test func aGraphThatCannotBeReadIsSaidAndReadAgain() throws {
        let world = try MountingWorld(nodes: 1, seed: 4)
        #expect(world.mount(prod, at: 0) != nil)
        let (life, store) = (world.nodes[0].life, world.nodes[0].store)
        store.failReads(
            StoreError(operation: "read", subject: "a block", cause: "checksum mismatch"))
        life.mounted.open(life.graph)
        #expect(life.mounted.logs.count == 1, "what is open stays open")
        #expect(life.mounted.failures.first?.contains("checksum mismatch") == true)
        store.failReads(nil)
        life.mounted.open(life.graph)
        #expect(life.mounted.failures == [])
        #expect(world.write(in: prod, at: 0)?.log == prod)
    }

    @Test func manyLivesKeepWhatWasAcknowledgedInEachLog() throws {
        for seed in WorldSeeds.part(0, of: 10, standard: 200) {
            let world = try MountingWorld(nodes: 1, seed: 900 + seed)
            #expect(world.mount(prod, at: 0) != nil)
            for turn in 0..<12 {
                _ = world.write(in: turn.isMultiple(of: 3) ? .root : prod, at: 0)
                if turn.isMultiple(of: 4) { try world.nodes[0].crash() }
                if turn.isMultiple(of: 5) { try world.nodes[0].life.graph.flush() }
            }
            #expect(world.check() == [], "seed \(seed)")
        }
    }
}

extension Outcome {
    /// True for a receipt.
    var isSuccess: Bool { if case .success = self { true } else { false } }
}
