import Glibc
import Host
import Resources
import Testing

@testable import MMSAgent

/// What the contracts promise, on this machine's kernel.
@Suite struct InterceptionRigTests {
    /// A kind counts where its sensor has something to wait on and does not say that no event
    /// tells of the kind.
    @Test func fortyKindsAndMoreAreInterceptedHere() {
        var here: Set<TypeName> = []
        var lacking: [String] = []
        for make in Sensors.levels {
            let source = make()
            let sensor = LevelSensor(source, on: LinuxKernel())
            var out: [Observation] = []
            sensor.start(&out)
            let kinds = source.contract.kinds.filter { source.sampled[$0] != .all }
            if sensor.feeds.isEmpty, !kinds.isEmpty {
                lacking.append("\(sensor.contract.name): \(sensor.contract.why)")
            } else {
                here.formUnion(kinds)
            }
            sensor.stop()
        }
        #expect(here.count >= 40, "\(here.map(\.text).sorted()), without \(lacking)")
        print("\(here.count) kinds of the sensors that read whole are intercepted; not: \(lacking)")
    }
}
