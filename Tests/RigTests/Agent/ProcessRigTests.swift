import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

@Suite(.serialized) struct ProcessRigTests {
    private func group(
        _ picture: Picture, bufferBytes: Int = Limits.sensorBuffer.value
    ) throws -> SensorGroup {
        try SensorGroup(
            [{ ProcessSensor(LinuxKernel(), bufferBytes: bufferBytes) }], sweepInterval: nil
        ) { picture.take($0) }
    }

    private func waitForSweep(_ group: SensorGroup, _ number: UInt64) -> SensorStatistics? {
        group.sweep()
        for _ in 0..<4000 {
            if let first = group.reports.first, first.statistics.sweeps >= number {
                return first.statistics
            }
            usleep(5000)
        }
        return nil
    }

    @Test func aProcessIsSeenFromItsForkToItsExitCode() throws {
        let picture = Picture()
        let group = try group(picture)
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { !$0.subjects.isEmpty && $0.openGaps["processes"] == 0 })
        let pid = shell("bash -c 'echo $$; sleep 0.05; exec sh -c \"sleep 0.1; exit 7\"'")
            .split(separator: "\n").first
        let name = String(try #require(pid))
        #expect(
            picture.reaches { state in
                state.history.contains { observation in
                    guard case .absent(let subject, _, _) = observation else { return false }
                    return subject.name.text == name
                }
            })
        let seen = picture.state.withLock { state in
            state.history.compactMap { observation -> Observation.Sighting? in
                guard case .present(let sighting) = observation,
                    sighting.subject.name.text == name
                else { return nil }
                return sighting
            }
        }
        #expect(seen.contains { $0.data["name"] == "bash" })
        #expect(seen.last?.data["name"] == "sh")
        #expect(seen.last?.data["commandLine"] == ["sh", "-c", "sleep 0.1; exit 7"])
        #expect(seen.last?.data["exitCode"] == 7)
        #expect(picture.state.withLock { $0.faults } == [])
    }

    @Test func theDumpAgreesWithPs() throws {
        let picture = Picture()
        let group = try group(picture)
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { !$0.subjects.isEmpty && $0.openGaps["processes"] == 0 })
        let statistics = try #require(waitForSweep(group, 1))
        #expect(statistics.drift == 0)
        let processes = picture.all("process")
        var compared = 0
        for line in shell("ps -eo pid=,ppid=,uid=,etimes=,stat=,comm=").split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 5)
            guard words.count == 6, let age = Int(words[3]), age > 30, !words[4].hasPrefix("Z"),
                case let shown = words[5].drop(while: { $0 == " " }), !shown.hasPrefix("kworker")
            else { continue }
            let sighting = try #require(processes[String(words[0])], "\(line)")
            #expect(sighting.data["ppid"]?.int == Int64(words[1]))
            #expect(sighting.data["uid"]?.int == Int64(words[2]))
            let name = try #require(sighting.data["name"]?.text)
            #expect(shown.hasPrefix(name), "\(line)")
            compared += 1
        }
        #expect(compared > 10)
    }

    /// Thirty-two arguments of 66,000 bytes, and 10,000 short ones.
    @Test func aCommandLineOfTwoMebibytesIsCutAndHarmsNothing() throws {
        let picture = Picture()
        let group = try group(picture)
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { !$0.subjects.isEmpty && $0.openGaps["processes"] == 0 })
        let told = shell(
            """
            ulimit -s 65536; long=$(head -c 66000 /dev/zero | tr '\\0' a)
            exec sh -c 'wc -c </proc/$$/cmdline; echo $$; sleep 0.3; exit 7' pisces-long \
            $(for i in $(seq 32); do echo "$long"; done) $(seq 10000)
            """
        ).split(separator: "\n").map { String($0) }
        #expect((told.first.flatMap { Int($0) } ?? 0) > 2 << 20)
        let name = try #require(told.last)
        let seen = { (state: borrowing Picture.State) -> [Observation.Sighting] in
            state.history.compactMap { observation in
                guard case .present(let one) = observation, one.subject.name.text == name
                else { return nil }
                return one
            }
        }
        #expect(picture.reaches { seen($0).last?.data["exitCode"] == 7 })
        let last = try #require(picture.state.withLock { seen($0) }.last)
        #expect(last.data["commandLineCut"] == true)
        let arguments = (last.data["commandLine"]?.list ?? []).compactMap(\.text)
        #expect(Array(arguments.prefix(2)) == ["sh", "-c"])
        let bytes = arguments.joined(separator: " ").utf8.count
        #expect((1024...4096).contains(bytes))
        let statistics = try #require(waitForSweep(group, 1))
        #expect(statistics.drift == 0)
        #expect(picture.state.withLock { $0.faults } == [])
    }

    @Test func aForkStormIntoATinyBufferIsAGapAndLeavesNoDrift() throws {
        let picture = Picture()
        let group = try group(picture, bufferBytes: 4096)
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { !$0.subjects.isEmpty && $0.openGaps["processes"] == 0 })
        _ = shell("for i in $(seq 5000); do (:) & done 2>/dev/null; wait")
        let statistics = try #require(waitForSweep(group, 1))
        #expect(statistics.lost > 0)
        #expect(statistics.drift == 0)
        picture.state.withLock { state in
            #expect(state.openGaps["processes"] == 0)
            #expect(state.causes.contains { $0.contains("ENOBUFS") })
            #expect(state.faults == [])
        }
        #expect(UInt64(picture.state.withLock { $0.causes.count }) == statistics.gaps)
    }
}
