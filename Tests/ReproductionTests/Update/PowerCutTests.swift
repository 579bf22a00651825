import Host
import Resources
import Synchronization
import Testing
import Trust

@testable import Reproduction

/// A value that several may change.
final class Mutexed<Value: Sendable>: Sendable {
    private let inner: Mutex<Value>
    init(_ value: Value) { inner = Mutex(value) }
    var value: Value { inner.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) { inner.withLock { body(&$0) } }
}

/// On the World's disk: whatever operation of an update loses the power, the
/// machine has a good system within 4 attempts, and the update can be taken up again.
@Suite struct PowerCutTests {
    private func steps(seed: UInt64) throws -> Int {
        let machine = try SlotMachine(seed: seed)
        let counter = StepDisk(machine.disk)
        try machine.update(on: counter)
        #expect(
            machine.journal.words == [
                "gathering", "verified", "constructing", "written", "readBack", "armed",
            ])
        return counter.steps
    }

    @Test func anUpdateThatIsLeftAloneStartsTheNewSystem() throws {
        let machine = try SlotMachine(seed: 1)
        #expect(try machine.start() == .init(sequence: 3, slot: .a, attempts: 1))
        try machine.update(on: machine.disk)
        machine.disk.crash()
        #expect(try machine.disk.list("/esp/EFI/Linux") == ["pisces_3.efi", "pisces_4+3.efi"])
        #expect(try machine.start() == .init(sequence: 4, slot: .b, attempts: 1))
        #expect(try machine.disk.list("/esp/EFI/pisces").isEmpty)
    }

    @Test("F8: a cut of the power at any operation leaves a good system", arguments: 1...2)
    func aCutAtAnyStepLeavesAgoodSystem(seed: UInt64) throws {
        let steps = try steps(seed: seed)
        #expect(steps >= 20)
        var (old, new) = (0, 0)
        for step in 1...steps {
            let machine = try SlotMachine(seed: seed &* 10_000 &+ UInt64(step))
            #expect(throws: ReproductionError.self, "step \(step)") {
                try machine.update(on: StepDisk(machine.disk, diesAt: step))
            }
            machine.disk.crash()
            let started = try machine.start()
            #expect(started != nil, "seed \(seed) step \(step)")
            if started?.sequence == 4 { new += 1 } else { old += 1 }
            guard started?.sequence == 3 else { continue }
            try machine.update(on: StepDisk(machine.disk))
            machine.disk.crash()
            #expect(
                try machine.start()?.sequence == 4, "seed \(seed) step \(step), taken up again")
        }
        #expect(old > 20)
        #expect(old + new == steps)
    }

    @Test func aKillAtAnyStepIsGoneOnWith() throws {
        let steps = try steps(seed: 9)
        for step in 1...steps {
            let machine = try SlotMachine(seed: 500 + UInt64(step))
            #expect(throws: ReproductionError.self) {
                try machine.update(on: StepDisk(machine.disk, diesAt: step))
            }
            machine.disk.kill()
            try machine.update(on: StepDisk(machine.disk))
            #expect(machine.journal.words.last == "armed")
            #expect(try machine.start() == .init(sequence: 4, slot: .b, attempts: 1))
        }
    }

    @Test func onlyWhatChangedIsMoved() throws {
        let machine = try SlotMachine(seed: 2)
        let source = UpdateSample.freshSource
        let updater = try machine.updater(on: machine.disk)
        let missing = try updater.missing(UpdateSample.new)
        #expect(missing.reduce(0) { $0 + $1.size } == Int64(UpdateSample.changed))
        try machine.update(on: machine.disk, source: source)
        #expect(source.bytesRead == UpdateSample.changed)
        let offer = UpdateOffer(try UpdateSample.new, nil)
        #expect(try offer.changedBytes(since: UpdateSample.old) == Int64(UpdateSample.changed))
    }

    @Test("F9: a new system that does not boot is given up after its tries")
    func aDamagedNewSystemIsGivenUpAfterItsTries() throws {
        let machine = try SlotMachine(seed: 3)
        try machine.update(on: machine.disk)
        machine.disk.flip("/dev/root-b", at: 20_000, mask: 4)
        #expect(try machine.start() == .init(sequence: 3, slot: .a, attempts: 4))
        #expect(try machine.disk.list("/esp/EFI/Linux") == ["pisces_3.efi", "pisces_4+0-3.efi"])
    }

    @Test("F9: a system that was found unsound is not tried again")
    func aSystemThatWasFoundUnsoundIsNotTriedAgain() throws {
        let machine = try SlotMachine(seed: 10)
        let folder = BootFolder(disk: machine.disk, path: "/esp")
        // The only one that can start is kept.
        try folder.exhaust(SlotMachine.running)
        try machine.update(on: machine.disk)
        #expect(try machine.start()?.sequence == 4)
        let own = try #require(try folder.entries().last)
        #expect(own.tries == .init(left: 2, done: 1))
        try folder.exhaust(own)
        machine.disk.crash()
        #expect(try machine.disk.list("/esp/EFI/Linux") == ["pisces_3.efi", "pisces_4+0-1.efi"])
        #expect(try machine.start() == .init(sequence: 3, slot: .a, attempts: 1))
    }

    @Test func withBothSlotsDamagedNothingIsTakenForGood() throws {
        let machine = try SlotMachine(seed: 4)
        try machine.update(on: machine.disk)
        for slot in ["a", "b"] { machine.disk.flip("/dev/root-\(slot)", at: 20_000, mask: 1) }
        #expect(try machine.start(attempts: 9) == nil)
    }

    @Test(arguments: ["/dev/root-b", "/dev/verity-b"])
    func whatTheDeviceLosesIsNotStarted(device: String) throws {
        let machine = try SlotMachine(seed: 5)
        let updater = try machine.updater(on: machine.disk)
        let table = SlotTable(
            running: .a, entry: SlotMachine.running, entries: try updater.folder.entries())
        let plan = Controller.Plan(
            generation: try UpdateSample.new.digest, sequence: 4, kind: .slot, target: "b")
        let failed = Sample.refusal {
            _ = try updater.run(
                .init(try UpdateSample.new, nil), on: table, from: [UpdateSample.source],
                controller: Controller(plan)
            ) { (progress) throws(ReproductionError) in
                guard case .written = progress.controller.state else { return }
                // A device that gives back something else than it was given.
                machine.disk.flip(device, at: 5000, mask: 2)
            }
        }
        #expect(failed?.kind == .damaged)
        #expect(try machine.disk.list("/esp/EFI/Linux") == ["pisces_3.efi"])
    }

    @Test func aSystemOnTrialTakesNoUpdate() throws {
        let machine = try SlotMachine(seed: 6)
        let updater = try machine.updater(on: machine.disk)
        let trial = LoaderEntry(sequence: 3, tries: .init(left: 2, done: 1))
        let offer = UpdateOffer(try UpdateSample.new, nil)
        let refused = Sample.refusal {
            _ = try updater.plan(
                offer, on: .init(running: .a, entry: trial, entries: [trial]),
                running: try UpdateSample.old)
        }
        #expect(refused?.kind == .refused)
        #expect(refused?.cause.contains("on trial") == true)
    }

    @Test func aPlanSaysWhatIsLostAndWritten() throws {
        let machine = try SlotMachine(seed: 7)
        let updater = try machine.updater(on: machine.disk)
        let entries = try updater.folder.entries()
        let plan = try updater.plan(
            .init(try UpdateSample.new, nil),
            on: .init(running: .a, entry: SlotMachine.running, entries: entries),
            running: try UpdateSample.old)
        #expect(plan.slot == .b)
        #expect(plan.entry.fileName == "pisces_4+3.efi")
        #expect(plan.removed.isEmpty)
        #expect(plan.missingBytes == Int64(UpdateSample.changed))
        #expect(!plan.keepsLoader)
        #expect(machine.journal.last == nil)
    }

    @Test func aSystemThatIsTooLargeForTheSlotIsRefusedBeforeAByte() throws {
        let machine = try SlotMachine(seed: 8)
        let updater = try machine.updater(on: machine.disk)
        var large = try UpdateSample.description(5, [("big", Content.bytes(1_100_000))])
        large = try Description(
            sequence: 5, architecture: .x86_64, files: large.files, boot: large.boot)
        let refused = Sample.refusal {
            _ = try updater.plan(
                .init(large, nil),
                on: .init(
                    running: .a, entry: SlotMachine.running, entries: [SlotMachine.running]),
                running: try UpdateSample.old)
        }
        #expect(refused?.kind == .tooLarge)
    }
}
