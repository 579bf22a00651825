import Host
import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct BlobStoreTests {
    private let disk = SimulatedDisk(seed: 1)

    private func store(quota: Int64 = .max) -> BlobStore<SimulatedDisk> {
        BlobStore(disk: disk, path: "/blobs", quota: quota)
    }

    private func all(_ store: BlobStore<SimulatedDisk>, _ blob: Blob) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try store.read(blob) { bytes += $0 }
        return bytes
    }

    @Test(arguments: [0, 1, 255, 1 << 18, 1 << 18 + 1, 3 << 18])
    func whatIsPutIsReadBack(count: Int) throws {
        let (store, bytes) = (store(), Content.bytes(count))
        let blob = try store.put(bytes)
        #expect(try store.has(blob))
        #expect(try all(store, blob) == bytes)
        #expect(try store.list() == [blob])
        #expect(try store.usedBytes == Int64(count))
    }

    @Test func whatIsNotThereIsMissing() throws {
        let blob = Blob(of: [1])
        #expect(try store().size(of: blob.digest) == nil)
        #expect(try store().list().isEmpty)
        #expect(Sample.refusal { _ = try store().open(blob.digest) }?.kind == .missing)
    }

    @Test func contentIsCopiedOnce() throws {
        let (store, bytes) = (store(), Content.bytes(1000))
        let (blob, source) = (Blob(of: bytes), MemorySource([bytes]))
        let first = try store.put(blob, from: source.open(blob.digest))
        #expect(first.copied == 1000)
        let second = try store.put(blob, from: source.open(blob.digest))
        #expect(second.wasThere)
        #expect(source.bytesRead == 1000)
    }

    @Test func aSourceThatLiesIsRefusedAndLeavesNothing() throws {
        let (store, bytes) = (store(), Content.bytes(5000))
        let blob = Blob(of: bytes)
        for index in [0, 2500, 4999] {
            var damaged = bytes
            damaged[index] ^= 1
            let source = MemorySource(lying: blob.digest, damaged)
            let refusal = Sample.refusal {
                _ = try store.put(blob, from: source.open(blob.digest))
            }
            #expect(refusal?.kind == .damaged)
            #expect(try !store.has(blob))
            #expect(try store.partialSize(of: blob.digest) == 0)
        }
        let short = MemorySource(lying: blob.digest, Array(bytes.dropLast()))
        let refusal = Sample.refusal { _ = try store.put(blob, from: short.open(blob.digest)) }
        #expect(refusal?.cause.contains("4999 bytes instead of 5000") == true)
    }

    @Test func aCopyGoesOnWhereItWasCutOff() throws {
        let (store, bytes) = (store(), Content.bytes(4 << 18))
        let (blob, source) = (Blob(of: bytes), MemorySource([bytes]))
        source.fail(after: 2 << 18)
        let cut = Sample.refusal { _ = try store.put(blob, from: source.open(blob.digest)) }
        #expect(cut?.kind == .failed)
        #expect(try store.partialSize(of: blob.digest) == 2 << 18)
        #expect(try store.list().isEmpty)
        source.fail(after: .max)
        let taken = try store.put(blob, from: source.open(blob.digest))
        #expect(taken.resumed == 2 << 18)
        #expect(taken.copied == 2 << 18)
        #expect(try all(store, blob) == bytes)
    }

    @Test func aPartThatIsDamagedOrTooLongIsCopiedAnew() throws {
        let (store, bytes) = (store(), Content.bytes(100_000))
        let (blob, source) = (Blob(of: bytes), MemorySource([bytes]))
        for left in [Array(repeating: UInt8(7), count: 50_000), bytes + [1, 2, 3]] {
            _ = try? store.put(blob, from: BlobReader(size: blob.size) { _, _ in 0 })
            disk.overwrite(store.partial(blob.digest), with: left)
            let taken = try store.put(blob, from: source.open(blob.digest))
            #expect(!taken.wasThere)
            #expect(try all(store, blob) == bytes)
            _ = try store.sweep(keeping: [])
        }
    }

    @Test func aDamagedBlobIsFoundAndBroughtBack() throws {
        let (store, bytes) = (store(), Content.bytes(3000))
        let blob = try store.put(bytes)
        let other = try store.put(Content.bytes(10, seed: 2))
        #expect(try store.damaged().isEmpty)
        disk.flip(store.place(blob.digest), at: 1500, mask: 4)
        #expect(Sample.refusal { _ = try all(store, blob) }?.kind == .damaged)
        #expect(try store.damaged(removing: true) == [blob.digest])
        #expect(try store.list() == [other])
        try store.put(bytes)
        #expect(try all(store, blob) == bytes)
    }

    @Test func aSweepKeepsWhatIsNamedAndWhatIsBeingCopied() throws {
        let store = store()
        let kept = try store.put(Content.bytes(10))
        let lost = try store.put(Content.bytes(20, seed: 2))
        let busy = Blob(of: Content.bytes(30, seed: 3))
        let left = Blob(of: Content.bytes(40, seed: 4))
        for blob in [busy, left] {
            _ = try? store.put(blob, from: BlobReader(size: blob.size) { _, _ in 0 })
        }
        let held = try disk.lock(store.partial(busy.digest))
        let swept = try store.sweep(keeping: [kept.digest])
        #expect(swept == Swept(blobs: 2, bytes: 20))
        #expect(try store.list() == [kept])
        #expect(try !store.has(lost))
        #expect(disk.bytes(of: store.partial(busy.digest)) != nil)
        #expect(disk.bytes(of: store.partial(left.digest)) == nil)
        held.close()
    }

    @Test func whatAnotherCopiesIsBusy() throws {
        let (store, bytes) = (store(), Content.bytes(30))
        let blob = Blob(of: bytes)
        _ = try? store.put(blob, from: BlobReader(size: blob.size) { _, _ in 0 })
        let held = try disk.lock(store.partial(blob.digest))
        #expect(Sample.refusal { try store.put(bytes) }?.kind == .busy)
        held.close()
        #expect(try store.put(bytes) == blob)
    }

    @Test func aQuotaRefusesBeforeAnythingIsWritten() throws {
        let store = store(quota: 100)
        try store.put(Content.bytes(60))
        let refusal = Sample.refusal { try store.put(Content.bytes(41, seed: 2)) }
        #expect(refusal?.kind == .noSpace)
        #expect(refusal?.cause.contains("quota of 100") == true)
        try store.put(Content.bytes(40, seed: 3))
        #expect(try store.usedBytes == 100)
    }

    @Test func aFullDiskIsNamedAndTheCopyGoesOnWhenThereIsRoom() throws {
        let (store, bytes) = (store(), Content.bytes(4 << 18))
        disk.set(capacity: 3 << 18)
        #expect(Sample.refusal { try store.put(bytes) }?.kind == .noSpace)
        disk.set(capacity: .max)
        let blob = Blob(of: bytes)
        #expect(try store.partialSize(of: blob.digest) > 0)
        let source = MemorySource([bytes])
        let taken = try store.put(blob, from: source.open(blob.digest))
        #expect(taken.resumed > 0)
        #expect(try all(store, blob) == bytes)
    }

    @Test func strangeNamesAreNotContent() throws {
        let store = store()
        let blob = try store.put(Content.bytes(10))
        let folder = store.folder(blob.digest)
        for name in ["x", String(repeating: "g", count: 62), ".part"] {
            _ = try disk.create(folder + "/" + name)
        }
        _ = try disk.create("/blobs/note")
        #expect(try store.list() == [blob])
        #expect(try store.sweep(keeping: []).blobs == 1)
    }
}
