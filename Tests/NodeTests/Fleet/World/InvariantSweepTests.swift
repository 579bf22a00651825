import Bus
import Host
import Log
import Resources
import Synchronization
import Testing
import ZeroProcs

@testable import Node

/// The invariants of design/01 with a node killed at every call it makes to the cluster, whether
/// that call is still carried out or not. I6 has its sweeps in ``InvariantTests``; what a reader
/// of I8 gets, the state, in ``TransferTests``, at every step of the disk.
@Suite struct InvariantSweepTests {
    private static func grown(_ count: Int, _ seed: UInt64) throws -> FleetWorld {
        let world = try FleetWorld(nodes: count, seed: seed)
        try world.grow()
        for index in 0..<count { #expect(world.write(at: index) != nil) }
        return world
    }

    @Test(arguments: [0, 1], [false, true])
    func i1WhatIsAcknowledgedStandsBeforeTheEndOfItsLoglet(
        victim: Int, carriesOut: Bool
    ) throws {
        var sweep = CallSweep(of: victim, carriesOut: carriesOut)
        try sweep.play(least: 5) {
            try Self.grown(3, 10_100 + $0)
        } scene: { cast in
            for _ in 0..<2 {
                for index in 0..<3 { cast.write(at: index) }
                try cast.succeed(1)
            }
            for index in 0..<3 { cast.write(at: index) }
        }
    }

    @Test(arguments: [0, 1], [false, true])
    func i2NothingIsAppendedBehindATailThatWasSaidToBeSealed(
        victim: Int, carriesOut: Bool
    ) throws {
        var sweep = CallSweep(of: victim, carriesOut: carriesOut)
        var sealed: (loglet: MemoryLoglet, tail: Position)?
        try sweep.play(least: 2) {
            try Self.grown(3, 10_200 + $0)
        } scene: { cast in
            let active = try #require(cast.world.nodes[0].life.shared.chain).active.loglet
            let loglet = MemoryLoglet(
                cluster: cast.world.cluster, node: "x", name: active, start: .zero)
            _ = try loglet.seal()
            sealed = (loglet, try loglet.checkTail().tail)
            for index in [1, 0, 2] { cast.write(at: index) }
        } after: { world in
            let (loglet, tail) = try #require(sealed)
            #expect(try loglet.checkTail() == (tail, true))
            let chain = try #require(world.nodes[2].life.shared.chain)
            #expect(chain.active.loglet != loglet.name)
            #expect(chain.links.first { $0.loglet == loglet.name }?.last == tail)
        }
    }

    @Test(arguments: [0, 1], [false, true])
    func i3WhatBecomesDurableBehindTheSealNeverAppearsAndTheRetryAppearsOnce(
        victim: Int, carriesOut: Bool
    ) throws {
        var sweep = CallSweep(of: victim, carriesOut: carriesOut)
        var late: (batch: Batch, reason: String)?
        var retries = 0
        // A writer that is not answered asks again and again: some of those calls will do.
        try sweep.play(least: 4, most: victim == 0 ? 16 : nil) {
            try Self.grown(2, 10_300 + $0)
        } scene: { cast in
            let world = cast.world
            var note = world.newNote()
            note.batch.session = Batch.Session(
                client: world.entropy.identifier(at: world.clock.now), sequence: 1)
            late = nil
            world.cluster.state.withLock { state in
                state.faults.late = 1000
                state.holdsLate = true
            }
            #expect(world.send(note.batch, note.reason, at: 0) == nil, "\(cast.at)")
            // One that died before it asked says for certain that nothing is in.
            if world.record.unknown > 0 { late = note }
            world.cluster.state.withLock { $0.faults.late = 0 }
            try cast.act(1) { try $0.catchUp() }
            try cast.succeed(1)
        } after: { world in
            // It came late, or never: sent again it is there once.
            guard let late else { return }
            #expect(world.send(late.batch, late.reason, at: 1) != nil)
            retries += 1
        }
        #expect(retries > 2)
    }

    @Test(arguments: [0, 2], [false, true])
    func i4OneOfSeveralMoversWinsEachVersionOfTheChain(victim: Int, carriesOut: Bool) throws {
        var sweep = CallSweep(of: victim, carriesOut: carriesOut)
        try sweep.play(least: 5) {
            try Self.grown(3, 10_400 + $0)
        } scene: { cast in
            for round in 0..<2 {
                // All see the same chain, then all try.
                for index in 0..<3 {
                    try cast.act(index) { node in
                        try node.catchUp()
                        try node.life.shared.refresh()
                    }
                }
                for index in 0..<3 { try cast.succeed((round + index) % 3) }
                cast.write(at: round % 3)
            }
        } after: { world in
            let versions = world.cluster.state.withLock { $0.chains.map(\.version) }
            #expect(versions == Array(versions[0]..<versions[0] + UInt64(versions.count)))
            let links = try #require(world.nodes[1].life.shared.chain).links
            for (link, next) in zip(links, links.dropFirst()) {
                #expect(link.last?.next == next.first)
            }
        }
    }

    @Test(arguments: [0, 2], [false, true])
    func i5EveryReplicaHasTheSameStateAtEachPositionAlsoOneParkedOnTheOldTail(
        victim: Int, carriesOut: Bool
    ) throws {
        var sweep = CallSweep(of: victim, carriesOut: carriesOut)
        try sweep.play(least: 3) {
            try Self.grown(3, 10_500 + $0)
        } scene: { cast in
            // The third one is parked on the tail while the log goes on in another loglet.
            try cast.succeed(0)
            for _ in 0..<3 { cast.write(at: 0) }
            cast.write(at: 1)
            for _ in 0..<12 {
                try cast.act(2) { _ = $0.life.follower.turn(milliseconds: 0) }
            }
            // One that lives has all there is; what is wrong with states `check` finds.
            if !cast.world.isGone(2), !cast.world.isGone(0) {
                #expect(cast.world.nodes[2].life.log.tail == cast.world.nodes[1].life.log.tail)
            }
        }
    }

    @Test(arguments: [0, 1], [false, true])
    func i7WhoHasAStaleChainNeitherAppendsToNorBelievesTheOldLoglet(
        victim: Int, carriesOut: Bool
    ) throws {
        var sweep = CallSweep(of: victim, carriesOut: carriesOut)
        try sweep.play(least: 4) {
            try Self.grown(2, 10_700 + $0)
        } scene: { cast in
            let stale = try #require(cast.world.nodes[1].life.shared.chain)
            try cast.succeed(0)
            cast.write(at: 0)
            if cast.world.isGone(1) { return }
            #expect(cast.world.nodes[1].life.shared.chain == stale)
            let isEnded = cast.world.cluster.state.withLock {
                $0.shelves[stale.active.loglet]?.isSealed == true
            }
            let log = cast.world.nodes[1].life.log
            if isEnded {
                try cast.act(1) { node in
                    #expect(throws: LogError.self, "\(cast.at)") {
                        try node.life.shared.append(
                            [], behind: log.tail, hash: log.chainHash, to: stale.active)
                    }
                }
            }
            try cast.act(1) { try $0.catchUp() }
            if !cast.world.isGone(0), !cast.world.isGone(1) {
                #expect(log.tail == cast.world.nodes[0].life.log.tail)
            }
            cast.write(at: 1)
        }
    }

    /// The mover is started again at once, as its supervisor does: until then clients may be refused.
    @Test(arguments: [false, true])
    func i9ThereAndBackAndThereUnderLoadAndTheStateIsTheSame(carriesOut: Bool) throws {
        var sweep = CallSweep(of: 0, carriesOut: carriesOut)
        try sweep.play(least: 20) {
            try Self.grown(3, 10_900 + $0)
        } scene: { cast in
            for mode in ["file", "etcd"] {
                let members = mode == "file" ? ["a"] : []
                for _ in 0..<3 where (try? cast.world.wish(mode, members, at: 0)) == nil {
                    try #require(try cast.restart())
                }
                var step = MoveStep.wait("begins")
                for _ in 0..<24 where step != .rest {
                    step = cast.world.nodes[0].life.mover.turn()
                    if try cast.restart() {
                        // The end of its copy went with the power, and maybe the wish in it.
                        try cast.world.nodes[0].catchUp()
                        step = .wait("started again")
                        continue
                    }
                    for index in 0..<3 {
                        cast.writeBeside(index)
                        if try cast.restart() { try cast.world.nodes[0].catchUp() }
                    }
                }
                #expect(step == .rest, "\(cast.at): on the way to \(mode)")
            }
        } after: { world in
            #expect(world.nodes[0].life.shared.place == .shared)
        }
    }

    /// The first machine alone has what is from before the move, until others copied it. It loses
    /// its disk the moment `pisces node list` says that more than half of the voters have all, and
    /// all others lose their power. One that copies is killed before every step of its disk.
    @Test(arguments: [1, 2])
    func i10TheFirstNodeWipedWhenReplicatedIsShownLosesNothing(victim: Int) throws {
        var step = 1
        var isThrough = false
        while !isThrough, step < 400 {
            let world = try FleetWorld(nodes: 3, seed: 11_000 + UInt64(step))
            for _ in 0..<12 { #expect(world.write(at: 0) != nil) }
            try world.wish("etcd")
            #expect(world.move() == .rest)
            for node in world.nodes.dropFirst() { try node.life.shared.join(world.cluster.name) }
            #expect(!isReplicated(world), "shown when nobody has a copy")
            let life = WorldLife(endingBefore: step)
            world.nodes[victim].disk.set(life)
            var rounds = 0
            while !isReplicated(world), rounds < 40 {
                #expect(world.write(at: 0) != nil)
                _ = world.nodes[rounds % 2 == 0 ? victim : 3 - victim].life.follower.turn(
                    milliseconds: 0)
                if life.isOver { world.network.leave(world.nodes[victim].name) }
                rounds += 1
            }
            try #require(isReplicated(world), "killed at step \(step): never shown")
            try world.wipe(0)
            world.nodes[victim].disk.set(nil)
            for index in 1...2 { try world.nodes[index].crash() }
            world.join(world.nodes[victim])
            try world.nodes[0].life.shared.join(world.cluster.name)
            try world.settle()
            #expect(world.nodes[0].life.log.first == Position(1))
            for index in 0..<3 { #expect(world.write(at: index) != nil) }
            try world.settle()
            #expect(world.check() == [], "killed at step \(step)")
            isThrough = !life.isOver
            step += 1
        }
        #expect(isThrough && step > 2, "\(step - 1) steps to die at")
    }

    /// What the first node shows.
    private func isReplicated(_ world: FleetWorld) -> Bool {
        let node = world.nodes[0]
        guard let chain = node.life.shared.chain else { return false }
        let held = HeldCopies(log: node.life.log, peers: world.network.peers(of: node.name)).held(
            by: world.nodes.dropFirst().map(\.name))
        return Replication.isComplete(chain, trimmed: .zero, held: held)
    }
}

extension CallSweep.Cast {
    /// A client writes through a node, which must work while the other one lives.
    fileprivate func writeBeside(_ index: Int) {
        let receipt = world.write(at: index)
        #expect(receipt != nil || world.isGone(victim), "\(at): no write at \(index)")
    }
}
