import Host
import Resources
import Testing

@testable import MMSAgent

@Suite struct OpenFileTests {
    private func read(_ kernel: SimulatedKernel, _ sensor: LevelSensor) -> [Observation] {
        var out: [Observation] = []
        sensor.sweep(slices: false, &out)
        kernel.time.advance(milliseconds: 100)
        sensor.expire(kernel.clock.ticks, &out)
        return out
    }

    private func links(_ out: [Observation], of pid: String) -> SortedMap<[Observation.Subject]>? {
        out.compactMap { one -> SortedMap<[Observation.Subject]>? in
            guard case .edges(let edges) = one, edges.subject.name.text == pid else { return nil }
            return edges.links
        }.last
    }

    @Test func filesAndPipesAreLinkedAndTheirEndsTaken() {
        let kernel = SimulatedKernel()
        kernel.write("/var/a b\n", "x")
        kernel.write("/proc/7", "x")
        kernel.link("/proc/1/fd/0", to: "/dev/null")
        kernel.link("/proc/1/fd/3", to: "/var/a b\n")
        kernel.link("/proc/1/fd/4", to: "pipe:[77]")
        kernel.link("/proc/1/fd/5", to: "anon_inode:[eventpoll]")
        kernel.link("/proc/1/fd/6", to: "/proc/7")
        kernel.link("/proc/1/fd/7", to: "/proc/1/fd/7")
        kernel.link("/proc/1/fd/8", to: "pipe:[]")
        let sensor = LevelSensor(OpenFileSource(), on: kernel)
        var out: [Observation] = []
        sensor.start(&out)
        let opens = links(out, of: "1")?["OPENS"]?.map { "\($0.type.text) \($0.name.text)" }
        #expect(opens == ["open-file /var/a b\\u{a}", "pipe 77"])
        #expect(read(kernel, sensor) == [])
        kernel.remove("/proc/1/fd/4")
        let after = read(kernel, sensor)
        #expect(links(after, of: "1")?["OPENS"]?.count == 1)
        #expect(
            after.contains {
                if case .absent(let subject, .sampled, _) = $0 {
                    subject.name.text == "77"
                } else {
                    false
                }
            })
        // Nothing announces these: they are sampled, not drift.
        #expect(sensor.statistics.drift == 0)
        #expect(sensor.statistics.sampled == 2)
        kernel.remove("/proc/1/fd")
        #expect(links(read(kernel, sensor), of: "1")?["OPENS"] == [])
    }

    @Test func whoMayNotLookSaysSo() {
        let kernel = SimulatedKernel()
        kernel.isUnprivileged = true
        kernel.link("/proc/1/fd/4", to: "pipe:[77]")
        let sensor = LevelSensor(OpenFileSource(), on: kernel)
        var out: [Observation] = []
        sensor.start(&out)
        #expect(sensor.statistics.subjects == 0)
        #expect(sensor.contract.why == "no privilege to look into 1 of the processes")
    }

    @Test func segmentsAreReadFromTheirTable() {
        let text = """
            key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime rss swap
              -559038737 5 1666 4096 12 13 2 1000 0 1001 0 0 0 0 0 0
              0 6 600 oops 1 1 1 0 0 0 0 0 0 0 0 0
              0 7 600 1
            """
        let seen = SharedMemory.seen(Array(text.utf8), boot: "b")
        #expect(seen.count == 1)
        #expect(seen.first?.identity == "b:5:12")
        #expect(seen.first?.data["key"] == "0xdeadbeef")
        #expect(seen.first?.data["permissions"] == "666")
        #expect(seen.first?.data["removed"] == true)
        #expect(seen.first?.data["creatorUid"] == 1001)
    }
}
