import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct DescriptionTests {
    @Test func theFixtureOfTheFormatIsReadAndWrittenByteForByte() throws {
        let description = try Sample.description()
        #expect(description.encoded == Fixture.bytes)
        #expect(description.digest.hex == Fixture.digest)
        #expect(try Description(Fixture.bytes) == description)
    }

    @Test func theOrderOfThePartsDoesNotChangeTheDigest() throws {
        let one = try Sample.description()
        let other = try Description(
            sequence: one.sequence, architecture: one.architecture, files: one.files.reversed(),
            boot: one.boot, modules: one.modules, apps: one.apps.reversed(), images: one.images,
            resources: one.resources.reversed(), provenance: one.provenance.reversed())
        #expect(other.digest == one.digest)
    }

    @Test func everyContentIsNamedOnceInOrder() throws {
        let blobs = try Sample.description().blobs
        #expect(blobs.count == 8)
        #expect(blobs.map(\.digest) == blobs.map(\.digest).sorted())
        #expect(Set(blobs.map(\.digest)).count == blobs.count)
    }

    @Test func aDescriptionOfAForeignLinuxHasNoBoot() throws {
        let description = try Description(
            sequence: 1, architecture: .aarch64, files: Sample.files)
        #expect(try Description(description.encoded) == description)
        #expect(description.boot == nil)
    }

    @Test func everyFlippedBitIsRefusedOrChangesTheDigest() throws {
        let bytes = Fixture.bytes
        let digest = try Sample.description().digest
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                guard let read = try? Description(damaged) else { continue }
                #expect(read.encoded == damaged)
                #expect(read.digest != digest)
            }
        }
    }

    @Test func everyTruncationIsRefused() throws {
        for count in Fixture.bytes.indices {
            let refusal = Sample.refusal { _ = try Description(Array(Fixture.bytes[..<count])) }
            #expect(refusal?.kind == .badForm)
        }
        #expect(Sample.refusal { _ = try Description(Fixture.bytes + [0]) }?.kind == .badForm)
        let much = [UInt8](repeating: 0, count: Limits.descriptionBytes.value + 1)
        #expect(Sample.refusal { _ = try Description(much) }?.kind == .tooLarge)
    }

    /// Changes the value at a path of the fixture's map and reads that.
    private func reading(_ change: (inout ValueMap) -> Void) throws -> ReproductionError? {
        var map = try #require(try CBORReader.decode(Fixture.bytes).map)
        change(&map)
        var writer = CBORWriter()
        writer.write(map)
        return Sample.refusal { _ = try Description(writer.bytes) }
    }

    @Test(arguments: [
        "format", "sequence", "architecture", "files", "modules", "apps", "images", "resources",
        "parameters", "provenance",
    ]) func aMissingOrForeignValueNamesItsKey(key: String) throws {
        let absent = try reading { $0[key] = nil }
        #expect(absent?.cause.contains(key) == true, "\(absent?.cause ?? "accepted")")
        let foreign = try reading { $0[key] = .float(1.5) }
        #expect(foreign?.cause.contains(key) == true, "\(foreign?.cause ?? "accepted")")
    }

    @Test func unknownKeysAreRefusedAtEveryDepth() throws {
        let top = try reading { $0["motto"] = "more" }
        #expect(top?.cause == "motto is no key of this format")
        let inner = try reading { map in
            guard var files = map["files"]?.list, var file = files[2].map else { return }
            file["motto"] = "more"
            files[2] = .map(file)
            map["files"] = .list(files)
        }
        #expect(inner?.cause == "files.2.motto is no key of this format")
    }

    @Test func otherFormatsAndProcessorsAreNamed() throws {
        #expect(try reading { $0["format"] = 2 }?.cause.contains("format 2") == true)
        let mips = try reading { $0["architecture"] = "mips" }
        #expect(mips?.cause == "architecture mips is none that is known")
    }

    @Test func listsOutOfOrderAreRefused() throws {
        for key in ["files", "apps", "resources"] {
            let refusal = try reading { map in
                guard let list = map[key]?.list else { return }
                map[key] = .list(list + list)
            }
            #expect(refusal?.kind == .badForm, "\(key)")
        }
        let reversed = try reading { map in
            map["files"] = map["files"]?.list.map { .list($0.reversed()) }
        }
        #expect(reversed?.kind == .badForm)
    }
}
