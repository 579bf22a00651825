internal import Glibc
internal import Host
internal import Resources
internal import Testing

@testable internal import Drivers

/// Archives that want out, and what becomes of them.
@Suite struct LayerSafetyTests {
    private let files = LinuxFiles()

    /// Unpacks an archive into `<scratch>/layer`, beside which lies a file nobody may touch.
    private func unpack(
        _ bytes: [UInt8], _ ceilings: ImageCeilings = ImageCeilings(),
        _ then: (String) throws -> Void = { _ in }
    ) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let folder = scratch.path + "/layer"
        let secret = scratch.path + "/secret"
        try files.makeFolder(folder, mode: 0o755)
        try files.replace(secret, with: Array("untouched".utf8))
        defer {
            let text = (try? files.text(secret)) ?? nil
            let names = (try? files.names(in: scratch.path)) ?? []
            #expect(text == "untouched")
            #expect(names == ["layer", "secret"])
        }
        let stream = try ArchiveStream(bytes: bytes, name: "layer", ceilings: ceilings)
        var unpacker = try LayerUnpacker(stream, into: folder, ceilings: ceilings)
        let digest = try unpacker.unpack()
        #expect(digest == ImageDigest(of: bytes))
        try then(folder)
    }

    private func refused(
        _ words: String, _ ceilings: ImageCeilings = ImageCeilings(),
        _ fill: (inout TarMaker) -> Void
    ) {
        var tar = TarMaker()
        fill(&tar)
        do {
            try unpack(tar.whole, ceilings)
            Issue.record("not refused: \(words)")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
            #expect(error is DriverError)
        }
    }

    @Test func namesThatLeadOutAreRefused() {
        refused("leads out") { $0.file("../secret", "taken") }
        refused("leads out") { $0.file("a/../../secret", "taken") }
        refused("leads out") { $0.folder("..") }
        refused("absolute") { $0.file("/etc/passwd", "taken") }
        refused("leads out") {
            $0.pax([("path", Array("../secret".utf8))])
            $0.file("a", "taken")
        }
        refused("leads out") {
            $0.entry("long", kind: "L", body: Array("../secret\u{0}".utf8))
            $0.file("a", "taken")
        }
        refused("names nothing") { $0.file(".wh...", "") }
        refused("names nothing") { $0.file("a/.wh..", "") }
    }

    @Test func nothingIsWrittenThroughASymbolicLink() {
        refused("symbolic link") {
            $0.link("out", to: "..")
            $0.file("out/secret", "taken")
        }
        refused("symbolic link") {
            $0.link("out", to: "/tmp")
            $0.folder("out/deeper")
        }
        refused("symbolic link") {
            $0.link("here", to: ".")
            $0.hardLink("copy", to: "here/here")
        }
    }

    @Test func aFileInThePlaceOfALinkReplacesTheLink() throws {
        var tar = TarMaker()
        tar.link("secret", to: "../secret")
        tar.file("secret", "own")
        tar.link("folder", to: "..")
        tar.folder("folder")
        tar.file("folder/secret", "own too")
        try unpack(tar.whole) { (folder: String) throws in
            #expect(try files.text(folder + "/secret") == "own")
            #expect(try files.text(folder + "/folder/secret") == "own too")
        }
    }

    @Test func hardLinksThatLeadOutAreRefused() {
        refused("leads out") { $0.hardLink("a", to: "../secret") }
        refused("absolute") { $0.hardLink("a", to: "/etc/passwd") }
        refused("symbolic link") {
            $0.link("up", to: "..")
            $0.hardLink("a", to: "up/secret")
        }
        refused("No such file") { $0.hardLink("a", to: "missing") }
        refused("leads to a folder") {
            $0.folder("d")
            $0.hardLink("a", to: "d")
        }
        refused("leads to itself") { $0.hardLink("a", to: "a") }
    }

    @Test func aHardLinkToALinkIsTheLinkAndWritesNothing() throws {
        var tar = TarMaker()
        tar.link("up", to: "../secret")
        tar.hardLink("again", to: "up")
        tar.file("again", "own")
        try unpack(tar.whole) { (folder: String) throws in
            #expect(try files.target(ofLink: folder + "/up") == "../secret")
            #expect(try files.text(folder + "/again") == "own")
        }
    }

    @Test func devicesAndStrangeKindsAreRefused() {
        for kind in ["3", "4"] as [Character] {
            refused("device dev/null") { $0.entry("dev/null", kind: kind) }
        }
        refused("sparse") { $0.entry("hole", kind: "S") }
        refused("sparse") {
            $0.pax([("GNU.sparse.major", Array("1".utf8))])
            $0.file("hole", "x")
        }
        refused("unknown kind") { $0.entry("odd", kind: "Z") }
        refused("another form") { $0.entry("old", kind: "0", magic: "tarball") }
    }

    @Test func rightsOfOtherUsersAreDropped() throws {
        var tar = TarMaker()
        tar.file("su", "x", mode: 0o6755, user: 7)
        tar.folder("shared", mode: 0o1777)
        try unpack(tar.whole) { (folder: String) throws in
            var info = stat()
            #expect(unsafe stat(folder + "/su", &info) == 0)
            #expect(info.st_mode & 0o7777 == 0o755 && info.st_uid == 7)
            #expect(info.st_mtim.tv_sec == 1_700_000_000)
            #expect(unsafe stat(folder + "/shared", &info) == 0)
            #expect(info.st_mode & 0o7777 == 0o1777)
        }
    }

    @Test func limitsOfEntriesBytesAndDepthHold() {
        var few = ImageCeilings()
        few.entries = 100
        refused("entries of a layer", few) { tar in
            for number in 0...100 { tar.file("\(number)", "") }
        }
        var small = ImageCeilings()
        small.layer = 100_000
        refused("layer unpacked", small) {
            $0.file("big", String(repeating: "x", count: 200_000))
        }
        refused("depth") {
            $0.pax([("path", Array((String(repeating: "a/", count: 97) + "b").utf8))])
            $0.file("a", "")
        }
        refused("255 bytes") {
            $0.pax([("path", [UInt8](repeating: 0x61, count: 256))])
            $0.file("a", "")
        }
        refused("path in a layer") {
            $0.pax([("path", Array(String(repeating: "ab/", count: 1400).utf8))])
            $0.file("a", "")
        }
        refused("extended header of an archive") {
            $0.entry("pax", kind: "x", body: [], size: 2 << 20)
        }
    }

    @Test func aBombIsStoppedByItsRatio() throws {
        // A megabyte of zeros, deflated to about a thousandth (RFC 1951), made once by gzip.
        let scratch = try Scratch()
        defer { scratch.remove() }
        var tar = TarMaker()
        tar.entry("zeros", kind: "0", body: [UInt8](repeating: 0, count: 1 << 20))
        try files.replace(scratch.path + "/plain", with: tar.whole)
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        let exit = try processes.run(
            Launch("gzip", ["-c", scratch.path + "/plain"]), output: scratch.path + "/bomb",
            milliseconds: 10_000)
        #expect(exit == .code(0))
        let bomb = try #require(try files.read(scratch.path + "/bomb", atMost: 1 << 20))
        var ceilings = ImageCeilings()
        ceilings.ratioFree = 1 << 16
        do {
            try unpackCompressed(bomb, scratch, ceilings)
            Issue.record("a bomb was unpacked")
        } catch { #expect("\(error)".contains("compression of a layer"), "\(error)") }
        for cut in [bomb.count / 2, bomb.count - 1, 20] {
            do {
                try unpackCompressed(Array(bomb.prefix(cut)), scratch, ImageCeilings())
                Issue.record("cut data was unpacked")
            } catch { #expect("\(error)".contains("cut") || "\(error)".contains("ends")) }
        }
        do {
            try unpackCompressed(bomb + [1, 2, 3], scratch, ImageCeilings())
            Issue.record("what follows the data was taken")
        } catch { #expect("\(error)".contains("damaged"), "\(error)") }
    }

    private func unpackCompressed(
        _ bytes: [UInt8], _ scratch: Scratch, _ ceilings: ImageCeilings
    ) throws {
        let folder = scratch.path + "/layer-\(LinuxEntropy().next())"
        try files.makeFolder(folder)
        let stream = try ArchiveStream(bytes: bytes, name: "layer", ceilings: ceilings)
        var unpacker = try LayerUnpacker(stream, into: folder, ceilings: ceilings)
        _ = try unpacker.unpack()
    }

    @Test func damagedHeadersAreRefused() throws {
        var tar = TarMaker()
        tar.file("a", "text")
        var bytes = tar.whole
        bytes[0] ^= 1
        for damaged in [bytes, Array(tar.whole.prefix(700)), Array(tar.whole.prefix(514))] {
            do {
                try unpack(damaged)
                Issue.record("damage was taken")
            } catch { #expect(error is DriverError) }
        }
        refused("NUL") {
            $0.pax([("path", [0x61, 0, 0x62])])
            $0.file("a", "")
        }
        refused("damaged extended header") {
            $0.entry("pax", kind: "x", body: Array("99 path=a\n".utf8))
            $0.file("a", "")
        }
        refused("size=-1") {
            $0.pax([("size", Array("-1".utf8))])
            $0.file("a", "")
        }
        refused("empty name") { $0.file("", "") }
    }

    @Test func whiteoutsBecomeWhatOverlayTakes() throws {
        var tar = TarMaker()
        tar.file("etc/.wh.gone", "")
        tar.folder("var/")
        tar.file("var/.wh..wh..opq", "")
        tar.file("var/new", "x")
        tar.file(".wh..wh.plnk", "")
        tar.file(".wh.again", "")
        tar.folder("again")
        tar.folder("kept")
        tar.file(".wh.kept", "")
        try unpack(tar.whole) { (folder: String) throws in
            let tree = try FolderTree(folder)
            #expect(try tree.kind(["etc", "gone"]) == .whiteout)
            #expect(try tree.hidesLower(["var"]))
            #expect(try tree.kind(["var", ".wh..wh..opq"]) == nil)
            #expect(try tree.kind([".wh..wh.plnk"]) == nil)
            // The layer's own folder of that name stands, without what lay there below.
            #expect(try tree.kind(["again"]) == .folder && tree.hidesLower(["again"]))
            #expect(try tree.kind(["kept"]) == .folder && tree.hidesLower(["kept"]))
        }
    }

    @Test func longAndLargeFormsOfBothKindsOfTarAreRead() throws {
        let long = String(repeating: "d/", count: 60) + "file"
        var tar = TarMaker()
        tar.entry("x", kind: "L", body: Array((long + "\u{0}").utf8))
        tar.file("short", "gnu")
        tar.pax([("path", Array((long + "2").utf8)), ("mtime", Array("1.5".utf8))])
        tar.file("short", "pax")
        tar.pax([("uid", Array("70000000".utf8))], kind: "g")
        tar.file("owned", "x")
        try unpack(tar.whole) { (folder: String) throws in
            #expect(try files.text(folder + "/" + long) == "gnu")
            #expect(try files.text(folder + "/" + long + "2") == "pax")
            var info = stat()
            #expect(unsafe stat(folder + "/owned", &info) == 0)
            #expect(info.st_uid == 70_000_000)
        }
    }
}
