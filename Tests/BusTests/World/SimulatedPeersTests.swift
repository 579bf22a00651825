import Host
import Resources
import Synchronization
import Testing

@testable import Bus

/// A network whose nodes count what they were asked.
private final class CountingNodes: Sendable {
    let clock = SimulatedClock()
    let network: SimulatedNetwork
    let asked = Mutex<[String]>([])

    init(seed: UInt64, _ names: [String], faults: SimulatedNetwork.Faults = .init()) throws {
        network = SimulatedNetwork(clock: clock, seed: seed, faults: faults)
        for name in names {
            network.join(try ResourceName(name)) { [self] peer, request in
                asked.withLock { $0.append("\(peer)>\(name) \(request.path)") }
                return .success(PeerAnswer(body: request.body))
            }
        }
    }

    /// Nil when the call was answered.
    func failure(_ from: String, _ to: String, milliseconds: Int = 100) throws -> BusError.Kind? {
        let peer = try ResourceName(to)
        let peers = network.peers(of: try ResourceName(from))
        do throws(BusError) {
            _ = try peers.call(
                peer,
                PeerRequest(path: "/bus/status", body: [1], milliseconds: milliseconds))
            return nil
        } catch { return error.kind }
    }
}

@Suite struct SimulatedPeersTests {
    @Test func aWholeNetworkAnswersAndTakesItsTime() throws {
        var faults = SimulatedNetwork.Faults()
        faults.delay = 3...3
        let nodes = try CountingNodes(seed: 1, ["a", "b"], faults: faults)
        let before = nodes.clock.ticks
        #expect(try nodes.failure("a", "b") == nil)
        #expect(nodes.clock.ticks.nanoseconds(since: before) == 6_000_000)
        #expect(nodes.asked.withLock { $0 } == ["a>b /bus/status"])
    }

    @Test func halvesReachOnlyTheirOwn() throws {
        let nodes = try CountingNodes(seed: 2, ["a", "b", "c", "d"])
        nodes.network.part([
            [try ResourceName("a"), try ResourceName("b")],
            [try ResourceName("c"), try ResourceName("d")],
        ])
        #expect(try nodes.failure("a", "b") == nil)
        #expect(try nodes.failure("d", "c") == nil)
        #expect(try nodes.failure("a", "c") != nil)
        #expect(try nodes.failure("d", "b") != nil)
        nodes.network.heal()
        #expect(try nodes.failure("a", "c") == nil)
    }

    @Test func oneWayLosesTheAnswerOfWhatIsCarriedOut() throws {
        let nodes = try CountingNodes(seed: 3, ["a", "b"])
        nodes.network.cut(from: try ResourceName("b"), to: try ResourceName("a"))
        #expect(try nodes.failure("a", "b") == .unanswered)
        #expect(nodes.asked.withLock { $0 } == ["a>b /bus/status"])
        #expect(try nodes.failure("b", "a") != nil)
        #expect(nodes.asked.withLock { $0.count } == 1)
    }

    @Test func aRingLeavesTheNeighbours() throws {
        let names = ["a", "b", "c", "d", "e"]
        let nodes = try CountingNodes(seed: 4, names)
        nodes.network.ring(try names.map { try ResourceName($0) })
        #expect(try nodes.failure("a", "b") == nil)
        #expect(try nodes.failure("a", "e") == nil)
        #expect(try nodes.failure("a", "c") != nil)
        #expect(try nodes.failure("a", "d") != nil)
    }

    @Test func aLateRequestArrivesAfterItsCallerHasGivenUp() throws {
        var faults = SimulatedNetwork.Faults()
        faults.late = 1000
        let nodes = try CountingNodes(seed: 5, ["a", "b"], faults: faults)
        #expect(try nodes.failure("a", "b") == .unanswered)
        #expect(nodes.network.step() == 0)
        nodes.clock.advance(milliseconds: 200)
        #expect(nodes.network.step() == 1)
        #expect(nodes.asked.withLock { $0 } == ["a>b /bus/status"])
    }

    @Test func aDuplicateIsCarriedOutTwice() throws {
        var faults = SimulatedNetwork.Faults()
        faults.duplicated = 1000
        let nodes = try CountingNodes(seed: 6, ["a", "b"], faults: faults)
        #expect(try nodes.failure("a", "b") == nil)
        #expect(nodes.asked.withLock { $0.count } == 2)
    }

    @Test func aCrashedNodeLosesWhatIsOnItsWay() throws {
        var faults = SimulatedNetwork.Faults()
        faults.late = 1000
        let nodes = try CountingNodes(seed: 7, ["a", "b"], faults: faults)
        #expect(try nodes.failure("a", "b") == .unanswered)
        nodes.network.leave(try ResourceName("b"))
        nodes.clock.advance(milliseconds: 1000)
        #expect(nodes.network.step() == 0)
        #expect(try nodes.failure("a", "b") != nil)
        #expect(nodes.asked.withLock { $0.isEmpty })
    }

    @Test(arguments: [UInt64(1), 77, 4242]) func aSeedRepeatsExactly(seed: UInt64) throws {
        func run() throws -> (UInt64, SimulatedNetwork.Counts, [String]) {
            var faults = SimulatedNetwork.Faults()
            (faults.lost, faults.duplicated, faults.late, faults.delay) = (200, 100, 100, 0...40)
            let nodes = try CountingNodes(seed: seed, ["a", "b", "c"], faults: faults)
            for turn in 0..<300 {
                _ = try nodes.failure(["a", "b", "c"][turn % 3], ["b", "c", "a"][turn % 3])
                nodes.network.step()
            }
            return (nodes.network.digest, nodes.network.counts, nodes.asked.withLock { $0 })
        }
        let (one, two) = (try run(), try run())
        #expect(one == two)
        #expect(one.1.lost > 0 && one.1.duplicated > 0 && one.1.late > 0)
    }

    @Test func aMessageBeyondTheLimitIsRefused() throws {
        let nodes = try CountingNodes(seed: 8, ["a", "b"])
        let large = PeerRequest(
            path: "/x", body: [UInt8](repeating: 0, count: Limits.busMessageBytes.value + 1),
            milliseconds: 10)
        let peers = nodes.network.peers(of: try ResourceName("a"))
        let peer = try ResourceName("b")
        #expect(throws: BusError.self) { try peers.call(peer, large) }
        #expect(nodes.asked.withLock { $0.isEmpty })
    }
}
