import Host
import Resources
import Testing
import Trust

@testable import Reproduction

/// The power is cut at every operation of the disk, many times.
@Suite struct BlobCrashTests {
    private static let contents = [
        Content.bytes(100), Content.bytes(700_000, seed: 2), Content.bytes(0),
    ]

    private func copy(_ disk: StepDisk) throws {
        let store = BlobStore(disk: disk, path: "/blobs", quota: .max)
        let copier = Copier(into: store, clock: SimulatedClock())
        try copier.copy(
            Self.contents.map { Blob(of: $0) }, from: [MemorySource(Self.contents)])
    }

    /// What has a name is whole, or the disk itself loses what it synced, which it does not here.
    private func check(_ disk: SimulatedDisk, _ message: String) throws {
        let store = BlobStore(disk: disk, path: "/blobs", quota: .max)
        #expect(try store.damaged().isEmpty, "\(message)")
    }

    @Test(arguments: 1...8) func everyNameIsWholeAfterACutAtAnyStep(seed: UInt64) throws {
        let counter = StepDisk(SimulatedDisk(seed: seed))
        try copy(counter)
        #expect(counter.steps > 20)
        for step in 1...counter.steps {
            let disk = SimulatedDisk(seed: seed &* 1000 &+ UInt64(step))
            #expect(throws: ReproductionError.self) { try copy(StepDisk(disk, diesAt: step)) }
            disk.crash()
            try check(disk, "seed \(seed) step \(step)")
            // The copy is taken up again, and cut again at the same step of it.
            _ = try? copy(StepDisk(disk, diesAt: step))
            disk.crash()
            try check(disk, "seed \(seed) step \(step), again")
            try copy(StepDisk(disk))
            disk.crash()
            let store = BlobStore(disk: disk, path: "/blobs", quota: .max)
            #expect(try store.list().count == 3, "seed \(seed) step \(step)")
            try check(disk, "seed \(seed) step \(step), at last")
        }
    }

    @Test(arguments: 1...4) func aSweepThatIsCutLosesNothingThatIsNamed(seed: UInt64) throws {
        let kept = Blob(of: Self.contents[1])
        func sweep(_ disk: StepDisk) throws {
            try BlobStore(disk: disk, path: "/blobs", quota: .max).sweep(keeping: [kept.digest])
        }
        let whole = SimulatedDisk(seed: seed)
        try copy(StepDisk(whole))
        let counter = StepDisk(whole)
        try sweep(counter)
        for step in 1...counter.steps {
            let disk = SimulatedDisk(seed: seed &+ UInt64(step))
            try copy(StepDisk(disk))
            #expect(throws: ReproductionError.self) { try sweep(StepDisk(disk, diesAt: step)) }
            disk.crash()
            let store = BlobStore(disk: disk, path: "/blobs", quota: .max)
            #expect(try store.has(kept))
            try check(disk, "seed \(seed) step \(step)")
            try sweep(StepDisk(disk))
            #expect(try store.list() == [kept])
        }
    }
}
