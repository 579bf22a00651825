import Glibc
import Host
import Resources
import Synchronization

@testable import MMSAgent

/// What a sink has been told, as the graph would hold it.
final class Picture: Sendable {
    struct State {
        var subjects: [Observation.Subject: Observation.Sighting] = [:]
        var openGaps: [String: Int] = [:]
        var causes: [String] = []
        var history: [Observation] = []
        /// Links that one sensor knows of a subject of another.
        var edges: [Observation.Subject: Observation.Edges] = [:]
        /// Observations that no picture could take: an absence of what was not there.
        var faults: [String] = []
    }

    let state = Mutex(State())

    func take(_ observations: [Observation]) {
        state.withLock { state in
            state.history += observations
            for observation in observations { Self.apply(observation, &state) }
        }
    }

    private static func apply(_ observation: Observation, _ state: inout State) {
        switch observation {
        case .present(let sighting):
            if let old = state.subjects[sighting.subject], old.identity != sighting.identity {
                state.faults.append("\(sighting.subject) changed identity without an absence")
            }
            state.subjects[sighting.subject] = sighting
        case .edges(let edges): state.edges[edges.subject] = edges
        case .absent(let subject, _, _):
            if state.subjects.removeValue(forKey: subject) == nil {
                state.faults.append("\(subject) was not there")
            }
        case .gap(let source, let cause, _):
            state.openGaps[source, default: 0] += 1
            state.causes.append("\(source): \(cause)")
        case .gapClosed(let source, _):
            state.openGaps[source, default: 0] -= 1
        }
    }

    func all(_ type: String) -> [String: Observation.Sighting] {
        state.withLock { state in
            var result: [String: Observation.Sighting] = [:]
            for (subject, sighting) in state.subjects where subject.type.text == type {
                result[subject.name.text] = sighting
            }
            return result
        }
    }

    /// Waits for a condition, looking every 5 ms, for at most 20 s.
    func reaches(_ condition: (borrowing State) -> Bool) -> Bool {
        for _ in 0..<4000 {
            if state.withLock({ condition($0) }) { return true }
            usleep(5000)
        }
        return false
    }
}

/// Runs a shell command to its end and gives what it wrote.
func shell(_ command: String) -> String {
    guard let pipe = unsafe popen(command, "r") else { return "" }
    defer { unsafe pclose(pipe) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = unsafe fread(&buffer, 1, buffer.count, pipe)
        if count == 0 { return String(decoding: text, as: UTF8.self) }
        text += buffer[..<count]
    }
}
