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
