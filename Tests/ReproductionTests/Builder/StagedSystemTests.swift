import Glibc
import Host
import Resources
import Testing
import Trust

@testable import Reproduction

/// A system that is staged as files becomes a description and an image, whatever is around it.
@Suite(.serialized) struct StagedSystemTests {
    private static let program = Content.bytes(40_000, seed: 3)

    /// Stages a small system; `names` gives the order in which files are made.
    private func stage(_ path: String, reversed: Bool = false) throws {
        let files = LinuxFiles()
        for folder in ["root/pisces/bin", "root/etc", "root/proc", "modules", "boot"] {
            try files.makeFolder("\(path)/\(folder)", mode: 0o777)
        }
        let digest = ContentDigest(of: Self.program)
        let contents: [(String, [UInt8])] = [
            ("root/pisces/bin/pisces", Self.program), ("root/etc/hosts", Array("x\n".utf8)),
            ("root/etc/Z", []), ("root/etc/ä", Array("same".utf8)),
            ("root/etc/same", Array("same".utf8)),
            ("modules/000-zeta.ko", Content.bytes(3000, seed: 4)),
            ("modules/001-alpha.ko", Content.bytes(3001, seed: 5)),
            ("boot/kernel", Content.bytes(90_000, seed: 6)),
            ("boot/womb", Content.bytes(9000, seed: 7)),
            ("boot/loader", Content.bytes(9001, seed: 8)), ("boot/stub", StubSample.bytes()),
            ("boot/words", Array("console=ttyS0  panic=2\n".utf8)),
            ("provenance", Array("\(digest.hex)\tpisces\t1\tpisces 0123\tApache-2.0\n".utf8)),
        ]
        for (name, bytes) in reversed ? contents.reversed() : contents {
            try files.replace("\(path)/\(name)", with: bytes, mode: 0o640)
        }
        try files.setMode("\(path)/root/pisces/bin/pisces", 0o711)
        try files.link("\(path)/root/bin", to: "pisces/bin")
    }

    private var parameters: Description.Parameters { ImageSample().parameters }

    @Test func aStagedSystemIsDescribed() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try stage(scratch.path)
        let description = try StagedSystem(scratch.path, parameters: parameters).description
        #expect(
            description.files.map(\.path) == [
                "bin", "etc", "etc/Z", "etc/hosts", "etc/same", "etc/ä", "pisces", "pisces/bin",
                "pisces/bin/pisces", "proc",
            ])
        #expect(description.files.map(\.mode).contains(0o711) == false)
        #expect(description.files.first { $0.path == "pisces/bin/pisces" }?.mode == 0o755)
        #expect(description.files.first { $0.path == "etc/hosts" }?.mode == 0o644)
        #expect(description.modules.map(\.path) == ["modules/zeta.ko", "modules/alpha.ko"])
        #expect(description.boot?.commandLine == ["console=ttyS0", "panic=2"])
        #expect(description.provenance.map(\.package) == ["pisces"])
        #expect(description.boot?.guardian == Blob(of: Guard.program(for: .own)))
    }

    /// Folder, order, umask, zone and language change no bit of it.
    @Test("F1: two builds in different places give one digest")
    func twoBuildsInDifferentPlacesGiveOneDigest() throws {
        var found: Set<ContentDigest> = []
        for (number, mask) in [(0, 0o022), (1, 0o077)] as [(Int, UInt32)] {
            let scratch = try Scratch()
            defer { scratch.remove() }
            let before = umask(mask)
            defer { umask(before) }
            let path = scratch.path + String(repeating: "/deeper", count: number)
            try stage(path + "/stage", reversed: number == 1)
            let staged = try StagedSystem(path + "/stage", parameters: parameters)
            let folder = ImageFolder(path + "/image")
            let built = try folder.build(staged.description, blobs: staged.blobs)
            #expect(built.generation == staged.description.digest)
            found.insert(try FolderBlobs.blob(of: folder.path + "/pisces.img").digest)
            let kept = try LinuxFile.read(folder.path + "/description")
            #expect(kept == staged.description.encoded)
            let words = String(decoding: try LinuxFile.read(folder.path + "/words"), as: UTF8.self)
            #expect(words.hasPrefix("console=ttyS0 panic=2 pisces.id="))
            #expect(words.contains("pisces.generation=\(built.generation.hex)"))
            // Built again, over what is there.
            _ = try folder.build(staged.description, blobs: staged.blobs)
            found.insert(try FolderBlobs.blob(of: folder.path + "/pisces.img").digest)
        }
        #expect(found.count == 1)
    }

    /// What is taken away or spoiled, and what the refusal names.
    @Test(arguments: [
        ("rm -r root", "root of"), ("rm boot/kernel", "boot/kernel"),
        ("rm boot/words", "boot/words"),
        ("rm provenance", "provenance of"), ("echo x > provenance", "provenance of"),
        ("mkfifo root/etc/pipe", "root/etc/pipe of"),
        ("echo > modules/beta.ko", "modules/beta.ko of"),
        ("echo pisces.root=00 > boot/words", "description"),
    ])
    func aStageThatLacksSomethingIsRefused(spoil: String, subject: String) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try stage(scratch.path)
        #expect(Shell.run("cd \(scratch.path) && \(spoil)").code == 0)
        let error = Sample.refusal { _ = try StagedSystem(scratch.path) }
        #expect(error?.subject.contains(subject) == true, "\(String(describing: error))")
        #expect(error?.remedy.isEmpty == false)
    }
}
