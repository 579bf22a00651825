internal import Drivers
internal import Host
internal import Resources
internal import Synchronization
internal import Testing

/// Images that come from the store of another machine.
@Suite struct ImageFetchTests {
    private let files = LinuxFiles()

    /// The other machine: what was asked of it, and what it does wrong.
    private final class Other: Sendable {
        let store: ImageStore
        private let asked = Mutex<[ImageDigest]>([])
        private let tamper = Mutex<
            (@Sendable (ImageDigest, [UInt8]) throws(DriverError) -> [UInt8])?
        >(
            nil)

        init(_ path: String) throws { store = try ImageStore(path, architecture: "amd64") }

        var blobsAsked: Set<ImageDigest> { Set(asked.withLock { $0 }) }

        func forget() { asked.withLock { $0 = [] } }

        func tamper(_ body: (@Sendable (ImageDigest, [UInt8]) throws(DriverError) -> [UInt8])?) {
            tamper.withLock { $0 = body }
        }

        func read(
            _ blob: ImageDigest, _ offset: Int, _ count: Int
        ) throws(DriverError) -> [UInt8] {
            asked.withLock { $0.append(blob) }
            let piece = try store.piece(of: blob, at: offset, atMost: count)
            guard let tamper = tamper.withLock({ $0 }) else { return piece }
            return try tamper(blob, piece)
        }
    }

    /// Two stores; the other has an image of two layers, the upper one of several pieces.
    private func withStores(
        _ body: (ImageStore, Other, Image) throws -> Void
    ) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let other = try Other(scratch.path + "/other")
        var maker = try LayoutMaker(scratch.path + "/layout")
        let layers = ["low", String(repeating: "high", count: 1_000_000)].map { text in
            var tar = TarMaker()
            tar.folder("etc/")
            tar.file("etc/note", text)
            return tar.whole
        }
        try maker.add(layers, config: ["Cmd": ["/run"]])
        let image = try other.store.importImage(from: maker.folder)
        let store = try ImageStore(scratch.path + "/images", architecture: "amd64")
        try body(store, other, image)
    }

    private func fetch(_ store: ImageStore, _ other: Other, _ image: Image) throws -> Image {
        try store.fetchImage(image.digest, of: "pi-2") {
            (blob, offset, count) throws(DriverError) in
            try other.read(blob, offset, count)
        }
    }

    @Test func anImageComesWholeWithItsConfiguration() throws {
        try withStores { store, other, image in
            let came = try fetch(store, other, image)
            #expect(came.digest == image.digest && came.layers == image.layers)
            #expect(came.config == image.config && came.source == "machine pi-2")
            let note = try #require(store.folders(of: came).first) + "/etc/note"
            #expect(try files.read(note, atMost: 8 << 20)?.count == 4_000_000)
            other.forget()
            #expect(try fetch(store, other, image) == came)
            #expect(other.blobsAsked.isEmpty)
        }
    }

    @Test func anotherByteIsNotTaken() throws {
        try withStores { store, other, image in
            let bad = try #require(image.layers.last?.blob)
            other.tamper { blob, piece in
                blob == bad && !piece.isEmpty ? [piece[0] ^ 1] + piece.dropFirst() : piece
            }
            #expect(throws: DriverError.self) { _ = try fetch(store, other, image) }
            #expect(try store.list().isEmpty)
            #expect(throws: DriverError.self) { _ = try store.piece(of: bad, at: 0, atMost: 1) }
        }
    }

    @Test func whatCameWholeIsNotAskedForAgain() throws {
        try withStores { store, other, image in
            let last = try #require(image.layers.last?.blob)
            other.tamper { blob, piece throws(DriverError) in
                if blob != last { return piece }
                throw DriverError(
                    .failed, operation: "fetch blob", subject: "\(blob)", cause: "the other is gone"
                )
            }
            #expect(throws: DriverError.self) { _ = try fetch(store, other, image) }
            #expect(other.blobsAsked.count == 4)
            other.tamper(nil)
            other.forget()
            #expect(try fetch(store, other, image).digest == image.digest)
            #expect(other.blobsAsked == [last])
        }
    }

    @Test func aMachineThatGivesWithoutEndIsStopped() throws {
        try withStores { store, other, image in
            other.tamper { _, _ in [UInt8](repeating: 0, count: 4096) }
            #expect(throws: DriverError.self) { _ = try fetch(store, other, image) }
            let left = try files.names(in: store.root + "/blobs")
            #expect(left.isEmpty)
        }
    }

    @Test func whatIsNotThereIsRefusedByName() throws {
        try withStores { store, other, image in
            let unknown = ImageDigest(of: [1])
            let refusal = #expect(throws: DriverError.self) {
                _ = try other.store.piece(of: unknown, at: 0, atMost: 1)
            }
            #expect(refusal?.kind == .unknownImage)
            let size = try other.store.piece(of: image.digest, at: 0, atMost: .max).count
            #expect(try other.store.piece(of: image.digest, at: size, atMost: 10).isEmpty)
        }
    }
}
