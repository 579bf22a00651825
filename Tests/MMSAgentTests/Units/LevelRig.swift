import Host
import Resources
import Testing

@testable import MMSAgent

/// A source on a simulated kernel, with what it said.
struct LevelRig {
    let kernel: SimulatedKernel
    let sensor: LevelSensor
    var picture: [String: Observation.Sighting] = [:]
    var edges: [String: Observation.Edges] = [:]
    var causes: [String] = []
    var open = 0

    init(_ source: any LevelSource, on kernel: SimulatedKernel) {
        self.kernel = kernel
        sensor = LevelSensor(source, on: kernel)
        var out: [Observation] = []
        sensor.start(&out)
        apply(out)
    }

    mutating func apply(_ out: [Observation]) {
        for one in out {
            switch one {
            case .present(let sighting): picture[sighting.subject.name.text] = sighting
            case .edges(let one): edges[one.subject.name.text] = one
            case .absent(let subject, _, _): picture[subject.name.text] = nil
            case .gap(_, let cause, _):
                causes.append(cause)
                open += 1
            case .gapClosed: open -= 1
            }
        }
    }

    /// Takes what is there and does what is due, for two seconds of the machine's time.
    mutating func settle() {
        for _ in 0..<40 {
            var out: [Observation] = []
            for index in sensor.feeds.indices { sensor.ready(index, &out) }
            kernel.time.advance(milliseconds: 50)
            if let due = sensor.deadline, due <= kernel.clock.ticks {
                sensor.expire(kernel.clock.ticks, &out)
            }
            apply(out)
        }
    }

    mutating func sweep() {
        var out: [Observation] = []
        sensor.sweep(slices: false, &out)
        apply(out)
        settle()
    }
}
