import Host
import Resources
import Testing

@testable import MMSAgent

/// A source that follows a file and whose reading costs 100 ms.
private final class CostlySource: LevelSource {
    let contract = SensorContract(
        name: "costly", kinds: [CoreTypes.known("thing")], mechanism: "m", why: "w",
        privilege: "p", fallback: "f", mayMiss: "n")
    let time: SimulatedClock
    private(set) var readings = 0

    init(_ time: SimulatedClock) { self.time = time }

    var watched: WatchedPaths? { WatchedPaths(named: ["/etc/thing"]) }

    func read(_ kernel: any Kernel) -> Reading {
        readings += 1
        time.advance(milliseconds: 100)
        let text = kernel.read("/etc/thing").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let subject = Observation.Subject(
            type: CoreTypes.known("thing"), name: subjectName("one"))
        return .whole([Seen(subject: subject, identity: "1", data: ["text": .text(text)])])
    }
}

@Suite struct ThrottleTests {
    private let kernel = SimulatedKernel()

    /// In a minute in which every millisecond brings a change, a sensor reads as often as its
    /// share allows, counts what it put off, and ends at the truth.
    @Test func aStormOfHintsTakesABoundedShareOfTheTime() {
        kernel.write("/etc/thing", "0")
        let source = CostlySource(kernel.time)
        var rig = LevelRig(source, on: kernel)
        let (begun, readings) = (kernel.clock.ticks, source.readings)
        var changes = 0
        while kernel.clock.ticks.nanoseconds(since: begun) < 60_000_000_000 {
            changes += 1
            kernel.write("/etc/thing", "\(changes)")
            var out: [Observation] = []
            rig.sensor.ready(0, &out)
            if let due = rig.sensor.deadline, due <= kernel.clock.ticks {
                rig.sensor.expire(kernel.clock.ticks, &out)
            }
            rig.apply(out)
        }
        let elapsed = kernel.clock.ticks.nanoseconds(since: begun) / 1_000_000
        let taken = UInt64(source.readings - readings)
        #expect(taken > 0)
        // 100 ms of reading, then a rest of so many times that.
        #expect(taken <= elapsed / (100 * UInt64(1 + Limits.sensorRest.value)) + 1)
        #expect(rig.sensor.statistics.throttled >= taken - 1)
        #expect(rig.sensor.statistics.lost == 0)
        kernel.time.advance(milliseconds: 60_000)
        rig.settle()
        #expect(rig.picture["one"]?.data["text"]?.text == "\(changes)")
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    @Test func aSweepThatComesTooEarlyIsPutOffAndCounted() {
        let source = CostlySource(kernel.time)
        let rig = LevelRig(source, on: kernel)
        var out: [Observation] = []
        let readings = source.readings
        rig.sensor.sweep(slices: true, &out)
        #expect(rig.sensor.statistics.throttled == 1)
        #expect(source.readings == readings)
        kernel.time.advance(milliseconds: 100 * UInt64(1 + Limits.sweepRest.value))
        rig.sensor.sweep(slices: true, &out)
        #expect(rig.sensor.statistics.throttled == 1)
        #expect(source.readings == readings + 1)
    }
}
