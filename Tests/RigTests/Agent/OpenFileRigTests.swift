import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

/// Files and pipes of processes on this machine.
@Suite(.serialized) struct OpenFileRigTests {
    private func sweep(_ group: SensorGroup) -> SensorStatistics? {
        let before = group.reports.first?.statistics.sweeps ?? 0
        group.sweep()
        for _ in 0..<4000 {
            if let report = group.reports.first, report.statistics.sweeps > before {
                return report.statistics
            }
            usleep(5000)
        }
        Issue.record("no sweep: \(group.reports)")
        return nil
    }

    @Test func openFilesPipesAndDeletedFilesAreFound() throws {
        let picture = Picture()
        let group = try SensorGroup(
            [{ LevelSensor(OpenFileSource(), on: LinuxKernel()) }], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { $0.openGaps["open-files"] == 0 })
        let folder = String(shell("mktemp -d").dropLast())
        defer { _ = shell("rm -rf '\(folder)'") }
        let kept = "\(folder)/a b\n"
        let gone = "\(folder)/gone"
        let file = unsafe open(kept, O_CREAT | O_RDWR, 0o600)
        let lost = unsafe open(gone, O_CREAT | O_RDWR, 0o600)
        #expect(file >= 0 && lost >= 0)
        #expect(unsafe write(lost, [UInt8](repeating: 1, count: 5000), 5000) == 5000)
        _ = unsafe unlink(gone)
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        let pipe = String(
            shell("readlink /proc/\(getpid())/fd/\(ends[0])").dropFirst(6).dropLast(2))
        _ = sweep(group)
        let links = try #require(
            picture.state.withLock { state in
                state.edges.first { $0.key.name.text == "\(getpid())" }?.value.links
            })
        let opens = (links["OPENS"] ?? []).map { "\($0.type.text) \($0.name.text)" }
        #expect(opens.contains("open-file \(subjectName(kept).text)"))
        #expect(opens.contains("pipe \(pipe)"))
        #expect(opens.contains { $0.hasPrefix("open-file \(gone) ") })
        #expect((links["READS"] ?? []).contains { $0.name.text == pipe })
        #expect((links["WRITES"] ?? []).contains { $0.name.text == pipe })
        let deleted = try #require(
            picture.all("open-file").values.first { $0.data["path"]?.text == gone })
        #expect(deleted.data["sizeAtLeast"] == 4096)
        #expect(deleted.data["deleted"] == true && deleted.links["AT"] == nil)
        let named = picture.all("open-file")[subjectName(kept).text]
        #expect(named?.links["AT"]?.first?.name == subjectName(kept))
        #expect(picture.all("pipe")[pipe]?.data["writers"] == 1)
        for one in [file, lost] + ends { close(one) }
        let swept = try #require(sweep(group))
        #expect(swept.drift == 0)
        #expect(picture.all("pipe")[pipe] == nil)
        #expect(!picture.all("open-file").values.contains { $0.data["path"]?.text == gone })
        #expect(picture.state.withLock { $0.faults } == [])
        print("open-files: \(swept.readNanoseconds / 1000) µs, \(swept.subjects) subjects")
    }

    @Test func sharedMemoryIsWhatIpcsSays() throws {
        let made = shell("ipcmk -M 4096 | sed 's/.*: //'").dropLast()
        defer { _ = shell("ipcrm -m \(made)") }
        let seen = SharedMemory.seen(LinuxKernel().read(SharedMemory.path) ?? [], boot: "b")
        let truth = shell("ipcs -m | awk '$1 ~ /^0x/ {print $2, $4, $5, $6}'")
        #expect(
            Set(
                seen.map { one in
                    "\(one.subject.name.text) \(one.data["permissions"]?.text ?? "") "
                        + "\(one.data["size"]?.int ?? 0) \(one.data["attached"]?.int ?? 0)"
                }) == Set(truth.split(separator: "\n").map { String($0) }))
        #expect(seen.contains { $0.subject.name.text == String(made) })
    }
}
