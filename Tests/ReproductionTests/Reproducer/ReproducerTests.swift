import Host
import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct ReproducerTests {
    private let system = SmallSystem()

    private func copying(
        _ body: (_ path: String, _ scratch: Scratch) throws -> Void
    ) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try body(scratch.path + "/copy", scratch)
    }

    @Test func aCopyHasAllAndItsProgramRuns() throws {
        try copying { path, scratch in
            var states: [String] = []
            let progress = try system.reproducer().toDirectory(path) { progress in
                let word = progress.controller.state.word
                if states.last != word { states.append(word) }
            }
            #expect(states == ["gathering", "verified", "constructing", "written", "good"])
            #expect(progress.done == progress.total)
            let copy = CopyDirectory(path)
            #expect(try copy.description() == system.description())
            #expect(try copy.store.list() == system.description().blobs)
            #expect(try copy.store.damaged().isEmpty)
            #expect(try copy.release() == nil)
            #expect(scratch.files.mode(path + "/pisces") == 0o755)
            let blob = copy.store.place(Blob(of: system.program).digest)
            #expect(scratch.files.mode(blob) == 0o755)
        }
    }

    @Test func aSecondCopyCopiesOnlyWhatChanged() throws {
        try copying { path, scratch in
            _ = try system.reproducer().toDirectory(path)
            let source = MemorySource([system.program, system.data])
            let changed = try system.description(sequence: 2, text: "goodbye")
            let progress = try system.reproducer(changed, source: source).toDirectory(path)
            #expect(source.bytesRead == 0)
            #expect(progress.copied == 0)
            #expect(try CopyDirectory(path).description() == changed)
            #expect(try CopyDirectory(path).sweep() == Swept())
        }
    }

    @Test func aCopyThatIsCutOffGoesOnAndIsNoCopyBefore() throws {
        try copying { path, scratch in
            let source = MemorySource([system.program, system.data])
            source.fail(after: 400_000)
            let refusal = Sample.refusal {
                _ = try system.reproducer(source: source).toDirectory(path)
            }
            #expect(refusal?.kind == .failed)
            #expect(try CopyDirectory(path).description() == nil)
            source.fail(after: .max)
            let before = source.bytesRead
            _ = try system.reproducer(source: source).toDirectory(path)
            #expect(source.bytesRead - before < system.data.count + system.program.count)
            #expect(try CopyDirectory(path).store.damaged().isEmpty)
        }
    }

    @Test func aCopyCanBeEndedAtEveryStepAndGoesOn() throws {
        for stop in 0..<12 {
            try copying { path, _ in
                var steps = 0
                let refusal = Sample.refusal {
                    _ = try system.reproducer().toDirectory(path) { (_) throws(ReproductionError) in
                        if steps == stop {
                            throw ReproductionError(
                                .cancelled, operation: "copy", subject: "it", cause: "enough",
                                remedy: "")
                        }
                        steps += 1
                    }
                }
                #expect(refusal == nil || refusal?.kind == .cancelled)
                _ = try system.reproducer().toDirectory(path)
                #expect(try CopyDirectory(path).description() == system.description())
                #expect(try CopyDirectory(path).store.damaged().isEmpty)
            }
        }
    }

    @Test func aFullOrForeignDirectoryIsRefusedWithoutForce() throws {
        try copying { path, scratch in
            try scratch.files.makeFolder(path)
            try scratch.files.replace(path + "/letter", with: [1])
            let refusal = Sample.refusal { _ = try system.reproducer().toDirectory(path) }
            #expect(refusal?.kind == .refused)
            #expect(refusal?.cause == "it holds 1 files")
            _ = try system.reproducer().toDirectory(path, isForced: true)
            #expect(try scratch.files.read(path + "/letter", atMost: 10) == [1])
        }
    }

    @Test func whatTheMachineRunsFromIsRefusedEvenWithForce() throws {
        try copying { path, scratch in
            let running = [scratch.path]
            let refusal = Sample.refusal {
                _ = try system.reproducer(running: running).toDirectory(path, isForced: true)
            }
            #expect(refusal?.cause == "this machine runs from it")
            #expect(scratch.files.kind(path) == nil)
        }
    }

    @Test func aSecretInContentOrStateIsNotPassedOn() throws {
        try copying { path, scratch in
            let inContent = KnownSecret("the key", SecretBytes(copying: system.data[5000..<5032]))
            let refusal = Sample.refusal {
                _ = try system.reproducer(secrets: [inContent]).toDirectory(path)
            }
            #expect(refusal?.kind == .secretFound)
            #expect(refusal?.cause.contains("the key (raw)") == true)
        }
        try copying { path, scratch in
            let inState = KnownSecret("the word", SecretBytes(copying: Array("welcome".utf8)))
            let refusal = Sample.refusal {
                _ = try system.reproducer(secrets: [inState]).toDirectory(path)
            }
            #expect(refusal?.subject == "the description")
            #expect(scratch.files.kind(path) == nil)
        }
    }

    @Test func aMissingOrDamagedBlobEndsTheCopy() throws {
        try copying { path, _ in
            let lacking = Sample.refusal {
                _ = try system.reproducer(source: MemorySource([system.program])).toDirectory(path)
            }
            #expect(lacking?.kind == .missing)
            var damaged = system.data
            damaged[400_000] ^= 1
            let liar = MemorySource(lying: Blob(of: system.data).digest, damaged)
            let description = try Description(
                sequence: 1, architecture: .own,
                files: [.init("data", mode: 0o644, .file(Blob(of: system.data)))])
            let refusal = Sample.refusal {
                _ = try system.reproducer(description, source: liar).toDirectory(path)
            }
            #expect(refusal?.kind == .damaged)
            #expect(try CopyDirectory(path).description() == nil)
        }
    }

    @Test func aSignedCopyKeepsItsRelease() throws {
        try copying { path, scratch in
            let description = try system.description()
            var release = Release(
                of: description, issued: WallTime(milliseconds: 1),
                expires: WallTime(milliseconds: 2))
            try release.sign(by: LineageTests.key(0))
            let signed = Reproducer(
                description, release: release, from: [MemorySource([system.program, system.data])],
                scanner: try SecretScanner([]), running: [], clock: LinuxClock())
            _ = try signed.toDirectory(path)
            #expect(try CopyDirectory(path).release() == release)
            _ = try system.reproducer().toDirectory(path)
            #expect(try CopyDirectory(path).release() == nil)
        }
    }

    @Test func aDamagedCopyIsRepaired() throws {
        try copying { path, scratch in
            _ = try system.reproducer().toDirectory(path)
            let store = CopyDirectory(path).store
            let place = store.place(Blob(of: system.data).digest)
            var bytes = system.data
            bytes[77] ^= 1
            try scratch.files.replace(place, with: bytes)
            let refusal = Sample.refusal { _ = try system.reproducer().toDirectory(path) }
            #expect(refusal?.kind == .damaged)
            #expect(try store.damaged(removing: true).count == 1)
            _ = try system.reproducer().toDirectory(path)
            #expect(try store.damaged().isEmpty)
        }
    }
}
