import Host
import Resources
import Testing
import Trust

@testable import Reproduction

/// What cannot be built is said so, by name, and no image that is not whole looks like one.
@Suite struct ConstructionRefusalTests {
    private func refusal(
        _ sample: ImageSample, _ source: MemorySource? = nil, size: Int64? = nil,
        report: Constructor<MemorySource>.Report = { _ in }
    ) throws -> ReproductionError? {
        let description = try sample.description()
        let target = MemoryTarget(size: size ?? description.parameters.diskBytes)
        var found: ReproductionError?
        do throws(ReproductionError) {
            _ = try Constructor(description, blobs: source ?? sample.source)
                .construct(on: target, report: report)
        } catch { found = error }
        let start = try target.read(at: 512, count: 8)
        #expect(found == nil || start == [UInt8](repeating: 0, count: 8))
        return found
    }

    /// The content of each part: kernel, small program, loader, stub, guard, a file, a module.
    @Test("F6: one flipped bit in any content is found", arguments: [0, 1, 2, 3, 4, 8, 16, 428])
    func oneFlippedBitIsFound(index: Int) throws {
        let sample = ImageSample()
        var contents = sample.contents
        let digest = ContentDigest(of: contents[index])
        try #require(!contents[index].isEmpty)
        contents[index][contents[index].count / 2] ^= 0x10
        let source = ReplacingSource(sample.source, digest, contents[index])
        let error = try refusal(sample, replacing: source)
        #expect(error?.kind == .damaged)
        #expect(error?.subject.contains(digest.hex) == true)
    }

    @Test(arguments: [0, 1, 2, 3, 4, 8, 16, 428]) func aContentCutShortIsFound(index: Int) throws {
        let sample = ImageSample()
        let digest = ContentDigest(of: sample.contents[index])
        let source = ReplacingSource(
            sample.source, digest, Array(sample.contents[index].dropLast()))
        #expect(try refusal(sample, replacing: source)?.kind == .damaged)
    }

    @Test(arguments: [0, 1, 2, 3, 4, 8, 16, 428]) func aMissingContentIsNamed(index: Int) throws {
        let sample = ImageSample()
        let digest = ContentDigest(of: sample.contents[index])
        let error = try refusal(sample, replacing: ReplacingSource(sample.source, digest, nil))
        #expect(error?.kind == .missing && error?.subject.contains(digest.hex) == true)
    }

    private func refusal(
        _ sample: ImageSample, replacing source: ReplacingSource
    ) throws -> ReproductionError? {
        let description = try sample.description()
        let target = MemoryTarget(size: description.parameters.diskBytes)
        var found: ReproductionError?
        do throws(ReproductionError) {
            _ = try Constructor(description, blobs: source).construct(on: target)
        } catch { found = error }
        #expect(try target.read(at: 512, count: 8) == [UInt8](repeating: 0, count: 8))
        return found
    }

    @Test func aTargetThatIsTooSmallIsRefusedBeforeAByteIsRead() throws {
        let sample = ImageSample()
        let source = sample.source
        let size = try sample.description().parameters.diskBytes - 1
        #expect(try refusal(sample, source, size: size)?.kind == .tooLarge)
        #expect(source.bytesRead == 0)
    }

    @Test func partsThatDoNotFitTheirPartitionsAreRefused() throws {
        var sample = ImageSample()
        sample.parameters.rootBytes = 1 << 20
        #expect(try refusal(sample)?.subject.contains("root") == true)
        sample = ImageSample()
        sample.parameters.espBytes = 32 << 20
        #expect(try refusal(sample)?.kind == .tooLarge)
        sample = ImageSample()
        sample.parameters.dataBytes = 1 << 20
        #expect(try refusal(sample)?.subject.contains("data") == true)
    }

    @Test func anESPThatIsTooSmallForTheKernelIsRefusedBeforeAByteIsWritten() throws {
        var sample = ImageSample()
        sample.boot.kernel = Blob(ContentDigest(of: [1]), size: 40 << 20)
        sample.parameters.rootBytes = 64 << 20
        let error = try refusal(sample)
        #expect(error?.kind == .tooLarge && error?.subject == "the ESP")
        #expect(error?.remedy.contains("enlarge it") == true)
    }

    @Test func aStubWithoutRoomForItsSectionsIsRefused() throws {
        // Of 512 bytes of headers, one section of its own leaves room for two.
        let stub = StubSample.bytes(headers: 0x200)
        let sections = ["a", "b", "c"].map {
            UnifiedKernel.Section(name: "." + $0, content: Rope([1]))
        }
        _ = try UnifiedKernel(stub: stub, Array(sections.prefix(2)), machine: .x86_64)
        let error = Sample.refusal {
            _ = try UnifiedKernel(stub: stub, sections, machine: .x86_64)
        }
        #expect(error?.kind == .tooLarge)
        #expect(error?.cause == "it has no room for section .c")
    }

    @Test(arguments: [DiskError.noSpace, DiskError.inputOutput], [2, 20, 50])
    func aFailedWriteEndsTheConstruction(errno: Int32, after count: Int) throws {
        let sample = ImageSample()
        let disk = SimulatedDisk(seed: 1)
        let size = try sample.description().parameters.diskBytes
        let target = try DiskTarget.newFile(disk, "/image", size: size)
        var pieces = 0
        let error = Sample.refusal {
            _ = try sample.constructor().construct(on: target) { _ in
                pieces += 1
                if pieces == count { disk.failNext(.write, errno: errno) }
            }
        }
        #expect(error?.kind == (errno == DiskError.noSpace ? .noSpace : .failed))
        let bytes = try #require(disk.bytes(of: "/image"))
        #expect(bytes[512..<520].allSatisfy { $0 == 0 })
    }

    @Test func whoWatchesCanEndIt() throws {
        let error = try refusal(ImageSample()) { (progress) throws(ReproductionError) in
            if progress.done > 1 << 20 {
                throw ReproductionError(
                    .cancelled, operation: "construct", subject: "it", cause: "enough", remedy: "")
            }
        }
        #expect(error?.kind == .cancelled)
    }

    @Test(arguments: ["pisces/description", "pisces/blobs", "pisces/blobs/00"])
    func aDescriptionThatListsWhatIsMadeIsRefused(path: String) throws {
        var sample = ImageSample()
        if path == "pisces/blobs/00" {
            sample.files.append(.init("pisces/blobs", mode: 0o777, .symlink("elsewhere")))
        } else {
            sample.add(path, [1])
        }
        let error = Sample.refusal { _ = try sample.constructor() }
        #expect(error?.kind == .badForm)
    }

    @Test func aSystemWithoutAKernelHasARootAndNoImage() throws {
        let sample = ImageSample()
        let description = try Description(
            sequence: 1, architecture: .x86_64, files: sample.files, parameters: sample.parameters)
        let constructor = try Constructor(description, blobs: sample.source)
        #expect(try constructor.seal().hash.count == 32)
        let error = Sample.refusal {
            _ = try constructor.construct(on: MemoryTarget(size: 1 << 40))
        }
        #expect(error?.kind == .refused)
    }

    static let stubs: [(String, [UInt8])] = [
        ("empty", []), ("short", Array("MZ".utf8)),
        ("text", [UInt8](repeating: 0x41, count: 4096)),
        ("for another machine", StubSample.bytes(machine: 0xAA64)),
        ("cut", Array(StubSample.bytes().prefix(0x180))),
    ]

    @Test(arguments: ConstructionRefusalTests.stubs.indices)
    func aStubThatCannotBeExtendedIsRefused(index: Int) throws {
        let (name, stub) = Self.stubs[index]
        #expect(throws: ReproductionError.self, "\(name)") {
            try UnifiedKernel(
                stub: stub,
                [.init(name: ".a", content: Rope([1])), .init(name: ".b", content: Rope([1]))],
                machine: .x86_64)
        }
    }

    /// No bytes of a stub lead anywhere but to a result or a refusal.
    @Test func damagedStubsNeverCrash() throws {
        var random = SeededRandom(seed: 9)
        let whole = StubSample.bytes()
        for _ in 0..<3000 {
            var stub = whole
            for _ in 0..<Int(random.next() % 4 + 1) {
                let limit = random.next() % 4 == 0 ? UInt64(stub.count) : 0x200
                stub[Int(random.next() % limit)] = UInt8(truncatingIfNeeded: random.next())
            }
            stub.removeLast(Int(random.next() % UInt64(random.next() % 8 == 0 ? stub.count : 1)))
            do throws(ReproductionError) {
                let image = try UnifiedKernel(
                    stub: stub, [.init(name: ".a", content: Rope([1]))], machine: .x86_64)
                #expect(image.content.size > 0)
            } catch { #expect(!error.cause.isEmpty) }
        }
    }
}

/// A source of which one content is other bytes, or is not there.
struct ReplacingSource: BlobSource {
    let source: MemorySource
    let digest: ContentDigest
    let replacement: MemorySource?

    init(_ source: MemorySource, _ digest: ContentDigest, _ bytes: [UInt8]?) {
        self.source = source
        self.digest = digest
        replacement = bytes.map { MemorySource(lying: digest, $0) }
    }

    func open(_ wanted: ContentDigest) throws(ReproductionError) -> BlobReader {
        if wanted != digest { return try source.open(wanted) }
        guard let replacement else {
            throw ReproductionError(
                .missing, operation: "open", subject: "\(wanted)", cause: "gone", remedy: "")
        }
        return try replacement.open(wanted)
    }
}
