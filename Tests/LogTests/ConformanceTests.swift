import Host
import LogSuite
import Resources
import Testing

@testable import Log

/// The suite on the bodies of the loglet: files on Linux, files in the World, and the chain.
@Suite struct ConformanceTests {
    private func onLinux(_ folder: borrowing Folder) throws -> FileLoglet<LinuxDisk> {
        try loglet(LinuxDisk(), folder.path)
    }

    private func inWorld() throws -> FileLoglet<SimulatedDisk> {
        try loglet(SimulatedDisk(seed: 1), "")
    }

    private func loglet<D: Disk>(_ disk: D, _ root: String) throws -> FileLoglet<D> {
        try FileLoglet.create(
            disk: disk, files: LogletFiles(directory: root + "/one", quarantine: root + "/q"),
            identity: LogletIdentity(
                cluster: Sample.cluster, log: Sample.log, number: 1, epoch: 1),
            mount: .root, options: Sample.options(), first: Position(1), previous: .zero)
    }

    @Test func gaplessSmoke() throws {
        let folder = Folder()
        try LogletConformance.passesGaplessSmoke(onLinux(folder))
        try LogletConformance.passesGaplessSmoke(inWorld())
        try LogletConformance.passesGaplessSmoke(Sample.open(LinuxDisk(), folder.path + "/log"))
    }

    @Test func stream() throws {
        let folder = Folder()
        try LogletConformance.streams(onLinux(folder))
        try LogletConformance.streams(inWorld())
        try LogletConformance.streams(Sample.open(LinuxDisk(), folder.path + "/log"))
    }

    @Test func streamAcrossTrims() throws {
        let folder = Folder()
        try LogletConformance.streamsAcrossTrims(onLinux(folder)) { _, _ in }
        try LogletConformance.streamsAcrossTrims(inWorld()) { _, _ in }
        let log = try Sample.open(LinuxDisk(), folder.path + "/log")
        try LogletConformance.streamsAcrossTrims(log) { log, position in
            for back: UInt64 in [1, 0] {
                let position = Position(position.rawValue - back)
                let entry = try log.read(from: position, maximumBytes: 1)[0]
                try log.keep(
                    CheckpointManifest(
                        position: position, epoch: entry.epoch, chainHash: entry.chainHash,
                        stateHash: [], format: 1))
            }
            #expect(throws: LogError.self) { try log.trim(before: position.next) }
        }
    }

    @Test func appendAfterSealIsRefused() throws {
        let folder = Folder()
        try LogletConformance.refusesAppendAfterSeal(onLinux(folder))
        try LogletConformance.refusesAppendAfterSeal(inWorld())
        try LogletConformance.refusesAppendAfterSeal(
            Sample.open(LinuxDisk(), folder.path + "/log"))
    }

    @Test func sealOfAnEmptyLoglet() throws {
        let folder = Folder()
        try LogletConformance.sealsEmpty(onLinux(folder))
        try LogletConformance.sealsEmpty(inWorld())
        try LogletConformance.sealsEmpty(Sample.open(LinuxDisk(), folder.path + "/log"))
    }

    @Test func concurrentAppendAndSeal() async throws {
        let folder = Folder()
        try await LogletConformance.survivesConcurrentAppendAndSeal(onLinux(folder))
        try await LogletConformance.survivesConcurrentAppendAndSeal(inWorld())
        try await LogletConformance.survivesConcurrentAppendAndSeal(
            Sample.open(LinuxDisk(), folder.path + "/log"))
    }

    @Test func readerParkedOnTheTailAcrossASeal() async throws {
        let folder = Folder()
        try await LogletConformance.letsAParkedReaderSeeTheSeal(onLinux(folder))
        try await LogletConformance.letsAParkedReaderSeeTheSeal(inWorld())
        try await LogletConformance.letsAParkedReaderSeeTheSeal(
            Sample.open(LinuxDisk(), folder.path + "/log"))
    }
}
