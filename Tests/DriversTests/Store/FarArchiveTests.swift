internal import Host
internal import Resources
internal import Testing
internal import Trust

@testable internal import Drivers

/// Bundles that are read from afar, part by part.
@Suite struct FarArchiveTests {
    /// What a server would do for a store: hands out parts, and counts what it was asked for.
    private final class Server {
        let archive: StoredArchive
        var asked: [Range<Int>] = []
        /// Requests it answers before it goes away.
        var left = Int.max
        /// Where it lies.
        var flipped: Int?

        init(_ archive: StoredArchive) { self.archive = archive }

        func read(_ offset: Int, _ count: Int) throws(BundleError) -> [UInt8] {
            guard left > 0 else {
                throw BundleError(
                    .failed, operation: "fetch", subject: "the test", cause: "cut off",
                    remedy: "try again")
            }
            left -= 1
            var bytes = try archive.bytes(at: offset, count: count)
            asked.append(offset..<offset + bytes.count)
            if let flipped, asked[asked.count - 1].contains(flipped) {
                bytes[flipped - offset] ^= 1
            }
            return bytes
        }

        var bytes: Int { asked.reduce(0) { $0 + $1.count } }
    }

    private func served(_ folder: StoreFolder) throws -> Server {
        try folder.write("app/large", String(repeating: "0123456789abcdef", count: 70_000))
        let bundle = try folder.store.add(folder: folder.app, signer: signer())
        return Server(try folder.store.archive(bundle.digest))
    }

    private func trust() throws -> BundleTrust {
        BundleTrust(accepted: [try signer().signerKey])
    }

    @Test(arguments: [1 << 20, 4096, 511, 97])
    func theArchiveIsTheExportedFileWhereverItIsRead(count: Int) throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: signer())
        let path = folder.scratch.path + "/guestbook.bundle"
        try folder.store.export(bundle.digest, to: path)
        let archive = try folder.store.archive(bundle.digest)
        var bytes: [UInt8] = []
        while bytes.count < archive.size {
            bytes += try archive.bytes(at: bytes.count, count: count)
        }
        #expect(try folder.files.read(path, atMost: 1 << 20) == bytes)
        #expect(try archive.bytes(at: archive.size, count: 9).isEmpty)
        #expect(try archive.bytes(at: archive.size - 4, count: 9) == [0, 0, 0, 0])
    }

    @Test func whatIsCutOffGoesOnAndNothingComesTwice() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let server = try served(folder)
        let copy = folder.store("copy")
        let digest = server.archive.bundle.digest
        var interruptions = 0
        server.left = 14
        while (try? copy.add(
            archiveAt: "far", expecting: digest, trust: trust(), read: server.read)) == nil
        {
            interruptions += 1
            server.left = 14
            #expect(try copy.bundles().isEmpty)
            try #require(interruptions < 20)
        }
        #expect(interruptions > 0)
        #expect(try copy.bundles() == [server.archive.bundle])
        let head = 3 * (512 + 512) + 8192
        #expect(server.bytes < server.archive.size + (interruptions + 1) * head)
        #expect(try folder.store("third").add(store: copy.path, trust: trust()).count == 1)
    }

    @Test func whatIsThereIsNotAskedFor() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let server = try served(folder)
        let before = folder.store("copy")
        _ = try before.add(archiveAt: "far", trust: trust(), read: server.read)
        server.asked = []
        _ = try before.add(archiveAt: "far", trust: trust(), read: server.read)
        #expect(server.bytes < 16_384)
    }

    @Test func anotherBundleOrSignerIsRefusedBeforeItsContentIsAskedFor() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let server = try served(folder)
        let copy = folder.store("copy")
        let other = ContentDigest(of: [1, 2, 3])
        let wrong = refusal {
            _ = try copy.add(
                archiveAt: "far", expecting: other, trust: anyone, read: server.read)
        }
        #expect(wrong?.kind == .damaged)
        #expect(wrong?.cause.contains(server.archive.bundle.digest.description) == true)
        let stranger = BundleTrust(accepted: [try signer(1).signerKey])
        let untrusted = refusal {
            _ = try copy.add(archiveAt: "far", trust: stranger, read: server.read)
        }
        #expect(untrusted?.kind == .untrusted)
        #expect(server.bytes < 32_768)
        #expect(try copy.bundles().isEmpty)
    }

    private let anyone = BundleTrust(accepted: [], takesAny: true)

    @Test func aServerThatLiesGetsNothingIn() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let bundle = try folder.store.add(folder: folder.app, signer: signer())
        let archive = try folder.store.archive(bundle.digest)
        let layout = ArchiveLayout(bundle, manifest: try folder.store.manifest(bundle.digest))
        let contents = layout.entries.map { $0.body..<$0.body + $0.size }
        for place in contents.flatMap({ stride(from: $0.lowerBound, to: $0.upperBound, by: 13) }) {
            let server = Server(archive)
            server.flipped = place
            let copy = folder.store("copy")
            let error = refusal {
                _ = try copy.add(archiveAt: "far", trust: trust(), read: server.read)
            }
            #expect(error != nil, "byte \(place)")
            #expect(try copy.bundles().isEmpty)
        }
    }

    @Test func aHeadThatClaimsTooMuchIsRefused() throws {
        let folder = try StoreFolder()
        defer { folder.remove() }
        let size = Limits.manifestBytes.value + 1
        let bytes =
            BundleArchive.header("pisces-bundle", size: 2) + BundleArchive.mark
            + [UInt8](repeating: 0, count: 510) + BundleArchive.header("manifest", size: size)
        let error = refusal {
            _ = try folder.store.add(archiveAt: "far", trust: anyone) { (offset, count) in
                Array(bytes.dropFirst(offset).prefix(count))
            }
        }
        #expect(error?.kind == .badForm)
    }
}
