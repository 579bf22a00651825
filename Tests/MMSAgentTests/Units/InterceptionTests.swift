import FoundationEssentials
import Host
import Resources
import Testing

@testable import MMSAgent

/// How many kinds of resources are intercepted: an event announces each that comes, changes and
/// goes. Counted from the sensors' contracts; of osquery's tables 11 are evented on Linux.
@Suite struct InterceptionTests {
    private struct Count {
        var intercepted: Set<TypeName> = []
        var owned: Set<TypeName> = []
    }

    private func count() -> Count {
        let kernel = SimulatedKernel()
        var result = Count()
        for sensor: any Sensor in [
            ProcessSensor(kernel), NetworkSensor(kernel), MachineSensor(kernel, name: "m"),
            FileSensor(kernel),
        ] {
            result.intercepted.formUnion(sensor.contract.kinds)
            result.owned.formUnion(sensor.contract.kinds)
        }
        for make in Sensors.levels {
            let source = make()
            result.owned.formUnion(source.contract.kinds)
            result.intercepted.formUnion(
                source.contract.kinds.filter { source.sampled[$0] != .all })
        }
        return result
    }

    @Test func theFigureOfTheDocumentsIsThatOfTheContracts() throws {
        let count = count()
        #expect(count.intercepted.count >= 40, "the goal")
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let sensors = try String(
            contentsOf: root.appending(path: "Docs/sensors.md"), encoding: .utf8)
        let figure = "**\(count.intercepted.count) of \(count.owned.count) kinds**"
        #expect(sensors.contains(figure), "\(figure)")
        let benchmarks = try String(
            contentsOf: root.appending(path: "Docs/benchmarks.md"), encoding: .utf8)
        #expect(benchmarks.contains("| kinds intercepted | \(count.intercepted.count) |"))
        // The table of the page names each of them.
        let cells = Set(sensors.split { " |,;\n".contains($0) }.map { String($0) })
        for kind in count.owned { #expect(cells.contains(kind.text), "\(kind)") }
    }

    /// Each kind has one sensor, and the type that it says it has.
    @Test func everyKindHasOneOwner() {
        let kernel = SimulatedKernel()
        var owners: [TypeName: [String]] = [:]
        let quick: [any Sensor] = [
            ProcessSensor(kernel), NetworkSensor(kernel), MachineSensor(kernel, name: "m"),
            FileSensor(kernel),
        ]
        for contract in quick.map(\.contract) + Sensors.levels.map({ $0().contract }) {
            for kind in contract.kinds { owners[kind, default: []].append(contract.name) }
        }
        for (kind, names) in owners { #expect(names.count == 1, "\(kind): \(names)") }
        let defined = AgentTypes.all.filter { $0.writer.hasPrefix("sensor ") }
        for type in defined where type.name != Kind.gap {
            #expect(owners[type.name].map { ["sensor \($0[0])"] } == [type.writer], "\(type.name)")
        }
        #expect(Set(owners.keys).isSubset(of: Set(AgentTypes.all.map(\.name))))
    }
}
