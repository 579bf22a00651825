import Host
import Resources

@testable import MMSAgent

/// What one sensor has said, as the graph would hold it.
struct Sightings {
    private(set) var all: [Observation.Subject: Observation.Sighting] = [:]
    private(set) var causes: [String] = []
    private(set) var openGaps = 0
    /// What no graph could take.
    private(set) var faults: [String] = []

    subscript(_ type: String, _ name: String) -> Observation.Sighting? {
        all.first { $0.key.type.text == type && $0.key.name.text == name }?.value
    }

    func count(_ type: String) -> Int { all.keys.count { $0.type.text == type } }

    mutating func turn(_ sensor: any Sensor, _ body: (any Sensor, inout [Observation]) -> Void) {
        var out: [Observation] = []
        body(sensor, &out)
        for observation in out { apply(observation) }
    }

    private mutating func apply(_ observation: Observation) {
        switch observation {
        case .present(let one):
            if let old = all[one.subject], old.identity != one.identity {
                faults.append("\(one.subject.name) changed identity without an absence")
            }
            all[one.subject] = one
        case .edges: break
        case .absent(let subject, _, _):
            if all.removeValue(forKey: subject) == nil {
                faults.append("\(subject.name) was not there")
            }
        case .gap(_, let cause, _):
            openGaps += 1
            causes.append(cause)
        case .gapClosed: openGaps -= 1
        }
    }

    /// Lets what is queued and due be done.
    mutating func settle(_ sensor: any Sensor, _ kernel: SimulatedKernel, rounds: Int = 100) {
        for _ in 0..<rounds {
            for index in sensor.feeds.indices { turn(sensor) { $0.ready(index, &$1) } }
            kernel.time.advance(milliseconds: 100)
            let now = kernel.clock.ticks
            if let due = sensor.deadline, due <= now { turn(sensor) { $0.expire(now, &$1) } }
        }
    }
}
