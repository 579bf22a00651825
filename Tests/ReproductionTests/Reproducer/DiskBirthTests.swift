import Host
import Resources
import Testing
import Trust

@testable import Reproduction

/// A system builds itself on disks and in files that are images of disks.
@Suite(.serialized) struct DiskBirthTests {
    private let sample = ImageSample()

    private func reproducer(
        _ sources: [MemorySource]? = nil, secrets: [KnownSecret] = [], running: [String] = []
    ) throws -> Reproducer {
        Reproducer(
            try sample.description(), from: sources ?? [sample.source],
            scanner: try SecretScanner(secrets), running: running, clock: LinuxClock())
    }

    private func inScratch(_ body: (_ path: String, _ scratch: Scratch) throws -> Void) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try body(scratch.path + "/image", scratch)
    }

    private func expected() throws -> ContentDigest {
        let target = MemoryTarget(size: try sample.description().parameters.diskBytes)
        let built = try sample.constructor().construct(on: target)
        return try target.digest(of: built.bytes)
    }

    private func digest(_ path: String) throws -> ContentDigest {
        try FolderBlobs.blob(of: path).digest
    }

    @Test("F2: an image file is what the constructor makes, bit for bit")
    func anImageIsWhatTheConstructorMakes() throws {
        try inScratch { path, scratch in
            var states: [String] = []
            let done = try reproducer().toImage(path) { progress in
                let word = progress.controller.state.word
                if states.last != word { states.append(word) }
            }
            #expect(states == ["gathering", "verified", "constructing", "written", "good"])
            #expect(done.done > 0)
            #expect(try digest(path) == expected())
            #expect(scratch.files.kind(path + ".part") == nil)
        }
    }

    @Test func aFileThatIsThereIsReplacedOnlyWithForceAndOnlyByAWholeOne() throws {
        try inScratch { path, scratch in
            try scratch.files.replace(path, with: [1, 2, 3])
            let refusal = Sample.refusal { _ = try reproducer().toImage(path) }
            #expect(refusal?.kind == .refused)
            let source = sample.source
            source.fail(after: 3_000_000)
            let failure = Sample.refusal {
                _ = try reproducer([source]).toImage(path, isForced: true)
            }
            #expect(failure?.kind == .failed)
            #expect(try scratch.files.read(path, atMost: 10) == [1, 2, 3])
            _ = try reproducer().toImage(path, isForced: true)
            #expect(try digest(path) == expected())
        }
    }

    @Test("F6, F7: a flipped bit or a secret ends a birth before anything is written")
    func aFlippedBitOrASecretEndsABirthBeforeAnythingIsWritten() throws {
        try inScratch { path, scratch in
            var bytes = sample.contents[0]
            bytes[777] ^= 1
            let liar = MemorySource(lying: sample.boot.kernel.digest, bytes)
            let damaged = Sample.refusal {
                _ = try reproducer([liar, sample.source]).toImage(path)
            }
            #expect(damaged?.kind == .damaged)
            let key = KnownSecret("the key", SecretBytes(copying: sample.contents[1][99..<131]))
            let found = Sample.refusal { _ = try reproducer(secrets: [key]).toImage(path) }
            #expect(found?.kind == .secretFound)
            #expect(scratch.files.kind(path) == nil)
        }
    }

    @Test func whatComesBackOtherwiseThanItWasWrittenIsFound() throws {
        let medium = MemoryTarget(size: 1 << 20)
        let proven = ProvenTarget(medium)
        try proven.write(Content.bytes(5000)[...], at: 4096)
        try proven.write(Content.bytes(100, seed: 2)[...], at: 70_000)
        var bytes = 0
        let first = try proven.readBack { (count) in bytes += count }
        #expect(first == proven.written)
        #expect(bytes == 5100)
        try medium.write([1], at: 6000)
        let second = try proven.readBack { (_) in }
        #expect(second != proven.written)
    }

    @Test func ofADiskItsBeginningAndEndAreLookedAt() {
        var head = [UInt8](repeating: 0, count: 4096)
        let empty = head
        #expect(TargetProbe.name(of: head, empty) == nil)
        head[3000] = 1
        #expect(TargetProbe.name(of: head, empty) == "data")
        #expect(TargetProbe.name(of: empty, head) == "data")
        head[510...511] = [0x55, 0xAA]
        #expect(TargetProbe.name(of: head, empty) == "a boot sector")
        head[1080...1081] = [0x53, 0xEF]
        #expect(TargetProbe.name(of: head, empty) == "an ext file system")
        head.replaceSubrange(512..<520, with: Array("EFI PART".utf8))
        #expect(TargetProbe.name(of: head, empty) == "a table of partitions")
    }

    @Test func aFileIsNoDiskAndADirectoryNoImage() throws {
        try inScratch { path, scratch in
            try scratch.files.replace(path, with: [1])
            let noDisk = Sample.refusal { _ = try reproducer().toDevice(path) }
            #expect(noDisk?.cause == "it is no disk")
            let absent = Sample.refusal { _ = try reproducer().toDevice("/dev/absent-disk") }
            #expect(absent?.kind == .missing)
            let folder = Sample.refusal { _ = try reproducer().toImage(scratch.path) }
            #expect(folder?.cause == "it is a directory")
            let running = [scratch.path]
            let own = Sample.refusal {
                _ = try reproducer(running: running).toImage(path, isForced: true)
            }
            #expect(own?.cause == "this machine runs from it")
        }
    }

    /// A loop device over a file of so many bytes.
    private func onDisk(
        bytes: Int64, _ body: (_ disk: String, _ file: String) throws -> Void
    ) throws {
        try inScratch { path, _ in
            let made = Shell.run("truncate -s \(bytes) \(path) && losetup --find --show \(path)")
            try #require(made.code == 0, "\(made.text)")
            let disk = made.text.split(separator: "\n").last.map(String.init) ?? ""
            defer { _ = Shell.run("losetup -d \(disk)") }
            try body(disk, path)
        }
    }

    @Test(
        "F2: a blank disk gets the image, bit for bit",
        .enabled(if: Shell.canMount("ext4"), "loop devices need root"))
    func aDiskGetsTheImageAndIsThenFullToOthers() throws {
        let size = try sample.description().parameters.diskBytes
        try onDisk(bytes: size) { disk, file in
            _ = try reproducer().toDevice(disk)
            #expect(Shell.run("sync \(file)").code == 0)
            #expect(try digest(file) == expected())
            let again = Sample.refusal { _ = try reproducer().toDevice(disk) }
            #expect(again?.kind == .refused)
            #expect(again?.cause.hasPrefix("it holds ") == true)
            _ = try reproducer().toDevice(disk, isForced: true)
            #expect(Shell.run("sync \(file)").code == 0)
            #expect(try digest(file) == expected())
        }
    }

    @Test(.enabled(if: Shell.canMount("ext4"), "loop devices need root"))
    func aMountedATooSmallAndTheRunningDiskAreRefused() throws {
        let size = try sample.description().parameters.diskBytes
        try onDisk(bytes: size - 512) { disk, _ in
            let small = Sample.refusal { _ = try reproducer().toDevice(disk, isForced: true) }
            #expect(small?.kind == .tooLarge)
        }
        try onDisk(bytes: size) { disk, file in
            let mounted = Shell.run(
                "mkfs.ext4 -q \(disk) && mkdir \(file).m && mount \(disk) \(file).m")
            try #require(mounted.code == 0, "\(mounted.text)")
            defer { _ = Shell.run("umount \(file).m") }
            let facts = try TargetProbe.device(disk, running: [])
            #expect(facts.mountedAt == file + ".m")
            #expect(facts.holds == "an ext file system")
            let refusal = Sample.refusal { _ = try reproducer().toDevice(disk) }
            #expect(refusal?.cause == "it is mounted at \(file).m")
            let own = Sample.refusal {
                _ = try reproducer(running: [file + ".m"]).toDevice(disk, isForced: true)
            }
            #expect(own?.cause == "this machine runs from it")
            let busy = Sample.refusal { _ = try DiskTarget.device(disk) }
            #expect(busy?.kind == .busy)
        }
    }
}
