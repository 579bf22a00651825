import Host
import Testing
import Trust

@testable import Reproduction

/// Content that somebody sends piece by piece.
@Suite struct SentContentTests {
    private let bytes = Content.bytes(10_000, seed: 41)

    private func store(_ disk: SimulatedDisk) -> BlobStore<SimulatedDisk> {
        BlobStore(disk: disk, path: "/inbox", quota: 20_000)
    }

    @Test func piecesMakeTheWhole() throws {
        let store = store(SimulatedDisk(seed: 1))
        let blob = Blob(of: bytes)
        #expect(try store.append(Array(bytes[..<4000]), to: blob, at: 0) == 4000)
        #expect(try !store.has(blob))
        #expect(try store.partialSize(of: blob.digest) == 4000)
        #expect(try store.append(Array(bytes[4000...]), to: blob, at: 4000) == 10_000)
        #expect(try store.has(blob))
        var read: [UInt8] = []
        try store.read(blob) { read += $0 }
        #expect(read == bytes)
        #expect(try store.append([], to: blob, at: 0) == 10_000)
    }

    @Test func aPieceOfAnotherPlaceChangesNothing() throws {
        let store = store(SimulatedDisk(seed: 2))
        let blob = Blob(of: bytes)
        _ = try store.append(Array(bytes[..<100]), to: blob, at: 0)
        #expect(try store.append(Array(bytes[..<100]), to: blob, at: 0) == 100)
        #expect(try store.append(Array(bytes[300..<400]), to: blob, at: 300) == 100)
        // More than there is of it.
        #expect(try store.append(bytes, to: blob, at: 100) == 100)
    }

    @Test func whatWasCutOffIsGoneOnWithAfterAPowerCut() throws {
        let disk = SimulatedDisk(seed: 3)
        let blob = Blob(of: bytes)
        _ = try store(disk).append(Array(bytes[..<6000]), to: blob, at: 0)
        disk.crash()
        let store = store(disk)
        let have = try store.partialSize(of: blob.digest)
        // What the cut left may be damaged: then the last piece is refused, and all is sent anew.
        do {
            _ = try store.append(Array(bytes[Int(have)...]), to: blob, at: have)
        } catch {
            #expect(try store.partialSize(of: blob.digest) == 0)
            _ = try store.append(bytes, to: blob, at: 0)
        }
        #expect(try store.has(blob))
    }

    @Test func aFlippedBitIsRefusedAtTheEnd() throws {
        let store = store(SimulatedDisk(seed: 4))
        let blob = Blob(of: bytes)
        var damaged = bytes
        damaged[77] ^= 1
        let refused = Sample.refusal { _ = try store.append(damaged, to: blob, at: 0) }
        #expect(refused?.kind == .damaged)
        #expect(try !store.has(blob))
        #expect(try store.append(bytes, to: blob, at: 0) == 10_000)
    }

    @Test func aQuotaHoldsForWhatIsSent() throws {
        let store = store(SimulatedDisk(seed: 5))
        let large = Blob(ContentDigest(of: [1]), size: 20_001)
        let refused = Sample.refusal { _ = try store.append([1], to: large, at: 0) }
        #expect(refused?.kind == .noSpace)
    }
}
