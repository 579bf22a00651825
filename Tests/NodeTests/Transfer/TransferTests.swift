import Bus
import Host
import Log
import MMSGraph
import Resources
import Synchronization
import Testing
import ZeroProcs

@testable import Node

/// A copy of the fleet log whose next entries are gone everywhere.
@Suite struct TransferTests {
    /// Three nodes on a cluster, of which c was off while the others wrote on and let go of what
    /// it misses.
    private func lagging(seed: UInt64, nodes count: Int = 3) throws -> FleetWorld {
        let world = try FleetWorld(nodes: count, seed: seed)
        for index in 0..<5 { world.write("before\(index)", at: 0) }
        try world.grow()
        try world.settle()
        try world.leaveBehind([world.nodes[2]])
        return world
    }

    private func isSame(_ node: FleetMachine, as other: FleetMachine) -> Bool {
        node.life.graph.applied(.root) == other.life.graph.applied(.root)
            && node.life.graph.stateHash(.root) == other.life.graph.stateHash(.root)
            && node.life.log.chainHash == other.life.log.chainHash
    }

    @Test func aNodeThatWasOffTakesTheStateAndFollowsFromThere() throws {
        let world = try lagging(seed: 1)
        let (a, c) = (world.nodes[0], world.nodes[2])
        let entries = try c.entries().count
        #expect(entries > 0)
        c.follow(a)
        #expect(isSame(c, as: a))
        #expect(c.life.transfer.status.taken == 1)
        #expect(c.life.log.first == a.life.log.tail.next)
        try c.life.graph.audit()
        // What comes next is copied, and held against the chain from there.
        for _ in 0..<3 { #expect(world.write(at: 1) != nil) }
        c.follow(world.nodes[1])
        try a.catchUp()
        #expect(isSame(c, as: a))
        #expect(c.life.transfer.status.taken == 1)
        #expect(try c.entries().count == 3)
        // And it survives a loss of power, and writes itself.
        try c.crash()
        #expect(isSame(c, as: a))
        #expect(world.write(at: 2) != nil)
        let refusal = #expect(throws: Refusal.self) {
            _ = try c.life.graph.reader(at: .position(.root, Position(3)))
        }
        #expect(refusal?.code == .gone)
    }

    @Test func aNewNodeTakesTheStateInsteadOfTheFirstEntries() throws {
        let world = try lagging(seed: 2)
        try world.wipe(2)
        let (a, c) = (world.nodes[0], world.nodes[2])
        try c.life.shared.join(world.cluster.name)
        #expect(c.life.log.tail == .zero)
        c.follow(a)
        #expect(isSame(c, as: a))
        #expect(world.write(at: 2) != nil)
        try a.catchUp()
        #expect(isSame(c, as: a))
    }

    @Test func aCommandThatWasTakenIsNotTakenAgainByWhoGotTheState() throws {
        let world = try FleetWorld(nodes: 3, seed: 3)
        try world.grow()
        try world.settle()
        var (batch, reason) = world.newNote("once")
        batch.session = Batch.Session(
            client: world.entropy.identifier(at: world.clock.now), sequence: 9)
        let receipt = try #require(world.send(batch, reason, at: 0))
        try world.leaveBehind([world.nodes[2]])
        let c = world.nodes[2]
        c.follow(world.nodes[0])
        let again = try c.propose(batch, at: world.clock.now).get()
        #expect(again.repeated && again.position == receipt.position)
        // The same where c itself decides.
        var transaction = try c.life.graph.begin(.root)
        let header = EntryHeader(
            log: .root, position: transaction.applied.next, author: .system("test"),
            time: world.clock.now)
        guard case .repeated(receipt.position) = try transaction.apply(header, batch) else {
            Issue.record("it was taken again")
            return
        }
    }

    @Test func whatIsCutInTheMiddleIsAskedAgainAndThenOfAnother() throws {
        let world = try lagging(seed: 4)
        let (a, b, c) = (world.nodes[0], world.nodes[1], world.nodes[2])
        // One lost piece costs nothing but that piece.
        var pieces = 0
        a.tamper = { path, body throws(BusError) in
            guard path == FleetNode.imagePath else { return body }
            pieces += 1
            if pieces == 2 { throw Self.silence }
            return body
        }
        c.follow(a)
        #expect(isSame(c, as: a))
        #expect(c.life.transfer.status.last?.source == a.name && pieces > 2)
        // A source that falls silent in the middle is left for the next.
        try world.wipe(2)
        let fresh = world.nodes[2]
        try fresh.life.shared.join(world.cluster.name)
        pieces = 0
        a.tamper = { path, body throws(BusError) in
            guard path == FleetNode.imagePath else { return body }
            pieces += 1
            if pieces >= 2 { throw Self.silence }
            return body
        }
        fresh.follow(a)
        #expect(isSame(fresh, as: a))
        #expect(fresh.life.transfer.status.last?.source == b.name)
        #expect(fresh.life.transfer.status.refused == 1)
    }

    /// Lets a node give a state that lacks some of its resources, and say so consistently when it
    /// lies.
    private func forge(_ node: FleetMachine, dropping count: Int, consistently: Bool) {
        var digest: [UInt8]?
        node.tamper = { path, body throws(BusError) in
            guard path == FleetNode.imagePath else { return body }
            var piece = try ImageForm.piece(body)
            if piece.resources.count > count {
                piece.resources.removeLast(count)
                if consistently {
                    digest =
                        piece.resources.reduce(into: StateHash.empty) {
                            $0 += StateHash(of: $1)
                        }.bytes
                }
            }
            piece.digest = digest ?? piece.digest
            return ImageForm.encode(piece)
        }
    }

    @Test(arguments: [false, true])
    func aStateThatWasDamagedOrThatNobodyElseHadIsRefusedAndTheNextSourceAsked(
        isLie: Bool
    ) throws {
        let world = try lagging(seed: isLie ? 6 : 5)
        let (a, b, c) = (world.nodes[0], world.nodes[1], world.nodes[2])
        forge(a, dropping: 1, consistently: isLie)
        c.follow(b)
        #expect(isSame(c, as: b))
        #expect(c.life.transfer.status.last?.source == b.name)
        #expect(c.life.transfer.status.refused == 1)
    }

    /// Of three others one alone is not believed where nobody else has been.
    @Test(arguments: [1, 1_000_000, UInt64.max])
    func aStateThatIsSaidToBeFurtherThanTheLogIsRefusedAndTheNextSourceAsked(
        ahead: UInt64
    ) throws {
        let world = try lagging(seed: 10, nodes: 4)
        let (a, b, c) = (world.nodes[0], world.nodes[1], world.nodes[2])
        a.tamper = { path, body throws(BusError) in
            guard path == FleetNode.imagePath else { return body }
            var piece = try ImageForm.piece(body)
            let (sum, isTooFar) = piece.position.rawValue.addingReportingOverflow(ahead)
            piece.position = Position(isTooFar ? .max : sum)
            return ImageForm.encode(piece)
        }
        c.follow(b)
        #expect(isSame(c, as: b))
        #expect(c.life.transfer.status.last?.source == b.name)
        #expect(c.life.transfer.status.refused == 1)
    }

    @Test func aStateWithoutWitnessesIsNotTakenAndTheRefusalSaysWhy() throws {
        let world = try lagging(seed: 7)
        let (a, b, c) = (world.nodes[0], world.nodes[1], world.nodes[2])
        // Both lie, each in its own way: neither vouches for the other.
        forge(a, dropping: 1, consistently: true)
        forge(b, dropping: 2, consistently: true)
        let before = c.life.log.tail
        c.follow(a, turns: 2)
        #expect(c.life.log.tail == before)
        #expect(try c.life.log.incoming.read() == nil)
        #expect(c.life.follower.status.needsTransfer != nil)
        #expect(c.life.follower.status.failure?.contains("had another state at") == true)
        for node in [a, b] { node.tamper = nil }
        c.follow(a)
        #expect(isSame(c, as: a))
        #expect(c.life.follower.status.failure == nil)
    }

    @Test func aFullDiskLeavesWhatIsHereAndTheTransferIsMadeWhenThereIsSpace() throws {
        let world = try lagging(seed: 8)
        let (a, c) = (world.nodes[0], world.nodes[2])
        let tail = c.life.log.tail
        let hash = c.life.graph.stateHash(.root)
        let image = try ImageFetch(mount: .root, peers: world.network.peers(of: c.name)).image(
            of: a.name, withRequests: true)
        c.disk.set(capacity: 1 << 40)
        let used = (1 << 40) - Int(try c.disk.freeBytes("/"))
        // Not for the state, and for it but for no file of the log behind it.
        for space in [0, image.encoded.count + 4096] {
            c.disk.set(capacity: used + space)
            c.follow(a, turns: 2)
            #expect(c.life.log.tail < a.life.log.tail)
            #expect(c.life.graph.applied(.root) == tail)
            #expect(c.life.graph.stateHash(.root) == hash)
            #expect(c.life.follower.status.failure?.contains("ENOSPC") == true)
        }
        c.disk.set(capacity: .max)
        c.follow(a)
        #expect(isSame(c, as: a))
    }

    @Test func aKillAtAnyStepLeavesANodeThatStartsAgainAndFinishes() throws {
        var step = 1
        var finished = false
        while !finished, step < 400 {
            let world = try lagging(seed: 900 + UInt64(step))
            let (a, c) = (world.nodes[0], world.nodes[2])
            let life = WorldLife(endingBefore: step)
            c.disk.set(life)
            _ = c.life.follower.turn(milliseconds: 0)
            finished = !life.isOver
            c.disk.set(nil)
            try c.crash()
            c.follow(a)
            #expect(isSame(c, as: a), "killed at step \(step)")
            try c.life.graph.audit()
            #expect(world.write(at: 2) != nil, "killed at step \(step)")
            step += step < 40 ? 1 : 7
        }
        #expect(finished && step > 20, "a whole transfer takes \(step - 1) steps")
    }

    @Test func whatIsOrderedElsewhereKeepsWhatNoMajorityHas() {
        let files = [LogExtent(first: Position(501), bytes: 4096)]
        let tail = Position(100_000)
        let wanted = Position(100_000 - UInt64(Limits.hotTail.value))
        #expect(HotTail.wanted(tail: tail, extents: files) == wanted)
        let held = [tail, Position(70_000), .zero]
        #expect(HotTail.first(tail: tail, extents: files, held: held) == Position(70_000))
        #expect(HotTail.first(tail: tail, extents: files, held: [tail, tail, .zero]) == wanted)
        #expect(HotTail.first(tail: tail, extents: files, held: [tail, .zero]) == .zero)
        // What the copy here let go of need not stay there either.
        let trimmed = [LogExtent(first: Position(99_000), bytes: 4096)]
        #expect(HotTail.wanted(tail: tail, extents: trimmed) == Position(99_000))
        #expect(HotTail.wanted(tail: Position(10), extents: []) == Position(1))
    }

    @Test func halfOfTheOtherVotersMustSayTheSameAndNobodyOtherwise() {
        let claim = Statement(position: Position(7), chain: [1], digest: [2])
        let other = Statement(position: Position(7), chain: [1], digest: [3])
        let names = ["a", "b", "c", "d"].map { FleetWorld.name($0) }
        func judge(
            _ voters: ArraySlice<ResourceName>, _ said: [ResourceName: Vouching.Testimony],
            _ log: LogWitness = .unknown
        ) -> Vouching.Verdict {
            Vouching.judge(claim, from: names[0], voters: Array(voters), said: said, log: log)
        }
        #expect(judge(names[..<1], [:]) == .believed)
        #expect(judge(names[..<2], [:]) == .believed)
        #expect(judge(names[..<2], [names[1]: .said(other)]) == .denied(by: names[1]))
        #expect(judge(names[..<4], [:]) == .unproven(saying: 1, wanted: 2))
        #expect(judge(names[..<4], [names[3]: .said(claim)]) == .believed)
        // Who is no voter vouches for nothing.
        #expect(judge(names[1...2], [:]) == .unproven(saying: 0, wanted: 1))
        #expect(judge(names[1...2], [names[1]: .said(claim)]) == .believed)
    }

    @Test(
        arguments: [
            (.same, .believed), (.file(of: FleetWorld.name("a")), .believed),
            (.file(of: FleetWorld.name("b")), .unproven(saying: 1, wanted: 2)),
            (.unknown, .unproven(saying: 1, wanted: 2)), (.other, .contradicted),
            (.beyond, .ahead),
        ] as [(LogWitness, Vouching.Verdict)])
    func whereAnotherVoterCannotSayTheLogDecides(log: LogWitness, verdict: Vouching.Verdict) {
        let claim = Statement(position: Position(7), chain: [1], digest: [2])
        let names = ["a", "b"].map { FleetWorld.name($0) }
        func judge(_ testimony: Vouching.Testimony) -> Vouching.Verdict {
            Vouching.judge(
                claim, from: names[0], voters: names, said: [names[1]: testimony], log: log)
        }
        #expect(judge(.cannotSay) == verdict)
        // Nothing is believed against the log, whoever says so.
        let isAgainst = log == .other || log == .beyond
        for testimony in [Vouching.Testimony.said(claim), .silent] {
            #expect(judge(testimony) == (isAgainst ? verdict : .believed))
        }
        let other = Statement(position: Position(7), chain: [1], digest: [3])
        #expect(judge(.said(other)) == .denied(by: names[1]))
    }

    private static let silence = BusError(
        .unanswered, operation: "ask", subject: "it", cause: "no answer", remedy: "ask again")
}
