internal import Host
internal import Resources
internal import Testing

@testable internal import Drivers

/// Archives beyond the limits as they ship, written piece by piece: nobody holds one in memory.
@Suite(.serialized) struct LayerLimitTests {
    private let files = LinuxFiles()
    /// Memory that reading an archive may take; each of these archives is larger unpacked.
    private static let room: Int64 = 64 << 20

    @Test func aMillionEntriesAreRefusedAtTheLimit() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        // 2,048 folders in a mebibyte, again and again: 1,048,576 entries.
        var tar = TarMaker()
        for number in 0..<2048 { tar.folder("many/\(number)") }
        let path = scratch.path + "/many.tar"
        try write(512, times: tar.bytes, to: path)
        let said = try refusal(of: path, scratch)
        #expect(said.contains("entries of a layer"), "\(said)")
        #expect(said.contains("\(Limits.layerEntries.value)"), "\(said)")
    }

    @Test func aBombIsRefusedAtTheRatioThatShips() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        // 256 MiB of zeros: four times what is not looked at, deflated to about a thousandth.
        var tar = TarMaker()
        tar.entry("zeros", kind: "0", size: 256 << 20)
        let plain = scratch.path + "/plain"
        try write(1, times: tar.bytes, to: plain)
        try FileCopy.makeSparse(plain, size: 512 + 256 << 20 + 1024)
        let processes = try LinuxProcesses(ledger: scratch.path + "/instances")
        let exit = try processes.run(
            Launch("gzip", ["-1c", plain]), output: scratch.path + "/bomb", milliseconds: 120_000)
        #expect(exit == .code(0))
        let said = try refusal(of: scratch.path + "/bomb", scratch)
        #expect(said.contains("compression of a layer"), "\(said)")
        #expect(said.contains("\(Limits.layerRatio.value)"), "\(said)")
    }

    private func write(_ count: Int, times piece: [UInt8], to path: String) throws {
        let file = try OpenFile.making(path, mode: 0o600)
        for _ in 0..<count { try file.write(piece[...]) }
    }

    /// What is said of an archive that is refused, with the memory that took.
    private func refusal(of path: String, _ scratch: Scratch) throws -> String {
        let folder = scratch.path + "/layer"
        try files.makeFolder(folder)
        let before = LinuxSystem.residentBytes
        let ceilings = ImageCeilings()
        let stream = try ArchiveStream(path, name: "layer", ceilings: ceilings)
        var unpacker = try LayerUnpacker(stream, into: folder, ceilings: ceilings)
        do {
            _ = try unpacker.unpack()
            Issue.record("not refused")
            return ""
        } catch {
            let taken = LinuxSystem.residentBytes - before
            #expect(taken < Self.room, "\(taken) bytes")
            #expect(stream.count > Self.room, "\(stream.count) bytes were read")
            return "\(error)"
        }
    }
}
