import Glibc
import Host
import Resources
import Testing
import Trust

@testable import Reproduction

/// Equal descriptions give equal bytes, whatever is around them.
@Suite("F1: equal descriptions give equal images", .serialized) struct PurityTests {
    private func digest(of sample: ImageSample) throws -> ContentDigest {
        let description = try sample.description()
        let target = MemoryTarget(size: description.parameters.diskBytes)
        let built = try sample.constructor().construct(on: target)
        return try target.digest(of: built.bytes)
    }

    @Test func zoneLanguageMaskAndOrderChangeNothing() throws {
        let expected = try digest(of: ImageSample())
        let old = unsafe getenv("TZ").map { unsafe String(cString: $0) }
        for (zone, language, mask) in [
            ("Asia/Kathmandu", "tr_TR.UTF-8", 0o077), ("America/St_Johns", "C", 0o000),
        ] as [(String, String, UInt32)] {
            unsafe setenv("TZ", zone, 1)
            unsafe setenv("LANG", language, 1)
            unsafe setlocale(LC_ALL, "")
            tzset()
            let before = umask(mask)
            defer { umask(before) }
            var sample = ImageSample()
            sample.files.reverse()
            sample.contents.reverse()
            #expect(try digest(of: sample) == expected)
        }
        if let old { unsafe setenv("TZ", old, 1) } else { unsafe unsetenv("TZ") }
        unsafe unsetenv("LANG")
        unsafe setlocale(LC_ALL, "C")
    }

    @Test func aFileAndWhatWasFullOfOtherBytesGetTheSameImage() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let sample = ImageSample()
        let size = try sample.description().parameters.diskBytes
        let expected = try digest(of: sample)
        let new = try DiskTarget.newFile(LinuxDisk(), scratch.path + "/new", size: size)
        let old = try DiskTarget.newFile(LinuxDisk(), scratch.path + "/old", size: size)
        let noise = Content.bytes(1 << 20, seed: 5)
        for start in stride(from: 0, to: size, by: noise.count) {
            try old.write(noise.prefix(Int(size - start)), at: start)
        }
        let again = try DiskTarget.existing(LinuxDisk(), scratch.path + "/old")
        for target in [new, again] {
            let built = try sample.constructor().construct(on: target)
            #expect(try target.digest(of: built.bytes) == expected)
        }
    }

    @Test func progressGrowsToItsEndAndChangesNothing() throws {
        let sample = ImageSample()
        let target = MemoryTarget(size: try sample.description().parameters.diskBytes)
        var (last, count) = (Int64(0), 0)
        let built = try sample.constructor().construct(on: target) { progress in
            #expect(progress.done >= last && progress.done <= progress.total)
            (last, count) = (progress.done, count + 1)
        }
        #expect(count > 20)
        #expect(try target.digest(of: built.bytes) == digest(of: sample))
    }

    @Test func aSlotHoldsTheRootOfTheImageAndReadsBackAsItsSeal() throws {
        let sample = ImageSample()
        let parameters = try sample.description().parameters
        let constructor = try sample.constructor()
        let root = MemoryTarget(size: parameters.rootBytes)
        let verity = MemoryTarget(size: parameters.verityBytes)
        let seal = try constructor.slot(root: root, verity: verity)
        #expect(try constructor.seal() == seal)
        #expect(try constructor.sealed(root: root) == seal)
        let whole = MemoryTarget(size: parameters.diskBytes)
        #expect(try constructor.construct(on: whole).seal == seal)
        let layout = try ImageLayout(sample.description())
        for (target, part) in [(root, ImageLayout.Part.rootA), (verity, .verityA)] {
            let range = layout.range(of: part)
            let inside = TargetPart(whole: whole, range: range, label: "")
            #expect(try inside.digest(of: inside.size) == target.digest(of: target.size))
        }
        try root.write([1], at: 5000)
        #expect(try constructor.sealed(root: root) != seal)
    }

    @Test func aLargerDiskGivesTheRestToTheData() throws {
        let sample = ImageSample()
        let size = try sample.description().parameters.diskBytes
        let large = size + (5 << 20) + 12_345
        let target = MemoryTarget(size: large)
        let built = try sample.constructor().construct(on: target, diskBytes: large)
        #expect(built.bytes == large / 512 * 512)
        let range = try ImageLayout(sample.description(), diskBytes: large).range(of: .data)
        #expect(range.upperBound - range.lowerBound == sample.parameters.dataBytes + (5 << 20))
        // The mirror of the table is in the last sectors.
        let header = try target.read(at: built.bytes - 512, count: 8)
        #expect(header == Array("EFI PART".utf8))
    }

    @Test(.enabled(if: LinuxSystem.userID == 0, "files of root need root"))
    func aFolderHasTheSameTree() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let sample = ImageSample()
        try sample.constructor().writeFolder(scratch.path)
        let description = try sample.description()
        for file in description.files {
            let path = scratch.path + "/" + file.path
            if let blob = file.blob { #expect(try FolderBlobs.blob(of: path) == blob) }
            if case .symlink(let target) = file.kind {
                #expect(try scratch.files.target(ofLink: path) == target)
            } else {
                #expect(scratch.files.mode(path).map { $0 & 0o7777 } == UInt32(file.mode))
            }
        }
        let store = BlobStore(disk: LinuxDisk(), path: scratch.path + "/pisces/blobs")
        #expect(try store.list() == description.blobs)
        let error = Sample.refusal { try sample.constructor().writeFolder(scratch.path) }
        #expect(error != nil)
    }
}
