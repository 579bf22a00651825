import Host
import Testing
import Trust

@testable import Reproduction

/// A gene is a file of the system; only the description says which one is its.
@Suite struct ChangedGeneTests {
    private static let gene = "pisces/bin/pisces"
    private let sample = ImageSample()
    private let mutant = Content.bytes(1_500_000, seed: 21)

    private func digest(of path: String) throws -> ContentDigest {
        try FolderBlobs.blob(of: path).digest
    }

    /// What the description has for the gene.
    private func blob() throws -> Blob {
        try #require(sample.files.first { $0.path == Self.gene }?.blob)
    }

    /// Builds an image of the description from that source.
    private func build(
        _ description: Description, _ sources: [any BlobSource], _ path: String
    ) throws {
        let reproducer = Reproducer(
            description, from: sources, scanner: try SecretScanner([]), running: [],
            clock: LinuxClock())
        _ = try reproducer.toImage(path)
    }

    @Test("F5: a changed file of the root without a new description is refused")
    func aChangedFileOfTheRootWithoutANewDescriptionIsRefused() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let blob = try blob()
        let file = scratch.path + "/pisces"
        let sources: [any BlobSource] = [
            FolderBlobs(paths: [blob.digest: file]),
            ReplacingSource(sample.source, blob.digest, nil),
        ]
        let image = scratch.path + "/image"
        let original = try #require(sample.contents.first { Blob(of: $0) == blob })
        try scratch.files.replace(file, with: original)
        try build(try sample.description(), sources, image)
        try scratch.files.remove(image)
        #expect(mutant.count == original.count)
        try scratch.files.replace(file, with: mutant)
        let refusal = Sample.refusal { try build(try sample.description(), sources, image) }
        #expect(refusal?.kind == .damaged)
        #expect(refusal?.subject.contains(blob.digest.hex) == true)
        #expect(scratch.files.kind(image) == nil)
    }

    @Test("F5: a changed blob of the store without a new description is refused")
    func aChangedBlobWithoutANewDescriptionIsRefused() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let store = BlobStore(disk: LinuxDisk(), path: scratch.path + "/blobs", quota: .max)
        for content in sample.contents { _ = try store.put(content) }
        try store.sync()
        let image = scratch.path + "/image"
        try build(try sample.description(), [store], image)
        try scratch.files.remove(image)
        let hex = try blob().digest.hex
        let path = "\(scratch.path)/blobs/\(hex.prefix(2))/\(hex.dropFirst(2))"
        try #require(scratch.files.read(path, atMost: 1 << 21) != nil)
        try scratch.files.replace(path, with: mutant)
        let refusal = Sample.refusal { try build(try sample.description(), [store], image) }
        #expect(refusal?.kind == .damaged)
        #expect(refusal?.subject.contains(hex) == true)
        #expect(scratch.files.kind(image) == nil)
    }

    @Test("F5: a mutant that is described anew is another generation and breeds true")
    func aMutantThatIsDescribedAnewBreedsTrue() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        var changed = sample
        changed.files.removeAll { $0.path == Self.gene }
        changed.add(Self.gene, mutant, mode: 0o755)
        let parent = try sample.description()
        let child = try changed.description()
        #expect(child.digest != parent.digest)
        try build(parent, [sample.source], scratch.path + "/parent")
        try build(child, [changed.source], scratch.path + "/child")
        // The child has its description and all content; its own child is built of nothing else.
        let bred = try Description(child.encoded)
        let store = BlobStore(disk: LinuxDisk(), path: scratch.path + "/blobs", quota: .max)
        for blob in bred.blobs { _ = try store.put(try content(of: blob, in: changed)) }
        try build(bred, [store], scratch.path + "/grandchild")
        let digests = try ["parent", "child", "grandchild"].map {
            try digest(of: "\(scratch.path)/\($0)")
        }
        #expect(digests[1] != digests[0])
        #expect(digests[2] == digests[1])
    }

    private func content(of blob: Blob, in sample: ImageSample) throws -> [UInt8] {
        try #require(sample.contents.first { Blob(of: $0) == blob })
    }
}
