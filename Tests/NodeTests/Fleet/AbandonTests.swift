import Bus
import Host
import Log
import Resources
import Synchronization
import Testing

@testable import Node

/// A copy that goes on without the cluster that ordered its log.
@Suite struct AbandonTests {
    /// Two nodes over a cluster which neither reaches any more; the second has all of the log.
    func lost(seed: UInt64) throws -> FleetWorld {
        let world = try FleetWorld(nodes: 2, seed: seed)
        try world.grow()
        for round in 0..<6 { #expect(world.write("r\(round)", at: round % 2) != nil) }
        try world.settle()
        world.cluster.state.withLock { $0.cut = ["a", "b"] }
        world.network.leave(world.nodes[0].name)
        return world
    }

    @Test func itsLogIsWrittenHereAgainWithEpochsOfItsOwn() throws {
        let world = try lost(seed: 5)
        let life = world.nodes[1].life
        let (tail, before) = (life.log.tail, try #require(life.shared.chain).version)
        #expect(world.write("lost", at: 1) == nil)
        let epoch = life.shared.leapedEpoch
        #expect(epoch >= before + UInt64(Limits.refoundingLeap.value))
        #expect(throws: LogError.behind(tail: tail)) {
            try life.shared.abandon(behind: tail.next, epoch: epoch)
        }
        #expect(life.shared.place != .here)
        try life.shared.abandon(behind: tail, epoch: epoch)
        #expect(life.shared.place == .here && life.shared.cluster == nil)
        #expect(try life.log.forward() == nil)
        #expect(world.write("anew", at: 1)?.position == tail.next)
        let entry = try #require(try life.log.read(from: tail.next, maximumBytes: 1).first)
        #expect(entry.epoch == epoch)
        #expect(try life.log.verify().isSound)
        // Asked again it does nothing.
        try life.shared.abandon(behind: tail, epoch: epoch)
        #expect(life.log.tail == tail.next)
    }

    @Test func aCrashAtAnyStepEndsInTheSamePlace() throws {
        var crashes = 0
        while true {
            let world = try lost(seed: 9)
            let node = world.nodes[1]
            try node.sync()
            let (tail, epoch) = (node.life.log.tail, node.life.shared.leapedEpoch)
            node.disk.fail(
                operation: node.disk.operations + crashes + 1, errno: DiskError.inputOutput)
            do {
                try node.life.shared.abandon(behind: tail, epoch: epoch)
                break
            } catch {
                crashes += 1
                try node.crash()
            }
            #expect(node.life.log.tail == tail, "step \(crashes)")
            try node.life.shared.abandon(behind: tail, epoch: epoch)
            #expect(node.life.shared.place == .here, "step \(crashes)")
            #expect(world.write("anew", at: 1)?.position == tail.next, "step \(crashes)")
            try node.crash()
            #expect(node.life.shared.place == .here, "step \(crashes)")
            #expect(node.life.log.tail == tail.next, "step \(crashes)")
            #expect(try node.life.log.verify().isSound, "step \(crashes)")
        }
        #expect(crashes > 5)
    }
}

@Suite struct WriterAdviceTests {
    private func outcome(_ code: Refusal.Code, filter: String = "log") -> Outcome {
        .failure(
            Refusal(code, filter: filter, subject: "log /", reason: "is away", remedy: "retry"))
    }

    private func remedy(_ outcome: Outcome) -> String? {
        if case .failure(let refusal) = outcome { refusal.remedy } else { nil }
    }

    @Test func whoWritesWhileTheLogIsAwayIsToldWhatHelps() {
        let advice = WriterAdvice.remedy("found it anew")
        #expect(remedy(advice.completed(outcome(.unavailable))) == "found it anew")
        #expect(remedy(advice.completed(outcome(.unknownOutcome))) == "retry; found it anew")
        #expect(remedy(advice.completed(outcome(.conflict))) == "retry")
        #expect(remedy(advice.completed(outcome(.unavailable, filter: "pen"))) == "retry")
        #expect(remedy(WriterAdvice.none.completed(outcome(.unavailable))) == "retry")
    }

    @Test func aNodeThatWasLeftBehindWritesNothing() throws {
        let world = try FleetWorld(nodes: 1, seed: 2)
        let life = world.nodes[0].life
        #expect(world.write("before", at: 0) != nil)
        let tail = life.log.tail
        let barred = Refusal(.readOnly, filter: "fleet", subject: "log /", reason: "left behind")
        life.writer.attach(advice: { .barred(barred) })
        let outcome = world.nodes[0].propose(world.newNote("after").batch, at: world.clock.now)
        #expect(throws: barred) { try outcome.get() }
        #expect(life.log.tail == tail)
    }
}

@Suite struct FoundingFormTests {
    private let done = Refounded(
        from: Position(40), chain: [1, 2], epoch: 1003, machine: FleetWorld.name("b"),
        cluster: "etcd-1", lost: [FleetWorld.name("a")], by: "local:0")

    @Test func aFoundingKeepsItsFormByteForByte() throws {
        let form = FoundingForm(cluster: "", latest: done)
        #expect(
            form.bytes
                == [0x83, 1, 0x60, 0x87, 0x18, 40, 0x42, 1, 2, 0x19, 3, 0xEB, 0x61, 0x62, 0x66]
                + Array("etcd-1".utf8) + [0x81, 0x61, 0x61, 0x67] + Array("local:0".utf8))
        #expect(try FoundingForm(bytes: form.bytes) == form)
        let none = FoundingForm(cluster: "etcd-2", latest: nil)
        #expect(try FoundingForm(bytes: none.bytes) == none)
        for count in 0..<form.bytes.count {
            #expect(throws: BusError.self) { try FoundingForm(bytes: Array(form.bytes[..<count])) }
        }
        #expect(throws: BusError.self) { try FoundingForm(bytes: form.bytes + [0]) }
    }
}
