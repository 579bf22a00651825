import Bus
import Host
import Log
import MMSGraph
import Node
import Resources
import Synchronization
import Testing
import ZeroProcs

/// The invariants of design/01, except I10. I6 has the mover killed at every call it makes; so have the
/// others in ``InvariantSweepTests``, and the state transfer of I8 in ``TransferTests``.
@Suite struct InvariantTests {
    /// Nodes that share a log and wrote something.
    private func grown(_ count: Int, seed: UInt64) throws -> FleetWorld {
        let world = try FleetWorld(nodes: count, seed: seed)
        for index in 0..<5 { world.write("before\(index)", at: 0) }
        try world.grow()
        for index in 0..<count { #expect(world.write(at: index) != nil) }
        return world
    }

    @Test func i1WhatIsAcknowledgedStandsBeforeTheEndOfItsLoglet() throws {
        let world = try grown(3, seed: 1)
        for _ in 0..<4 {
            for index in 0..<3 { #expect(world.write(at: index) != nil) }
            try world.nodes[1].life.shared.succeed(
                .shared(world.entropy.identifier(at: world.clock.now)))
        }
        for index in 0..<3 { #expect(world.write(at: index) != nil) }
        try world.settle()
        #expect(world.nodes[0].life.shared.chain?.links.count == 6)
        #expect(world.check() == [])
    }

    @Test func i2NothingIsAppendedBehindATailThatWasSaidToBeSealed() throws {
        let world = try grown(2, seed: 2)
        let active = try #require(world.nodes[0].life.shared.chain).active.loglet
        let loglet = MemoryLoglet(
            cluster: world.cluster, node: "x", name: active, start: .zero)
        _ = try loglet.seal()
        let tail = try loglet.checkTail()
        #expect(tail.sealed)
        // Whoever writes next finds it sealed, the chain unchanged, and installs a successor.
        #expect(world.write(at: 1) != nil)
        #expect(world.write(at: 0) != nil)
        #expect(try loglet.checkTail() == tail)
        try world.settle()
        #expect(world.check() == [])
        #expect(world.nodes[0].life.shared.chain?.active.loglet != active)
    }

    @Test func i3WhatBecomesDurableBehindTheSealNeverAppearsAndTheRetryAppearsOnce() throws {
        for seed in UInt64(0)..<20 {
            let world = try grown(2, seed: 300 + seed)
            world.cluster.state.withLock { state in
                state.faults.late = 1000
                state.holdsLate = true
            }
            #expect(world.write("late\(seed)", at: 0) == nil)
            world.cluster.state.withLock { $0.faults.late = 0 }
            try world.nodes[1].catchUp()
            try world.nodes[1].life.shared.succeed(
                .shared(world.entropy.identifier(at: world.clock.now)))
            let tail = world.nodes[1].life.log.tail
            world.cluster.state.withLock { $0.holdsLate = false }
            world.cluster.step()
            try world.settle()
            #expect(world.nodes[0].life.log.tail == tail)
            #expect(world.write("late\(seed)", at: 0) != nil)
            try world.settle()
            #expect(world.check() == [])
        }
    }

    @Test func i4OneOfSeveralMoversWinsEachVersionOfTheChain() throws {
        let world = try grown(3, seed: 4)
        for round in 0..<6 {
            // All see the same chain, then all try.
            for node in world.nodes {
                try node.catchUp()
                try node.life.shared.refresh()
            }
            for index in 0..<3 {
                let mover = (round + index) % 3
                try world.nodes[mover].life.shared.succeed(
                    .shared(world.entropy.identifier(at: world.clock.now)))
            }
            #expect(world.write(at: round % 3) != nil)
        }
        let versions = world.cluster.state.withLock { $0.chains.map(\.version) }
        #expect(versions == Array(versions[0]..<versions[0] + UInt64(versions.count)))
        try world.settle()
        #expect(world.check() == [])
    }

    @Test func i5EveryReplicaHasTheSameStateAtEachPositionAlsoOneParkedOnTheOldTail() throws {
        let world = try grown(3, seed: 5)
        let parked = world.nodes[2]
        let tail = parked.life.log.tail
        try world.nodes[0].life.shared.succeed(
            .shared(world.entropy.identifier(at: world.clock.now)))
        for _ in 0..<10 { #expect(world.write(at: 0) != nil) }
        #expect(parked.life.log.tail == tail)
        while parked.life.follower.turn(milliseconds: 0) || parked.life.log.tail == tail {}
        try world.settle()
        #expect(world.check() == [])
        let hashes = world.nodes.map { $0.life.graph.stateHash(.root) }
        #expect(Set(hashes).count == 1)
    }

    @Test(arguments: [true, false])
    func i6AMoverKilledAtAnyCallLeavesAServiceThatResumes(carriesOut: Bool) throws {
        var call = 1
        var finished = false
        while !finished, call < 60 {
            let world = try FleetWorld(nodes: 2, seed: 600 + UInt64(call))
            for index in 0..<3 { world.write("n\(index)", at: 0) }
            try world.wish("etcd")
            world.cluster.state.withLock { $0.fuse["a"] = (call, carriesOut) }
            world.move()
            finished = !world.cluster.state.withLock { $0.burnt.contains("a") }
            world.cluster.state.withLock { state in
                state.fuse = [:]
                state.burnt = []
            }
            try world.nodes[0].crash()
            #expect(world.move() == .rest, "killed at call \(call)")
            #expect(world.write(at: 0) != nil, "killed at call \(call)")
            try world.nodes[1].life.shared.join(world.cluster.name)
            try world.settle()
            #expect(world.check() == [], "killed at call \(call)")
            call += 1
        }
        #expect(finished && call > 5, "a whole move makes \(call - 1) calls")
    }

    @Test(arguments: [true, false])
    func i6AMoverKilledAtAnyCallOnTheWayHomeLeavesAServiceThatResumes(carriesOut: Bool) throws {
        var call = 1
        var finished = false
        while !finished, call < 60 {
            let world = try grown(2, seed: 650 + UInt64(call))
            try world.wish("file", ["a"])
            world.cluster.state.withLock { $0.fuse["a"] = (call, carriesOut) }
            world.move()
            finished = !world.cluster.state.withLock { $0.burnt.contains("a") }
            world.cluster.state.withLock { state in
                state.fuse = [:]
                state.burnt = []
            }
            try world.nodes[0].crash()
            // The end of the copy went with the power, and the wish in it: first it follows.
            try world.nodes[0].catchUp()
            #expect(world.move() == .rest, "killed at call \(call)")
            #expect(world.nodes[0].life.shared.cluster == nil)
            #expect(world.write(at: 0) != nil, "killed at call \(call)")
            #expect(world.write(at: 1) != nil, "killed at call \(call)")
            try world.settle()
            #expect(world.check() == [], "killed at call \(call)")
            call += 1
        }
        #expect(finished && call > 4, "a whole move makes \(call - 1) calls")
    }

    @Test func i6AppendsGoOnWithoutTheRegisterAndMovingWaits() throws {
        let world = try grown(2, seed: 61)
        world.cluster.state.withLock { $0.isRegisterDown = true }
        for index in [0, 1, 0, 1] { #expect(world.write(at: index) != nil) }
        try world.wish("file", ["a"])
        for _ in 0..<5 { #expect(world.nodes[0].life.mover.turn() != .rest) }
        #expect(world.nodes[0].life.shared.place == .shared)
        #expect(world.write(at: 1) != nil)
        world.cluster.state.withLock { $0.isRegisterDown = false }
        #expect(world.move() == .rest)
        #expect(world.nodes[0].life.shared.place == .here)
        #expect(world.write(at: 1) != nil)
        try world.settle()
        #expect(world.check() == [])
    }

    @Test func i7WhoHasAStaleChainNeitherAppendsToNorBelievesTheOldLoglet() throws {
        let world = try grown(2, seed: 7)
        let stale = try #require(world.nodes[1].life.shared.chain)
        for _ in 0..<2 {
            try world.nodes[0].life.shared.succeed(
                .shared(world.entropy.identifier(at: world.clock.now)))
            #expect(world.write(at: 0) != nil)
        }
        #expect(world.nodes[1].life.shared.chain == stale)
        let log = world.nodes[1].life.log
        #expect {
            try world.nodes[1].life.shared.append(
                [], behind: log.tail, hash: log.chainHash, to: stale.active)
        } throws: { error in
            if case LogError.sealed = error { true } else { false }
        }
        try world.nodes[1].catchUp()
        #expect(world.nodes[1].life.log.tail == world.nodes[0].life.log.tail)
        #expect(world.write(at: 1) != nil)
        try world.settle()
        #expect(world.check() == [])
    }

    @Test func i8AReaderBehindATrimIsToldAndNeverSilent() throws {
        let world = try grown(3, seed: 8)
        world.network.cut(from: world.nodes[2].name, to: world.nodes[0].name)
        world.network.cut(from: world.nodes[2].name, to: world.nodes[1].name)
        for _ in 0..<5 { #expect(world.write(at: 0) != nil) }
        try world.nodes[0].sync()
        let active = try #require(world.nodes[0].life.shared.chain).active.loglet
        try MemoryLoglet(cluster: world.cluster, node: "x", name: active, start: .zero)
            .trim(before: world.nodes[0].life.log.tail)
        let before = world.nodes[2].life.log.tail
        #expect(!world.nodes[2].life.follower.turn(milliseconds: 0))
        #expect(world.nodes[2].life.follower.status.failure != nil)
        #expect(world.nodes[2].life.log.tail == before)
        // Another machine that still has the entries gives them.
        world.network.heal()
        #expect(world.nodes[2].life.follower.turn(milliseconds: 0))
        #expect(world.nodes[2].life.follower.status.failure == nil)
        try world.settle()
        #expect(world.check() == [])
    }

    @Test func i9ThereAndBackAndThereUnderLoadNoCallFailsAndTheStateIsTheSame() throws {
        let world = try grown(3, seed: 9)
        for mode in ["file", "etcd", "file", "etcd"] {
            try world.wish(mode, mode == "file" ? ["a"] : [])
            var step = MoveStep.wait("begins")
            while step != .rest {
                step = world.nodes[0].life.mover.turn()
                for index in 0..<3 {
                    #expect(world.write(at: index) != nil, "on the way to \(mode) at \(step)")
                }
            }
        }
        try world.settle()
        #expect(world.check() == [])
        #expect(Set(world.nodes.map { $0.life.graph.stateHash(.root) }).count == 1)
        #expect(world.record.acknowledged == world.record.told.count)
    }

    /// RocksDB flushes when it likes, also what a copy has not synced yet.
    @Test func aGraphAheadOfItsCopyTakesTheEndOfItAgain() throws {
        let world = try grown(3, seed: 11)
        try world.settle()
        let synced = world.nodes[0].life.log.tail
        for _ in 0..<4 { #expect(world.write(at: 0) != nil) }
        try world.nodes[0].store.flush()
        try world.nodes[0].crash()
        #expect(world.nodes[0].life.log.state == .writable)
        #expect(world.nodes[0].life.log.tail < world.nodes[0].life.graph.applied(.root))
        #expect(world.nodes[0].life.log.tail >= synced)
        for index in 0..<3 { #expect(world.write(at: index) != nil) }
        try world.settle()
        #expect(world.check() == [])
        #expect(Set(world.nodes.map { $0.life.graph.stateHash(.root) }).count == 1)
    }

    @Test func aGraphThatKnowsAnotherEntryThanComesAgainSaysSo() throws {
        let world = try grown(2, seed: 12)
        try world.settle()
        let node = world.nodes[0]
        #expect(world.write(at: 0) != nil)
        let known = try #require(try node.entries().last)
        try node.store.flush()
        try node.crash()
        try #require(node.life.log.tail < known.header.position)
        // A fleet that lost its cluster and went on from copies that were not so far.
        world.clock.advance(milliseconds: 5)
        let other = EntryDraft(
            author: known.header.author, time: world.clock.now, payload: known.payload)
        let log = node.life.log
        let forged = try EntryGroup(
            [other], behind: ChainPoint(position: log.tail, hash: log.chainHash),
            in: EntryGroup.Place(log: log.id, mount: .root, epoch: known.epoch, name: "other"),
            limit: 1 << 20)
        #expect {
            try node.life.circle.fleet.sequencer.take(forged.entries)
        } throws: { error in
            (error as? SequencerError)?.cause.contains("the graph knew another one") == true
        }
    }
}
