import Bus
import Host
import Log
import MMSGraph
import Resources
import Synchronization
import Testing
import ZeroProcs

@testable import Node

/// A node that lies about a position makes no other one lose, invent or wait for ever. What it says
/// of a state is in ``TransferTests``; a bookmark that never comes in ``AskingTests``.
@Suite struct LyingPeerTests {
    private typealias Writer = FleetWriter<SimulatedDisk, SimulatedStore>

    private func grown(_ count: Int, seed: UInt64) throws -> FleetWorld {
        let world = try FleetWorld(nodes: count, seed: seed)
        for _ in 0..<10 { #expect(world.write(at: 0) != nil) }
        try world.grow()
        for index in 0..<count { #expect(world.write(at: index) != nil) }
        try world.settle()
        return world
    }

    /// Lets a node name other positions of what it took for others.
    private func lie(_ node: FleetMachine, _ position: @escaping (Position) -> Position) {
        node.tamper = { path, body throws(BusError) in
            guard path == Writer.path, let told = try? ProposalForm.outcomes(body, count: 1)
            else { return body }
            return ProposalForm.encode(
                told.map { outcome in
                    outcome.map { receipt in
                        Receipt(
                            log: receipt.log, position: position(receipt.position),
                            ids: receipt.ids, repeated: receipt.repeated)
                    }
                })
        }
    }

    @Test(
        arguments: [
            { Position($0.rawValue + 1) }, { Position($0.rawValue + 100_000) },
            { _ in Position(.max) }, { Position($0.rawValue - 1) }, { _ in Position(3) },
            { _ in .zero },
        ] as [@Sendable (Position) -> Position])
    func aReceiptThatNamesAnotherPositionIsNotPassedOnAndTheCommandHappensOnce(
        told: @escaping @Sendable (Position) -> Position
    ) throws {
        let world = try grown(3, seed: 50)
        let (liar, node) = (world.nodes[0], world.nodes[1])
        #expect(node.life.writer.statistics.forwarded > 0)
        lie(liar, told)
        let before = world.clock.ticks
        let tail = liar.life.log.tail
        #expect(world.write("said", at: 1) != nil)
        // Twice it was believed to be silent, then it lost the pen.
        #expect(node.life.writer.statistics.taken == 1)
        #expect(world.clock.ticks.nanoseconds(since: before) < 10_000_000_000)
        try world.settle()
        // What it took itself, and the pen; what was asked of it stands there once.
        #expect(node.life.log.tail == Position(tail.rawValue + 2))
        #expect(world.check() == [])
        #expect(world.write(at: 1) != nil)
    }

    @Test func aPositionThatNeverComesIsNotWaitedForHoweverMuchOthersWrite() throws {
        let world = try grown(2, seed: 51)
        let node = world.nodes[1]
        // Whenever the node looks there is something new: it is never through.
        let drafts = try (0..<300).map { _ in
            var payload = CBORWriter()
            payload.write(world.newNote().batch)
            return EntryDraft(
                author: try #require(Identity("system:test")), time: world.clock.now,
                payload: payload.bytes)
        }
        let left = Mutex(drafts)
        world.cluster.state.withLock { state in
            state.asked = { state in
                guard let draft = left.withLock({ $0.popLast() }) else { return }
                state.append(draft)
            }
        }
        let before = node.life.log.tail
        #expect(try !node.life.writer.catchUp(to: Position(1_000_000)))
        #expect(node.life.log.tail > before.next)
        #expect(left.withLock { !$0.isEmpty })
        world.cluster.state.withLock { $0.asked = nil }
        // When nobody writes the end of the log is found, and the position is not there.
        #expect(try node.life.writer.catchUp(to: Position(1_000_000)))
        try world.settle()
        #expect(world.check() == [])
        #expect(node.life.log.tail == world.nodes[0].life.log.tail)
    }

    /// The first node has what is from before the move; the third one asks others for it.
    private func behind(seed: UInt64) throws -> FleetWorld {
        let world = try grown(3, seed: seed)
        try world.wipe(2)
        try world.nodes[2].life.shared.join(world.cluster.name)
        return world
    }

    @Test(
        arguments: [
            EntryForm.encode([]), EntryForm.encode([], trimmed: Position(.max)),
            EntryForm.encode([], trimmed: Position(2)),
        ])
    func whoSaysThatItHasNothingOrLostAllHidesNothingThatAnotherHas(said: [UInt8]) throws {
        let world = try behind(seed: 52)
        world.nodes[0].tamper = { path, body throws(BusError) in
            path == PeerEntries.path ? said : body
        }
        let node = world.nodes[2]
        try node.catchUp()
        #expect(node.life.log.first == Position(1))
        #expect(node.life.log.chainHash == world.nodes[1].life.log.chainHash)
        #expect(world.write(at: 2) != nil)
        try world.settle()
        #expect(world.check() == [])
    }

    @Test func whereNobodyGivesWhatIsThereTheNodeSaysSoAndWaitsForNobody() throws {
        let world = try behind(seed: 53)
        for node in world.nodes.prefix(2) {
            node.tamper = { path, body throws(BusError) in
                path == PeerEntries.path ? EntryForm.encode([]) : body
            }
        }
        let node = world.nodes[2]
        #expect(throws: LogError.self) { try node.catchUp() }
        #expect(!node.life.follower.turn(milliseconds: 10_000))
        #expect(node.life.follower.status.failure?.contains("nobody gives what") == true)
        // It writes nothing from a state that it has not.
        #expect(world.write(at: 2) == nil)
        for other in world.nodes.prefix(2) { other.tamper = nil }
        try world.settle()
        #expect(world.write(at: 2) != nil)
        try world.settle()
        #expect(world.check() == [])
    }

    @Test func whatAPeerGivesBehindTheEndOfItsFilesIsNoPartOfTheLog() throws {
        let world = try behind(seed: 54)
        let last = try #require(world.nodes[0].life.shared.chain?.links.first?.last)
        // It lets the log go on where its files ended, well formed and never ordered by anybody.
        world.nodes[0].tamper = { path, body throws(BusError) in
            guard path == PeerEntries.path,
                var entries = try? EntryForm.entries(body, of: .root).entries
            else { return body }
            entries = entries.filter { $0.header.position <= last }
            guard let end = entries.last, end.header.position == last else { return body }
            let draft = EntryDraft(
                author: end.header.author, time: end.header.time, payload: end.payload)
            let forged = try? EntryGroup(
                [draft], behind: ChainPoint(position: last, hash: end.chainHash),
                in: EntryGroup.Place(
                    log: world.nodes[0].life.log.id, mount: .root, epoch: end.epoch, name: "x"),
                limit: 1 << 20)
            return EntryForm.encode(entries + (forged?.entries ?? []))
        }
        try world.settle()
        #expect(world.nodes[2].life.log.chainHash == world.nodes[1].life.log.chainHash)
        #expect(world.write(at: 2) != nil)
        try world.settle()
        #expect(world.check() == [])
    }

    @Test func whoClaimsToHoldMoreThanItCanProveLetsNothingGo() throws {
        let world = try grown(3, seed: 55)
        let a = world.nodes[0]
        world.network.leave(world.nodes[2].name)
        let held = HeldCopies(log: a.life.log, peers: world.network.peers(of: a.name))
        let others = [world.nodes[1].name, world.nodes[2].name]
        let tail = a.life.log.tail
        #expect(held.held(by: others) == [tail, tail, .zero])
        let lies: [(Position) -> Position] = [
            { $0.next }, { Position($0.rawValue - 1) }, { _ in Position(.max) },
            { _ in Position(2) },
        ]
        for lie in lies {
            world.nodes[1].tamper = { path, body throws(BusError) in
                guard path == FleetNode.imagePath else { return body }
                var piece = try ImageForm.piece(body)
                piece.position = lie(piece.position)
                return ImageForm.encode(piece)
            }
            #expect(held.held(by: others) == [tail, .zero, .zero])
            #expect(
                HotTail.first(
                    tail: tail, extents: [], held: held.held(by: others)) == .zero)
        }
    }

    @Test func whoAsksBehindTheLastPositionThereCanBeGetsNothingAndHarmsNobody() throws {
        let world = try grown(2, seed: 56)
        let question = EntryForm.Question(
            mount: .root, behind: Position(.max), milliseconds: 0, bytes: 1000)
        _ = world.nodes[0].answer(
            world.nodes[1].name, PeerEntries.path, EntryForm.encode(question))
        _ = world.nodes[0].answer(
            world.nodes[1].name, StatementService<SimulatedDisk, SimulatedStore>.path,
            Statement.question(.root, Position(.max)))
        #expect(Position(.max).next == Position(.max))
        #expect(world.write(at: 1) != nil)
    }

    /// Three nodes, of which those named last were off while the first wrote on and let go of it.
    private func lagging(_ lagging: Int, seed: UInt64) throws -> FleetWorld {
        let world = try grown(3, seed: seed)
        try world.leaveBehind(world.nodes.suffix(lagging))
        return world
    }

    /// The other voter can only say "not yet" to a position that nobody has reached.
    @Test(arguments: [1, 1_000_000, UInt64.max])
    func ofTwoVotersOneAloneIsNotBelievedAboutAStateAheadOfTheLog(ahead: UInt64) throws {
        let world = try lagging(1, seed: 57)
        let (a, b, c) = (world.nodes[0], world.nodes[1], world.nodes[2])
        a.tamper = { path, body throws(BusError) in
            guard path == FleetNode.imagePath else { return body }
            var piece = try ImageForm.piece(body)
            let (sum, isTooFar) = piece.position.rawValue.addingReportingOverflow(ahead)
            piece.position = Position(isTooFar ? .max : sum)
            return ImageForm.encode(piece)
        }
        // Also while that voter cannot be reached: the log knows it better than who is left.
        world.network.cut(from: c.name, to: b.name)
        let tail = c.life.log.tail
        _ = c.life.follower.turn(milliseconds: 0)
        #expect(c.life.log.tail == tail)
        #expect(c.life.follower.status.failure?.contains("the log has nothing yet") == true)
        world.network.heal()
        c.follow(b)
        #expect(c.life.graph.stateHash(.root) == b.life.graph.stateHash(.root))
        #expect(c.life.log.chainHash == b.life.log.chainHash)
        #expect(c.life.transfer.status.last?.source == b.name)
        #expect(c.life.transfer.status.taken == 1)
        #expect(world.write(at: 2) != nil)
    }

    /// Two that miss the same would wait for each other for ever: the log bears out the one that has
    /// the only copy, also where all its entries up to there are gone.
    @Test(arguments: [false, true])
    func whoIsAloneWithTheOnlyCopyIsBelievedByWhatTheLogHas(isTrimmedToTheTail: Bool) throws {
        let world = try lagging(2, seed: 58)
        let a = world.nodes[0]
        if isTrimmedToTheTail {
            // The state stands at the last entry that is gone, which only the next one proves.
            a.tamper = { path, body throws(BusError) in
                guard path == FleetNode.imagePath, let piece = try? ImageForm.piece(body),
                    piece.position == a.life.log.tail, world.write(at: 0) != nil
                else { return body }
                do throws(LogError) { try a.life.shared.trim(before: piece.position.next) } catch {
                    Issue.record("\(error)")
                }
                return body
            }
        }
        for node in world.nodes.dropFirst() {
            node.follow(a)
            #expect(node.life.graph.stateHash(.root) == a.life.graph.stateHash(.root))
            #expect(node.life.log.chainHash == a.life.log.chainHash)
            #expect(node.life.transfer.status.taken == 1)
        }
        #expect(world.write(at: 2) != nil)
    }

    /// A hash that the log does not have is no state of this log, whatever else is right.
    @Test func aStateWithAnotherChainIsRefusedAlsoWhereNobodyElseCanSay() throws {
        let world = try lagging(2, seed: 59)
        let (a, c) = (world.nodes[0], world.nodes[2])
        a.tamper = { path, body throws(BusError) in
            guard path == FleetNode.imagePath else { return body }
            var piece = try ImageForm.piece(body)
            if !piece.chain.isEmpty { piece.chain[0] ^= 1 }
            return ImageForm.encode(piece)
        }
        let tail = c.life.log.tail
        _ = c.life.follower.turn(milliseconds: 0)
        #expect(c.life.log.tail == tail)
        #expect(c.life.follower.status.failure?.contains("the log has another entry") == true)
        a.tamper = nil
        c.follow(a)
        #expect(c.life.graph.stateHash(.root) == a.life.graph.stateHash(.root))
    }
}
