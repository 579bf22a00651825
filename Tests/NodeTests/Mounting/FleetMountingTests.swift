import Bus
import Host
import Log
import MMSGraph
import Resources
import Testing
import ZeroProcs

@testable import Node

/// Logs mounted on namespaces of a fleet.
@Suite struct FleetMountingTests {
    private let prod = MountingWorld.prod

    private func grown(_ count: Int, seed: UInt64) throws -> MountingWorld {
        let world = try MountingWorld(nodes: count, seed: seed)
        for _ in 0..<3 { #expect(world.write(in: prod, at: 0) != nil) }
        try world.grow()
        return world
    }

    @Test func everyNodeWritesAndReadsTheNewLogWithItsOwnPen() throws {
        let world = try grown(3, seed: 1)
        let before = try world.subtree(prod, of: 2)
        #expect(world.mount(prod, at: 1) != nil)
        try world.settle()
        for index in 0..<3 { #expect(try world.subtree(prod, of: index) == before) }
        // The first to write takes its pen; the others send theirs there.
        for index in [2, 0, 1, 2] {
            #expect(world.write(in: prod, at: index)?.log == prod)
            #expect(world.write(in: .root, at: index)?.log == .root)
        }
        try world.settle()
        #expect(world.check() == [])
        let reader = try world.nodes[0].life.graph.reader()
        #expect(try Pen(on: reader, of: prod)?.holder.text == "c")
        #expect(try Pen(on: reader)?.holder.text != "c")
        #expect(world.world.check() == [])
    }

    @Test func aLogThatWasMountedOnOneMachineMovesWithTheFleet() throws {
        let world = try MountingWorld(nodes: 2, seed: 2)
        #expect(world.write(in: prod, at: 0) != nil)
        #expect(world.mount(prod, at: 0) != nil)
        #expect(world.write(in: prod, at: 0)?.log == prod)
        try world.world.grow()
        // The other machine knows the log, and that it cannot write it before it has moved.
        let early = world.nodes[1].route(
            Batch([world.note(in: prod).command]), at: world.clock.now)
        guard case .failure(let refusal) = early else {
            Issue.record("a machine wrote a log that another one orders in its files")
            return
        }
        #expect(refusal.code == .unavailable)
        #expect(world.write(in: prod, at: 0)?.log == prod, "it goes on in the files meanwhile")
        #expect(try world.move(prod, at: 0) == .rest)
        try world.settle()
        for index in 0..<2 { #expect(world.write(in: prod, at: index)?.log == prod) }
        try world.settle()
        #expect(world.check() == [])
    }

    @Test(arguments: [true, false])
    func aMounterKilledAtAnyCallToTheClusterLeavesALogThatGoesOn(carriesOut: Bool) throws {
        var call = 1
        var finished = false
        while !finished, call < 60 {
            let world = try grown(2, seed: 600 + UInt64(call))
            let before = try world.subtree(prod, of: 1)
            world.burn("a", in: call, carriesOut: carriesOut)
            let isMounted = world.mount(prod, at: 0) != nil
            if isMounted { _ = world.write(in: prod, at: 0) }
            finished = !world.isBurnt("a")
            world.heal()
            try world.nodes[0].crash()
            try world.world.settle()
            if !world.nodes[1].life.graph.mounts.points.contains(prod) {
                #expect(try world.subtree(prod, of: 1) == before, "killed at call \(call)")
                #expect(world.mount(prod, at: 1) != nil, "killed at call \(call)")
            }
            try world.settle()
            for index in [1, 0] {
                #expect(world.write(in: prod, at: index)?.log == prod, "killed at call \(call)")
            }
            try world.settle()
            #expect(world.check() == [], "killed at call \(call)")
            call += 1
        }
        #expect(finished && call > 5, "a mount makes \(call - 1) calls")
    }

    @Test func aNodeThatWasOffDuringTheMountFindsItInTheLog() throws {
        let world = try grown(3, seed: 4)
        world.world.network.leave(world.nodes[2].name)
        #expect(world.mount(prod, at: 0) != nil)
        for index in 0..<2 { #expect(world.write(in: prod, at: index)?.log == prod) }
        #expect(world.nodes[2].life.mounted.logs.isEmpty)
        world.world.join(world.nodes[2])
        try world.nodes[2].crash()
        try world.settle()
        #expect(world.nodes[2].life.mounted.logs.map(\.log.mount) == [prod])
        try world.settle()
        #expect(world.write(in: prod, at: 2)?.log == prod)
        try world.settle()
        #expect(world.check() == [])
    }

    @Test func thePenOfAMountedLogIsTakenOverWhenItsHolderIsSilent() throws {
        let world = try grown(3, seed: 5)
        #expect(world.mount(prod, at: 0) != nil)
        try world.settle()
        #expect(world.write(in: prod, at: 2)?.log == prod)
        try world.settle()
        world.world.network.leave(world.nodes[2].name)
        #expect(world.write(in: prod, at: 1)?.log == prod)
        let pen = try Pen(on: world.nodes[1].life.graph.reader(), of: prod)
        #expect(pen?.holder.text == "b")
        world.world.join(world.nodes[2])
        try world.settle()
        #expect(world.check() == [])
    }

    @Test func manySeedsOfLossesAndCrashesKeepEachLogWhole() throws {
        var crashes = 0
        for seed in WorldSeeds.part(0, of: 4, standard: 200) {
            let world = try grown(3, seed: 1000 + seed)
            var random = SeededRandom(seed: seed)
            world.weather(lost: 60, unanswered: 40)
            _ = world.mount(prod, at: Int(seed % 3))
            for _ in 0..<30 {
                let node = Int.random(in: 0..<3, using: &random)
                _ = world.write(in: random.oneIn(3) ? .root : prod, at: node)
                if random.oneIn(9) {
                    try world.nodes[node].crash()
                    crashes += 1
                }
                if random.oneIn(4) { _ = world.nodes[node].life.follower.turn(milliseconds: 0) }
            }
            world.heal()
            for _ in 0..<3 { try world.settle() }
            if !world.nodes[0].life.graph.mounts.points.contains(prod) {
                #expect(world.mount(prod, at: 0) != nil, "seed \(seed)")
                try world.settle()
            }
            for index in 0..<3 {
                #expect(world.write(in: prod, at: index)?.log == prod, "seed \(seed)")
            }
            try world.settle()
            #expect(world.check() == [], "seed \(seed)")
        }
        #expect(crashes > 0)
    }
}
